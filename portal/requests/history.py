"""All that happened to a request, however long it is: in parts that fit in memory, or the newest of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import and_, or_

from portal.extensions import db
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.queries import OF_IT, put_right
from portal.requests.telling import CORRECTED

PART = 500
MOST_ON_PAPER = 500
"""The press takes longer than in proportion; what does not fit stands on the page and in the table."""

_PUBLIC = OF_IT.where(RequestEvent.public)


def public_parts(request: ServiceRequest) -> Iterator[list[RequestEvent]]:
    """What the customer may read, oldest first (ix_request_event_timeline).

    Each message stands with the words that it was put right with. A part is a transaction of its own, so that whoever
    reads slowly holds nothing up.
    """
    number, after = request.id, None
    while part := _part(number, after):
        last = part[-1].at, part[-1].id
        yield _with_newest_words(number, part)
        if len(part) < PART:
            return
        after = last
        db.session.rollback()


def _part(number: int, after: tuple[datetime, int] | None) -> Sequence[RequestEvent]:
    query = _PUBLIC.order_by(RequestEvent.at, RequestEvent.id).limit(PART)
    if after:
        at, last = after
        query = query.where(or_(RequestEvent.at > at, and_(RequestEvent.at == at, RequestEvent.id > last)))
    return db.session.scalars(query, {"request": number}).all()


def _with_newest_words(number: int, part: Sequence[RequestEvent]) -> list[RequestEvent]:
    """Corrections stand with what they put right, and not once more where they were made."""
    here = {event.id for event in part}
    stay = [event for event in part if event.kind != CORRECTED or event.data.get("event") in here]
    return [*stay, *put_right(_PUBLIC, part, {"request": number})]


def newest_events(request: ServiceRequest) -> tuple[Sequence[RequestEvent], Sequence[RequestEvent]]:
    """(what was asked, what happened last); the first is empty where nothing lies between them."""
    newest_first = _PUBLIC.order_by(RequestEvent.at.desc(), RequestEvent.id.desc()).limit(MOST_ON_PAPER + 1)
    found = db.session.scalars(newest_first, {"request": request.id}).all()
    last = list(reversed(found[:MOST_ON_PAPER]))
    if len(found) <= MOST_ON_PAPER:
        return [], last
    asked = db.session.scalars(_PUBLIC.where(RequestEvent.kind == "asked").limit(1), {"request": request.id}).all()
    return asked, last
