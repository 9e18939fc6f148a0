"""The worklist. Every view of it is an index of the open rows in the order of what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import defer, joinedload

from portal.catalogue.models import Service
from portal.extensions import contains, db
from portal.people.models import Department, Person, Segment, Team
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest
from portal.requests.queries import number_of
from portal.requests.states import WAITING

VIEWS = ("due", "mine", "nobody", "unanswered", "waiting")
COUNT_BOUND = 1000
MOST_CHOICES = 500


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; None and '' narrow nothing."""

    view: str = "due"
    words: str = ""
    service_id: int | None = None
    segment_id: int | None = None
    team_id: int | None = None


def worklist(
    viewer: Person, filters: Filters, *, after: tuple[datetime, int] | None, size: int
) -> Sequence[ServiceRequest]:
    """Open requests, what is due first (ix_service_request_queue, …_desk); `after` is the key of the last row seen."""
    query = select(ServiceRequest).where(_open(), _in_view(viewer.id, filters.view), *_narrowed(filters))
    if after:
        due, number = after
        later = ServiceRequest.next_due_at > due
        query = query.where(or_(later, and_(ServiceRequest.next_due_at == due, ServiceRequest.id > number)))
    query = query.options(*_LISTED_WITH).order_by(ServiceRequest.next_due_at, ServiceRequest.id)
    return db.session.scalars(query.limit(size)).all()


_LISTED_WITH = (
    defer(ServiceRequest.details),
    defer(ServiceRequest.answers),
    joinedload(ServiceRequest.service).load_only(Service.name),
    joinedload(ServiceRequest.customer).load_only(Person.name),
    joinedload(ServiceRequest.assignee).load_only(Person.name),
    joinedload(ServiceRequest.department).load_only(Department.name),
    joinedload(ServiceRequest.hours_plan),
)
"""What a row of the worklist shows; the long texts stay where they are."""


def _open() -> ColumnElement[bool]:
    """Written as the partial indexes are, so that the database uses them."""
    return literal_column("service_request.is_open")


def _in_view(viewer_id: Any, view: str) -> ColumnElement[bool]:
    return {
        "mine": ServiceRequest.assignee_id == viewer_id,
        "nobody": ServiceRequest.assignee_id.is_(None),
        "unanswered": ServiceRequest.first_answered_at.is_(None),
        "waiting": and_(ServiceRequest.next_due_at == CLOCK_STOPPED_AT, ServiceRequest.state == WAITING),
    }.get(view, true())


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.service_id:
        conditions.append(ServiceRequest.service_id == filters.service_id)
    if filters.segment_id:
        conditions.append(ServiceRequest.segment_id == filters.segment_id)
    if filters.team_id:
        conditions.append(ServiceRequest.team_id == filters.team_id)
    if filters.words:
        conditions.append(_with_words(filters.words))
    return conditions


def _with_words(words: str) -> ColumnElement[bool]:
    """A reference, or words that all occur in the summary or the customer's name."""
    number = number_of(words)
    if number is not None:
        return ServiceRequest.id == number
    found = []
    for word in words.split()[:6]:
        customer = select(Person.id).where(Person.id == ServiceRequest.customer_id)
        named = customer.where(contains(Person.name, word)).exists()
        found.append(or_(contains(ServiceRequest.summary, word), named))
    return and_(true(), *found)


def counts(viewer: Person, *, at: datetime) -> Mapping[str, int]:
    """How many each view holds, and how many are late, in one statement; counted no further than COUNT_BOUND."""
    return dict(db.session.execute(_COUNTS, {"viewer": viewer.id, "at": at}).one()._mapping)


def _counted(name: str, which: ColumnElement[bool]) -> ColumnElement[int]:
    few = select(ServiceRequest.id).where(_open(), which).limit(COUNT_BOUND).subquery()
    return select(func.count()).select_from(few).scalar_subquery().label(name)


_COUNTS = select(
    *(_counted(view, _in_view(bindparam("viewer"), view)) for view in VIEWS),
    _counted("late", ServiceRequest.next_due_at < bindparam("at")),
)
"""Built once, because the worklist is asked for all day."""


def filter_choices() -> Mapping[str, list[tuple[int, str]]]:
    """Services that were asked for lately, segments and teams to narrow by, in one statement."""
    tables: tuple[tuple[str, type[Service] | type[Segment] | type[Team], ColumnElement[bool]], ...] = (
        ("service", Service, Service.asked_lately > 0),
        ("segment", Segment, true()),
        ("team", Team, true()),
    )
    parts = []
    for kind, table, which in tables:
        rows = select(literal(kind, String).label("kind"), table.id, table.name).where(which)
        parts.append(select(rows.order_by(table.name).limit(MOST_CHOICES).subquery()))
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind, _table, _which in tables}
    for kind, number, name in db.session.execute(union_all(*parts)):
        found[kind].append((number, name))
    return found


def find_any(reference: str) -> ServiceRequest | None:
    """Any request, for those who work on them (primary key)."""
    wanted = (
        ServiceRequest.service,
        ServiceRequest.customer,
        ServiceRequest.assignee,
        ServiceRequest.department,
        ServiceRequest.segment,
        ServiceRequest.team,
        ServiceRequest.hours_plan,
        ServiceRequest.request_form,
    )
    query = select(ServiceRequest).where(ServiceRequest.id == number_of(reference))
    return db.session.scalar(query.options(*(joinedload(one) for one in wanted)))


def next_due(viewer: Person, request: ServiceRequest) -> ServiceRequest | None:
    """What is due next after this one, among mine and nobody's."""
    query = select(ServiceRequest).where(_open(), ServiceRequest.id != request.id)
    query = query.where(or_(ServiceRequest.assignee_id == viewer.id, ServiceRequest.assignee_id.is_(None)))
    return db.session.scalar(query.order_by(ServiceRequest.next_due_at, ServiceRequest.id).limit(1))
