"""Reads of requests as their customers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, select
from sqlalchemy.orm import defer, joinedload

from portal.catalogue.models import Service
from portal.extensions import db
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.requests.models import FIRST_NUMBER, RequestEvent, RequestFile, ServiceRequest
from portal.web.access import holds
from portal.web.paging import LONGEST_KEY

MOST_EVENTS = 500
MOST_COUNTED = 1000


def number_of(reference: str) -> int | None:
    """The row behind 'REQ-1042', or None when that is no reference."""
    prefix, _dash, digits = reference.strip().upper().partition("-")
    if prefix != "REQ" or not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST_KEY:
        return None
    return int(digits) - FIRST_NUMBER


def find_request(viewer: Person, reference: str) -> ServiceRequest | None:
    """The viewer's own request (primary key)."""
    return db.session.scalar(_OWN, {"number": number_of(reference), "viewer": viewer.id})


_OWN = (
    select(ServiceRequest)
    .where(ServiceRequest.id == bindparam("number"), ServiceRequest.customer_id == bindparam("viewer"))
    .options(
        joinedload(ServiceRequest.service),
        joinedload(ServiceRequest.hours_plan),
        joinedload(ServiceRequest.assignee),
        joinedload(ServiceRequest.team),
        joinedload(ServiceRequest.request_form),
    )
)
"""Built once, because the page of an open request asks it every half minute."""


def requests_of(viewer: Person, *, is_open: bool, after: int | None, size: int) -> Sequence[ServiceRequest]:
    """The viewer's requests, newest first (ix_service_request_mine)."""
    values = {"viewer": viewer.id, "is_open": is_open, "before": after or 10**LONGEST_KEY, "size": size}
    return db.session.scalars(_MINE, values).all()


_MINE = (
    select(ServiceRequest)
    .where(ServiceRequest.customer_id == bindparam("viewer"), ServiceRequest.is_open == bindparam("is_open"))
    .where(ServiceRequest.id < bindparam("before"))
    .options(
        defer(ServiceRequest.details),
        defer(ServiceRequest.answers),
        joinedload(ServiceRequest.service).load_only(Service.name),
        joinedload(ServiceRequest.assignee).load_only(Person.name),
        joinedload(ServiceRequest.hours_plan),
    )
    .order_by(ServiceRequest.id.desc())
    .limit(bindparam("size", type_=Integer))
)
"""What a row of a list shows; the long texts stay where they are. Built once, because the first page asks it too."""


def counts_of(viewer: Person) -> Mapping[bool, int]:
    """How many are open (True) and how many have ended (False), counted no further than MOST_COUNTED."""
    row = db.session.execute(_COUNTS, {"viewer": viewer.id}).one()
    return {True: row[0], False: row[1]}


def _counted(is_open: bool) -> Any:
    mine = select(ServiceRequest.id).where(ServiceRequest.customer_id == bindparam("viewer"))
    few = mine.where(ServiceRequest.is_open.is_(is_open)).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


_COUNTS = select(_counted(True), _counted(False))


def public_events(request: ServiceRequest) -> Sequence[RequestEvent]:
    """What the customer may read, oldest first (ix_request_event_timeline)."""
    return db.session.scalars(_EVENTS.where(RequestEvent.public), {"request": request.id}).all()


def all_events(request: ServiceRequest) -> Sequence[RequestEvent]:
    """Everything, notes for colleagues too; for those who work on it."""
    return db.session.scalars(_EVENTS, {"request": request.id}).all()


_EVENTS = (
    select(RequestEvent)
    .where(RequestEvent.request_id == bindparam("request"))
    .options(joinedload(RequestEvent.actor).load_only(Person.name))
    .order_by(RequestEvent.at, RequestEvent.id)
    .limit(MOST_EVENTS)
)


def files_by_event(request: ServiceRequest) -> Mapping[int, list[StoredFile]]:
    """The files of a request, under the event that brought them."""
    found: dict[int, list[StoredFile]] = {}
    for row in db.session.scalars(_FILES, {"request": request.id}):
        found.setdefault(row.event_id, []).append(row.file)
    return found


_FILES = (
    select(RequestFile)
    .where(RequestFile.request_id == bindparam("request"))
    .options(joinedload(RequestFile.file))
    .order_by(RequestFile.file_id)
    .limit(500)
)


def find_file(viewer: Person, key: str) -> StoredFile | None:
    """A file of one's own request; those who work the queue read them all. Files of notes stay among colleagues."""
    query = (
        select(RequestFile, ServiceRequest.customer_id, RequestEvent.public)
        .join(StoredFile, RequestFile.file_id == StoredFile.id)
        .join(ServiceRequest, RequestFile.request_id == ServiceRequest.id)
        .join(RequestEvent, RequestFile.event_id == RequestEvent.id)
        .where(StoredFile.key == key)
    )
    row = db.session.execute(query).first()
    if row is None:
        return None
    own = row[1] == viewer.id and row[2]
    return row[0].file if own or holds(viewer.roles, "work the queue") else None


def resolved_before(moment: datetime, *, size: int) -> Sequence[ServiceRequest]:
    """Resolved requests whose customer has not said anything since (ix_service_request_resolved)."""
    query = select(ServiceRequest).where(ServiceRequest.state == "resolved", ServiceRequest.resolved_at < moment)
    query = query.where(ServiceRequest.source == "portal", ServiceRequest.closed_at.is_(None))
    return db.session.scalars(query.order_by(ServiceRequest.resolved_at, ServiceRequest.id).limit(size)).all()


def demand_since(moment: datetime) -> Mapping[int, tuple[int, int, int]]:
    """Per service since then: (asked, promises decided, promises kept) (ix_service_request_opened, …_decided)."""
    asked = select(ServiceRequest.service_id, func.count()).where(ServiceRequest.opened_at >= moment)
    found = {row[0]: (row[1], 0, 0) for row in db.session.execute(asked.group_by(ServiceRequest.service_id))}
    kept = func.count().filter(ServiceRequest.target_met.is_(True))
    decided = select(ServiceRequest.service_id, func.count(), kept).where(ServiceRequest.decided_at >= moment)
    for service_id, number, good in db.session.execute(decided.group_by(ServiceRequest.service_id)):
        found[service_id] = (found.get(service_id, (0, 0, 0))[0], number, good)
    return found


def minutes_used_since(moment: datetime) -> Mapping[int, list[int]]:
    """Per service, the service minutes that requests resolved since then took, shortest first."""
    query = select(ServiceRequest.service_id, ServiceRequest.minutes_used).where(
        ServiceRequest.resolved_at >= moment, ServiceRequest.minutes_used.is_not(None)
    )
    found: dict[int, list[int]] = {}
    for service_id, minutes in db.session.execute(query.order_by(ServiceRequest.minutes_used)):
        found.setdefault(service_id, []).append(minutes or 0)
    return found
