"""The worklist. Every view of it is an index of the open rows in the order of what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload

from portal.catalogue.models import Service
from portal.extensions import Moment, contains, db
from portal.people.models import Department, Person, RoleHeld, Segment, Team
from portal.queue.mentions import Colleague
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest, reference_of
from portal.requests.queries import IN_A_LIST, number_of
from portal.requests.states import APPROVAL, HELD, IN_PROGRESS, RECEIVED, WAITING
from portal.web.access import GRANTS

VIEWS = ("due", "mine", "nobody", "unanswered", "waiting", "escalated")
COUNT_BOUND = 1000
MOST_CHOICES = 500
WAITED_IN = (WAITING, HELD, APPROVAL)
LOOKED_AT = 400
"""So many rows, the first ones due, are looked at for the count of a saved filter, however it narrows."""


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; None and '' narrow nothing."""

    view: str = "due"
    words: str = ""
    service_id: int | None = None
    segment_id: int | None = None
    team_id: int | None = None


class Listed(NamedTuple):
    """An open request with the names that stand beside it."""

    request: ServiceRequest
    service: str
    customer: str
    assignee: str | None
    department: str | None


def worklist(viewer: Person, filters: Filters, *, after: tuple[datetime, int] | None, size: int) -> Sequence[Listed]:
    """Open requests, what is due first (ix_service_request_queue, …_desk); `after` is the key of the last row seen."""
    query = _in_order(filters.view, size, going_on=after is not None).where(*_narrowed(filters))
    due_at, number = after or (None, None)
    values = {"viewer": viewer.id, "due_at": due_at, "number": number}
    return [Listed(*row) for row in db.session.execute(query, values)]


@lru_cache(maxsize=64)
def _in_order(view: str, size: int, *, going_on: bool) -> Select[*Any]:
    """A page of a view that nothing narrows, put together once because it is asked for all day.

    Its size stands in it as a number: a plan for any size would have to expect a large one, and sort.
    """
    query = _LISTED.where(_open(), _in_view(bindparam("viewer"), view))
    if going_on:
        due_at, number = bindparam("due_at", type_=Moment), bindparam("number", type_=Integer)
        same_moment = and_(ServiceRequest.next_due_at == due_at, ServiceRequest.id > number)
        query = query.where(or_(ServiceRequest.next_due_at > due_at, same_moment))
    query = query.order_by(ServiceRequest.next_due_at, ServiceRequest.id)
    return query.limit(literal_column(str(int(size))))


_customer, _assignee = aliased(Person), aliased(Person)
_LISTED = (
    select(ServiceRequest, Service.name, _customer.name, _assignee.name, Department.name)
    .join(ServiceRequest.service)
    .join(_customer, _customer.id == ServiceRequest.customer_id)
    .outerjoin(_assignee, _assignee.id == ServiceRequest.assignee_id)
    .outerjoin(Department, Department.id == ServiceRequest.department_id)
    .options(IN_A_LIST, joinedload(ServiceRequest.hours_plan))
)
"""What a row of the worklist shows: names without their people."""


def _open() -> ColumnElement[bool]:
    """Written as the partial indexes are, so that the database uses them."""
    return literal_column("service_request.is_open")


def _in_view(viewer_id: Any, view: str, row: Any = ServiceRequest) -> ColumnElement[bool]:
    return {
        "mine": row.assignee_id == viewer_id,
        "nobody": row.assignee_id.is_(None),
        "unanswered": row.first_answered_at.is_(None),
        "waiting": and_(row.next_due_at == CLOCK_STOPPED_AT, row.state.in_(WAITED_IN)),
        "escalated": row.escalated_at.is_not(None),
    }.get(view, true())


def _narrowed(filters: Filters, row: Any = ServiceRequest) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.service_id:
        conditions.append(row.service_id == filters.service_id)
    if filters.segment_id:
        conditions.append(row.segment_id == filters.segment_id)
    if filters.team_id:
        conditions.append(row.team_id == filters.team_id)
    if filters.words:
        conditions.append(_with_words(filters.words, row))
    return conditions


def _with_words(words: str, row: Any) -> ColumnElement[bool]:
    """A reference, or words that all occur in the summary or the customer's name."""
    number = number_of(words)
    if number is not None:
        return cast(ColumnElement[bool], row.id == number)
    found = []
    for word in words.split()[:6]:
        customer = select(Person.id).where(Person.id == row.customer_id)
        named = customer.where(contains(Person.name, word)).exists()
        found.append(or_(contains(row.summary, word), named))
    return and_(true(), *found)


def counts(viewer: Person, *, at: datetime, kept: Mapping[str, Filters] | None = None) -> Mapping[str, int]:
    """How many each view holds, how many are late and how many each kept filter finds, in one statement.

    Views are counted no further than COUNT_BOUND; kept filters look at the LOOKED_AT rows that are due first.
    """
    asked = _COUNTS.add_columns(*_kept_counts(kept)) if kept else _COUNTS
    return dict(db.session.execute(asked, {"viewer": viewer.id, "at": at}).one()._mapping)


def _counted(name: str, which: ColumnElement[bool]) -> ColumnElement[int]:
    query = select(ServiceRequest.id).where(_open(), which)
    # In this order the index of what is due is the one to walk, also for a database that knows nothing of its rows.
    few = query.order_by(ServiceRequest.next_due_at).limit(COUNT_BOUND).subquery()
    return select(func.count()).select_from(few).scalar_subquery().label(name)


_COUNTS = select(
    *(_counted(view, _in_view(bindparam("viewer"), view)) for view in VIEWS),
    _counted("late", ServiceRequest.next_due_at < bindparam("at")),
)
"""Built once, because the worklist is asked for all day."""


def _kept_counts(kept: Mapping[str, Filters]) -> list[ColumnElement[int]]:
    me: Any = bindparam("viewer")
    found: list[ColumnElement[int]] = []
    for name, filters in kept.items():
        row = _OF_MINE if filters.view == "mine" else _OF_ALL
        conditions = (_in_view(me, filters.view, row), *_narrowed(filters, row))
        found.append(select(func.count(row.id)).where(*conditions).scalar_subquery().label(name))
    return found


def _first_due(name: str, *which: ColumnElement[bool]) -> Any:
    """The rows that are due first, found once and counted in several ways."""
    query = select(ServiceRequest.__table__).where(_open(), *which)
    query = query.order_by(ServiceRequest.next_due_at, ServiceRequest.id).limit(LOOKED_AT)
    return aliased(ServiceRequest, query.cte(name))


_OF_ALL = _first_due("first_due")
_OF_MINE = _first_due("first_of_mine", ServiceRequest.assignee_id == bindparam("viewer"))


Choices = Mapping[str, list[tuple[int, str]]]


def filter_choices() -> Choices:
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


def choices_with(choices: Choices, *asked: Filters) -> Choices:
    """The same, and the services that these filters name although nobody asked for them lately."""
    known = {number for number, _name in choices["service"]}
    missing = {one.service_id for one in asked if one.service_id} - known
    if not missing:
        return choices
    query = select(Service.id, Service.name).where(Service.id.in_(missing)).order_by(Service.name)
    return {
        **choices,
        "service": [*choices["service"], *((number, name) for number, name in db.session.execute(query))],
    }


def find_any(reference: str) -> ServiceRequest | None:
    """Any request, for those who work on them (primary key)."""
    return db.session.scalar(_WHOLE, {"number": number_of(reference)})


_WHOLE = (
    select(ServiceRequest)
    .where(ServiceRequest.id == bindparam("number", type_=Integer))
    .options(
        joinedload(ServiceRequest.service),
        joinedload(ServiceRequest.customer),
        joinedload(ServiceRequest.assignee),
        joinedload(ServiceRequest.department),
        joinedload(ServiceRequest.segment),
        joinedload(ServiceRequest.team),
        joinedload(ServiceRequest.proposed_team),
        joinedload(ServiceRequest.hours_plan),
        joinedload(ServiceRequest.request_form),
    )
)


def find_many(numbers: Sequence[int], *, to_change: bool = False) -> Sequence[ServiceRequest]:
    """Several requests, what is due first (primary keys; as many as a page has).

    Those `to_change` are kept from others until this is done, so that one colleague's click does not undo all of it.
    """
    wanted = (ServiceRequest.service, ServiceRequest.customer, ServiceRequest.assignee, ServiceRequest.team)
    query = select(ServiceRequest).where(ServiceRequest.id.in_(numbers)).options(*(joinedload(one) for one in wanted))
    if to_change:
        query = query.with_for_update(of=ServiceRequest)
    return db.session.scalars(query.order_by(ServiceRequest.next_due_at, ServiceRequest.id)).all()


def find_several(references: Sequence[str]) -> Sequence[ServiceRequest]:
    """Those of these references that there are (primary key)."""
    numbers = [number for one in references if (number := number_of(one)) is not None]
    query = select(ServiceRequest).where(ServiceRequest.id.in_(numbers)).order_by(ServiceRequest.id)
    return db.session.scalars(query.options(joinedload(ServiceRequest.customer))).all()


class Following(NamedTuple):
    """The request to go on with."""

    id: int
    summary: str

    @property
    def reference(self) -> str:
        return reference_of(self.id)


def next_due(viewer: Person, due_at: datetime, number: int) -> Following | None:
    """What to do after the request that stood at this place: the next that is due, or else the first; never the same.

    Among mine and those of my team that nobody has, where it is our turn (ix_service_request_desk, …_queue).
    """
    values = {"viewer": viewer.id, "team": viewer.team_id, "due_at": due_at, "number": number}
    found = db.session.execute(_NEXT, values).first()
    return Following(*found) if found else None


def _next() -> Select[int, str]:
    number = bindparam("number", type_=Integer)
    key, place = (
        tuple_(ServiceRequest.next_due_at, ServiceRequest.id),
        tuple_(bindparam("due_at", type_=Moment), number),
    )
    mine_or_none = or_(ServiceRequest.team_id.is_(None), ServiceRequest.team_id == bindparam("team", type_=Integer))
    ways = [
        _first_of(whose, where, ServiceRequest.id != number)
        for whose in (
            ServiceRequest.assignee_id == bindparam("viewer", type_=Integer),
            and_(ServiceRequest.assignee_id.is_(None), mine_or_none),
        )
        for where in (key > place, key < place)
    ]
    places = union_all(*(select(way.c.id, way.c.next_due_at) for way in ways)).subquery()
    passed = tuple_(places.c.next_due_at, places.c.id) < place
    query = select(ServiceRequest.id, ServiceRequest.summary).join(places, places.c.id == ServiceRequest.id)
    return query.order_by(passed, places.c.next_due_at, places.c.id).limit(literal_column("1"))


def _first_of(*which: ColumnElement[bool]) -> Any:
    our_turn = ServiceRequest.state.in_((RECEIVED, IN_PROGRESS))
    query = select(ServiceRequest.id, ServiceRequest.next_due_at).where(_open(), our_turn, *which)
    return query.order_by(ServiceRequest.next_due_at, ServiceRequest.id).limit(literal_column("1")).subquery()


_NEXT = _next()
"""Built once, because every request that somebody works on asks it."""


@dataclass(frozen=True)
class Hand:
    """Somebody, or a team, that a request can be given to: plain values, because they are remembered."""

    kind: str
    id: int
    name: str


def hands() -> Sequence[Hand]:
    """Agents, specialists and teams, by name, in one statement."""
    agent = select(RoleHeld.person_id).where(RoleHeld.role.in_(GRANTS["work the queue"]))
    specialist = select(RoleHeld.person_id).where(RoleHeld.role == "specialist")
    kind = case((Person.id.in_(specialist), literal("specialist")), else_=literal("agent"))
    people = select(kind.label("kind"), Person.id, Person.name).where(Person.id.in_(agent), Person.active)
    teams = select(literal("team").label("kind"), Team.id, Team.name)
    both = union_all(people, teams).subquery()
    rows = db.session.execute(select(both.c.kind, both.c.id, both.c.name).order_by(both.c.name, both.c.id).limit(1000))
    return [Hand(*row) for row in rows]


def colleagues() -> Sequence[Colleague]:
    """Everybody who works at the desk, for names in notes."""
    agent = select(RoleHeld.person_id).where(RoleHeld.role.in_(GRANTS["work the queue"]))
    query = select(Person.id, Person.name, Person.email).where(Person.id.in_(agent), Person.active)
    return [Colleague(*row) for row in db.session.execute(query.order_by(Person.name, Person.id).limit(1000))]
