"""Reads of notices. What does not concern a viewer's group is not there for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.catalogue.models import Service
from portal.catalogue.queries import offered_to
from portal.extensions import db
from portal.notices.devices import device_words
from portal.notices.history import LENGTH, Spell
from portal.notices.models import (
    FIRST,
    MeToo,
    Notice,
    NoticeDeviceWord,
    NoticePerson,
    NoticeReader,
    NoticeSegment,
    NoticeService,
    NoticeUpdate,
    ServiceSubscription,
)
from portal.notices.states import (
    DRAFT,
    EVERYONE,
    INCIDENT,
    MAINTENANCE,
    NAMED,
    OVER,
    PROPOSED,
    RELEASED,
    SEGMENTS,
    SOLVED,
    WITHDRAWN,
)
from portal.people.models import Person, Segment
from portal.web.folding import folded
from portal.web.paging import whole_number

MOST_AT_ONCE = 50
"""So many notices at the same time are shown; no company has more without knowing it in other ways."""
MOST_SPELLS = 2000

VIEWS: dict[str, tuple[str, ...]] = {
    "open": (DRAFT, PROPOSED, RELEASED),
    PROPOSED: (PROPOSED,),
    RELEASED: (RELEASED,),
    "ended": (SOLVED, OVER, WITHDRAWN),
}


def number_in(reference: str) -> int | None:
    """42 of 'N-1042', None of anything else."""
    number = whole_number(reference[2:]) if reference.startswith("N-") else None
    return None if number is None else number - FIRST


# --- whom a notice concerns, seen from one viewer ----------------------------------------------------------------


def _of_it(rows: Any, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Has the notice such a row? Nothing but the notice is taken from the statement around."""
    return exists().where(rows.notice_id == Notice.id, *also).correlate(Notice)


def _is_named(viewer: Person) -> ColumnElement[bool]:
    return _of_it(NoticePerson, NoticePerson.person_id == viewer.id)


def _may_ask_for_one(viewer: Person) -> ColumnElement[bool]:
    """Does it name a service that the viewer may ask for, or none at all?"""
    offered = _of_it(NoticeService, Service.id == NoticeService.service_id, offered_to(viewer))
    return or_(~_of_it(NoticeService), offered)


def _has_the_device(viewer: Person) -> ColumnElement[bool]:
    """Does the viewer's device have all words of one of its lines?"""
    words = sorted(device_words(viewer.device))
    if not words:
        return false()
    missing = func.sum(case((NoticeDeviceWord.word.in_(words), 0), else_=1))
    lines = select(NoticeDeviceWord.line).where(NoticeDeviceWord.notice_id == Notice.id).group_by(NoticeDeviceWord.line)
    return lines.having(missing == 0).correlate(Notice).exists()


def _within_reach(viewer: Person) -> ColumnElement[bool]:
    mine = _of_it(NoticeSegment, NoticeSegment.segment_id == viewer.segment_id)
    return or_(Notice.reach == EVERYONE, and_(Notice.reach == SEGMENTS, mine))


def readable_by(viewer: Person) -> ColumnElement[bool]:
    """What this person may read of what has been released."""
    owner = and_(Notice.reach == NAMED, _has_the_device(viewer))
    allowed = and_(_may_ask_for_one(viewer), or_(_within_reach(viewer), owner))
    return and_(Notice.released_at.is_not(None), or_(_is_named(viewer), allowed))


def concerning(viewer: Person) -> ColumnElement[bool]:
    """What hits this person: of what they may read, what names no device, or theirs."""
    anybody = ~_of_it(NoticeDeviceWord)
    return and_(readable_by(viewer), or_(_is_named(viewer), anybody, _has_the_device(viewer)))


def _showing(at: datetime) -> ColumnElement[bool]:
    return and_(Notice.state == RELEASED, or_(Notice.kind == INCIDENT, Notice.ends_at.is_(None), Notice.ends_at > at))


def _urgent_first(query: Select[Notice]) -> Select[Notice]:
    order = case((Notice.kind == INCIDENT, 0), (Notice.kind == MAINTENANCE, 1), else_=2)
    return query.order_by(order, Notice.starts_at, Notice.id.desc()).limit(MOST_AT_ONCE)


def current_for(viewer: Person, *, at: datetime) -> Sequence[Notice]:
    """What is known now and may be read by the viewer, incidents first (ix_notice_state)."""
    query = select(Notice).where(_showing(at), readable_by(viewer)).options(selectinload(Notice.services))
    return db.session.scalars(_urgent_first(query)).all()


def concerning_now(viewer: Person, *, at: datetime) -> Sequence[Notice]:
    """What hits the viewer now, incidents first (ix_notice_state)."""
    return db.session.scalars(_urgent_first(select(Notice).where(_showing(at), concerning(viewer)))).all()


def find_notice(viewer: Person, reference: str) -> Notice | None:
    """The notice with this reference, when the viewer may read it (primary key)."""
    return db.session.scalar(select(Notice).where(Notice.id == number_in(reference), readable_by(viewer)))


def services_in(viewer: Person, notice: Notice) -> Sequence[Service]:
    """The services it is about, of those that the viewer may ask for."""
    query = select(Service).join(NoticeService, NoticeService.service_id == Service.id)
    query = query.where(NoticeService.notice_id == notice.id, offered_to(viewer))
    return db.session.scalars(query.order_by(Service.name, Service.id).limit(100)).all()


def what_happened(notice: Notice, *, all_of_it: bool = False) -> Sequence[NoticeUpdate]:
    """Its updates, newest first; the steps before and beside them are for those who write notices."""
    query = select(NoticeUpdate).where(NoticeUpdate.notice_id == notice.id).options(joinedload(NoticeUpdate.by))
    if not all_of_it:
        query = query.where(NoticeUpdate.public)
    return db.session.scalars(query.order_by(NoticeUpdate.id.desc()).limit(500)).all()


def newest_told(notice: Notice) -> NoticeUpdate | None:
    """The last thing that everybody was told (ix_notice_update_of)."""
    query = select(NoticeUpdate).where(NoticeUpdate.notice_id == notice.id, NoticeUpdate.public)
    return db.session.scalar(query.order_by(NoticeUpdate.id.desc()).limit(1))


def said_by(notices: Collection[int]) -> dict[int, frozenset[int]]:
    """Who said me too, for some incidents."""
    query = select(MeToo.notice_id, MeToo.person_id).where(MeToo.notice_id.in_(notices)).limit(20_000)
    said: dict[int, set[int]] = {}
    for notice, person in db.session.execute(query):
        said.setdefault(notice, set()).add(person)
    return {notice: frozenset(people) for notice, people in said.items()}


class Named(NamedTuple):
    """Whom the current notices name: lines of device words, and people."""

    devices: frozenset[str]
    people: frozenset[int]


def named_now(*, at: datetime) -> Named:
    """The devices and people that current notices name."""
    rows = db.session.execute(select(Notice.id, Notice.devices).where(_showing(at)).limit(1000)).all()
    people = select(NoticePerson.person_id).where(NoticePerson.notice_id.in_([row[0] for row in rows]))
    return Named(frozenset(line for row in rows for line in row[1]), frozenset(db.session.scalars(people)))


# --- the services and their days ---------------------------------------------------------------------------------


def offered_by_name(viewer: Person, *, size: int, skip: int) -> Sequence[Service]:
    """What the viewer may ask for, by name."""
    query = select(Service).where(offered_to(viewer)).order_by(Service.name, Service.id)
    return db.session.scalars(query.offset(skip).limit(size)).all()


def spells_of(viewer: Person, services: Collection[int], *, at: datetime) -> dict[int, list[Spell]]:
    """When something was not as usual in the last days, by service (ix_notice_service_of)."""
    query = (
        select(NoticeService.service_id, Notice.kind, Notice.starts_at, Notice.ends_at, Notice.ended_at)
        .join(Notice, Notice.id == NoticeService.notice_id)
        .where(NoticeService.service_id.in_(services), _lately(at), readable_by(viewer))
        .order_by(Notice.id.desc())
        .limit(MOST_SPELLS)
    )
    found: dict[int, list[Spell]] = {number: [] for number in services}
    rows: Iterable[Any] = db.session.execute(query)
    for service, kind, starts_at, planned_until, ended_at in rows:
        found[service].append(Spell(kind, starts_at, ended_at or planned_until))
    return found


def _lately(at: datetime) -> ColumnElement[bool]:
    """Has disturbed a service in the days that are shown, or still does."""
    kinds, states = Notice.kind.in_((INCIDENT, MAINTENANCE)), Notice.state.in_((RELEASED, SOLVED, OVER))
    since = at - timedelta(days=LENGTH + 1)
    return and_(kinds, states, Notice.starts_at <= at, or_(Notice.ended_at.is_(None), Notice.ended_at >= since))


def lately_about(viewer: Person, service: Service, *, at: datetime) -> Sequence[Notice]:
    """The notices behind the days of one service, newest first."""
    about = _of_it(NoticeService, NoticeService.service_id == service.id)
    query = select(Notice).where(about, _lately(at), readable_by(viewer))
    return db.session.scalars(query.order_by(Notice.starts_at.desc(), Notice.id.desc()).limit(100)).all()


def follows(viewer: Person, service: Service) -> bool:
    return db.session.get(ServiceSubscription, (viewer.id, service.id)) is not None


def subscriptions_of(viewer: Person) -> Sequence[Service]:
    """The services that the viewer follows and may still ask for, by name (primary key)."""
    query = select(Service).join(ServiceSubscription, ServiceSubscription.service_id == Service.id)
    query = query.where(ServiceSubscription.person_id == viewer.id, offered_to(viewer))
    return db.session.scalars(query.order_by(Service.name, Service.id).limit(200)).all()


def lists_of(viewer: Person) -> Sequence[Notice]:
    """The current notices on whose list the viewer is (ix_notice_reader_of)."""
    query = select(Notice).join(NoticeReader, NoticeReader.notice_id == Notice.id)
    mine = (NoticeReader.person_id == viewer.id) & NoticeReader.left_at.is_(None)
    query = query.where(mine, Notice.state == RELEASED, readable_by(viewer))
    return db.session.scalars(query.order_by(Notice.id.desc()).limit(100)).all()


# --- the desk of those who write ---------------------------------------------------------------------------------


def find_to_work_on(reference: str) -> Notice | None:
    """A notice for those who write or release, whomever it concerns (primary key)."""
    people = (joinedload(Notice.author), joinedload(Notice.changed_by), joinedload(Notice.released_by))
    return db.session.scalar(select(Notice).where(Notice.id == number_in(reference)).options(*people))


def desk(view: str, *, size: int, skip: int) -> Sequence[Notice]:
    """All notices of a view, newest first (ix_notice_state)."""
    query = select(Notice).where(Notice.state.in_(VIEWS[view])).options(joinedload(Notice.author))
    query = query.options(selectinload(Notice.services))
    return db.session.scalars(query.order_by(Notice.id.desc()).offset(skip).limit(size)).all()


def to_release() -> Sequence[Notice]:
    """What waits for a second pair of eyes, oldest first (ix_notice_state)."""
    query = select(Notice).where(Notice.state == PROPOSED).options(joinedload(Notice.author))
    return db.session.scalars(query.order_by(Notice.id).limit(MOST_AT_ONCE)).all()


def ended_by(at: datetime, *, limit: int) -> Sequence[Notice]:
    """Maintenance and announcements whose time is over but which are not ended yet (ix_notice_state)."""
    query = select(Notice).where(Notice.state == RELEASED, Notice.kind != INCIDENT, Notice.ends_at <= at)
    return db.session.scalars(query.order_by(Notice.id).limit(limit)).all()


def released(*, after: int, size: int) -> Sequence[Notice]:
    """What is current, in the order of its keys."""
    query = select(Notice).where(Notice.state == RELEASED, Notice.id > after)
    return db.session.scalars(query.order_by(Notice.id).limit(size)).all()


def services_named(names: Collection[str]) -> dict[str, Service]:
    """Live services by their folded names, of those that are meant by these words."""
    wanted = {folded(name) for name in names}
    rows = db.session.scalars(select(Service).where(Service.state == "live").order_by(Service.id).limit(5000))
    return {folded(service.name): service for service in rows if folded(service.name) in wanted}


def service_names() -> Sequence[str]:
    """What can be named."""
    return db.session.scalars(
        select(Service.name).where(Service.state == "live").order_by(Service.name).limit(5000)
    ).all()


def people_at(addresses: Collection[str]) -> dict[str, Person]:
    """People by their e-mail addresses (unique email)."""
    rows = db.session.scalars(select(Person).where(Person.email.in_([one.lower() for one in addresses])))
    return {person.email or "": person for person in rows}


def segments_in(numbers: Collection[int]) -> list[Segment]:
    return list(db.session.scalars(select(Segment).where(Segment.id.in_(numbers)).order_by(Segment.name)))
