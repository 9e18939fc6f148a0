"""Asking for a yes, answering, reminding. Each deed writes its event and mail in one transaction, and commits nothing.

A no ends the request in the state `declined`: nothing was done, so no promise is counted as kept or broken. Whoever
wants the request, the customer and who asked for them, never decides about it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import update

from portal.approvals import choosing, letters, queries
from portal.approvals.models import Approval, ApprovalLink
from portal.approvals.stages import LINK_LASTS, NAMED, NO, NOBODY, REMIND_AFTER, VOID, WAITING, YES
from portal.approvals.tokens import token_of
from portal.extensions import db
from portal.measures.service_hours import add_open_time, open_time_between
from portal.people.models import Person
from portal.people.visitor import digest
from portal.refusal import Conflict, Refusal
from portal.requests import states
from portal.requests.actions import go_back, happen, require, wait
from portal.requests.clock import run_clock
from portal.requests.models import ServiceRequest
from portal.requests.queries import is_own
from portal.requests.whom import person_to_invite
from portal.web.words import local_day


def ask_by_service(request: ServiceRequest, *, at: datetime) -> None:
    """The service says that somebody has to say yes first."""
    kind = request.service.approval
    if kind is None:
        return
    approver = choosing.approver_of(request, kind)
    if approver is None:
        _write_nobody(request, kind, at)
    else:
        _ask(request, approver, kind=kind, question="", by=None, at=at)


def ask_named(request: ServiceRequest, *, words: str, question: str, by: Person, at: datetime) -> Person:
    """The desk asks somebody, also in the place of one who does not answer."""
    _require_foreign(request, by)
    if request.state != states.APPROVAL:
        require("ask_approval", request)
    approver = _person_named(request, words, by)
    _end(request, at)
    _ask(request, approver, kind=NAMED, question=question, by=by, at=at)
    return approver


def ask_anew(request: ServiceRequest, *, at: datetime) -> None:
    """What somebody said yes to was changed before anybody began: the yes was to other words, so it is asked for anew.

    Where whoever said it cannot be asked any more, the desk finds somebody.
    """
    last = next(iter(queries.approvals_of(request)), None)
    if last is None or last.stage != YES or request.state == states.APPROVAL:
        return
    if last.approver is not None and choosing.may_decide(request, last.approver):
        _ask(request, last.approver, kind=last.kind, question=last.question, by=last.asked_by, at=at)
    else:
        _write_nobody(request, last.kind, at)


def what_is_asked(request: ServiceRequest) -> str:
    """The words and answers as they stand, in short: other ones have another sum, however they are chosen."""
    words = json.dumps([request.summary, request.details, request.answers], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _require_foreign(request: ServiceRequest, by: Person) -> None:
    """Who works at the desk and wants something as well neither chooses who says yes to it nor does without."""
    if is_own(request, by):
        raise Refusal(_("You want this yourself, so a colleague at the desk has to do this."))


def _person_named(request: ServiceRequest, words: str, by: Person) -> Person:
    person = person_to_invite(by, words)
    if person.id == by.id:
        raise Refusal(_("Ask somebody else than yourself."), field="whom")
    if not choosing.may_decide(request, person):
        raise Refusal(_("%(name)s wants it, so somebody else has to say yes.", name=person.name), field="whom")
    return person


def _ask(
    request: ServiceRequest, approver: Person, *, kind: str, question: str, by: Person | None, at: datetime
) -> None:
    stand_in = choosing.asked_in_place(request, approver, local_day(at))
    approval = Approval(
        request_id=request.id,
        kind=kind,
        stage=WAITING,
        approver=approver,
        stand_in=stand_in,
        asked_by=by,
        question=question,
        asked_at=at,
        remind_at=_reminder_after(request, at),
    )
    approval.request = request
    db.session.add(approval)
    db.session.flush()
    request.keeps("approvals")
    data = {"who": approver.name, "stand_in": stand_in.name if stand_in else None}
    event = happen(request, "approval_asked", by, at, body=question or None, data=data)
    if request.state != states.APPROVAL:
        wait(request, states.APPROVAL, at=at)
    _let_decide(approval, approver, at)
    if stand_in:
        _let_decide(approval, stand_in, at)
    letters.ask(approval, stand_in or approver, at)
    if by is not None:
        letters.tell_asked(approval, event, at)


def _reminder_after(request: ServiceRequest, at: datetime) -> datetime:
    return add_open_time(request.hours, at, REMIND_AFTER)


def _let_decide(approval: Approval, person: Person, at: datetime) -> None:
    """A link of one's own, so that it is known who answered."""
    link = db.session.get(ApprovalLink, (approval.id, person.id))
    if link is None:
        token = digest(token_of(approval.id, person.id))
        link = ApprovalLink(approval_id=approval.id, person_id=person.id, token_sha256=token, is_waiting=True)
        db.session.add(link)
    link.expires_at = at + LINK_LASTS


def _write_nobody(request: ServiceRequest, kind: str, at: datetime) -> None:
    """There is nobody to ask: work is not held up, and the desk is told to find somebody."""
    db.session.add(Approval(request_id=request.id, kind=kind, stage=NOBODY, asked_at=at))
    request.keeps("approvals")
    happen(request, "approval_impossible", None, at)


def decide(approval: Approval, *, yes: bool, words: str, by: Person, at: datetime, seen: str | None = None) -> None:
    """The answer. The first one counts: whoever comes second is told, and changes nothing.

    `seen` is what was asked when they read it: a yes to other words than these is nobody's yes.
    """
    request = approval.request
    if seen and seen != what_is_asked(request):
        raise Conflict(_("What is asked was changed meanwhile. Read it as it stands now, then answer."))
    if not yes and not words.strip():
        raise Refusal(_("Say why not. The person who asked reads it."), field="words")
    if not choosing.may_decide(request, by):
        raise Refusal(_("You want this yourself, so somebody else has to answer."))
    _take(approval, YES if yes else NO)
    require("approve", request)
    approval.decided_at, approval.decided_by, approval.words = at, by, words.strip()
    approval.minutes = _minutes_between(request, approval.asked_at, at)
    _close_links(approval)
    if yes:
        _go_on(approval, at)
    else:
        _refuse(approval, at)


def _take(approval: Approval, stage: str) -> None:
    """From waiting to something else, once, whoever tries at the same moment."""
    mine = update(Approval).where(Approval.id == approval.id, Approval.stage == WAITING)
    if not db.session.execute(mine.values(stage=stage).returning(Approval.id)).first():
        raise Conflict(_("Somebody has answered already."))
    db.session.refresh(approval, ["stage"])


def _minutes_between(request: ServiceRequest, start: datetime, end: datetime) -> int:
    return int(open_time_between(request.hours, start, end) / timedelta(minutes=1))


def _close_links(approval: Approval) -> None:
    links = update(ApprovalLink).where(ApprovalLink.approval_id == approval.id)
    db.session.execute(links.values(is_waiting=False))


def _go_on(approval: Approval, at: datetime) -> None:
    request = approval.request
    data = {"minutes": approval.minutes, "waits": request.returns_to in states.STOPPED}
    event = happen(request, "approved", approval.decided_by, at, body=approval.words or None, data=data)
    go_back(request, at=at)
    letters.approved(approval, event, at)


def _refuse(approval: Approval, at: datetime) -> None:
    """Ended as a withdrawal is; the reason stands with it."""
    request = approval.request
    run_clock(request, at)
    data = {"minutes": approval.minutes}
    event = happen(request, "declined", approval.decided_by, at, body=approval.words, data=data)
    request.enter(states.DECLINED)
    request.ended_at = request.closed_at = at
    run_clock(request, at)
    letters.declined(approval, event, at)


def _end(request: ServiceRequest, at: datetime) -> Approval | None:
    """Nobody needs the answer any more; whoever was asked is told."""
    approval = queries.waiting_of(request)
    if approval is not None:
        _take(approval, VOID)
        _close_links(approval)
        approval.decided_at = at
        letters.void(approval, at)
        db.session.flush()
    return approval


def take_back(request: ServiceRequest, *, words: str, by: Person, at: datetime) -> None:
    """The desk asked too much: the request stands where it stood before, and whoever was asked reads why."""
    _require_foreign(request, by)
    if not words.strip():
        raise Refusal(_("Say why. Whoever was asked reads it, and so does the customer."), field="words")
    approval = queries.waiting_of(request)
    if approval is None or request.state != states.APPROVAL:
        raise Conflict(_("Nobody is asked for a yes any more. Read what happened meanwhile."))
    _take(approval, VOID)
    _close_links(approval)
    approval.decided_at, approval.decided_by, approval.words = at, by, words.strip()
    event = happen(request, "approval_taken_back", by, at, body=approval.words)
    go_back(request, at=at)
    letters.taken_back(approval, event, at)


def end_with_request(request: ServiceRequest, *, at: datetime) -> None:
    """The request was withdrawn."""
    _end(request, at)


def remind(approval: Approval, *, at: datetime) -> None:
    """The first time whoever was asked; the second and last time the stand-in, also while the other is here."""
    request = approval.request
    if request.state != states.APPROVAL or approval.approver is None:
        approval.remind_at = None
        return
    approval.reminders += 1
    person = _to_remind(approval, at)
    approval.remind_at = _reminder_after(request, at) if approval.reminders == 1 else None
    if person is None:
        return
    approval.reminded_at = at
    _let_decide(approval, person, at)
    happen(request, "approval_reminded", None, at, data={"who": person.name})
    letters.remind(approval, person, at)


def _to_remind(approval: Approval, at: datetime) -> Person | None:
    """Whoever has gone away meanwhile is not reminded; their stand-in is asked at once."""
    request, approver = approval.request, approval.approver
    assert approver is not None  # what waits has one
    if approval.reminders > 1:
        other = choosing.stand_in_of(request, approver)
    else:
        other = approval.stand_in or choosing.asked_in_place(request, approver, local_day(at))
        if other is None and choosing.may_decide(request, approver):
            return approver
    approval.stand_in = approval.stand_in or other
    return other
