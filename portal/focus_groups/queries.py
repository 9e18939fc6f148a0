"""Reads about focus groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.focus_groups.links import digest
from portal.focus_groups.models import Finding, InvitationLink, Invitee, Session, Study
from portal.focus_groups.states import ATTENDED, CONCERNED, WAITLISTED
from portal.people.models import Person
from portal.web.paging import whole_number

VIEWS = ("coming", "held", "cancelled")
MOST_PICKS = 50

_STUDY = joinedload(Session.study).joinedload(Study.segment)


def number_in(reference: str) -> int | None:
    """7 of 'FG-7', None of anything else."""
    return whole_number(reference[3:]) if reference.upper().startswith("FG-") else None


def find_session(reference: str) -> Session | None:
    """A session with its study and moderator, by primary key."""
    query = select(Session).where(Session.id == number_in(reference)).options(_STUDY, joinedload(Session.moderator))
    return db.session.scalar(query)


def lock_session(number: int) -> Session:
    """The session as it is at this moment, kept from others until the commit.

    SQLite's writers already stand in line; on PostgreSQL the row lock makes them.
    """
    query = select(Session).where(Session.id == number).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def _in_view(view: str, at: datetime) -> ColumnElement[bool]:
    if view == "cancelled":
        return Session.cancelled_at.is_not(None)
    begun = Session.starts_at > at if view == "coming" else Session.starts_at <= at
    return Session.cancelled_at.is_(None) & begun


def calendar(view: str, *, at: datetime, size: int, skip: int = 0) -> Sequence[Session]:
    """The sessions of a view: the next first, or the latest first (ix_session_calendar)."""
    query = select(Session).where(_in_view(view, at)).options(_STUDY, joinedload(Session.moderator))
    order = (Session.starts_at, Session.id) if view == "coming" else (Session.starts_at.desc(), Session.id.desc())
    return db.session.scalars(query.order_by(*order).offset(skip).limit(size)).all()


def counts(*, at: datetime) -> dict[str, int]:
    """How many sessions each view holds, in one statement."""
    columns = [func.count(case((_in_view(view, at), 1))) for view in VIEWS]
    return dict(zip(VIEWS, db.session.execute(select(*columns)).one(), strict=True))


def invitees(session: Session) -> Sequence[Invitee]:
    """Everybody who was invited, by name, with their department."""
    query = (
        select(Invitee)
        .join(Invitee.person)
        .where(Invitee.session_id == session.id)
        .options(joinedload(Invitee.person).joinedload(Person.department))
    )
    return db.session.scalars(query.order_by(Person.name, Person.id).limit(500)).all()


def findings(session: Session) -> Sequence[Finding]:
    """What the session found, oldest first (ix session_id)."""
    query = select(Finding).where(Finding.session_id == session.id).options(joinedload(Finding.service))
    return db.session.scalars(query.order_by(Finding.id).limit(500)).all()


def find_finding(session: Session, number: int) -> Finding | None:
    """A finding of exactly this session."""
    return db.session.scalar(select(Finding).where(Finding.id == number, Finding.session_id == session.id))


def finding(number: int) -> Finding | None:
    """A finding with its session and study, for those who make an improvement of it."""
    query = select(Finding).where(Finding.id == number)
    return db.session.scalar(query.options(joinedload(Finding.session).options(_STUDY), joinedload(Finding.service)))


def names_of_invitees(session_id: int) -> Sequence[str]:
    """The names that must not appear in what was said."""
    query = select(Person.name).join(Invitee, Invitee.person_id == Person.id).where(Invitee.session_id == session_id)
    return db.session.scalars(query.limit(500)).all()


def came(session: Session) -> int:
    """How many people came."""
    query = select(func.count()).where(Invitee.session_id == session.id, Invitee.state == ATTENDED)
    return db.session.scalar(query) or 0


def _people_to_ask(session: Session) -> Select[Person]:
    """Active people of the study's segment who are not invited yet; the moderator is not a guest."""
    asked = select(Invitee.person_id).where(Invitee.session_id == session.id)
    query = select(Person).where(Person.active, Person.id.not_in(asked), Person.id != session.moderator_id)
    if session.study.segment_id is not None:
        query = query.where(Person.segment_id == session.study.segment_id)
    return query.options(joinedload(Person.department)).order_by(Person.name, Person.id)


def candidates(session: Session, words: str) -> Sequence[Person]:
    """Whom one could invite, narrowed by name or address; the first of them (ix segment_id)."""
    query = _people_to_ask(session)
    if words:
        wanted = words.lower()
        found = func.lower(Person.name).contains(wanted, autoescape=True)
        query = query.where(or_(found, Person.email.contains(wanted, autoescape=True)))
    return db.session.scalars(query.limit(MOST_PICKS)).all()


def pickable(session: Session, numbers: Iterable[int]) -> Sequence[Person]:
    """Those of the picked people who may be invited and are not yet."""
    return db.session.scalars(_people_to_ask(session).where(Person.id.in_(list(numbers)[:MOST_PICKS]))).all()


def longest_waiting(session: Session) -> Invitee | None:
    """The first in line for a seat (ix_invitee_waiting)."""
    query = select(Invitee).where(Invitee.session_id == session.id, Invitee.state == WAITLISTED)
    query = query.options(joinedload(Invitee.person)).order_by(Invitee.answered_at, Invitee.id).limit(1)
    return db.session.scalar(query)


def _invitation() -> Select[Any]:
    whole = joinedload(Invitee.session)
    return select(Invitee).options(whole.options(_STUDY, joinedload(Session.moderator)), joinedload(Invitee.person))


def find_invitation(token: str) -> Invitee | None:
    """The invitation that this secret opens (primary key of invitation_link)."""
    query = _invitation().join(InvitationLink, InvitationLink.invitee_id == Invitee.id)
    return db.session.scalar(query.where(InvitationLink.token_sha256 == digest(token)))


def find_invitation_of(person: Person, reference: str) -> Invitee | None:
    """This person's own invitation to the session (unique session_id, person_id)."""
    query = _invitation().where(Invitee.session_id == number_in(reference), Invitee.person_id == person.id)
    return db.session.scalar(query)


SEATS_TO_COME = (
    select(Session.id, Session.starts_at, Session.place)
    .join(Invitee, Invitee.session_id == Session.id)
    .where(Invitee.person_id == bindparam("viewer"), Invitee.state.in_(CONCERNED))
    .where(Session.cancelled_at.is_(None), Session.starts_at > bindparam("at"))
    .order_by(Session.starts_at, Session.id)
)
"""The sessions still to come that the viewer is invited to, the next first (ix_invitee_person_id)."""
