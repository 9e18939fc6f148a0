"""Who answers for whom: line managers, days away, and who decides meanwhile."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from portal.extensions import db
from portal.people.audit import note
from portal.people.models import Person
from portal.people.signals import robot_known
from portal.refusal import Refusal

LONGEST_LINE = 30
"""So many managers above somebody are looked at; no organisation chart is deeper."""


def plan_away(
    person: Person, *, stand_in: str, from_on: date | None, until_on: date | None, by: Person, at: datetime
) -> None:
    """The days away, and who decides meanwhile. Without a last day they are away until they say otherwise."""
    if until_on is not None and from_on is None:
        raise Refusal(_("Enter the first day away too."), field="away_from_on")
    if until_on is not None and from_on is not None and until_on < from_on:
        raise Refusal(_("The last day away cannot be before the first."), field="away_until_on")
    other = person_named(stand_in, field="stand_in")
    if other is not None and other.id == person.id:
        raise Refusal(_("Nobody can stand in for themselves. Name somebody else."), field="stand_in")
    if (other.id if other else None) != person.stand_in_id:
        note(by, person, "stand-in", f"{_name(person.stand_in)} → {_name(other)}", at)
    person.stand_in, person.away_from_on, person.away_until_on = other, from_on, until_on


def is_away(person: Person, on: date) -> bool:
    """Is this one of their days away? Without a last day they are away until they say otherwise."""
    if person.away_from_on is None or on < person.away_from_on:
        return False
    return person.away_until_on is None or on <= person.away_until_on


def who_acts(person: Person | None, on: date) -> Person | None:
    """They themselves, or who stands in on a day away; nobody where that account is closed."""
    if person is not None and is_away(person, on):
        person = person.stand_in
    return person if person is not None and person.active else None


def set_manager(person: Person, *, words: str, by: Person, at: datetime) -> None:
    """Who their line manager is. Nobody is their own, by whatever way round."""
    manager = person_named(words, field="manager")
    above, steps = manager, 0
    while above is not None and steps < LONGEST_LINE:
        if above.id == person.id:
            raise Refusal(_("That leads back to %(name)s. Name somebody else.", name=person.name), field="manager")
        above, steps = above.manager, steps + 1
    if (manager.id if manager else None) != person.manager_id:
        note(by, person, "line manager", f"{_name(person.manager)} → {_name(manager)}", at)
    person.manager = manager


def set_robot(person: Person, *, is_robot: bool, by: Person, at: datetime) -> None:
    """Is this a program that writes by itself? Its words never count as an answer."""
    if is_robot != person.is_robot:
        note(by, person, "robot" if is_robot else "no robot", "", at)
        person.is_robot = is_robot
        robot_known.send(person, at=at)


def person_named(words: str, *, field: str) -> Person | None:
    """Who is meant by an address or a whole name; nobody for no words. Raises Refusal when that is not one person."""
    words = " ".join(words.split())
    if not words:
        return None
    which = Person.email == words.lower() if "@" in words else Person.name == words
    found = db.session.scalars(select(Person).where(which, Person.active, Person.is_robot.is_(False)).limit(2)).all()
    if len(found) != 1:
        raise Refusal(_("We cannot tell who that is. Give the mail address, or the whole name."), field=field)
    return found[0]


def written(person: Person | None) -> str:
    """How a form names a person."""
    return (person.email or person.name) if person else ""


def _name(person: Person | None) -> str:
    return person.name if person else "–"
