"""Where things stand on the promise line: from asked to done by, in service time.

The line is as long as the hours we are open; nights and closed days have no length. Pauses keep their length,
so that one can see how they moved the promise. Every position lies on the line, whatever the facts.
"""

from collections.abc import Callable, Iterable
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


@dataclass(frozen=True)
class _Facts:
    """What both pictures are drawn from."""

    hours: ServiceHours
    asked_at: datetime
    first_answer_due_at: datetime | None
    first_answer_at: datetime | None
    due_at: datetime | None
    original_due_at: datetime | None
    pauses: tuple[Pause, ...]
    now_at: datetime
    done_at: datetime | None

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

    facts: _Facts
    reach: timedelta
    position: float
    end: float

    def at(self, moment: datetime) -> float:
        if not self.reach:
            return 0.0
        share = self.facts.open_time_until(moment) / self.reach
        return round(min(self.position * share, self.end), 2)

    def at_or_none(self, moment: datetime | None) -> float | None:
        return None if moment is None else self.at(moment)


def promise_line(
    hours: ServiceHours,
    *,
    asked_at: datetime,
    first_answer_due_at: datetime | None = None,
    first_answer_at: datetime | None = None,
    due_at: datetime | None,
    original_due_at: datetime | None = None,
    pauses: Iterable[Pause] = (),
    now_at: datetime,
    done_at: datetime | None = None,
) -> PromiseLine:
    """The line of the request page; positions are per cents of its length."""
    facts = _Facts(
        hours, asked_at, first_answer_due_at, first_answer_at, due_at, original_due_at, tuple(pauses), now_at, done_at
    )
    axis = _line_axis(facts)
    return replace(_draw(axis, axis.at_or_none(due_at)), breaks=_breaks(axis))


def micro_line(
    hours: ServiceHours,
    *,
    asked_at: datetime,
    first_answer_due_at: datetime | None = None,
    first_answer_at: datetime | None = None,
    due_at: datetime | None,
    original_due_at: datetime | None = None,
    pauses: Iterable[Pause] = (),
    now_at: datetime,
    done_at: datetime | None = None,
) -> PromiseLine:
    """The line of a queue row, 120 long with the post always at 92, so that down a table the posts become one line."""
    facts = _Facts(
        hours, asked_at, first_answer_due_at, first_answer_at, due_at, original_due_at, tuple(pauses), now_at, done_at
    )
    reach = facts.open_time_until(facts.used_until if due_at is None else due_at)
    axis = _Axis(facts, reach, MICRO_POST, MICRO_OVER_UNTIL)
    line = _draw(axis, None if due_at is None else MICRO_POST)
    # In a row the red beyond the post says where now is.
    return replace(line, now=None) if line.late else line


def anchor(position: float) -> Literal["start", "middle", "end"]:
    """How a text stands over its mark, so that it does not hang over the edge."""
    if position < 12:
        return "start"
    return "end" if position > 88 else "middle"


def _line_axis(facts: _Facts) -> _Axis:
    marks = (facts.due_at, facts.original_due_at, facts.first_answer_due_at, facts.first_answer_at)
    used = facts.open_time_until(facts.used_until)
    furthest = max((facts.open_time_until(mark) for mark in marks if mark), default=NOTHING)
    if facts.late and used > furthest:
        return _Axis(facts, used, LINE_LENGTH, LINE_LENGTH)
    return _Axis(facts, max(used, furthest), LINE_POST, LINE_LENGTH)


def _draw(axis: _Axis, post: float | None) -> PromiseLine:
    facts = axis.facts
    used = axis.at(facts.used_until)
    over = None
    if facts.late and post is not None:
        over = (post, max(post, used))
    return PromiseLine(
        start_on=_local_day(facts.hours, next_opening(facts.hours, facts.asked_at)),
        gone=(0.0, used if over is None else post or 0.0),
        over=over,
        pauses=_pause_spans(axis),
        breaks=(),
        tick=axis.at_or_none(facts.first_answer_due_at) if facts.first_answer_at is None else None,
        kept=_kept(axis),
        post=post,
        old_post=axis.at_or_none(facts.original_due_at) if facts.original_due_at != facts.due_at else None,
        now=used if facts.done_at is None else None,
        late=facts.late,
    )


def _kept(axis: _Axis) -> Kept | None:
    answered_at, promised_at = axis.facts.first_answer_at, axis.facts.first_answer_due_at
    if answered_at is None:
        return None
    return Kept(axis.at(answered_at), None if promised_at is None else target_met(promised_at, answered_at))


def _pause_spans(axis: _Axis) -> tuple[Span, ...]:
    """Pauses as they lie on the line; one that fell wholly into closed time has no length and is left out."""
    spans = []
    for pause in merged(finished(axis.facts.pauses, axis.facts.used_until)):
        span = axis.at(pause.start_at), axis.at(pause.end_at or axis.facts.used_until)
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
    facts, nights = axis.facts, []
    stops_at = max(filter(None, (facts.used_until, facts.due_at, facts.original_due_at)))
    closed_on: date | None = None
    for opens, closes in open_intervals(facts.hours, facts.asked_at, stops_at):
        day = _local_day(facts.hours, opens)
        position = axis.at(opens)
        if closed_on is not None and closed_on != day and 0 < position < axis.end:
            nights.append((closed_on, Break(position, day)))
        closed_on = _local_day(facts.hours, closes - INSTANT)
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
