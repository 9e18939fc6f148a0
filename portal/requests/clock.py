"""Keeping a promise up to date: due moments are stored when something happens, so that lists sort by an index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.measures.clock import elapsed, target_met
from portal.measures.due import DueMoments, PromiseTerms, due_moments, moved_by_pause, new_time
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest


def start_clock(request: ServiceRequest) -> None:
    """The promise as it is made when the request is asked."""
    request.pauses = []
    refresh_due(request)
    request.original_due_at = request.due_at


def refresh_due(request: ServiceRequest) -> None:
    """The moments of the promise from its facts: both due moments, what orders the queue, when to warn."""
    moments = moments_of(request)
    request.first_answer_due_at, request.due_at = moments.first_answer_due_at, moments.due_at
    request.next_due_at = moments.next_due_at or CLOCK_STOPPED_AT
    request.warn_at = moments.warn_at


def moments_of(request: ServiceRequest) -> DueMoments:
    """The moments as they follow from the facts, whatever is stored."""
    return due_moments(terms_of(request))


def terms_of(request: ServiceRequest) -> PromiseTerms:
    """What the promise of a request follows from. Of what another system promised, the worker says nothing."""
    return PromiseTerms(
        hours=request.hours,
        opened_at=request.opened_at,
        first_answer=_span(request.first_answer_minutes),
        resolution=_span(request.resolution_minutes),
        pauses=request.clock_pauses,
        first_answered_at=request.first_answered_at,
        given_due_at=request.original_due_at,
        is_open=request.is_open,
        told_until_at=request.told_until_at if (request.source or "portal") == "portal" else CLOCK_STOPPED_AT,
        said_answer_at=request.said_answer_at,
        said_due_at=request.said_due_at,
    )


def _span(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def stop_clock(request: ServiceRequest, at: datetime, *, returns_to: str | None = None) -> None:
    """We wait from now on, for what the state says."""
    if not request.clock_is_stopped:
        request.pauses = [*request.pauses, [at.isoformat(), None, request.state]]
        if returns_to:
            go_back_to(request, returns_to)
    refresh_due(request)


def go_back_to(request: ServiceRequest, state: str) -> None:
    """Where it stands when what it waits for now is over; only the pause that lasts knows that."""
    request.pauses = [*request.pauses[:-1], [*request.pauses[-1][:3], state]]


def run_clock(request: ServiceRequest, at: datetime) -> None:
    """It is our turn again."""
    if request.clock_is_stopped:
        since, _none, *why = request.pauses[-1]
        request.pauses = [*request.pauses[:-1], [since, at.isoformat(), *why[:1]]]
        _move_said(request)
    refresh_due(request)


def _move_said(request: ServiceRequest) -> None:
    """New moments that were told move by the pause that has just ended, as the promise does."""
    pause = request.clock_pauses[-1]
    if request.said_answer_at:
        request.said_answer_at = moved_by_pause(request.hours, request.said_answer_at, pause)
    if request.said_due_at:
        request.said_due_at = moved_by_pause(request.hours, request.said_due_at, pause)


def note_first_answer(request: ServiceRequest, at: datetime) -> None:
    """A person has answered; from now on only the end is promised."""
    if request.first_answered_at is None:
        request.first_answered_at = at
        refresh_due(request)


def promise_sooner(
    request: ServiceRequest, first_answer_minutes: int | None, resolution_minutes: int | None, at: datetime
) -> bool:
    """Take over targets that promise more, counted from the asking; says whether the promise is another one now.

    What was said stays: a target that is longer changes nothing, and neither does one whose moment has passed already,
    for then a promise would be made and missed at once.
    """
    earlier = request.first_answer_minutes, request.resolution_minutes
    if request.first_answered_at is None:
        request.first_answer_minutes = _sooner(request, earlier[0], first_answer_minutes, at)
    request.resolution_minutes = _sooner(request, earlier[1], resolution_minutes, at)
    if request.original_due_at is None and request.resolution_minutes:
        _promise_first(request)
    refresh_due(request)
    return earlier != (request.first_answer_minutes, request.resolution_minutes)


@dataclass(frozen=True)
class Would:
    """What would be promised, and whether that is sooner than now."""

    due_at: datetime | None
    sooner: bool


def would_promise(request: ServiceRequest, priority: int, at: datetime) -> Would:
    """What the request would promise with this priority, without changing it."""
    first, done = request.service.minutes_for(priority)
    minutes = _sooner(request, request.resolution_minutes, done, at)
    answer = request.first_answer_minutes
    if request.first_answered_at is None:
        answer = _sooner(request, answer, first, at)
    due_at = due_moments(replace(terms_of(request), resolution=_span(minutes))).due_at
    return Would(due_at, (answer, minutes) != (request.first_answer_minutes, request.resolution_minutes))


def _promise_first(request: ServiceRequest) -> None:
    """Nothing was promised until now: this is what it is measured by."""
    request.original_due_at = due_moments(
        PromiseTerms(request.hours, request.opened_at, resolution=_span(request.resolution_minutes))
    ).due_at


def _sooner(request: ServiceRequest, minutes: int | None, wanted: int | None, at: datetime) -> int | None:
    if wanted is None or (minutes is not None and wanted >= minutes):
        return minutes
    used = elapsed(request.hours, request.opened_at, at, request.clock_pauses)
    return wanted if used < timedelta(minutes=wanted) else minutes


def expected_after_miss(request: ServiceRequest, at: datetime, *, answer: bool) -> datetime:
    """When we expect it after a miss: half of what was promised once more, in service time."""
    minutes = request.first_answer_minutes if answer else request.resolution_minutes
    return new_time(request.hours, _span(minutes), at)


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
    _move_said(request)
    refresh_due(request)
