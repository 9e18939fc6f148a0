"""Service hours: when we are open, and how much open time lies between two moments.

We are open whenever the clock on the wall in our zone shows a time inside a window, and the day is not
one we are closed on. That one sentence settles the change to and from summer time: an hour that does not
exist is never open, an hour that comes twice is open twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from portal.measures.zones import as_utc, zone_named

MINUTES_IN_A_DAY = 24 * 60
GIVE_UP_AFTER_YEARS = 10

NOTHING = timedelta(0)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

Window = tuple[int, int, int]
Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class ServiceHours:
    """Weekly windows (weekday with Monday 0, opens, closes, in minutes since midnight; half open) and closed days."""

    zone: str
    windows: tuple[Window, ...]
    closed_on: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        zone_named(self.zone)
        # Sorted, so that the same hours written in another order are equal and share one cache entry.
        object.__setattr__(self, "windows", tuple(sorted(tuple(window) for window in self.windows)))
        object.__setattr__(self, "closed_on", frozenset(self.closed_on))
        if not self.windows:
            raise ValueError("Service hours need at least one window.")
        for window in self.windows:
            _check_window(window)
        for earlier, later in pairwise(self.windows):
            if earlier[0] == later[0] and later[1] < earlier[2]:
                raise ValueError("Two windows of one day overlap.")


def _check_window(window: Window) -> None:
    weekday, opens, closes = window
    if not 0 <= weekday <= 6:
        raise ValueError("A weekday is a number from 0 (Monday) to 6 (Sunday).")
    if not (0 <= opens <= MINUTES_IN_A_DAY and 0 <= closes <= MINUTES_IN_A_DAY):
        raise ValueError("A window lies between 0 and 1440 minutes after midnight.")
    if closes <= opens:
        raise ValueError("A window must close after it opens.")


def open_intervals(hours: ServiceHours, start: datetime, end: datetime) -> Iterator[Interval]:
    """The stretches of open time between two moments, in order, in UTC, touching ones joined."""
    start, end = as_utc(start), as_utc(end)
    pending: Interval | None = None
    for opens, closes in _raw_intervals(hours, start, end):
        if pending and pending[1] == opens:
            pending = (pending[0], closes)
            continue
        if pending:
            yield pending
        pending = (opens, closes)
    if pending:
        yield pending


def open_time_between(hours: ServiceHours, start: datetime, end: datetime) -> timedelta:
    """How long we are open between two moments; nothing when the end is not after the start."""
    start, end = as_utc(start), as_utc(end)
    if end <= start:
        return NOTHING
    total = _openings(hours, end.year).before(end) - _openings(hours, start.year).before(start)
    for year in range(start.year, end.year):
        total += _openings(hours, year).total
    return total


def add_open_time(hours: ServiceHours, start: datetime, span: timedelta) -> datetime:
    """The first moment at which that much open time has passed; for no time at all, the first open moment."""
    if span < NOTHING:
        raise ValueError("Open time cannot be counted backwards.")
    if not span:
        return next_opening(hours, start)
    start = as_utc(start)
    # Counted from the start of its year, the moment is found by a search in each year's table.
    wanted = span + _openings(hours, start.year).before(start)
    for openings in _years_from(hours, start.year):
        if wanted <= openings.total:
            return openings.after(wanted)
        wanted -= openings.total
    raise _never_opens()


def is_open(hours: ServiceHours, at: datetime) -> bool:
    """Whether we are open at that moment."""
    return next_opening(hours, at) == at


def next_opening(hours: ServiceHours, at: datetime) -> datetime:
    """That moment itself when we are open, otherwise the next moment at which we open."""
    at = as_utc(at)
    for openings in _years_from(hours, at.year):
        index = bisect_right(openings.closes, at)
        if index < len(openings.opens):
            return max(at, openings.opens[index])
    raise _never_opens()


def average_day(hours: ServiceHours) -> timedelta:
    """Open time of a usual open day: what “one working day” means for these hours."""
    minutes = sum(closes - opens for _, opens, closes in hours.windows)
    return timedelta(minutes=minutes) / len({weekday for weekday, _, _ in hours.windows})


@dataclass(frozen=True)
class _Openings:
    """One calendar year (of UTC) of open stretches with running sums, so that a question is one search."""

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    sums: tuple[timedelta, ...]
    total: timedelta

    def before(self, at: datetime) -> timedelta:
        """Open time of this year before a moment of this year."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return NOTHING
        return self.sums[index] + min(at, self.closes[index]) - self.opens[index]

    def after(self, wanted: timedelta) -> datetime:
        """The first moment of this year before which that much open time lies."""
        index = bisect_left(self.sums, wanted) - 1
        return self.opens[index] + (wanted - self.sums[index])


@lru_cache(maxsize=512)
def _openings(hours: ServiceHours, year: int) -> _Openings:
    intervals = list(_joined(_intervals_of_year(hours, year)))
    sums, total = [], NOTHING
    for opens, closes in intervals:
        sums.append(total)
        total += closes - opens
    return _Openings(tuple(i[0] for i in intervals), tuple(i[1] for i in intervals), tuple(sums), total)


def _years_from(hours: ServiceHours, year: int) -> Iterator[_Openings]:
    """Year after year, until nothing has opened for very long."""
    shut = 0
    while shut <= GIVE_UP_AFTER_YEARS:
        openings = _openings(hours, year)
        yield openings
        shut = 0 if openings.total else shut + 1
        year += 1


def _never_opens() -> ValueError:
    return ValueError(f"These service hours do not open within {GIVE_UP_AFTER_YEARS} years.")


def _raw_intervals(hours: ServiceHours, start: datetime, end: datetime) -> Iterator[Interval]:
    if end <= start:
        return
    for year in range(start.year, end.year + 1):
        openings = _openings(hours, year)
        first = bisect_right(openings.closes, start)
        last = bisect_left(openings.opens, end)
        for opens, closes in zip(openings.opens[first:last], openings.closes[first:last], strict=True):
            yield max(opens, start), min(closes, end)


def _joined(intervals: Iterator[Interval]) -> Iterator[Interval]:
    joined: list[Interval] = []
    for opens, closes in intervals:
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return iter(joined)


def _intervals_of_year(hours: ServiceHours, year: int) -> Iterator[Interval]:
    by_weekday: list[list[tuple[timedelta, timedelta]]] = [[] for _ in range(7)]
    for weekday, from_minute, to_minute in hours.windows:
        by_weekday[weekday].append((timedelta(minutes=from_minute), timedelta(minutes=to_minute)))
    for begins, ends, offset in _steady_stretches(zone_named(hours.zone), year):
        for day in _days(begins + offset, ends + offset):
            if day in hours.closed_on:
                continue
            midnight = datetime.combine(day, time(), UTC) - offset
            for opens, closes in by_weekday[day.weekday()]:
                interval = max(midnight + opens, begins), min(midnight + closes, ends)
                if interval[0] < interval[1]:
                    yield interval


def _days(first: datetime, last: datetime) -> Iterator[date]:
    day = first.date()
    while day <= last.date():
        yield day
        day += DAY


def _steady_stretches(zone: ZoneInfo, year: int) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The year in UTC, cut where the zone changes its offset: from, to, offset."""
    begins, year_ends = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    day, offset = begins, _offset(zone, begins)
    while day < year_ends:
        tomorrow = day + DAY
        if _offset(zone, tomorrow) != offset:
            change = _change_between(zone, day, tomorrow)
            if change < year_ends:
                yield begins, change, offset
                begins, offset = change, _offset(zone, change)
        day = tomorrow
    yield begins, year_ends, offset


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first moment with the later offset, found by halving; zones change on whole seconds."""
    offset = _offset(zone, before)
    while after - before > SECOND:
        middle = before + (after - before) // SECOND // 2 * SECOND
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # a ZoneInfo always knows its offset
    return offset
