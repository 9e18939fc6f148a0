"""What people do with a request. Each deed checks the state, writes an event and the mail, and commits nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm.attributes import flag_modified

from portal.catalogue.models import RequestForm, Service, ServiceDeal
from portal.extensions import db
from portal.files.models import StoredFile
from portal.measures.priority import IMPACTS, URGENCIES, USUAL_PRIORITY, priority_of
from portal.people.models import Person, Team
from portal.refusal import Conflict, Refusal
from portal.requests import letters, promise_letters, signals, states
from portal.requests.clock import (
    decide,
    go_back_to,
    note_first_answer,
    promise_sooner,
    refresh_due,
    run_clock,
    start_clock,
    stop_clock,
    undo_decision,
)
from portal.requests.findable import found_by
from portal.requests.models import RequestEvent, RequestFile, ServiceRequest
from portal.requests.reopening import can_reopen

Files = Iterable[StoredFile]
Data = Mapping[str, Any] | None
"""Beside the words: what came with them by mail."""


def submit_request(
    *,
    service: Service,
    form: RequestForm | None,
    summary: str,
    details: str,
    answers: Mapping[str, Any],
    by: Person,
    at: datetime,
    customer: Person | None = None,
    deal: ServiceDeal | None = None,
    files: Files = (),
    channel: str = "portal",
    data: Data = None,
    acknowledge: bool = True,
    priority: int = USUAL_PRIORITY,
    made_by: Person | None = None,
) -> ServiceRequest:
    """Ask for a service, for oneself or for another `customer`. The promise of this moment is kept with the request.

    `made_by` writes it down in their place, and is none of those whose request it is.
    """
    customer = customer or by
    first_answer_minutes, resolution_minutes = service.minutes_for(priority)
    shared_with = customer.department_id if service.shared_with_department else None
    request = ServiceRequest(
        service=service,
        request_form=form,
        customer=customer,
        asked_by=by if by.id != customer.id else None,
        service_deal=deal,
        segment_id=customer.segment_id,
        department_id=customer.department_id,
        shared_department_id=shared_with,
        hours_plan=service.hours_plan,
        summary=summary.strip(),
        details=details.strip(),
        found_by=found_by(summary, details, readers=(customer.id, by.id), department=shared_with),
        answers=dict(answers),
        channel=channel,
        priority=priority,
        first_answer_minutes=first_answer_minutes,
        resolution_minutes=resolution_minutes,
        opened_at=at,
    )
    request.enter(states.RECEIVED)
    start_clock(request)
    db.session.add(request)
    db.session.flush()
    happen(request, "asked", made_by or by, at, body=request.details, data=data, files=files)
    if acknowledge:
        letters.received(request, at)
    return request


def reply(
    request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = (), data: Data = None
) -> RequestEvent:
    """The customer writes; if we waited for that, the clock runs again."""
    require("reply", request)
    event = happen(request, "replied", by, at, body=words, data=data, files=files)
    if states.WAITING in (request.state, request.returns_to):
        work_on(request, at=at)
    letters.replied(request, event, at)
    letters.to_assignee(request, event, at)
    return event


def answer(
    request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = (), data: Data = None
) -> RequestEvent:
    """The helpdesk writes; the first time that a person does, that is the first answer.

    What is resolved stays as it is: an answer to a last question is no work on it.
    """
    require("answer", request)
    if request.is_open:
        start_work(request, by)
    event = happen(request, "answered", by, at, body=words, data=data, files=files)
    if not by.is_robot:
        note_first_answer(request, at)
    letters.answered(request, event, at)
    return event


def ask_customer(request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = ()) -> RequestEvent:
    """The helpdesk needs something from the customer: the clock stands still until the answer."""
    require("ask_customer", request)
    start_work(request, by)
    note_first_answer(request, at)
    event = happen(request, "asked_customer", by, at, body=words, files=files)
    wait(request, states.WAITING, at=at)
    letters.question(request, event, at)
    return event


def hold(request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = ()) -> RequestEvent:
    """We wait for somebody outside, and say for whom and why: the clock stands still until we go on."""
    require("hold", request)
    start_work(request, by)
    note_first_answer(request, at)
    event = happen(request, "held", by, at, body=words, files=files)
    wait(request, states.HELD, at=at)
    promise_letters.held(request, event, at)
    return event


def go_on(request: ServiceRequest, *, words: str, by: Person, at: datetime) -> RequestEvent:
    """What we waited for outside is here: the clock runs, and the customer reads what is promised now."""
    require("go_on", request)
    event = happen(request, "went_on", by, at, body=words or None)
    work_on(request, at=at)
    promise_letters.goes_on(request, event, at)
    return event


def say_new_time(request: ServiceRequest, *, expected_at: datetime, why: str, by: Person, at: datetime) -> RequestEvent:
    """When we expect it to be done, and why not as promised. The promise stays what it is measured by."""
    require("say_new_time", request)
    if expected_at <= at:
        raise Refusal(_("Choose a moment that is still to come."), field="expected")
    if request.due_at and expected_at <= request.due_at:
        raise Refusal(_("We promised that already. Choose a later moment."), field="expected")
    start_work(request, by)
    note_first_answer(request, at)
    data = {"promised": request.due_at.isoformat() if request.due_at else None, "expected": expected_at.isoformat()}
    event = happen(request, "new_time", by, at, body=why, data=data)
    request.said_due_at, request.said_why = expected_at, why
    refresh_due(request)
    promise_letters.new_time(request, event, at)
    return event


def wait(request: ServiceRequest, state: str, *, at: datetime) -> None:
    """The clock stands still, for the reason that the state says: `waiting`, `held` or `approval`."""
    before = request.state
    run_clock(request, at)
    request.enter(state)
    stop_clock(request, at, returns_to=before if state == states.APPROVAL else None)


def work_on(request: ServiceRequest, *, at: datetime) -> None:
    """What was waited for is here: it is our turn, and the clock runs, unless somebody has to say yes first."""
    if request.state == states.APPROVAL:
        go_back_to(request, states.IN_PROGRESS)
        return
    request.enter(states.IN_PROGRESS)
    run_clock(request, at)


def go_back(request: ServiceRequest, *, at: datetime) -> None:
    """Nobody has to say yes any more: it stands where it stood before, and what waited then goes on waiting."""
    before = request.returns_to or (states.IN_PROGRESS if request.assignee_id else states.RECEIVED)
    if before in states.STOPPED:
        wait(request, before, at=at)
    else:
        request.enter(before)
        run_clock(request, at)


def note(
    request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = (), data: Data = None
) -> RequestEvent:
    """Written for colleagues; the customer never reads it."""
    require("note", request)
    return happen(request, "noted", by, at, body=words, public=False, data=data, files=files)


def take(request: ServiceRequest, *, by: Person, at: datetime) -> None:
    """I work on this. Taking what a colleague has is a reassignment."""
    require("take", request)
    if request.assignee_id == by.id:
        return
    if request.assignee_id is not None:
        request.reassignment_count += 1
    started = request.state == states.RECEIVED
    request.assignee, request.team_id = by, by.team_id or request.team_id
    event = happen(request, "taken", by, at)
    _begin(request)
    if started:
        letters.started(request, event, at)


def assign(
    request: ServiceRequest, *, to: Person | None, team: Team | None, why: str, by: Person, at: datetime
) -> None:
    """Give it to a colleague or a team."""
    require("assign", request)
    if to is None and team is None:
        raise Refusal(_("Choose a person or a team."), field="to")
    if (request.assignee, request.team) == (to, team):
        raise Refusal(_("They have it already. Choose another person or team."), field="to")
    if request.assignee_id or request.team_id:
        request.reassignment_count += 1
    request.assignee, request.team = to, team or (to.team if to else None)
    names = " · ".join(name for name in (to.name if to else "", team.name if team else "") if name)
    event = happen(request, "assigned", by, at, body=why or None, public=False, data={"to": names})
    letters.to_assignee(request, event, at)


def set_priority(request: ServiceRequest, *, impact: int, urgency: int, by: Person, at: datetime) -> None:
    """How widely it hurts and how soon; seen by those who work on it only. What follows may be promised sooner.

    It is never promised later: what the customer was told stays.
    """
    require("set_priority", request)
    if impact not in IMPACTS:
        raise Refusal(_("Choose whom it stops."), field="impact")
    if urgency not in URGENCIES:
        raise Refusal(_("Choose how soon it matters."), field="urgency")
    if (impact, urgency) == (request.impact, request.urgency):
        return
    priority = priority_of(impact, urgency)
    data = {"from": request.priority, "to": priority, "impact": impact, "urgency": urgency}
    happen(request, "priority_set", by, at, public=False, data=data)
    request.impact, request.urgency, request.priority = impact, urgency, priority
    if promise_sooner(request, *request.service.minutes_for(priority), at):
        due = request.due_at.isoformat() if request.due_at else None
        promise_letters.sooner(request, happen(request, "promised_sooner", by, at, data={"due_at": due}), at)


def resolve(
    request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = (), takes_it: bool = True
) -> None:
    """Done, and what was done. Whether the promise was kept is decided here.

    Whoever solves something for many at once does not get what nobody had (`takes_it`).
    """
    require("resolve", request)
    if takes_it:
        start_work(request, by)
    run_clock(request, at)
    note_first_answer(request, at)
    event = happen(request, "resolved", by, at, body=words, files=files)
    request.enter(states.RESOLVED)
    decide(request, at)
    run_clock(request, at)
    letters.resolved(request, event, at)


def spend(request: ServiceRequest, *, minutes: int, by: Person, at: datetime) -> None:
    """Write down working time, for what the service costs; only colleagues read it."""
    if minutes <= 0:
        return
    happen(request, "spent", by, at, public=False, data={"minutes": minutes})
    request.minutes_spent += minutes


def confirm(request: ServiceRequest, *, by: Person, at: datetime) -> None:
    """The customer says that it works."""
    require("confirm", request)
    event = happen(request, "confirmed", by, at)
    request.enter(states.CLOSED)
    request.closed_at = at
    letters.ended(request, event, at)


def reopen(request: ServiceRequest, *, words: str, by: Person, at: datetime, files: Files = ()) -> None:
    """It does not work after all, says the customer or the desk, within the time that was told."""
    require("reopen", request)
    if not can_reopen(request, at):
        raise Refusal(_("The seven days in which it could be opened again are over. Please ask for the same again."))
    event = happen(request, "reopened", by, at, body=words, files=files)
    request.enter(states.IN_PROGRESS)
    request.reopen_count += 1
    undo_decision(request, at)
    letters.ended(request, event, at)
    letters.to_assignee(request, event, at)


def withdraw(request: ServiceRequest, *, words: str, by: Person, at: datetime) -> None:
    """The customer does not need it any more."""
    require("withdraw", request)
    run_clock(request, at)
    event = happen(request, "withdrawn", by, at, body=words or None)
    request.enter(states.WITHDRAWN)
    request.ended_at = request.closed_at = at
    run_clock(request, at)
    letters.ended(request, event, at)
    letters.to_assignee(request, event, at)


def close(request: ServiceRequest, *, at: datetime) -> None:
    """Resolved a week ago and nobody objected."""
    require("close", request)
    event = happen(request, "closed", None, at)
    request.enter(states.CLOSED)
    request.closed_at = at
    letters.ended(request, event, at)


def check_version(request: ServiceRequest, version: int | None) -> None:
    """Somebody who looked at an older state of the request is told so, and keeps what was typed."""
    if version is not None and version != request.version:
        raise Conflict(_("Somebody changed this request while you wrote. Read what is new, then send again."))


def start_work(request: ServiceRequest, by: Person) -> None:
    """Whoever answers a request that nobody has, has it."""
    if request.assignee_id is None:
        request.assignee, request.team_id = by, by.team_id or request.team_id
    _begin(request)


def _begin(request: ServiceRequest) -> None:
    """Somebody works on it, now or as soon as somebody has said yes."""
    if request.state == states.RECEIVED:
        request.enter(states.IN_PROGRESS)
    elif request.returns_to == states.RECEIVED:
        go_back_to(request, states.IN_PROGRESS)


def require(deed: str, request: ServiceRequest) -> None:
    """Raise Refusal when the deed is not possible in the request's state."""
    if not states.can(deed, request.state):
        raise Refusal(
            _("This is not possible any more: the request has moved on. Reload the page to see how it stands.")
        )


def happen(
    request: ServiceRequest,
    kind: str,
    by: Person | None,
    at: datetime,
    *,
    body: str | None = None,
    public: bool = True,
    data: Mapping[str, Any] | None = None,
    files: Files = (),
) -> RequestEvent:
    """Write down that something happened, and let the rooms above know."""
    event = RequestEvent(
        request_id=request.id, kind=kind, actor=by, at=at, body=body, public=public, data=dict(data or {})
    )
    db.session.add(event)
    db.session.flush()
    for file in files:
        file.loose = False
        db.session.add(RequestFile(file_id=file.id, request_id=request.id, event_id=event.id))
    signals.happened.send(event, request=request)
    # Words alone count as a change: who was writing meanwhile has not read them, and is told so by the version. Nobody
    # was writing about a request that is only being asked.
    if kind != "asked":
        flag_modified(request, "state")
    return event
