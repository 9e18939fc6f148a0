"""Reads of the offer. Each takes the viewer: what a segment may not ask for is not there for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload

from portal.catalogue.models import Category, RequestForm, Service, ServiceDeal, ServiceSegment
from portal.extensions import contains, db
from portal.measures.intervals import Share
from portal.people.models import Person
from portal.web.folding import folded

MOST_ON_A_PAGE = 100


def offered_to(viewer: Person) -> ColumnElement[bool]:
    """The services that this person may ask for: live, and for everyone or for their segment."""
    mine = exists().where(ServiceSegment.service_id == Service.id, ServiceSegment.segment_id == viewer.segment_id)
    return (Service.state == "live") & or_(Service.for_everyone, mine)


def services_for(
    viewer: Person, *, words: str = "", category: str | None = None, after: int = 0, size: int = MOST_ON_A_PAGE
) -> Sequence[Service]:
    """What the viewer may ask for, popular first (ix_service_shelf); every word must occur in name or description."""
    query = select(Service).where(offered_to(viewer))
    query = query.options(joinedload(Service.category), joinedload(Service.hours_plan))
    for word in folded(words).split()[:8]:
        query = query.where(contains(Service.search_words, word))
    if category:
        query = query.join(Service.category).where(Category.slug == category)
    query = query.order_by(Service.asked_lately.desc(), Service.name, Service.id)
    return db.session.scalars(query.offset(after).limit(size)).all()


def find_service(viewer: Person, slug: str) -> Service | None:
    """The service with this address, when the viewer may ask for it."""
    query = select(Service).where(Service.slug == slug, offered_to(viewer))
    return db.session.scalar(query.options(joinedload(Service.category), joinedload(Service.hours_plan)))


class Shelf(NamedTuple):
    """A category as a list says it; a plain value that may be kept longer than a database session."""

    slug: str
    name: str


def shelves_for(viewer: Person) -> list[Shelf]:
    """The categories that hold something for the viewer, in their order."""
    has_some = exists().where(Service.category_id == Category.id, offered_to(viewer))
    query = select(Category.slug, Category.name).where(has_some).order_by(Category.position, Category.name)
    return [Shelf(row[0], row[1]) for row in db.session.execute(query.limit(100))]


def neighbours_of(viewer: Person, service: Service) -> Sequence[Service]:
    """Other services on the same shelf."""
    query = select(Service).where(
        offered_to(viewer), Service.category_id == service.category_id, Service.id != service.id
    )
    return db.session.scalars(query.order_by(Service.asked_lately.desc(), Service.name).limit(4)).all()


def current_form(service: Service) -> RequestForm | None:
    """The newest published questions of a service."""
    query = select(RequestForm).where(RequestForm.service_id == service.id)
    return db.session.scalar(query.order_by(RequestForm.number.desc()).limit(1))


def segments_of(service: Service) -> list[str]:
    """The names of the segments that a restricted service is for."""
    return sorted(segment.name for segment in service.for_segments)


def current_deal() -> ServiceDeal | None:
    """The mission and the service deal as they stand."""
    return db.session.scalar(select(ServiceDeal).order_by(ServiceDeal.id.desc()).limit(1))


def kept_lately() -> Share:
    """Promises kept of those decided in the last 90 days, over all services."""
    sums = select(func.coalesce(func.sum(Service.kept_lately), 0), func.coalesce(func.sum(Service.decided_lately), 0))
    kept, decided = db.session.execute(sums).one()
    return Share(int(kept), int(decided))


def all_services() -> Sequence[Service]:
    """Every service by name, for the choices of those who work on requests (bounded)."""
    return db.session.scalars(select(Service).order_by(Service.name, Service.id).limit(2000)).all()
