"""What asks something of a person now: a yes, a choice, a visit, a survey, a conversation. One statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, literal, or_, select, union_all

from portal.approvals.models import Approval, ApprovalLink
from portal.choices.models import Offer
from portal.choices.states import OPEN
from portal.extensions import db
from portal.focus_groups.models import reference_of as session_of
from portal.focus_groups.queries import SEATS_TO_COME
from portal.people.models import Person
from portal.requests.models import ServiceRequest, reference_of
from portal.surveys.queries import NEWEST_OPEN_CASES, Invitation, invitation
from portal.visits.models import Visit
from portal.visits.states import COMING

MOST_ASKED = 5
MOST_SURVEYS = 3
MOST_GROUPS = 10


@dataclass(frozen=True)
class Thing:
    """One thing that asks for somebody: about which request, since or from when, until when, and who else is in it."""

    number: int
    at: datetime
    until: datetime
    reference: str
    summary: str
    name: str


@dataclass(frozen=True)
class Seat:
    """A seat in a focus group that somebody is invited to."""

    reference: str
    starts_at: datetime
    place: str


@dataclass(frozen=True)
class Waiting:
    """Everything that waits for one person, each kind with what comes first at the top."""

    approvals: list[Thing] = field(default_factory=list)
    choices: list[Thing] = field(default_factory=list)
    visits: list[Thing] = field(default_factory=list)
    surveys: list[Invitation] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)


def waiting_for(viewer: Person, *, at: datetime) -> Waiting:
    """What waits for the viewer, so that the first page can say it."""
    waiting = Waiting()
    kinds = {"approval": waiting.approvals, "choice": waiting.choices, "visit": waiting.visits}
    values = {"viewer": viewer.id, "at": at, "limit": MOST_SURVEYS}
    for kind, number, starts_at, until, request_id, summary, name in db.session.execute(_WAITING, values):
        if kind == "survey":
            waiting.surveys.append(invitation(number, starts_at, request_id, summary))
        elif kind == "seat":
            waiting.seats.append(Seat(session_of(number), starts_at, summary))
        else:
            kinds[kind].append(Thing(number, starts_at, until, reference_of(request_id), summary, name))
    for things in kinds.values():
        things.sort(key=lambda one: one.at)
    waiting.seats.sort(key=lambda one: one.starts_at)
    waiting.surveys.sort(key=lambda one: one.closes_on, reverse=True)
    return waiting


def _own() -> ColumnElement[bool]:
    """Open requests of the viewer (ix_service_request_mine, ix_service_request_asked)."""
    viewer: Any = bindparam("viewer")
    mine, asked = ServiceRequest.customer_id == viewer, ServiceRequest.asked_by_id == viewer
    return or_(and_(mine, ServiceRequest.is_open), and_(asked, ServiceRequest.is_open))


_ABOUT = (ServiceRequest.id.label("request_id"), ServiceRequest.summary)
_SURVEYS = NEWEST_OPEN_CASES.subquery()
_SEATS = SEATS_TO_COME.limit(MOST_GROUPS).subquery().c
_APPROVALS = (
    select(ApprovalLink.approval_id, Approval.asked_at, Approval.asked_at.label("until"), *_ABOUT, Person.name)
    .join(Approval, Approval.id == ApprovalLink.approval_id)
    .join(ServiceRequest, ServiceRequest.id == Approval.request_id)
    .join(Person, Person.id == ServiceRequest.customer_id)
    .where(ApprovalLink.person_id == bindparam("viewer"), ApprovalLink.is_waiting.is_(True))
    .order_by(ApprovalLink.approval_id)
)
_CHOICES = (
    select(Offer.id, Offer.offered_at, Offer.offered_at.label("until"), *_ABOUT, Person.name)
    .join(ServiceRequest, ServiceRequest.id == Offer.request_id)
    .join(Person, Person.id == Offer.offered_by_id)
    .where(Offer.state == OPEN, _own())
    .order_by(Offer.id)
)
_VISITS = (
    select(Visit.id, Visit.starts_at, Visit.ends_at.label("until"), *_ABOUT, Person.name)
    .join(ServiceRequest, ServiceRequest.id == Visit.request_id)
    .join(Person, Person.id == Visit.technician_id)
    .where(Visit.state.in_(COMING), Visit.ends_at > bindparam("at"), _own())
    .order_by(Visit.starts_at)
)


def _kind(name: str, of: Select[int, datetime, datetime, int, str, str]) -> Select[Any]:
    return select(literal(name), *of.limit(MOST_ASKED).subquery().c)


_WAITING = union_all(
    select(literal("survey"), *list(_SURVEYS.c)[:2], list(_SURVEYS.c)[1], *list(_SURVEYS.c)[2:], literal("")),
    _kind("approval", _APPROVALS),
    _kind("choice", _CHOICES),
    _kind("visit", _VISITS),
    select(literal("seat"), _SEATS.id, _SEATS.starts_at, _SEATS.starts_at, _SEATS.id, _SEATS.place, literal("")),
)
"""Built once, because the first page asks it."""
