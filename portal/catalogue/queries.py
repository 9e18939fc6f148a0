"""Reads of the offer. Each takes the viewer: what a segment may not ask for is not there for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.catalogue.models import (
    Category,
    HoursPlan,
    RequestForm,
    Service,
    ServiceChange,
    ServiceDeal,
    ServiceSegment,
)
from portal.extensions import contains, db
from portal.measures.intervals import Share
from portal.people.models import Person
from portal.search.models import Document
from portal.web.access import holds
from portal.web.folding import folded
from portal.web.words import local_day

MOST_ON_A_PAGE = 100
LONGEST_CHAIN = 20
"""As many retirements in a row as an old address is followed through."""


def entitled(viewer: Person) -> ColumnElement[bool]:
    """The services that are meant for this person: for everyone, or for their segment. Nothing else decides it."""
    mine = exists().where(ServiceSegment.service_id == Service.id, ServiceSegment.segment_id == viewer.segment_id)
    return or_(Service.for_everyone, mine)


def offered_to(viewer: Person) -> ColumnElement[bool]:
    """The services that this person may ask for: live, and meant for them."""
    return (Service.state == "live") & entitled(viewer)


def known_to(viewer: Person) -> ColumnElement[bool]:
    """The services whose address leads somewhere: live and retired ones meant for them, and drafts for the keepers."""
    draft = Service.state == "draft" if holds(viewer.roles, "keep the offer") else false()
    return or_(Service.state.in_(("live", "retired")) & entitled(viewer), draft)


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


def find_known(viewer: Person, slug: str) -> Service | None:
    """The service with this address in whatever state, as far as the viewer may know of it."""
    query = select(Service).where(Service.slug == slug, known_to(viewer))
    return db.session.scalar(query.options(joinedload(Service.category), joinedload(Service.hours_plan)))


def successor_for(viewer: Person, service: Service) -> Service | None:
    """The live service that took the place of a retired one, when the viewer may ask for it.

    A successor that has retired in its turn leads on to its own.
    """
    following = service.successor
    for _step in range(LONGEST_CHAIN):
        if following is None or following.state != "retired":
            break
        following = following.successor
    return find_service(viewer, following.slug) if following else None


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


def changes_of(service: Service, *, since: datetime, size: int = 3) -> Sequence[ServiceChange]:
    """What customers should know has changed, newest first (ix_service_change_of)."""
    query = select(ServiceChange).where(
        ServiceChange.service_id == service.id, ServiceChange.public, ServiceChange.at >= since
    )
    return db.session.scalars(query.order_by(ServiceChange.at.desc(), ServiceChange.id.desc()).limit(size)).all()


def history_of(service: Service, *, size: int = 50) -> Sequence[ServiceChange]:
    """Everything that was done with a service, newest first, for those who keep the offer (ix_service_change_of)."""
    query = select(ServiceChange).where(ServiceChange.service_id == service.id)
    query = query.options(joinedload(ServiceChange.by).load_only(Person.name))
    return db.session.scalars(query.order_by(ServiceChange.at.desc(), ServiceChange.id.desc()).limit(size)).all()


@dataclass(frozen=True)
class News:
    """Something new about a service; a plain value that may be kept longer than a database session."""

    slug: str
    name: str
    kind: str
    note: str
    on: date


def news_for(viewer: Person, *, since: datetime, size: int = 5) -> list[News]:
    """What is new in what the viewer may ask for, newest first, one for each service (ix_service_change_at)."""
    query = (
        select(Service.slug, Service.name, ServiceChange.kind, ServiceChange.note, ServiceChange.at)
        .join(ServiceChange.service)
        .where(ServiceChange.at >= since, ServiceChange.public, offered_to(viewer))
        .order_by(ServiceChange.at.desc(), ServiceChange.id.desc())
        .limit(size * 4)
    )
    found: dict[str, News] = {}
    for slug, name, kind, note, at in db.session.execute(query):
        found.setdefault(slug, News(slug, name, kind, note, local_day(at)))
    return list(found.values())[:size]


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


def missing_documents(*, size: int) -> Sequence[Service]:
    """Live services that the search does not know, such as those of an import (unique kind and key)."""
    known = exists().where(Document.kind == "service", Document.key == Service.slug)
    query = select(Service).where(Service.state == "live", ~known).options(selectinload(Service.for_segments))
    return db.session.scalars(query.options(joinedload(Service.category)).order_by(Service.id).limit(size)).all()


def stray_documents(*, size: int) -> Sequence[str]:
    """Keys of documents whose service is not offered any more."""
    live = exists().where(Service.slug == Document.key, Service.state == "live")
    query = select(Document.key).where(Document.kind == "service", ~live)
    return db.session.scalars(query.order_by(Document.id).limit(size)).all()


# --- for those who keep the offer: every service, whomever it is for ----------------------------------------------


def find_any(slug: str) -> Service | None:
    """The service with this address, in whatever state."""
    query = select(Service).where(Service.slug == slug)
    return db.session.scalar(query.options(joinedload(Service.category), joinedload(Service.hours_plan)))


def kept_services(
    state: str, *, words: str = "", category: str | None = None, skip: int = 0, size: int = MOST_ON_A_PAGE
) -> Sequence[Service]:
    """Services of a state by name (ix_service_by_name), with what a row says."""
    query = select(Service).where(Service.state == state)
    query = query.options(
        joinedload(Service.category), joinedload(Service.owner), joinedload(Service.hours_plan), _segments_too
    )
    for word in folded(words).split()[:8]:
        query = query.where(contains(Service.search_words, word))
    if category:
        query = query.join(Service.category).where(Category.slug == category)
    return db.session.scalars(query.order_by(Service.name, Service.id).offset(skip).limit(size)).all()


_segments_too = selectinload(Service.for_segments)


def counts_by_state() -> Mapping[str, int]:
    """How many services there are in each state."""
    query = select(Service.state, func.count()).group_by(Service.state)
    return {row[0]: row[1] for row in db.session.execute(query)}


def possible_successors(service: Service) -> Sequence[Service]:
    """The live services that could take the place of this one, by name (bounded)."""
    return [one for one in services_to_name() if one is not service]


def services_to_name() -> Sequence[Service]:
    """The live services, for those who say what something is about (bounded)."""
    query = select(Service).where(Service.state == "live")
    return db.session.scalars(query.order_by(Service.name, Service.id).limit(2000)).all()


def categories() -> Sequence[Category]:
    return db.session.scalars(select(Category).order_by(Category.position, Category.name).limit(300)).all()


def hours_plans() -> Sequence[HoursPlan]:
    """Newest first: the older ones stay for the services and requests that have them."""
    return db.session.scalars(select(HoursPlan).order_by(HoursPlan.id.desc()).limit(200)).all()


def usual_hours() -> int | None:
    """The hours that most of what is offered runs on: what a new service most likely has."""
    live = select(Service.hours_plan_id).where(Service.state == "live").group_by(Service.hours_plan_id)
    return db.session.scalar(live.order_by(func.count().desc(), Service.hours_plan_id).limit(1))


def slugs_like(base: str) -> set[str]:
    """The addresses that begin like this, in whatever state."""
    return set(db.session.scalars(select(Service.slug).where(Service.slug.startswith(base, autoescape=True))))
