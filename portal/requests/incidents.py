"""Requests about a known problem: linked to its notice, told of its news, and solved with it.

Whoever follows such a request gets one message for each update. The request's letter and the one to the notice's list
have the same key, so the second is not written; and when the problem is solved, the list leaves out those whose request
is resolved by that, because they get its letter with the way to open it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import and_, func, or_, select, union_all

from portal.extensions import db
from portal.jobs import enqueue
from portal.notices.audience import spares
from portal.notices.letters import key_of
from portal.notices.models import Notice, NoticeBroadcast, NoticeReader, NoticeUpdate
from portal.notices.panels import Panel, panel
from portal.notices.queries import readable_by
from portal.notices.signals import told
from portal.notices.states import CANCELLED, FIX, INCIDENT, RELEASED, UPDATE
from portal.people.models import Person
from portal.refusal import Refusal
from portal.requests import actions, letters, states
from portal.requests.models import RequestWatcher, ServiceRequest
from portal.web.address import absolute

ROOM = "incident"
FOLLOW = "follow a known problem"
AT_ONCE = 50
"""So many requests are told or resolved in one transaction, so that nobody waits long for the database."""
MOST_CHOSEN = 100
MOST_COUNTED = 1000


# --- linking -----------------------------------------------------------------------------------------------------


def current_incidents() -> Sequence[Notice]:
    """The known problems of this moment, the newest first (ix_notice_state)."""
    query = select(Notice).where(Notice.state == RELEASED, Notice.kind == INCIDENT)
    return db.session.scalars(query.order_by(Notice.id.desc()).limit(100)).all()


def link_to_incident(requests: Iterable[ServiceRequest], notice: Notice, *, by: Person, at: datetime) -> int:
    """These are about that; says how many were not yet. Each customer is told, and what has ended stays as it is."""
    db.session.refresh(notice, with_for_update=True)
    if notice.kind != INCIDENT or not notice.is_current:
        raise Refusal(_("This problem is over. Choose one that still lasts."), field="notice")
    meant = [one for one in requests if one.is_open and one.notice_id != notice.id]
    for request in meant:
        _link(request, notice, by, at)
    return len(meant)


def _link(request: ServiceRequest, notice: Notice, by: Person, at: datetime) -> None:
    request.notice = notice
    request.keeps(ROOM)
    event = actions.happen(request, "incident_linked", by, at, data={"notice": notice.reference})
    for person in letters.followers(request):
        body = _about(request, notice, shown=notice_of(request, person) is not None)
        letters.send(request, person, f"event{event.id}", _("about a known problem"), body, at)


def _about(request: ServiceRequest, notice: Notice, *, shown: bool) -> str:
    """What a follower is told. The problem is named to those who may read of it."""
    after = _("We write to you when there is news, and when it is solved.")
    words = {"summary": request.summary, "title": notice.title}
    if not shown:
        return _("your request “%(summary)s” is about a problem that we know and work on.", **words) + f" {after}"
    named = _("your request “%(summary)s” is about a problem that we know and work on: “%(title)s”.", **words)
    there = _("Read how it stands:\n%(address)s", address=absolute(f"/notices/{notice.reference}"))
    return f"{named} {after}\n\n{there}"


def unlink_from_incident(request: ServiceRequest, *, by: Person, at: datetime) -> None:
    """It is about something else; it goes on by itself."""
    if request.notice is None:
        raise Refusal(_("This request is not linked to a known problem any more."))
    event = actions.happen(request, "incident_unlinked", by, at, data={"notice": request.notice.reference})
    request.notice = None
    body = _(
        "your request “%(summary)s” is not about the known problem, as we thought. We look at it by itself.",
        summary=request.summary,
    )
    letters.tell(request, f"event{event.id}", _("not about the known problem"), body, at)


def notice_of(request: ServiceRequest, reader: Person | None) -> Notice | None:
    """The known problem that it is about, for a reader when they may read it."""
    query = select(Notice).where(Notice.id == request.notice_id)
    return db.session.scalar(query if reader is None else query.where(readable_by(reader)))


def linked_to(notice: Notice, *, size: int) -> Sequence[ServiceRequest]:
    """The requests about it, open ones first (ix_service_request_incident)."""
    query = select(ServiceRequest).where(ServiceRequest.notice_id == notice.id)
    return db.session.scalars(query.order_by(ServiceRequest.is_open.desc(), ServiceRequest.id).limit(size)).all()


@panel
def requests_about(notice: Notice) -> Panel | None:
    """How many requests are about a notice, on the page of those who work on it."""
    if notice.kind != INCIDENT:
        return None
    ends = ServiceRequest.state.in_([one for one in states.STATES if states.can("resolve", one)])
    about = select(ServiceRequest.is_open, ends.label("ends")).where(ServiceRequest.notice_id == notice.id)
    found = about.limit(MOST_COUNTED).subquery()
    counts = func.count(), func.count().filter(found.c.is_open), func.count().filter(found.c.ends)
    number, still, ending = db.session.execute(select(*counts)).one()
    values = {"number": number, "open": still, "reference": notice.reference}
    return Panel("requests/_about_notice.html", values, when_solved=_when_solved(ending, still - ending))


def _when_solved(ending: int, staying: int) -> list[str]:
    """What the requests about it become when it is solved, for who is about to press."""
    words = []
    if ending:
        words.append(
            ngettext(
                "%(num)d request about it will be resolved with these words.",
                "%(num)d requests about it will be resolved with these words, and each customer gets one message.",
                ending,
            )
        )
    if staying:
        words.append(
            ngettext(
                "%(num)d request that waits for a yes gets these words and stays open.",
                "%(num)d requests that wait for a yes get these words and stay open.",
                staying,
            )
        )
    return words


# --- telling and solving -----------------------------------------------------------------------------------------


@told.connect
def hear(update: NoticeUpdate, *, notice: Notice) -> None:
    """Have the requests about it follow what has just happened to a notice."""
    if notice.kind != INCIDENT or update.kind not in (UPDATE, FIX, CANCELLED):
        return
    if db.session.scalar(_LINKED.where(ServiceRequest.notice_id == notice.id).limit(1)):
        _go_on(update.id, 0, update.at)


_LINKED = select(ServiceRequest.id).where(ServiceRequest.is_open)


def _go_on(update_id: int, after: int, at: datetime) -> None:
    enqueue(FOLLOW, {"update": update_id, "after": after}, at=at, key=f"{FOLLOW} {update_id} {after}")


def follow_some(update_id: int, *, after: int, at: datetime, limit: int = AT_ONCE) -> None:
    """The next requests about it, in the order of their keys; the rest is asked for in the same transaction.

    So a worker that dies in between has done a part wholly or not at all, and writes to nobody twice.
    """
    update = db.session.get_one(NoticeUpdate, update_id)
    requests = _next_linked(update, after, limit)
    silent = _left(update.notice)
    for request in requests:
        if update.kind == FIX and update.by and states.can("resolve", request.state):
            actions.resolve(request, words=update.words, by=update.by, at=at, takes_it=False)
        else:
            _tell(request, update, silent, at)
    if len(requests) == limit:
        _go_on(update_id, requests[-1].id, at)


def _next_linked(update: NoticeUpdate, after: int, limit: int) -> Sequence[ServiceRequest]:
    """Open requests about it (ix_service_request_incident), kept from others until this is done."""
    query = select(ServiceRequest).where(ServiceRequest.notice_id == update.notice_id, ServiceRequest.is_open)
    query = query.where(ServiceRequest.id > after).order_by(ServiceRequest.id).limit(limit)
    return db.session.scalars(query.with_for_update(of=ServiceRequest)).all()


def _left(notice: Notice) -> frozenset[int]:
    """Who wants no more messages about this notice."""
    left = select(NoticeReader.person_id).where(NoticeReader.notice_id == notice.id, NoticeReader.left_at.is_not(None))
    return frozenset(db.session.scalars(left))


def _tell(request: ServiceRequest, update: NoticeUpdate, silent: frozenset[int], at: datetime) -> None:
    data: dict[str, Any] = {"notice": update.notice.reference}
    actions.happen(request, "incident_news", update.by, at, body=update.words, data=data)
    body = _("there is news about the known problem behind your request “%(summary)s”:", summary=request.summary)
    for person in letters.followers(request):
        if person.id not in silent:
            subject, words = _("news about the known problem"), f"{body}\n\n{update.words}"
            letters.send(request, person, "", subject, words, at, key=key_of(update, person))


@spares
def told_by_their_request(broadcast: NoticeBroadcast) -> Any:
    """Who follows a request that is resolved with the problem gets the letter about that."""
    if broadcast.update.kind != FIX:
        return None
    solved = or_(ServiceRequest.is_open, ServiceRequest.resolved_at >= broadcast.update.at)
    about = and_(ServiceRequest.notice_id == broadcast.notice_id, solved)
    return union_all(
        select(ServiceRequest.customer_id).where(about),
        select(ServiceRequest.asked_by_id).where(about, ServiceRequest.asked_by_id.is_not(None)),
        select(RequestWatcher.person_id).join(ServiceRequest).where(about),
    )
