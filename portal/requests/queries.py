"""Reads of requests as their customers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload, load_only

from portal.catalogue.models import Service, ServiceDeal
from portal.extensions import db
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.requests.models import (
    FIRST_NUMBER,
    RequestDraft,
    RequestEvent,
    RequestFile,
    RequestLink,
    RequestWatcher,
    ServiceRequest,
    reference_of,
)
from portal.requests.states import UNDONE
from portal.web.access import holds
from portal.web.paging import LONGEST_KEY

MOST_EVENTS = 500
EVENTS_SHOWN = 50
"""So many are on a page; what happened before them is one link away."""
MOST_COUNTED = 1000
MOST_SAME = 5
MOST_WATCHERS = 50


def number_of(reference: str) -> int | None:
    """The row behind 'REQ-1042', or None when that is no reference."""
    prefix, _dash, digits = reference.strip().upper().partition("-")
    if prefix != "REQ" or not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST_KEY:
        return None
    return int(digits) - FIRST_NUMBER


def find_request(viewer: Person, reference: str) -> ServiceRequest | None:
    """A request that the viewer may read and reply to (primary key)."""
    values = {"number": number_of(reference), "viewer": viewer.id, "department": viewer.department_id}
    return db.session.scalar(_READABLE, values)


def find_own(viewer: Person, reference: str) -> ServiceRequest | None:
    """A request of the viewer: for them, or asked by them for somebody else. Others who read it decide nothing."""
    found = find_request(viewer, reference)
    return found if found and is_own(found, viewer) else None


def find_for_desk(reference: str) -> ServiceRequest | None:
    """Any request, for what those who work on it do beside the desk's own page of it (primary key)."""
    return db.session.scalar(_FOR_DESK, {"number": number_of(reference)})


def may_read(request: ServiceRequest, person: Person) -> bool:
    """Is it theirs, do they watch it, or is it shared with their department?"""
    values = {"number": request.id, "viewer": person.id, "department": person.department_id}
    return db.session.scalar(_MAY_READ, values) is not None


def is_own(request: ServiceRequest, person: Person) -> bool:
    """Is it for this person, or asked by them?"""
    return person.id in (request.customer_id, request.asked_by_id)


def readable() -> ColumnElement[bool]:
    """The rule, for the parameters `viewer` and `department`: whose it is, who watches, colleagues it is shared with.

    Those who work the queue read every request on the desk's pages; as customers they read what everybody may.
    """
    watched = exists().where(
        RequestWatcher.request_id == ServiceRequest.id, RequestWatcher.person_id == bindparam("viewer")
    )
    return or_(
        ServiceRequest.customer_id == bindparam("viewer"),
        ServiceRequest.asked_by_id == bindparam("viewer"),
        ServiceRequest.shared_department_id == bindparam("department", type_=Integer),
        watched,
    )


def watchers(request: ServiceRequest) -> Sequence[Person]:
    """Who watches it, the first one first."""
    query = select(Person).join(RequestWatcher, RequestWatcher.person_id == Person.id)
    query = query.where(RequestWatcher.request_id == request.id)
    return db.session.scalars(query.order_by(RequestWatcher.added_at, Person.id).limit(MOST_WATCHERS)).all()


_FOR_DESK = (
    select(ServiceRequest)
    .where(ServiceRequest.id == bindparam("number", type_=Integer))
    .options(
        joinedload(ServiceRequest.service),
        joinedload(ServiceRequest.hours_plan),
        joinedload(ServiceRequest.customer),
        joinedload(ServiceRequest.assignee),
    )
)
_MAY_READ = select(ServiceRequest.id).where(ServiceRequest.id == bindparam("number"), readable())
_READABLE = (
    select(ServiceRequest)
    .where(ServiceRequest.id == bindparam("number"), readable())
    .options(
        joinedload(ServiceRequest.service),
        joinedload(ServiceRequest.hours_plan),
        joinedload(ServiceRequest.assignee),
        joinedload(ServiceRequest.team),
        joinedload(ServiceRequest.request_form),
        joinedload(ServiceRequest.customer).load_only(Person.name),
        joinedload(ServiceRequest.asked_by).load_only(Person.name),
        joinedload(ServiceRequest.service_deal).load_only(ServiceDeal.published_at),
    )
)
"""Built once, because the page of an open request asks it every half minute."""


def _numbers_of(is_open: ColumnElement[bool], *, older: bool = False) -> CompoundSelect[Any]:
    """The keys of what a person follows, newest first: for them, asked by them for somebody else, and watched.

    Three walks of an index that are merged (ix_service_request_mine, ix_service_request_asked,
    ix_request_watcher_mine). `asked_by` is empty where the customer asked, and neither of them can watch, so none
    comes twice.
    """
    own, watched = ServiceRequest, RequestWatcher
    viewer: BindParameter[Any] = bindparam("viewer")
    walks = (
        (own.id, own.customer_id == viewer, own.is_open),
        (own.id, own.asked_by_id == viewer, own.is_open),
        (watched.request_id, watched.person_id == viewer, watched.is_open),
    )
    keys = [select(key).where(whose, state == is_open) for key, whose, state in walks]
    if older:
        keys = [one.where(walk[0] < bindparam("before")) for one, walk in zip(keys, walks, strict=True)]
    every = union_all(*keys)
    return every.order_by(every.selected_columns[0].desc())


_PAGE = _numbers_of(bindparam("is_open"), older=True).limit(bindparam("size", type_=Integer))
IN_A_LIST = load_only(
    ServiceRequest.version,
    ServiceRequest.service_id,
    ServiceRequest.customer_id,
    ServiceRequest.asked_by_id,
    ServiceRequest.assignee_id,
    ServiceRequest.hours_plan_id,
    ServiceRequest.proposed_team_id,
    ServiceRequest.summary,
    ServiceRequest.priority,
    ServiceRequest.state,
    ServiceRequest.is_open,
    ServiceRequest.pauses,
    ServiceRequest.opened_at,
    ServiceRequest.first_answer_due_at,
    ServiceRequest.first_answered_at,
    ServiceRequest.original_due_at,
    ServiceRequest.due_at,
    ServiceRequest.next_due_at,
    ServiceRequest.said_due_at,
    ServiceRequest.resolved_at,
    ServiceRequest.ended_at,
    ServiceRequest.target_met,
    ServiceRequest.escalated_at,
    ServiceRequest.extras,
)
"""What a row of any list says of a request; the rest stays where it is."""


class Listed(NamedTuple):
    """One of the viewer's requests with the names that stand beside it."""

    request: ServiceRequest
    service: str
    customer: str
    asked_by: str | None
    assignee: str | None

    @property
    def id(self) -> int:
        return self.request.id


_customer, _asker, _assignee = aliased(Person), aliased(Person), aliased(Person)
_NAMES = (Service.name, _customer.name, _asker.name, _assignee.name)


def _listed(query: Any) -> Any:
    """Names as plain columns: people who stand in many rows need not be put together for each."""
    return (
        query.outerjoin(Service, Service.id == ServiceRequest.service_id)
        .outerjoin(_customer, _customer.id == ServiceRequest.customer_id)
        .outerjoin(_asker, _asker.id == ServiceRequest.asked_by_id)
        .outerjoin(_assignee, _assignee.id == ServiceRequest.assignee_id)
        .options(IN_A_LIST, joinedload(ServiceRequest.hours_plan))
    )


def requests_of(viewer: Person, *, is_open: bool, after: int | None, size: int) -> Sequence[Listed]:
    """The viewer's requests, newest first."""
    values = {"viewer": viewer.id, "is_open": is_open, "before": after or 10**LONGEST_KEY, "size": size}
    return [Listed(*row) for row in db.session.execute(_MINE, values)]


_MINE = _listed(select(ServiceRequest, *_NAMES).where(ServiceRequest.id.in_(_PAGE)).order_by(ServiceRequest.id.desc()))


def open_of_service(viewer: Person, service: Service) -> Sequence[ServiceRequest]:
    """The viewer's own open requests for this service, newest first (ix_service_request_mine, …_asked)."""
    return db.session.scalars(_SAME, {"viewer": viewer.id, "service": service.id}).all()


_OPEN_OF_IT = select(ServiceRequest.id).where(
    ServiceRequest.is_open.is_(True), ServiceRequest.service_id == bindparam("service")
)
_SAME = (
    select(ServiceRequest)
    .where(
        ServiceRequest.id.in_(
            union_all(
                _OPEN_OF_IT.where(ServiceRequest.customer_id == bindparam("viewer")),
                _OPEN_OF_IT.where(ServiceRequest.asked_by_id == bindparam("viewer")),
            )
        )
    )
    .options(IN_A_LIST)
    .order_by(ServiceRequest.id.desc())
    .limit(MOST_SAME)
)


@dataclass(frozen=True)
class Begun:
    """The draft that somebody touched last, and how many there are."""

    id: int
    slug: str
    service: str
    summary: str
    saved_at: datetime
    number: int


def standing_of(viewer: Person, *, size: int) -> tuple[list[Listed], Begun | None]:
    """What the first page says of one's own: the newest open requests and the newest draft, in one statement."""
    values = {"viewer": viewer.id, "is_open": True, "before": 10**LONGEST_KEY, "size": size}
    rows = db.session.execute(_STANDING, values).all()
    names = len(_NAMES) + 1
    begun = Begun(*rows[0][names:]) if rows and rows[0][names] is not None else None
    requests = [Listed(*row[:names]) for row in rows if row[0] is not None]
    return sorted(requests, key=lambda one: one.id, reverse=True), begun


_anchor = select(literal(1).label("one")).subquery("anchor")
_draft = (
    select(
        RequestDraft.id,
        Service.slug,
        Service.name,
        RequestDraft.summary,
        RequestDraft.saved_at,
        select(func.count(RequestDraft.id))
        .where(RequestDraft.person_id == bindparam("viewer"))
        .scalar_subquery()
        .label("number"),
    )
    .join(Service, Service.id == RequestDraft.service_id)
    .where(RequestDraft.person_id == bindparam("viewer"))
    .order_by(RequestDraft.saved_at.desc())
    .limit(1)
    .subquery("draft")
)
_STANDING = _listed(
    select(ServiceRequest, *_NAMES, *_draft.c)
    .select_from(_anchor)
    .outerjoin(_draft, true())
    .outerjoin(ServiceRequest, ServiceRequest.id.in_(_PAGE))
)
"""One row with the draft even when no request is open, and the other way round; the few rows are put in order later."""


@dataclass(frozen=True)
class Counts:
    """How many of one's own are open and have ended, no further than MOST_COUNTED; do colleagues share any?"""

    open: int
    ended: int
    shared: bool


def counts_of(viewer: Person) -> Counts:
    """What the views of one's list hold, in one statement."""
    values = {"viewer": viewer.id, "department": viewer.department_id}
    return Counts(*db.session.execute(_COUNTS, values).one())


def shared_with(viewer: Person, *, after: int | None, size: int) -> Sequence[Listed]:
    """Colleagues' open requests that the service shares with the department (ix_service_request_shared)."""
    values = {"viewer": viewer.id, "department": viewer.department_id, "before": after or 10**LONGEST_KEY, "size": size}
    return [Listed(*row) for row in db.session.execute(_SHARED, values)]


_OF_COLLEAGUES: tuple[ColumnElement[bool], ...] = (
    # Written as the partial index is, so that the database uses it.
    literal_column("service_request.is_open"),
    ServiceRequest.shared_department_id == bindparam("department", type_=Integer),
    ServiceRequest.customer_id != bindparam("viewer"),
    or_(ServiceRequest.asked_by_id.is_(None), ServiceRequest.asked_by_id != bindparam("viewer")),
)
_SHARED = _listed(
    select(ServiceRequest, *_NAMES)
    .where(*_OF_COLLEAGUES, ServiceRequest.id < bindparam("before"))
    .order_by(ServiceRequest.id.desc())
    .limit(bindparam("size", type_=Integer))
)


def _counted(is_open: bool) -> Any:
    few = _numbers_of(true() if is_open else false()).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


_COUNTS = select(_counted(True), _counted(False), exists().where(*_OF_COLLEAGUES))


def find_deal(number: int | None) -> ServiceDeal | None:
    """One published version of the service deal."""
    return db.session.get(ServiceDeal, number) if number else None


def public_events(request: ServiceRequest) -> Sequence[RequestEvent]:
    """What the customer may read, oldest first, as far as one page goes (ix_request_event_timeline)."""
    return db.session.scalars(_EVENTS.where(RequestEvent.public), {"request": request.id}).all()


OF_IT = (
    select(RequestEvent)
    .where(RequestEvent.request_id == bindparam("request"))
    .options(joinedload(RequestEvent.actor).load_only(Person.name))
)
_EVENTS = OF_IT.order_by(RequestEvent.at, RequestEvent.id).limit(MOST_EVENTS)


class Timeline(NamedTuple):
    """A part of what happened, oldest first, and the event before which there is more."""

    events: Sequence[RequestEvent]
    earlier: int | None


def timeline(request: ServiceRequest, *, before: int | None = None, for_desk: bool = False) -> Timeline:
    """What happened last, or last before that event; notes too for those who work on it (ix_request_event_timeline)."""
    values = {"request": request.id, "before": before}
    found = db.session.scalars(_part(for_desk, bool(before)), values).all()
    shown = list(reversed(found[:EVENTS_SHOWN]))
    if before and shown:
        shown += put_right(_readable_events(for_desk), shown, values)
    return Timeline(shown, shown[0].id if len(found) > EVENTS_SHOWN else None)


def _readable_events(for_desk: bool) -> Select[RequestEvent]:
    return OF_IT if for_desk else OF_IT.where(RequestEvent.public)


@cache
def _part(for_desk: bool, earlier: bool) -> Select[RequestEvent]:
    """Put together once, because every look at a request asks it."""
    query = _readable_events(for_desk)
    query = query.where(_BEFORE) if earlier else query
    return query.order_by(RequestEvent.at.desc(), RequestEvent.id.desc()).limit(EVENTS_SHOWN + 1)


_place = aliased(RequestEvent)
_PLACE = select(_place.at).where(_place.id == bindparam("before"), _place.request_id == bindparam("request"))
_BEFORE = or_(
    RequestEvent.at < _PLACE.scalar_subquery(),
    and_(RequestEvent.at == _PLACE.scalar_subquery(), RequestEvent.id < bindparam("before")),
)


def put_right(query: Select[Any], shown: Sequence[RequestEvent], values: Mapping[str, Any]) -> list[RequestEvent]:
    """Corrections that came later, of what is shown: nobody reads the old words as if they still stood."""
    here = {event.id for event in shown}
    target = RequestEvent.data["event"].as_integer()
    later = query.where(RequestEvent.kind == "corrected", target.in_(here), RequestEvent.id.not_in(here))
    later = later.order_by(RequestEvent.at.desc(), RequestEvent.id.desc()).limit(MOST_EVENTS)
    return list(reversed(db.session.scalars(later, values).all()))


def find_event(request: ServiceRequest, number: int) -> RequestEvent | None:
    """One event of this request (primary key)."""
    return db.session.scalar(OF_IT.where(RequestEvent.id == number), {"request": request.id})


def newest_words(event: RequestEvent) -> str:
    """The text of a message as it was last put right."""
    query = OF_IT.where(RequestEvent.kind == "corrected", RequestEvent.id > event.id)
    later = db.session.scalars(query.order_by(RequestEvent.id.desc()).limit(MOST_EVENTS), {"request": event.request_id})
    return next((one.body or "" for one in later if one.data.get("event") == event.id), event.body or "")


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


class Joined(NamedTuple):
    """A request that belongs to another, and how."""

    reference: str
    summary: str
    state: str
    kind: str


def joined_with(request: ServiceRequest, reader: Person | None) -> list[Joined]:
    """What it is linked to, what goes on in it, and where it goes on itself; for a reader what they may read."""
    query = _JOINED if reader is None else _JOINED.where(readable())
    values = {
        "request": request.id,
        "viewer": reader.id if reader else None,
        "department": reader.department_id if reader else None,
    }
    return [Joined(reference_of(row[0]), *row[1:]) for row in db.session.execute(query, values)]


_near = union_all(
    select(RequestLink.other_id.label("id"), RequestLink.kind.label("kind")).where(
        RequestLink.request_id == bindparam("request")
    ),
    select(ServiceRequest.id, literal("goes_on_here")).where(ServiceRequest.merged_into_id == bindparam("request")),
    select(ServiceRequest.merged_into_id, literal("goes_on_there")).where(
        ServiceRequest.id == bindparam("request"), ServiceRequest.merged_into_id.is_not(None)
    ),
).subquery("near")
_JOINED = (
    select(ServiceRequest.id, ServiceRequest.summary, ServiceRequest.state, _near.c.kind)
    .join(_near, _near.c.id == ServiceRequest.id)
    .order_by(ServiceRequest.id)
    .limit(100)
)


def find_file(viewer: Person, key: str) -> StoredFile | None:
    """A file of a request that one may read; those who work the queue read all, also files of notes."""
    query = (
        select(RequestFile, readable(), RequestEvent.public)
        .join(StoredFile, RequestFile.file_id == StoredFile.id)
        .join(ServiceRequest, RequestFile.request_id == ServiceRequest.id)
        .join(RequestEvent, RequestFile.event_id == RequestEvent.id)
        .where(StoredFile.key == key)
    )
    row = db.session.execute(query, {"viewer": viewer.id, "department": viewer.department_id}).first()
    if row is None:
        return None
    return row[0].file if (row[1] and row[2]) or holds(viewer.roles, "work the queue") else None


def resolved_before(moment: datetime, *, size: int) -> Sequence[ServiceRequest]:
    """Resolved requests whose customer has not said anything since (ix_service_request_resolved)."""
    query = select(ServiceRequest).where(ServiceRequest.state == "resolved", ServiceRequest.resolved_at < moment)
    query = query.where(ServiceRequest.source == "portal", ServiceRequest.closed_at.is_(None))
    return db.session.scalars(query.order_by(ServiceRequest.resolved_at, ServiceRequest.id).limit(size)).all()


def demand_since(moment: datetime) -> Mapping[int, tuple[int, int, int]]:
    """Per service since then: (asked, promises decided, promises kept) (ix_service_request_opened, …_decided).

    What ended undone was asked for, and has neither kept nor missed a promise, also when that had been late before.
    """
    asked = select(ServiceRequest.service_id, func.count()).where(ServiceRequest.opened_at >= moment)
    found = {row[0]: (row[1], 0, 0) for row in db.session.execute(asked.group_by(ServiceRequest.service_id))}
    kept = func.count().filter(ServiceRequest.target_met.is_(True))
    decided = select(ServiceRequest.service_id, func.count(), kept).where(
        ServiceRequest.decided_at >= moment, ServiceRequest.state.not_in(UNDONE)
    )
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


def minutes_spent_since(moment: datetime) -> Mapping[int, int]:
    """Per service, the working time written down for requests asked since then (ix_service_request_opened)."""
    total = func.sum(ServiceRequest.minutes_spent)
    query = select(ServiceRequest.service_id, total).where(
        ServiceRequest.opened_at >= moment, ServiceRequest.minutes_spent > 0
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query.group_by(ServiceRequest.service_id))}
