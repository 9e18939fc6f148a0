"""When a visit can be: inside service hours, beside other visits, and moved within limits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.measures.service_hours import ServiceHours, add_open_time, open_intervals, open_time_between

Window = tuple[datetime, datetime]

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(hours=10)
FURTHEST = timedelta(days=366)
"""Nobody plans a visit further ahead."""

MOST_MOVES = 2
"""How often a customer moves one visit by themselves."""
NOTICE = timedelta(hours=2)
"""Service time that we need to know of another time, before the old one and before the new one."""
DAYS_OFFERED = 5
"""Days with free times that a customer is offered."""
MOST_OFFERED = 40
LOOKS_AHEAD = timedelta(days=21)
LEAST_STEP = timedelta(hours=1)
DAYTIME = time(7), time(20)
"""A service that is open at night still visits by day."""

SOONEST_START = timedelta(hours=4)
"""How long before its window somebody can be on the way."""


def within_hours(hours: ServiceHours, start: datetime, end: datetime) -> bool:
    """Are we open all the time?"""
    return open_time_between(hours, start, end) == end - start


def may_be_moved(hours: ServiceHours, *, starts_at: datetime, moves: int, at: datetime) -> bool:
    """Has the customer moves left, and does it still begin far enough from now?"""
    return moves < MOST_MOVES and earliest_start(hours, at) <= starts_at


def earliest_start(hours: ServiceHours, at: datetime) -> datetime:
    """The first moment that leaves us time to hear of it."""
    return add_open_time(hours, at, NOTICE)


def free_windows(
    hours: ServiceHours, taken: Iterable[Window], *, length: timedelta, at: datetime, zone: ZoneInfo
) -> list[Window]:
    """The times that can be offered instead: as long, inside service hours, free, and far enough from now."""
    earliest, taken, free, days = earliest_start(hours, at), list(taken), [], 0
    first = at.astimezone(zone).date()
    for ahead in range(LOOKS_AHEAD.days + 1):
        of_day = [
            window
            for window in _windows_of(hours, first + timedelta(days=ahead), length, zone)
            if window[0] >= earliest and not any(overlap(window, other) for other in taken)
        ]
        free += of_day
        days += bool(of_day)
        if days == DAYS_OFFERED or len(free) >= MOST_OFFERED:
            break
    return free[:MOST_OFFERED]


def overlap(one: Window, other: Window) -> bool:
    """Do they share time? One that ends when the other begins does not."""
    return one[0] < other[1] and other[0] < one[1]


def _windows_of(hours: ServiceHours, day: date, length: timedelta, zone: ZoneInfo) -> Iterator[Window]:
    """One after the other through the open time of a day."""
    begins, ends = (datetime.combine(day, clock, zone) for clock in DAYTIME)
    for opens, closes in open_intervals(hours, begins, ends):
        start = opens
        while start + length <= closes:
            yield start, start + length
            start += max(length, LEAST_STEP)
