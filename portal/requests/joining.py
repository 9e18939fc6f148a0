"""Requests that belong together: one that goes on in another, one made of two, and two that know of each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person
from portal.refusal import Refusal
from portal.requests import letters, queries, states
from portal.requests.actions import happen, require, submit_request
from portal.requests.clock import refresh_due, run_clock
from portal.requests.findable import put_findable
from portal.requests.models import RequestEvent, RequestLink, RequestWatcher, ServiceRequest
from portal.requests.whom import check_entitled

RELATED, MADE_OF_IT, MADE_FROM = "related", "made_of_it", "made_from"
MOST_LINKS = 20
MOST_MERGED = 50


# --- merge -------------------------------------------------------------------------------------------------------


def merge(one: ServiceRequest, into: ServiceRequest, *, let_read: bool, by: Person, at: datetime) -> None:
    """`one` goes on in the other. It is not resolved by that, and no promise of it counts as kept or late.

    Whose request it is must be able to follow the other; whoever cannot is let in by somebody's word alone.
    """
    _check_merge(one, into)
    outside = cannot_read(one, into)
    if outside and not let_read:
        names = ", ".join(person.name for person in outside)
        raise Refusal(
            _(
                "%(names)s cannot read %(ref)s and would hear nothing more. Let them read it, or link the two instead.",
                names=names,
                ref=into.reference,
            ),
            field="let_read",
        )
    before: dict[str, Any] = {"into": into.reference, "state": one.state, "pauses": one.pauses}
    run_clock(one, at)
    one.enter(states.MERGED)
    one.ended_at, one.merged_into = at, into
    run_clock(one, at)
    one.keeps("links")
    into.keeps("links")
    event = happen(one, "merged", by, at, data=before)
    let_in = [person.id for person in outside]
    for person in outside:
        _let_in(into, person, by, at)
    happen(into, "joined", by, at, public=_read_the_same(into, one), data={"from": one.reference, "let_in": let_in})
    body = _(
        "%(name)s goes on with “%(summary)s” in %(ref)s. What happens next is told there, and answers go there.",
        name=by.name,
        summary=one.summary,
        ref=into.reference,
    )
    letters.tell(one, f"event{event.id}", _("goes on in %(ref)s", ref=into.reference), body, at)


def _check_merge(one: ServiceRequest, into: ServiceRequest) -> None:
    if one.id == into.id:
        raise Refusal(_("A request cannot go on in itself. Enter another reference."), field="into")
    require("merge", one)
    if not into.is_open:
        raise Refusal(_("%(ref)s is not open, so nothing can go on there.", ref=into.reference), field="into")
    joined = db.session.scalar(select(func.count()).where(ServiceRequest.merged_into_id == into.id)) or 0
    if joined >= MOST_MERGED:
        raise Refusal(_("So many requests go on in %(ref)s already.", ref=into.reference), field="into")


def cannot_read(one: ServiceRequest, into: ServiceRequest) -> list[Person]:
    """Of those whose request the first is, who may not read the second."""
    return [person for person in letters.concerned(one) if not queries.may_read(into, person)]


def _read_the_same(into: ServiceRequest, one: ServiceRequest) -> bool:
    """May those whose request it goes on in read the merged one too? If not, they do not even hear of it."""
    return all(queries.may_read(one, person) for person in letters.concerned(into))


def _let_in(request: ServiceRequest, person: Person, by: Person, at: datetime) -> None:
    row = RequestWatcher(
        request_id=request.id, person_id=person.id, is_open=request.is_open, added_by_id=by.id, added_at=at
    )
    db.session.add(row)
    request.keeps("watchers")
    put_findable(request)


def unmerge(one: ServiceRequest, *, by: Person, at: datetime) -> None:
    """A request of its own again, in the state that it had. The time in between is not counted as ours.

    Whoever was let into the other one by the merge alone, leaves it by this.
    """
    require("unmerge", one)
    into, before = one.merged_into, _last(one, "merged").data
    assert into is not None and one.ended_at is not None
    merged_at = one.ended_at
    one.pauses = _pauses_since(one, before["pauses"], at)
    one.ended_at, one.merged_into = None, None
    one.enter(before["state"])
    refresh_due(one)
    event = happen(one, "unmerged", by, at, data={"merged_at": merged_at.isoformat()})
    _let_out(into, one)
    happen(into, "unjoined", by, at, public=_read_the_same(into, one), data={"from": one.reference})
    names = {"name": by.name, "summary": one.summary}
    body = _("“%(summary)s” is a request of its own again, and %(name)s goes on with it.", **names)
    letters.tell(one, f"event{event.id}", _("a request of its own again"), body, at)


def _pauses_since(one: ServiceRequest, before: list[Any], at: datetime) -> list[Any]:
    """What stood still then goes on standing still; otherwise the time in the other request is a pause.

    The others are read as they are now: what the merge called off, such as a visit, has ended its own.
    """
    assert one.ended_at is not None
    ended = one.ended_at.isoformat()
    if not before or before[-1][1] is not None:
        return [*one.pauses, [ended, at.isoformat(), states.MERGED]]
    since, _none, *why = before[-1]
    return [*(pause for pause in one.pauses if pause != [since, ended, *why]), before[-1]]


def _last(request: ServiceRequest, kind: str) -> RequestEvent:
    query = select(RequestEvent).where(RequestEvent.request_id == request.id, RequestEvent.kind == kind)
    return db.session.scalars(query.order_by(RequestEvent.id.desc()).limit(1)).one()


def _let_out(into: ServiceRequest, one: ServiceRequest) -> None:
    joined = select(RequestEvent).where(RequestEvent.request_id == into.id, RequestEvent.kind == "joined")
    for event in db.session.scalars(joined.order_by(RequestEvent.id.desc()).limit(MOST_MERGED)):
        if event.data.get("from") == one.reference:
            gone = (RequestWatcher.request_id == into.id) & RequestWatcher.person_id.in_(event.data.get("let_in", []))
            db.session.execute(delete(RequestWatcher).where(gone))
            put_findable(into)
            return


# --- split -------------------------------------------------------------------------------------------------------


def split(
    one: ServiceRequest, *, service: Service, summary: str, details: str, by: Person, at: datetime
) -> ServiceRequest:
    """A part of a request becomes one of its own, for the same people and with a promise of its own."""
    require("split", one)
    _check_room(one)
    check_entitled(service, one.customer)
    made = submit_request(
        service=service,
        form=None,
        summary=summary,
        details=details,
        answers={},
        by=one.asked_by or one.customer,
        customer=one.customer,
        made_by=by,
        channel=one.channel,
        data={"from": one.reference},
        acknowledge=False,
        at=at,
    )
    _join(one, made, MADE_OF_IT, MADE_FROM, by, at)
    happen(one, "split", by, at, data={"into": made.reference})
    for person in letters.concerned(made):
        letters.send(made, person, "received", _("a request of its own"), _letter_of_split(one, made, by), at)
    return made


def _letter_of_split(one: ServiceRequest, made: ServiceRequest, by: Person) -> str:
    opening = _(
        "%(name)s has made a request of its own of a part of %(ref)s: “%(summary)s”.",
        name=by.name,
        ref=one.reference,
        summary=made.summary,
    )
    return "\n\n".join([opening, *letters.promises(made), made.details]).strip()


# --- link --------------------------------------------------------------------------------------------------------


def link(one: ServiceRequest, other: ServiceRequest, *, by: Person, at: datetime) -> None:
    """Each is shown beside the other, to those who may read both."""
    if one.id == other.id:
        raise Refusal(_("This is the same request. Enter another reference."), field="other")
    if db.session.get(RequestLink, (one.id, other.id)):
        raise Refusal(_("These two are linked already."), field="other")
    _check_room(one)
    _check_room(other)
    _join(one, other, RELATED, RELATED, by, at)
    happen(one, "linked", by, at, public=False, data={"to": other.reference})
    happen(other, "linked", by, at, public=False, data={"to": one.reference})


def unlink(one: ServiceRequest, other: ServiceRequest, *, by: Person, at: datetime) -> None:
    """They have nothing to do with each other after all."""
    if db.session.get(RequestLink, (one.id, other.id)) is None:
        raise Refusal(_("These two are not linked any more."))
    for here, there in ((one, other), (other, one)):
        gone = (RequestLink.request_id == here.id) & (RequestLink.other_id == there.id)
        db.session.execute(delete(RequestLink).where(gone))
        happen(here, "unlinked", by, at, public=False, data={"to": there.reference})


def _check_room(request: ServiceRequest) -> None:
    number = db.session.scalar(select(func.count()).where(RequestLink.request_id == request.id)) or 0
    if number >= MOST_LINKS:
        words = _("%(ref)s is linked to %(most)s requests already.", ref=request.reference, most=MOST_LINKS)
        raise Refusal(words, field="other")


def _join(one: ServiceRequest, other: ServiceRequest, other_is: str, one_is: str, by: Person, at: datetime) -> None:
    for here, there, kind in ((one, other, other_is), (other, one, one_is)):
        db.session.add(RequestLink(request_id=here.id, other_id=there.id, kind=kind, added_by_id=by.id, added_at=at))
        here.keeps("links")
