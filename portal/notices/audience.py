"""The people behind a notice: who may read it, whom it concerns, who is on its list, and who is told next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, true

from portal.catalogue.models import ServiceSegment
from portal.extensions import db
from portal.notices.devices import fits
from portal.notices.models import (
    MeToo,
    Notice,
    NoticeBroadcast,
    NoticePerson,
    NoticeReader,
    NoticeService,
    ServiceSubscription,
)
from portal.notices.states import CONCERNED, NAMED, RELEASED, SEGMENTS, SUBSCRIBED
from portal.people.models import Person


def _groups_asking(notice: Notice) -> set[int] | None:
    """The groups that may ask for one of its services; None when that is no border."""
    live = [service for service in notice.services if service.is_live]
    if not notice.services or any(service.for_everyone for service in live):
        return None
    query = select(ServiceSegment.segment_id).where(ServiceSegment.service_id.in_([service.id for service in live]))
    return set(db.session.scalars(query))


def groups_reading(notice: Notice) -> set[int] | None:
    """The groups whose people may read it, beside those named; None for all people."""
    asking = _groups_asking(notice)
    if notice.reach != SEGMENTS:
        return asking
    named = {segment.id for segment in notice.segments}
    return named if asking is None else named & asking


def _owners(notice: Notice) -> ColumnElement[bool]:
    """Whoever has one of its devices. There are far fewer models than people, so they are compared one by one."""
    models = db.session.scalars(select(Person.device).where(Person.device.is_not(None)).distinct())
    meant = [model for model in models if any(fits(line, model) for line in notice.devices)]
    return Person.device.in_(meant)


def _border(notice: Notice) -> ColumnElement[bool]:
    groups = groups_reading(notice)
    return true() if groups is None else Person.segment_id.in_(groups)


def _named_in(notice: Notice) -> ColumnElement[bool]:
    return exists().where(NoticePerson.notice_id == notice.id, NoticePerson.person_id == Person.id)


def readers_of(notice: Notice) -> ColumnElement[bool]:
    """The people who may read it once it is released."""
    owner = _owners(notice) if notice.reach == NAMED else true()
    return or_(_named_in(notice), and_(_border(notice), owner))


def concerned_by(notice: Notice) -> ColumnElement[bool]:
    """The people whom it hits."""
    owner = _owners(notice) if notice.devices else literal(notice.reach != NAMED)
    return or_(_named_in(notice), and_(_border(notice), owner))


_CAN_BE_WRITTEN_TO = and_(Person.active, Person.email.is_not(None))


def _follows(notice: Notice, person: Any) -> ColumnElement[bool]:
    """Has this person subscribed to one of its services?"""
    return exists().where(
        NoticeService.notice_id == notice.id,
        ServiceSubscription.service_id == NoticeService.service_id,
        ServiceSubscription.person_id == person,
    )


def _on_the_list(notice: Notice, person: Any) -> ColumnElement[bool]:
    """Is told of updates: came onto the list or follows a service, and has not left."""
    entry = and_(NoticeReader.notice_id == notice.id, NoticeReader.person_id == person)
    stays, left = exists().where(entry, NoticeReader.left_at.is_(None)), exists().where(entry)
    return or_(stays, and_(~left, _follows(notice, person)))


def _told_first(notice: Notice) -> ColumnElement[bool]:
    """Those who are told when it is released: whom it concerns, and who follows and may read."""
    follows = and_(readers_of(notice), _follows(notice, Person.id))
    left = exists().where(
        NoticeReader.notice_id == notice.id, NoticeReader.person_id == Person.id, NoticeReader.left_at.is_not(None)
    )
    return and_(_CAN_BE_WRITTEN_TO, or_(concerned_by(notice), follows), ~left)


def how_many_told_first(notice: Notice) -> int:
    """How many mails a release would send."""
    return db.session.scalar(select(func.count()).select_from(Person).where(_told_first(notice))) or 0


class Recipient(NamedTuple):
    """Somebody who gets a mail, and why."""

    person: Person
    why: str


def next_recipients(broadcast: NoticeBroadcast, *, size: int) -> list[Recipient]:
    """Who comes next in a broadcast, in the order of their keys (primary key of person)."""
    notice, first = broadcast.notice, broadcast.update.kind == RELEASED
    entry = and_(NoticeReader.notice_id == notice.id, NoticeReader.person_id == Person.id)
    why: ColumnElement[str]
    if first:
        why, told = case((concerned_by(notice), CONCERNED), else_=SUBSCRIBED), _told_first(notice)
    else:
        why = func.coalesce(select(NoticeReader.why).where(entry).scalar_subquery(), SUBSCRIBED)
        told = and_(_CAN_BE_WRITTEN_TO, readers_of(notice), _on_the_list(notice, Person.id), *_not_spared(broadcast))
    query = select(Person, why).where(told, Person.id > broadcast.reached).order_by(Person.id).limit(size)
    return [Recipient(person, reason) for person, reason in db.session.execute(query)]


Spares = Callable[[NoticeBroadcast], Any]
_spares: list[Spares] = []


def spares(people: Spares) -> Spares:
    """Register whom a room above tells itself: a select of their keys, or None when it tells nobody of this."""
    _spares.append(people)
    return people


def _not_spared(broadcast: NoticeBroadcast) -> list[ColumnElement[bool]]:
    others = [people(broadcast) for people in _spares]
    return [Person.id.not_in(one) for one in others if one is not None]


def next_broadcast(notice_id: int) -> NoticeBroadcast | None:
    """The oldest telling of a notice that is not finished, kept from other workers (ix_notice_broadcast_of)."""
    query = select(NoticeBroadcast).where(NoticeBroadcast.notice_id == notice_id, NoticeBroadcast.finished_at.is_(None))
    return db.session.scalar(query.order_by(NoticeBroadcast.id).limit(1).with_for_update())


def broadcasts_of(notice: Notice) -> dict[int, NoticeBroadcast]:
    """How far the telling of each update has come, by update."""
    rows = db.session.scalars(select(NoticeBroadcast).where(NoticeBroadcast.notice_id == notice.id).limit(500))
    return {row.update_id: row for row in rows}


class Standing(NamedTuple):
    """How a person stands to a notice, and how many say that it hits them."""

    said: int
    says: bool
    listed: bool


def standing(viewer: Person, notice: Notice) -> Standing:
    """Both in one statement (primary keys, ix_service_subscription_of)."""
    said = select(func.count()).where(MeToo.notice_id == notice.id).scalar_subquery()
    says = exists().where(MeToo.notice_id == notice.id, MeToo.person_id == viewer.id)
    query = select(said, says, _on_the_list(notice, literal(viewer.id)))
    return Standing(*db.session.execute(query).one())
