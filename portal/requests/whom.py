"""Asking for somebody else: who may be asked for, and who is meant by what was typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from sqlalchemy import exists, func, select

from portal.catalogue.models import Service, ServiceSegment
from portal.extensions import contains, db
from portal.people.models import Person
from portal.refusal import Refusal
from portal.web.access import holds

LONGEST = 200
"""Signs: nobody's name or mail address is longer, and a database refuses to look for much more."""


def may_ask_for(viewer: Person, person: Person) -> bool:
    """The rule: for oneself, for a colleague of the same department, or for anybody where one's role says so."""
    if not person.active:
        return False
    if person.id == viewer.id or holds(viewer.roles, "ask for anybody"):
        return True
    return viewer.department_id is not None and person.department_id == viewer.department_id


def may_be_asked(service: Service, person: Person) -> bool:
    """Is this service for that person's segment?"""
    if service.for_everyone:
        return True
    here = exists().where(ServiceSegment.service_id == service.id, ServiceSegment.segment_id == person.segment_id)
    return bool(db.session.scalar(select(here)))


def find_colleague(viewer: Person, words: str) -> Person | None:
    """Who is meant by a mail address or a name, among those the viewer may ask for; None when that is not one person.

    Somebody who may not be asked for and somebody who is not there cannot be told apart.
    """
    words = " ".join(words.split())
    if not words or len(words) > LONGEST:
        return None
    found = _by_address(words) if "@" in words else _by_name(viewer, words)
    allowed = [person for person in found if may_ask_for(viewer, person)]
    return allowed[0] if len(allowed) == 1 else None


def _by_address(words: str) -> Sequence[Person]:
    return db.session.scalars(select(Person).where(Person.email == words.lower())).all()


def _by_name(viewer: Person, words: str) -> Sequence[Person]:
    """Those with exactly this name; without any, those whose name holds the words (two are enough to know)."""
    people = select(Person).where(Person.active).order_by(Person.name, Person.id).limit(2)
    if not holds(viewer.roles, "ask for anybody"):
        people = people.where(Person.department_id == viewer.department_id)
    exact = db.session.scalars(people.where(func.lower(Person.name) == words.lower())).all()
    return exact or db.session.scalars(people.where(contains(Person.name, words))).all()


def people_for(viewer: Person) -> Callable[[str], Sequence[tuple[int, str, str]]]:
    """How a question for a person finds one: by the whole name or the mail address, and colleagues by part of it.

    What tells two of one name apart is the mail address where the viewer may ask for them, else the department.
    """

    def found(words: str) -> Sequence[tuple[int, str, str]]:
        words = " ".join(words.split())
        if len(words) > LONGEST:
            return []
        people = list(_by_address(words)) if "@" in words else _anybody(words) or list(_by_name(viewer, words))
        return [(one.id, one.name, _told_apart(viewer, one)) for one in people if one.active]

    return found


def person_to_invite(viewer: Person, words: str) -> Person:
    """Who is meant to read along, found as a question for a person finds one; raises Refusal in words that tell nothing
    about others.
    """
    found = people_for(viewer)(words)
    person = db.session.get(Person, found[0][0]) if len(found) == 1 else None
    if person is None or person.is_robot:
        raise Refusal(_("We cannot tell who that is. Give the whole name, or the mail address."), field="whom")
    return person


def _anybody(words: str) -> list[Person]:
    """Those with exactly this name, wherever they work (ix_person_name)."""
    return list(db.session.scalars(select(Person).where(Person.active, Person.name == words).limit(20)))


def _told_apart(viewer: Person, person: Person) -> str:
    if may_ask_for(viewer, person):
        return person.email or ""
    return person.department.name if person.department else ""


def person_asked_for(viewer: Person, service: Service, words: str) -> Person:
    """The person that a request is for; raises Refusal in words that tell nothing about others."""
    person = find_colleague(viewer, words)
    if person is None:
        raise Refusal(
            _("We cannot tell who that is. Give the mail address of a colleague in your department.")
            if not holds(viewer.roles, "ask for anybody")
            else _("We cannot tell who that is. Give the mail address, or the whole name."),
            field="for_person",
        )
    check_entitled(service, person)
    return person


def check_entitled(service: Service, person: Person) -> None:
    """A service that is not for somebody's segment cannot be asked for on their behalf either."""
    if not may_be_asked(service, person):
        words = _("“%(service)s” is not offered to %(name)s.", service=service.name, name=person.name)
        raise Refusal(words, field="for_person")
