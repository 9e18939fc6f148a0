"""Writing notices, letting somebody else release them, and telling those whom they concern."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import delete

from portal.catalogue.models import Service
from portal.extensions import db, insert
from portal.jobs import enqueue
from portal.notices import audience, letters, queries, signals
from portal.notices.devices import device_words
from portal.notices.models import (
    MeToo,
    Notice,
    NoticeBroadcast,
    NoticeDeviceWord,
    NoticeReader,
    NoticeUpdate,
    ServiceSubscription,
)
from portal.notices.states import (
    ANNOUNCEMENT,
    ASKED,
    CANCELLED,
    CHANGED,
    DRAFT,
    ENDED,
    FIX,
    INCIDENT,
    MAINTENANCE,
    ME_TOO,
    MOVED,
    NAMED,
    OVER,
    PROPOSED,
    RELEASED,
    SENT_BACK,
    SOLVED,
    TOLD,
    UPDATE,
    WITHDRAWN,
    WRITTEN,
    reach_of,
)
from portal.notices.words import plain, summary_of
from portal.people.models import Person, Segment
from portal.people.queries import holders
from portal.people.queries import segments as all_segments
from portal.refusal import Refusal
from portal.search import actions as search
from portal.versions import claim_version

Thing = TypeVar("Thing")

AT_ONCE = 100
"""So many mails are written in one transaction, so that nobody waits long for the database."""
SHOWN_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Wording:
    """What is filled in about a notice."""

    kind: str
    title: str
    body: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    services: Sequence[Service] = ()
    segments: Sequence[Segment] = ()
    people: Sequence[Person] = ()
    devices: Sequence[str] = ()


# --- before anybody is told --------------------------------------------------------------------------------------


def write_notice(wording: Wording, *, by: Person, at: datetime) -> Notice:
    """A draft. Nobody but those who write and release notices sees it."""
    notice = Notice(state=DRAFT, author=by, changed_by=by, written_at=at)
    _fill(notice, wording, at)
    db.session.add(notice)
    db.session.flush()
    _keep_device_words(notice)
    _note(notice, WRITTEN, by=by, at=at)
    return notice


def change(notice: Notice, wording: Wording, *, version: int, by: Person, at: datetime) -> None:
    """New words before the release; what was proposed is a draft again, because nobody has read these."""
    _claim(notice, version)
    if not notice.can_be_changed:
        raise Refusal(_("This has been released. Write an update, so that everybody reads what is new."))
    _fill(notice, wording, at)
    notice.state, notice.changed_by, notice.proposed_at = DRAFT, by, None
    _keep_device_words(notice)
    _note(notice, CHANGED, by=by, at=at)


def propose(notice: Notice, *, version: int, by: Person, at: datetime) -> None:
    """Ask for the second pair of eyes."""
    _claim(notice, version)
    if notice.state != DRAFT:
        raise Refusal(_("This is not a draft any more."))
    _check_time(notice, at)
    notice.state, notice.proposed_at = PROPOSED, at
    _note(notice, PROPOSED, by=by, at=at)
    others = [one for one in holders("release notices") if one.id not in (notice.author_id, notice.changed_by_id)]
    letters.ask_for_release(notice, to=others, at=at)


def send_back(notice: Notice, *, words: str, version: int, by: Person, at: datetime) -> None:
    """Say what is wrong with it instead of releasing it."""
    _claim(notice, version)
    if notice.state != PROPOSED:
        raise Refusal(_("This does not wait to be released."))
    notice.state, notice.proposed_at = DRAFT, None
    _note(notice, SENT_BACK, words=words, by=by, at=at)
    letters.sent_back(notice, words=words, by=by, at=at)


def release(notice: Notice, *, version: int, by: Person, at: datetime) -> None:
    """The second pair of eyes: from now on those whom it concerns read it, and are told by mail."""
    _claim(notice, version)
    if notice.state != PROPOSED:
        raise Refusal(_("This does not wait to be released."))
    if reason := why_not_released_by(notice, by):
        raise Refusal(reason)
    _check_time(notice, at)
    if notice.kind == ANNOUNCEMENT:
        notice.ends_at = notice.ends_at or at + SHOWN_FOR
    notice.state, notice.released_by, notice.released_at = RELEASED, by, at
    _tell(notice, RELEASED, "", by=by, at=at)


def why_not_released_by(notice: Notice, person: Person) -> str | None:
    """Why this person cannot be the second pair of eyes."""
    if person.id in (notice.author_id, notice.changed_by_id):
        return _("You have written this yourself. Somebody else must read and release it, in an emergency too.")
    return None


# --- after it is released ----------------------------------------------------------------------------------------


def post_update(notice: Notice, *, words: str, by: Person, at: datetime) -> None:
    """News: on the page at once, and by mail to everybody on the list."""
    _lock_current(notice)
    _tell(notice, UPDATE, words, by=by, at=at)


def solve(notice: Notice, *, words: str, by: Person, at: datetime) -> None:
    """It works again, or the maintenance is finished; everybody on the list is told."""
    _lock_current(notice)
    if notice.kind == ANNOUNCEMENT or (notice.starts_at and notice.starts_at > at):
        raise Refusal(_("Nothing has begun that could be over. You can cancel it instead."))
    notice.state, notice.ended_at = (SOLVED if notice.kind == INCIDENT else OVER), at
    _tell(notice, FIX, words, by=by, at=at)


def move(notice: Notice, *, starts_at: datetime, ends_at: datetime, words: str, by: Person, at: datetime) -> None:
    """Maintenance at another time, or for longer; everybody on the list is told again."""
    _lock_current(notice)
    if notice.kind != MAINTENANCE:
        raise Refusal(_("Only maintenance can be moved."))
    if notice.runs(at) and starts_at != notice.starts_at:
        raise Refusal(_("It has begun already, so only its end can be moved."), field="starts_at")
    notice.starts_at, notice.ends_at = starts_at, ends_at
    _check_time(notice, at)
    _tell(notice, MOVED, words, by=by, at=at)


def cancel(notice: Notice, *, words: str, by: Person, at: datetime) -> None:
    """It does not happen, or it was not so. Those who were told before are told again."""
    db.session.refresh(notice, with_for_update=True)
    if notice.ended_at is not None:
        raise Refusal(_("This is over already."))
    was_told = notice.is_current
    notice.state, notice.ended_at = WITHDRAWN, at
    if was_told:
        _tell(notice, CANCELLED, words, by=by, at=at)
    else:
        _note(notice, ENDED, words=words, by=by, at=at)


def end(notice: Notice) -> None:
    """Its time is over; nobody needs to be told."""
    notice.state, notice.ended_at = OVER, notice.ends_at
    search.remove(notice.kind, notice.reference)


# --- those who read ----------------------------------------------------------------------------------------------


def me_too(notice: Notice, *, by: Person, at: datetime) -> None:
    """It hits this person too, who is told of everything from now on. Twice is once."""
    if notice.kind != INCIDENT or not notice.is_current:
        raise Refusal(_("This is over. If something does not work, please ask for help."))
    row = insert(MeToo).values(notice_id=notice.id, person_id=by.id, at=at)
    db.session.execute(row.on_conflict_do_nothing())
    _put_on_list(notice, by, ME_TOO, at)


def not_me(notice: Notice, *, by: Person) -> None:
    """It was a mistake. Whoever came onto the list by it alone leaves it."""
    db.session.execute(delete(MeToo).where(MeToo.notice_id == notice.id, MeToo.person_id == by.id))
    mine = (NoticeReader.notice_id == notice.id) & (NoticeReader.person_id == by.id)
    db.session.execute(delete(NoticeReader).where(mine, NoticeReader.why == ME_TOO))


def join(notice: Notice, *, by: Person, at: datetime) -> None:
    """Ask to be told."""
    if not notice.is_current:
        raise Refusal(_("This is over, so there will be no more messages."))
    _put_on_list(notice, by, ASKED, at)


def leave(notice: Notice, *, by: Person, at: datetime) -> None:
    """No more messages about this notice, whatever the reason for them was."""
    row = insert(NoticeReader).values(notice_id=notice.id, person_id=by.id, why=ASKED, since_at=at, left_at=at)
    keys = [NoticeReader.notice_id, NoticeReader.person_id]
    db.session.execute(row.on_conflict_do_update(index_elements=keys, set_={"left_at": at}))


def _put_on_list(notice: Notice, person: Person, why: str, at: datetime) -> None:
    """Whoever is on it already stays for their first reason; whoever has left comes back for the new one."""
    row = insert(NoticeReader).values(notice_id=notice.id, person_id=person.id, why=why, since_at=at, left_at=None)
    keys = [NoticeReader.notice_id, NoticeReader.person_id]
    back: dict[str, Any] = {"why": why, "left_at": None}
    db.session.execute(
        row.on_conflict_do_update(index_elements=keys, set_=back, where=NoticeReader.left_at.is_not(None))
    )


def subscribe(service: Service, *, by: Person, at: datetime) -> None:
    """Be told of every notice about this service."""
    row = insert(ServiceSubscription).values(person_id=by.id, service_id=service.id, at=at)
    db.session.execute(row.on_conflict_do_nothing())


def unsubscribe(service: Service, *, by: Person) -> None:
    mine = (ServiceSubscription.person_id == by.id) & (ServiceSubscription.service_id == service.id)
    db.session.execute(delete(ServiceSubscription).where(mine))


# --- telling, a few at a time ------------------------------------------------------------------------------------


def tell_some(notice_id: int, *, at: datetime, limit: int = AT_ONCE) -> bool:
    """Write the next mails of the oldest telling that is not finished; False when nothing is left.

    How far it has come is written in the same transaction as the mail, so a worker that dies writes nobody twice.
    """
    broadcast = audience.next_broadcast(notice_id)
    if broadcast is None:
        return False
    recipients = audience.next_recipients(broadcast, size=limit)
    if broadcast.update.kind == RELEASED and recipients:
        _list_first(broadcast.notice, recipients, at)
    for person, why in recipients:
        letters.send(broadcast.notice, broadcast.update, to=person, why=why, at=at)
    broadcast.told += len(recipients)
    if len(recipients) < limit:
        broadcast.finished_at = at
    else:
        broadcast.reached = recipients[-1].person.id
    db.session.flush()
    return True


def _list_first(notice: Notice, recipients: Sequence[audience.Recipient], at: datetime) -> None:
    rows = [
        {"notice_id": notice.id, "person_id": one.person.id, "why": one.why, "since_at": at, "left_at": None}
        for one in recipients
    ]
    row = insert(NoticeReader).values(rows)
    keys = [NoticeReader.notice_id, NoticeReader.person_id]
    # Who said me too before the mail came would otherwise leave the list by taking that back.
    db.session.execute(
        row.on_conflict_do_update(index_elements=keys, set_={"why": row.excluded.why}, where=NoticeReader.why == ME_TOO)
    )


def _tell(notice: Notice, kind: str, words: str, *, by: Person, at: datetime) -> None:
    """Write down what happened, show it at once, and have everybody on the list told by the worker."""
    notice.version += 1
    happened = _note(notice, kind, words=words, by=by, at=at)
    db.session.add(NoticeBroadcast(notice=notice, update=happened))
    signals.told.send(happened, notice=notice)
    enqueue("tell", {"notice": notice.id}, at=at)
    keep_findable(notice)


def _note(notice: Notice, kind: str, *, words: str = "", by: Person | None, at: datetime) -> NoticeUpdate:
    happened = NoticeUpdate(notice=notice, kind=kind, words=words, public=kind in TOLD, by=by, at=at)
    db.session.add(happened)
    db.session.flush()
    return happened


# --- what can be found -------------------------------------------------------------------------------------------


def keep_findable(notice: Notice) -> None:
    """Put a current notice into the index for those who may read it, and take any other out.

    What is meant for people or devices by name stays out: the index knows groups only.
    """
    readers, newest = _segments_reading(notice), queries.newest_told(notice)
    if not notice.is_current or notice.reach == NAMED or readers == [] or newest is None:
        search.remove(notice.kind, notice.reference)
        return
    search.put(
        notice.kind,
        notice.reference,
        title=notice.title,
        summary=summary_of(notice),
        words=" ".join([plain(notice.body), newest.words, *notice.devices, *(one.name for one in notice.services)]),
        address=f"/notices/{notice.reference}",
        for_segments=readers or (),
        about=[one.slug for one in notice.services],
        ends_at=None if notice.kind == INCIDENT else notice.ends_at,
        at=newest.at,
    )


def _segments_reading(notice: Notice) -> list[Segment] | None:
    """The groups that may read it, none of them as an empty list; None for everybody."""
    numbers = audience.groups_reading(notice)
    return None if numbers is None else [one for one in all_segments() if one.id in numbers]


# --- small steps -------------------------------------------------------------------------------------------------


def _fill(notice: Notice, wording: Wording, at: datetime) -> None:
    notice.kind, notice.title, notice.body = wording.kind, wording.title, wording.body
    notice.starts_at = None if wording.kind == ANNOUNCEMENT else wording.starts_at
    notice.ends_at = None if wording.kind == INCIDENT else wording.ends_at
    if wording.kind == INCIDENT:
        notice.starts_at = wording.starts_at or at
        if notice.starts_at > at:
            raise Refusal(_("An incident has begun already. Plan maintenance if it is to come."), field="starts_at")
    _check_both_ends(notice)
    notice.services, notice.segments = _each_once(wording.services), _each_once(wording.segments)
    notice.people = _each_once(wording.people)
    notice.devices = [one for one in _each_once(wording.devices) if device_words(one)]
    notice.reach = reach_of(
        segments=bool(notice.segments),
        people=bool(notice.people),
        devices=bool(notice.devices),
        services=bool(notice.services),
    )


def _each_once(things: Iterable[Thing]) -> list[Thing]:
    return list(dict.fromkeys(things))


def _check_both_ends(notice: Notice) -> None:
    if notice.kind != MAINTENANCE:
        return
    if notice.starts_at is None:
        raise Refusal(_("Enter when the maintenance begins."), field="starts_at")
    if notice.ends_at is None:
        raise Refusal(_("Enter when the maintenance ends."), field="ends_at")
    if notice.ends_at <= notice.starts_at:
        raise Refusal(_("Enter an end that is after the beginning."), field="ends_at")


def _check_time(notice: Notice, at: datetime) -> None:
    """What is told now must not be over."""
    _check_both_ends(notice)
    if notice.past(at):
        raise Refusal(_("The time that is entered is over. Change it first."), field="ends_at")


def _keep_device_words(notice: Notice) -> None:
    db.session.execute(delete(NoticeDeviceWord).where(NoticeDeviceWord.notice_id == notice.id))
    for line, meant in enumerate(notice.devices):
        for word in sorted(device_words(meant)):
            db.session.add(NoticeDeviceWord(notice_id=notice.id, line=line, word=word))


def _claim(notice: Notice, version: int) -> None:
    words = _("Somebody changed this while you were looking at it. Read it again, then decide.")
    claim_version(notice, version, otherwise=words)


def _lock_current(notice: Notice) -> None:
    """Of several who act on it at once, each sees what the one before did."""
    db.session.refresh(notice, with_for_update=True)
    if not notice.is_current:
        raise Refusal(_("This is not current any more."))
