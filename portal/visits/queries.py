"""Reads of visits. What belongs to a request is found by who may read that request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import defer, joinedload

from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person
from portal.requests.models import ServiceRequest
from portal.requests.queries import readable
from portal.visits.models import Visit
from portal.visits.states import COMING, DONE, MISSED
from portal.visits.windows import LONGEST, Window
from portal.web.access import holds

MOST_A_DAY = 60
MOST_SHOWN = 5

_WITH_REQUEST = (
    joinedload(Visit.technician),
    joinedload(Visit.request).options(
        joinedload(ServiceRequest.customer),
        joinedload(ServiceRequest.hours_plan),
        joinedload(ServiceRequest.service).load_only(Service.name),
    ),
)


def find_visit(viewer: Person, number: int) -> Visit | None:
    """A visit to a request that the viewer may read; those who make visits find each (primary key)."""
    query = _one(number)
    if not holds(viewer.roles, "make visits"):
        query = query.where(readable())
    return db.session.scalar(query, {"viewer": viewer.id, "department": viewer.department_id})


def find_own(viewer: Person, number: int) -> Visit | None:
    """A visit to the viewer's own request: for them, or asked by them for somebody else."""
    mine = or_(ServiceRequest.customer_id == viewer.id, ServiceRequest.asked_by_id == viewer.id)
    return db.session.scalar(_one(number).where(mine))


def find_any(number: int) -> Visit | None:
    """Any visit, for those who make them."""
    return db.session.scalar(_one(number))


def _one(number: int) -> Select[Visit]:
    return select(Visit).join(Visit.request).where(Visit.id == number).options(*_WITH_REQUEST)


def coming_to(request: ServiceRequest) -> Sequence[Visit]:
    """The visits that are still to come or under way, the next one first (ix_visit_request)."""
    return db.session.scalars(_COMING, {"request": request.id}).all()


_COMING = (
    select(Visit)
    .where(Visit.request_id == bindparam("request"), Visit.state.in_(COMING))
    .options(joinedload(Visit.technician).joinedload(Person.team))
    .order_by(Visit.starts_at, Visit.id)
    .limit(MOST_SHOWN)
)


def day_of(technician: Person, begins: datetime, ends: datetime) -> Sequence[Visit]:
    """What somebody has to do between two moments, in order; cancelled visits are not among it (ix_visit_day)."""
    values = {"technician": technician.id, "begins": begins, "ends": ends}
    return db.session.scalars(_DAY, values).all()


_DAY = (
    select(Visit)
    .where(
        Visit.technician_id == bindparam("technician"),
        Visit.starts_at >= bindparam("begins", type_=Visit.starts_at.type),
        Visit.starts_at < bindparam("ends", type_=Visit.starts_at.type),
        Visit.state.in_((*COMING, DONE, MISSED)),
    )
    .options(
        joinedload(Visit.request).options(
            defer(ServiceRequest.details),
            defer(ServiceRequest.answers),
            joinedload(ServiceRequest.customer),
            joinedload(ServiceRequest.service).load_only(Service.name),
        )
    )
    .order_by(Visit.starts_at, Visit.id)
    .limit(MOST_A_DAY)
)


def taken_by(technician: Person, begins: datetime, ends: datetime, *, but: Visit | None = None) -> list[Window]:
    """When somebody is on visits between two moments (ix_visit_day; none is longer than LONGEST)."""
    query = select(Visit.starts_at, Visit.ends_at).where(
        Visit.technician_id == technician.id,
        Visit.starts_at > begins - LONGEST,
        Visit.starts_at < ends,
        Visit.ends_at > begins,
        Visit.state.in_(COMING),
    )
    if but is not None:
        query = query.where(Visit.id != but.id)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(Visit.starts_at).limit(1000))]


def visits_to(viewer: Person, technician: Person) -> bool:
    """Is this technician coming to a request that the viewer may read?"""
    found = exists().where(
        Visit.technician_id == technician.id,
        Visit.state.in_(COMING),
        Visit.request_id == ServiceRequest.id,
        readable(),
    )
    return bool(db.session.scalar(select(found), {"viewer": viewer.id, "department": viewer.department_id}))
