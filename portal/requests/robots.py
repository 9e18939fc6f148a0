"""Whom an administrator calls a robot has never answered anybody: the first answers are looked for again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Integer, bindparam, func, select

from portal.extensions import db
from portal.jobs import enqueue
from portal.people.models import Person
from portal.people.signals import robot_known
from portal.requests.clock import refresh_due
from portal.requests.models import RequestEvent, ServiceRequest

LOOK_AGAIN = "look for first answers again"
ANSWERS = ("answered", "asked_customer", "resolved")
AT_ONCE = 200


@robot_known.connect
def look_again(person: Person, at: datetime) -> None:
    """Have the worker go through everything that this person or robot answered."""
    enqueue(LOOK_AGAIN, {"person": person.id, "after": 0}, at=at, key=f"{LOOK_AGAIN}:{person.id}:0")


def count_again(person_id: int, *, after: int, at: datetime) -> int | None:
    """The first answers of the next requests that this person answered; the last one's key, None when that was all."""
    numbers = db.session.scalars(_ANSWERED_BY, {"person": person_id, "after": after, "size": AT_ONCE}).all()
    first = _first_answers(numbers)
    for request in db.session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(numbers))):
        _set_first_answer(request, first.get(request.id))
    if len(numbers) < AT_ONCE:
        return None
    enqueue(
        LOOK_AGAIN,
        {"person": person_id, "after": numbers[-1]},
        at=at,
        key=f"{LOOK_AGAIN}:{person_id}:{numbers[-1]}",
    )
    return numbers[-1]


def _first_answers(numbers: Sequence[int]) -> dict[int, datetime]:
    rows = db.session.execute(_FIRST, {"numbers": list(numbers)}).all() if numbers else []
    return {row[0]: row[1] for row in rows}


def _set_first_answer(request: ServiceRequest, first: datetime | None) -> None:
    if first == request.first_answered_at:
        return
    request.first_answered_at = first
    # What another system promised is not ours to compute.
    if request.is_open and request.source == "portal":
        refresh_due(request)


_ANSWERED_BY = (
    select(RequestEvent.request_id)
    .where(RequestEvent.request_id > bindparam("after"), RequestEvent.actor_id == bindparam("person"))
    .where(RequestEvent.kind.in_(ANSWERS), RequestEvent.public)
    .distinct()
    .order_by(RequestEvent.request_id)
    .limit(bindparam("size", type_=Integer))
)
"""Walks the timelines once (ix_request_event_timeline): it is asked when an administrator changes a person's kind."""

_FIRST = (
    select(RequestEvent.request_id, func.min(RequestEvent.at))
    .join(Person, Person.id == RequestEvent.actor_id)
    .where(RequestEvent.request_id.in_(bindparam("numbers", expanding=True)))
    .where(RequestEvent.kind.in_(ANSWERS), RequestEvent.public, Person.is_robot.is_(False))
    .group_by(RequestEvent.request_id)
)
