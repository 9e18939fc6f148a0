"""Reading along: people who may read a request and write to it beside those whose it is.

Whose request it is and the helpdesk invite, each watcher leaves when they like, and what they write counts as an
answer: when we wait for the customer and a watcher answers, the clock runs again, because there is something to read.
They decide nothing: confirming, opening again, withdrawing and rating stay with whose request it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from portal.extensions import db, insert
from portal.people.models import Person
from portal.people.signals import department_left
from portal.refusal import Refusal
from portal.requests import actions, letters, queries
from portal.requests.actions import Data, Files, happen
from portal.requests.findable import put_findable
from portal.requests.leave_link import behind
from portal.requests.models import RequestEvent, RequestWatcher, ServiceRequest
from portal.requests.telling import says
from portal.requests.whom import person_to_invite

MOST_INVITED, LATELY = 3, timedelta(days=1)
"""Each invitation is a mail, also to somebody who has just left or was taken out."""


def invite(request: ServiceRequest, *, words: str, by: Person, at: datetime) -> Person:
    """Let the person who is meant by a name or a mail address read along; they are told."""
    person = person_to_invite(by, words)
    if queries.is_own(request, person) or is_watching(request, person):
        raise Refusal(_("%(name)s can read this already.", name=person.name), field="whom")
    if _invited_lately(request, person, at) >= MOST_INVITED:
        raise Refusal(_("%(name)s was invited several times today already.", name=person.name), field="whom")
    if _number_of(request) >= queries.MOST_WATCHERS:
        most = queries.MOST_WATCHERS
        raise Refusal(_("At most %(n)s people can read along. Take somebody out first.", n=most), field="whom")
    watch(request, person, by=by, at=at)
    event = happen(request, "watcher_added", by, at, data=_about(person))
    _tell_invited(request, person, event, at)
    return person


def watch(request: ServiceRequest, person: Person, *, by: Person | None, at: datetime) -> None:
    """Write down that this person reads along; saying so is left to the caller."""
    row = {"request_id": request.id, "person_id": person.id, "is_open": request.is_open}
    values = row | {"added_by_id": by.id if by else None, "added_at": at}
    db.session.execute(insert(RequestWatcher).values(values).on_conflict_do_nothing())
    request.keeps("watchers")
    put_findable(request)


def reply(
    request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = (), data: Data = None
) -> bool:
    """A message of anybody who may read it; says whether its writer reads along from now on.

    Who writes to a request that is shared with their department waits for what follows, and is no follower yet.
    """
    joins = joins_by_writing(request, by)
    actions.reply(request, words=words, by=by, at=at, files=files, data=data)
    if joins:
        watch(request, by, by=by, at=at)
        happen(request, "watcher_joined", by, at, data=_about(by))
    return joins


def joins_by_writing(request: ServiceRequest, person: Person) -> bool:
    """May they read it through their department alone, and is there room for one more who follows it?"""
    shared = request.shared_department_id is not None and request.shared_department_id == person.department_id
    here_already = queries.is_own(request, person) or person.id == request.assignee_id
    if not shared or person.is_robot or here_already or is_watching(request, person):
        return False
    return _number_of(request) < queries.MOST_WATCHERS


def tell_joined(request: ServiceRequest, person: Person, at: datetime) -> None:
    """To who wrote by mail and has seen no page that says so; the letter carries the way to leave."""
    body = _("thank you for your message about “%(summary)s”.", summary=request.summary)
    after = _("You get the messages about it from now on.")
    letters.send(request, person, f"joined:{at.isoformat()}", _("you read along"), f"{body} {after}", at)


def leave(request: ServiceRequest, *, by: Person, at: datetime) -> RequestEvent | None:
    """A watcher has read enough; None when they had left before."""
    return happen(request, "watcher_left", by, at, data=_about(by)) if _remove(request, by) else None


@department_left.connect
def leave_what_was_shared(person: Person, *, department: int, at: datetime) -> None:
    """Who let themselves in by writing could read it through their department alone; who was invited goes on reading.

    (ix_request_watcher_mine)
    """
    here = RequestWatcher.person_id == person.id, RequestWatcher.added_by_id == person.id
    query = select(ServiceRequest).join(RequestWatcher, RequestWatcher.request_id == ServiceRequest.id)
    shared = query.where(*here, ServiceRequest.shared_department_id == department).order_by(ServiceRequest.id)
    for request in db.session.scalars(shared).all():
        leave(request, by=person, at=at)


def find_reader(token: str) -> tuple[ServiceRequest, Person] | None:
    """What the link in a letter is about and whose it is, whether they still read along or not (primary keys)."""
    found = behind(token)
    if found is None:
        return None
    request, person = db.session.get(ServiceRequest, found[0]), db.session.get(Person, found[1])
    return (request, person) if request and person else None


def leave_by_link(request: ServiceRequest, person: Person, *, at: datetime) -> None:
    """As with the button of the page; a letter says so, since a mail program may have clicked without showing a page.

    The link is known to whoever has the letter, which is why leaving is all that can be done with it.
    """
    event = leave(request, by=person, at=at)
    if event:
        letters.left(request, person, event, at)


def take_out(request: ServiceRequest, person: Person, *, by: Person, at: datetime) -> None:
    """Somebody does not read along any more, by the word of those who may invite."""
    if _remove(request, person):
        happen(request, "watcher_out", by, at, data=_about(person))


def is_watching(request: ServiceRequest, person: Person) -> bool:
    """Does this person read along (primary key)?"""
    if "watchers" not in request.extras:
        return False
    here = RequestWatcher.request_id == request.id, RequestWatcher.person_id == person.id
    return db.session.scalar(select(RequestWatcher.person_id).where(*here)) is not None


def in_words(request: ServiceRequest, people: Sequence[Person], viewer: Person) -> list[str]:
    """The names of those who follow it, the viewer's first, and the department it is shared with."""
    names = [_("You")] if viewer in people else []
    names += [one.name for one in people if one.id != viewer.id]
    if request.shared_department is not None:
        names.append(_("everybody in %(department)s", department=request.shared_department.name))
    return names


def _number_of(request: ServiceRequest) -> int:
    query = select(func.count()).select_from(RequestWatcher).where(RequestWatcher.request_id == request.id)
    return db.session.scalar(query) or 0


def _invited_lately(request: ServiceRequest, person: Person, at: datetime) -> int:
    """How often this person was let in since yesterday (ix_request_event_timeline)."""
    query = select(RequestEvent.data).where(RequestEvent.request_id == request.id, RequestEvent.at > at - LATELY)
    lately = db.session.scalars(query.where(RequestEvent.kind == "watcher_added").limit(queries.MOST_EVENTS))
    return sum(data.get("person") == person.id for data in lately)


def _remove(request: ServiceRequest, person: Person) -> bool:
    """Take the row away; False when it is not there (any more)."""
    here = RequestWatcher.request_id == request.id, RequestWatcher.person_id == person.id
    gone = db.session.execute(delete(RequestWatcher).where(*here).returning(RequestWatcher.person_id)).first()
    if gone:
        put_findable(request)
    return gone is not None


def _about(person: Person) -> dict[str, str | int]:
    return {"who": person.name, "person": person.id}


def _tell_invited(request: ServiceRequest, person: Person, event: RequestEvent, at: datetime) -> None:
    name = event.actor.name if event.actor else _("The helpdesk")
    words = {"name": name, "summary": request.summary, "customer": request.customer.name}
    if event.actor_id == request.customer_id:
        lets = _("%(name)s lets you read the request “%(summary)s”.", **words)
    else:
        lets = _("%(name)s lets you read “%(summary)s”, a request of %(customer)s.", **words)
    body = f"{lets} {_('You can write to us about it, and you get the messages about it.')}"
    letters.send(request, person, f"event{event.id}", _("you can read this request"), body, at)


@says("watcher_added")
def _added(event: RequestEvent, name: str) -> str:
    return _("%(name)s let %(who)s read along", name=name, who=event.data.get("who", ""))


@says("watcher_joined")
def _joined(_event: RequestEvent, name: str) -> str:
    return _("%(name)s wrote, and reads along from now on", name=name)


@says("watcher_left")
def _left(_event: RequestEvent, name: str) -> str:
    return _("%(name)s does not read along any more", name=name)


@says("watcher_out")
def _out(event: RequestEvent, name: str) -> str:
    return _("%(name)s ended that %(who)s reads along", name=name, who=event.data.get("who", ""))
