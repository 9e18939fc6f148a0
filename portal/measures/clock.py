"""The clock of a request: it runs in service hours and stands still while we wait for the customer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.measures.service_hours import NOTHING, ServiceHours, add_open_time, open_time_between


@dataclass(frozen=True)
class Pause:
    """A stretch in which the clock stands still; without an end it still lasts."""

    start_at: datetime
    end_at: datetime | None


def elapsed(hours: ServiceHours, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
    """What the clock shows at the end: open time without the open time of the pauses."""
    return open_time_between(hours, start, end) - paused(hours, start, end, pauses)


def paused(hours: ServiceHours, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
    """Open time during which the clock stood still; pauses that overlap count once."""
    total = NOTHING
    for pause in merged(finished(pauses, end)):
        if pause.end_at is not None:
            total += open_time_between(hours, max(pause.start_at, start), min(pause.end_at, end))
    return total


def due_moment(
    hours: ServiceHours, start: datetime, target: timedelta, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """When the clock reaches the target; None while a pause lasts that began before it did."""
    remaining, running_from = target, start
    for pause in merged(pauses):
        stands_from = max(pause.start_at, start)
        available = open_time_between(hours, running_from, stands_from)
        if remaining <= available:
            break
        if pause.end_at is None:
            return None
        remaining -= available
        running_from = max(pause.end_at, running_from)
    return add_open_time(hours, running_from, remaining)


def target_met(due_at: datetime, done_at: datetime) -> bool:
    """A promise for five is kept at five."""
    return done_at <= due_at


def finished(pauses: Iterable[Pause], at: datetime) -> tuple[Pause, ...]:
    """The same pauses as if those that still last ended at that moment."""
    return tuple(Pause(p.start_at, at if p.end_at is None else p.end_at) for p in pauses)


def merged(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The union of pauses, in order; one that ends before it starts counts for nothing."""
    union: list[Pause] = []
    for pause in sorted(pauses, key=lambda p: p.start_at):
        if pause.end_at is not None and pause.end_at <= pause.start_at:
            continue
        last = union[-1] if union else None
        if last is None or (last.end_at is not None and last.end_at < pause.start_at):
            union.append(pause)
        else:
            union[-1] = Pause(last.start_at, _later_end(last, pause))
    return tuple(union)


def _later_end(first: Pause, second: Pause) -> datetime | None:
    if first.end_at is None or second.end_at is None:
        return None
    return max(first.end_at, second.end_at)
