"""Reminding those who work on a request that it waits for somebody outside, and nothing has happened for a week.

A wait for others ends by hand, so somebody has to think of it. Whatever happens to the request, a note included, starts
the week again; the reminder itself changes nothing of the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import joinedload

from portal.extensions import db, reading
from portal.people.models import Person
from portal.people.standing_in import who_acts
from portal.requests import promise_letters
from portal.requests.checking import OPEN_ONLY
from portal.requests.models import CLOCK_STOPPED_AT, RequestEvent, ServiceRequest
from portal.requests.states import HELD
from portal.web.words import local_day

QUIET = timedelta(days=7)
BATCH = 50


def any_forgotten(at: datetime) -> bool:
    with reading():
        return db.session.scalar(_forgotten(at, after=0, size=1)) is not None


def remind(*, at: datetime, after: int = 0) -> int | None:
    """One batch, in the order of their keys; returns the last key, or None when there are no more.

    The letter is written once for each week of quiet, however often this is begun.
    """
    found = _found(at, after=after)
    for request, newest in found:
        person = who_acts(request.assignee, local_day(at))
        weeks = (at - newest.at) // QUIET
        if person is not None:
            promise_letters.still_held(request, newest, person, weeks, at)
    return found[-1][0].id if len(found) == BATCH else None


def _found(at: datetime, *, after: int) -> Sequence[Row[ServiceRequest, RequestEvent]]:
    query = _forgotten(at, after=after, size=BATCH)
    query = query.options(joinedload(ServiceRequest.assignee).joinedload(Person.stand_in))
    return db.session.execute(query).all()


def _forgotten(at: datetime, *, after: int, size: int) -> Select[ServiceRequest, RequestEvent]:
    """Requests of ours that are held, with the newest event, which is a week old (ix_service_request_queue).

    Only what waits has the moment of a clock that stands still, and the newest event of each is one look into
    ix_request_event_timeline. What another system began to hold is not ours to remind of.
    """
    newest = select(RequestEvent.id).where(RequestEvent.request_id == ServiceRequest.id)
    newest = newest.order_by(RequestEvent.at.desc(), RequestEvent.id.desc()).limit(1)
    query = select(ServiceRequest, RequestEvent).join(
        RequestEvent, RequestEvent.id == newest.correlate(ServiceRequest).scalar_subquery()
    )
    query = query.where(
        OPEN_ONLY,
        ServiceRequest.next_due_at == CLOCK_STOPPED_AT,
        ServiceRequest.id > after,
        ServiceRequest.state == HELD,
        func.coalesce(ServiceRequest.source, "") == "portal",
        RequestEvent.at <= at - QUIET,
    )
    return query.order_by(ServiceRequest.id).limit(size)
