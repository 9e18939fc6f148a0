"""Where things stand on the promise line: from asked to done by, in service time.

The line is as long as the hours we are open; nights and closed days have no length. Pauses keep their length,
so that one can see how they moved the promise. Every position lies on the line, whatever happened.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from portal.measures.clock import Pause, finished, merged, target_met
from portal.measures.service_hours import NOTHING, ServiceHours, next_opening, open_intervals, open_time_between
from portal.measures.zones import zone_named

Span = tuple[float, float]

LINE_LENGTH = 100.0
# A little line after the post, so that the promise does not stand on the edge.
LINE_POST = 92.0

MICRO_POST = 92.0
MICRO_OVER_UNTIL = 116.0

MOST_BREAKS = 10
INSTANT = timedelta(microseconds=1)


class Kept(NamedTuple):
    """The first answer that was given; in time is None where none was promised."""

    at: float
    in_time: bool | None


class Break(NamedTuple):
    """A night or more that the line leaves out, and the day that follows."""

    at: float
    on: date


@dataclass(frozen=True)
class PromiseLine:
    """Positions from 0 (asked) along the line; what does not apply is None or empty."""

    start_on: date
    gone: Span
    over: Span | None
    pauses: tuple[Span, ...]
    breaks: tuple[Break, ...]
    tick: float | None
    kept: Kept | None
    post: float | None
    old_post: float | None
    now: float | None
    late: bool


@dataclass(frozen=True, kw_only=True)
class PromiseTimes:
    """The moments that a line is drawn from; `due_at` is None where nothing is promised."""

    hours: ServiceHours
    asked_at: datetime
    first_answer_due_at: datetime | None = None
    first_answer_at: datetime | None = None
    due_at: datetime | None
    original_due_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    now_at: datetime
    done_at: datetime | None = None

    @property
    def used_until(self) -> datetime:
        return self.done_at or self.now_at

    @property
    def late(self) -> bool:
        return self.due_at is not None and not target_met(self.due_at, self.used_until)

    def open_time_until(self, moment: datetime) -> timedelta:
        return open_time_between(self.hours, self.asked_at, moment)


@dataclass(frozen=True)
class _Axis:
    """From service time to positions: this much service time reaches that position, and nothing goes beyond the end."""

    times: PromiseTimes
    reach: timedelta
    position: float
    end: float

    def at(self, moment: datetime) -> float:
        if not self.reach:
            return 0.0
        share = self.times.open_time_until(moment) / self.reach
        return round(min(self.position * share, self.end), 2)

    def at_or_none(self, moment: datetime | None) -> float | None:
        return None if moment is None else self.at(moment)


def promise_line(times: PromiseTimes) -> PromiseLine:
    """The line of the request page; positions are per cents of its length."""
    axis = _line_axis(times)
    return replace(_draw(axis, axis.at_or_none(times.due_at)), breaks=_breaks(axis))


def micro_line(times: PromiseTimes) -> PromiseLine:
    """The line of a queue row, 120 long with the post always at 92, so that down a table the posts become one line."""
    reach = times.open_time_until(times.used_until if times.due_at is None else times.due_at)
    axis = _Axis(times, reach, MICRO_POST, MICRO_OVER_UNTIL)
    line = _draw(axis, None if times.due_at is None else MICRO_POST)
    # In a row the red beyond the post says where now is.
    return replace(line, now=None) if line.late else line


def anchor(position: float) -> Literal["start", "middle", "end"]:
    """How a text stands over its mark, so that it does not hang over the edge."""
    if position < 12:
        return "start"
    return "end" if position > 88 else "middle"


def _line_axis(times: PromiseTimes) -> _Axis:
    marks = (times.due_at, times.original_due_at, times.first_answer_due_at, times.first_answer_at)
    used = times.open_time_until(times.used_until)
    furthest = max((times.open_time_until(mark) for mark in marks if mark), default=NOTHING)
    if times.late and used > furthest:
        return _Axis(times, used, LINE_LENGTH, LINE_LENGTH)
    return _Axis(times, max(used, furthest), LINE_POST, LINE_LENGTH)


def _draw(axis: _Axis, post: float | None) -> PromiseLine:
    times = axis.times
    used = axis.at(times.used_until)
    over = None
    if times.late and post is not None:
        over = (post, max(post, used))
    return PromiseLine(
        start_on=_local_day(times.hours, next_opening(times.hours, times.asked_at)),
        gone=(0.0, used if over is None else post or 0.0),
        over=over,
        pauses=_pause_spans(axis),
        breaks=(),
        tick=axis.at_or_none(times.first_answer_due_at) if times.first_answer_at is None else None,
        kept=_kept(axis),
        post=post,
        old_post=axis.at_or_none(times.original_due_at) if times.original_due_at != times.due_at else None,
        now=used if times.done_at is None else None,
        late=times.late,
    )


def _kept(axis: _Axis) -> Kept | None:
    answered_at, promised_at = axis.times.first_answer_at, axis.times.first_answer_due_at
    if answered_at is None:
        return None
    return Kept(axis.at(answered_at), None if promised_at is None else target_met(promised_at, answered_at))


def _pause_spans(axis: _Axis) -> tuple[Span, ...]:
    """Pauses as they lie on the line; one that fell wholly into closed time has no length and is left out."""
    spans = []
    for pause in merged(finished(axis.times.pauses, axis.times.used_until)):
        span = axis.at(pause.start_at), axis.at(pause.end_at or axis.times.used_until)
        if span[0] < span[1]:
            spans.append(span)
    return tuple(spans)


def _breaks(axis: _Axis) -> tuple[Break, ...]:
    """The nights on the line; where they are too many to tell apart, only new weeks, months or years."""
    nights = _nights(axis)
    for starts_anew in _CALENDAR_STEPS:
        breaks = tuple(new for before, new in nights if starts_anew(before) != starts_anew(new.on))
        if len(breaks) <= MOST_BREAKS:
            return breaks
    return ()


def _nights(axis: _Axis) -> list[tuple[date, Break]]:
    """Each change of day that we were closed over, with the day before it."""
    times, nights = axis.times, []
    stops_at = max(filter(None, (times.used_until, times.due_at, times.original_due_at)))
    closed_on: date | None = None
    for opens, closes in open_intervals(times.hours, times.asked_at, stops_at):
        day = _local_day(times.hours, opens)
        position = axis.at(opens)
        if closed_on is not None and closed_on != day and 0 < position < axis.end:
            nights.append((closed_on, Break(position, day)))
        closed_on = _local_day(times.hours, closes - INSTANT)
    return nights


def _day(day: date) -> object:
    return day


def _week(day: date) -> object:
    return day.isocalendar()[:2]


def _month(day: date) -> object:
    return day.year, day.month


def _year(day: date) -> object:
    return day.year


_CALENDAR_STEPS: tuple[Callable[[date], object], ...] = (_day, _week, _month, _year)


def _local_day(hours: ServiceHours, moment: datetime) -> date:
    return moment.astimezone(zone_named(hours.zone)).date()
