"""Keeping a promise up to date: due moments are stored when something happens, so that lists sort by an index."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.measures.clock import due_moment, elapsed, target_met
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest


def start_clock(request: ServiceRequest) -> None:
    """The promise as it is made when the request is asked."""
    request.pauses = []
    refresh_due(request)
    request.original_due_at = request.due_at


def refresh_due(request: ServiceRequest) -> None:
    """Both due moments from the targets, hours and pauses; and the moment that orders the queue."""
    if request.first_answered_at is None:
        # Once answered, a later pause must not move what was promised then.
        request.first_answer_due_at = _due(request, request.first_answer_minutes)
    request.due_at = _due(request, request.resolution_minutes)
    request.next_due_at = _next_due(request)


def _due(request: ServiceRequest, minutes: int | None) -> datetime | None:
    if minutes is None:
        return None
    return due_moment(request.hours, request.opened_at, timedelta(minutes=minutes), request.clock_pauses)


def _next_due(request: ServiceRequest) -> datetime:
    """What is promised next: the first answer, then the end; nothing while the clock stands still."""
    if request.clock_is_stopped or not request.is_open:
        return CLOCK_STOPPED_AT
    waiting_for = [request.due_at] if request.first_answered_at else [request.first_answer_due_at, request.due_at]
    return min((due for due in waiting_for if due), default=CLOCK_STOPPED_AT)


def stop_clock(request: ServiceRequest, at: datetime) -> None:
    """We wait from now on, for what the state says."""
    if not request.clock_is_stopped:
        request.pauses = [*request.pauses, [at.isoformat(), None, request.state]]
    refresh_due(request)


def run_clock(request: ServiceRequest, at: datetime) -> None:
    """It is our turn again."""
    if request.clock_is_stopped:
        since, _none, *why = request.pauses[-1]
        request.pauses = [*request.pauses[:-1], [since, at.isoformat(), *why]]
    refresh_due(request)


def note_first_answer(request: ServiceRequest, at: datetime) -> None:
    """A person has answered; from now on only the end is promised."""
    if request.first_answered_at is None:
        request.first_answered_at = at
        request.next_due_at = _next_due(request)


def decide(request: ServiceRequest, at: datetime) -> None:
    """Resolved at this moment: was the promise kept, and when was that decided?

    A kept one is decided when it is resolved, a late one at the moment that was promised.
    """
    request.resolved_at = request.ended_at = at
    request.minutes_used = int(
        elapsed(request.hours, request.opened_at, at, request.clock_pauses).total_seconds() // 60
    )
    if request.due_at is not None:
        request.target_met = target_met(request.due_at, at)
        request.decided_at = at if request.target_met else request.due_at


def undo_decision(request: ServiceRequest, at: datetime) -> None:
    """Opened again: the time in between is not ours, and a kept promise is open again; a late one stays late."""
    assert request.resolved_at is not None
    request.pauses = [*request.pauses, [request.resolved_at.isoformat(), at.isoformat(), "resolved"]]
    request.resolved_at = request.ended_at = request.closed_at = request.minutes_used = None
    if request.target_met:
        request.target_met = request.decided_at = None
    refresh_due(request)
