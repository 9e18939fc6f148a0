"""The promise of a request as it is drawn and said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from portal.measures.clock import elapsed, paused
from portal.measures.promise_line import PromiseLine, PromiseTimes, micro_line, promise_line
from portal.requests.models import ServiceRequest

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class PromiseFacts:
    """What stands beside the line at that moment: times spent and left, in service time, counted when they are said."""

    request: ServiceRequest
    at: datetime
    line: PromiseLine | None

    @cached_property
    def late_by(self) -> timedelta | None:
        due_at = self.request.due_at
        return self._elapsed(due_at, self._end) if due_at is not None and self._end > due_at else None

    @cached_property
    def left(self) -> timedelta | None:
        due_at = self.request.due_at
        return self._elapsed(self._end, due_at) if due_at is not None and self._end <= due_at else None

    @cached_property
    def stopped_for(self) -> timedelta:
        """In whole minutes, as it is said: a stop that was over at once is nothing to speak of."""
        stopped = paused(self.request.hours, self.request.opened_at, self._end, self.request.clock_pauses)
        return stopped - stopped % MINUTE

    @property
    def stopped_since_at(self) -> datetime | None:
        return self.request.clock_pauses[-1].start_at if self.request.clock_is_stopped else None

    @property
    def _end(self) -> datetime:
        return self.request.ended_at or self.at

    def _elapsed(self, start: datetime, end: datetime) -> timedelta:
        return elapsed(self.request.hours, start, end, self.request.clock_pauses)


def drawn(request: ServiceRequest, at: datetime) -> PromiseFacts:
    """The whole line of a request page, with its facts."""
    return _drawn(promise_line, request, at)


def drawn_small(request: ServiceRequest, at: datetime) -> PromiseFacts:
    """The line of a row in a list."""
    return _drawn(micro_line, request, at)


def _drawn(draw: Callable[[PromiseTimes], PromiseLine], request: ServiceRequest, at: datetime) -> PromiseFacts:
    due_at = request.due_at or request.original_due_at
    if due_at is None:
        return PromiseFacts(request, at, None)
    times = PromiseTimes(
        hours=request.hours,
        asked_at=request.opened_at,
        first_answer_due_at=request.first_answer_due_at,
        first_answer_at=request.first_answered_at,
        due_at=due_at,
        original_due_at=request.original_due_at,
        pauses=request.clock_pauses,
        now_at=at,
        done_at=request.ended_at,
    )
    return PromiseFacts(request, at, draw(times))
