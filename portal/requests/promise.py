"""The promise of a request as it is drawn and said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.measures.clock import elapsed, paused
from portal.measures.promise_line import PromiseLine, micro_line, promise_line
from portal.requests.models import ServiceRequest


@dataclass(frozen=True)
class PromiseFacts:
    """What stands beside the line at that moment: times spent and left, in service time."""

    at: datetime
    line: PromiseLine | None
    late_by: timedelta | None
    stopped_for: timedelta
    stopped_since_at: datetime | None
    left: timedelta | None


def drawn(request: ServiceRequest, at: datetime) -> PromiseFacts:
    """The whole line of a request page, with its facts."""
    line = promise_line(request.hours, **_facts(request, at)) if request.due_at or request.original_due_at else None
    return _with_facts(request, at, line)


def drawn_small(request: ServiceRequest, at: datetime) -> PromiseFacts:
    """The line of a row in a list."""
    line = micro_line(request.hours, **_facts(request, at)) if request.due_at or request.original_due_at else None
    return _with_facts(request, at, line)


def _facts(request: ServiceRequest, at: datetime) -> dict[str, Any]:
    return {
        "asked_at": request.opened_at,
        "first_answer_due_at": request.first_answer_due_at,
        "first_answer_at": request.first_answered_at,
        "due_at": request.due_at or request.original_due_at,
        "original_due_at": request.original_due_at,
        "pauses": request.clock_pauses,
        "now_at": at,
        "done_at": request.ended_at,
    }


def _with_facts(request: ServiceRequest, at: datetime, line: PromiseLine | None) -> PromiseFacts:
    end = request.ended_at or at
    late = request.due_at is not None and end > request.due_at
    return PromiseFacts(
        at=at,
        line=line,
        late_by=elapsed(request.hours, request.due_at, end, request.clock_pauses) if late and request.due_at else None,
        stopped_for=paused(request.hours, request.opened_at, end, request.clock_pauses),
        stopped_since_at=request.clock_pauses[-1].start_at if request.clock_is_stopped else None,
        left=elapsed(request.hours, end, request.due_at, request.clock_pauses) if request.due_at and not late else None,
    )
