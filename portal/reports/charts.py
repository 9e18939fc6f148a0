"""Where the marks of a chart stand: x as a share of the width, y in pixels from the top. Pure.

The macros in `templates/parts/charts.html` draw them, on the screen in per cent so that type keeps its size, on paper
in absolute units. Colours come from a face: names of classes for the screen, hex for paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

PLOT_FROM, PLOT_TO, WORDS_FROM = 0.07, 0.83, 0.845
TOP, BELOW_AXIS, BELOW_WORDS = 16.0, 34.0, 12.0
APART = 15.0
MOST_LABELS = 13


@dataclass(frozen=True)
class Word:
    """A word in a chart; `mark` names its look, `anchor` the side that stands at x."""

    x: float
    y: float
    words: str
    mark: str = "text"
    anchor: str = "start"


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    x1: float
    x2: float
    y1: float
    y2: float
    mark: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float
    mark: str


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    y: float
    height: float
    mark: str


@dataclass(frozen=True)
class Chart:
    """All marks of one chart, in the order in which they are drawn."""

    height: float
    strokes: tuple[Stroke, ...]
    bars: tuple[Bar, ...]
    dots: tuple[Dot, ...]
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Scale:
    """From values to pixels; a larger value stands higher."""

    low: float
    high: float
    height: float

    @property
    def floor(self) -> float:
        return self.height - BELOW_AXIS

    def y(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(self.floor - share * (self.floor - TOP), 1)


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers between two values, about as many as wanted; at least one."""
    if high <= low:
        return [low]
    raw = (high - low) / wanted
    size = 10.0 ** floor(log10(raw))
    step = next(size * each for each in (1, 2, 2.5, 5, 10) if size * each >= raw * 0.999)
    first = -floor(-low / step + 1e-9)
    found = [round((first + i) * step, 10) for i in range(wanted * 3) if (first + i) * step <= high + step * 1e-9]
    return found or [low]


def shares_over_time(
    rows: Sequence[Mapping[str, Any]],
    *,
    height: float,
    labels: Sequence[str],
    target: float | None,
    say: Callable[[float], str],
    say_tick: Callable[[float], str],
    say_limit: Callable[[float], str],
    limit_word: str,
    target_word: str,
) -> Chart:
    """A control chart of shares: a point a row, its limits dashed, what lies outside red and larger."""
    scale = _share_scale(rows, target, height)
    places = _places(len(rows))
    strokes = [*_grid(scale), *_limits(rows, places, scale)]
    if target is not None:
        strokes.append(Stroke(0, PLOT_TO, scale.y(target), scale.y(target), "target"))
    strokes += [*_joined(rows, places, scale), Stroke(0, PLOT_TO, scale.floor, scale.floor, "axis")]
    dots = [
        Dot(x, scale.y(row["p"]), *((7.0, "signal") if row["signal"] else (5.0, "dot")))
        for x, row in zip(places, rows, strict=True)
        if row["p"] is not None
    ]
    words = [*_tick_words(scale, say_tick), *_under(labels, places, height)]
    words += _at_the_end(rows, scale, target, say, say_limit, limit_word, target_word)
    return Chart(height, tuple(strokes), (), tuple(dots), tuple(words))


def bars_over_time(
    values: Sequence[float], *, height: float, labels: Sequence[str], say: Callable[[float], str], last_word: str = ""
) -> Chart:
    """A bar a value, standing on zero."""
    scale = Scale(min([0.0, *values]), max([*values, 1.0]) * 1.06, height)
    places = _places(len(values))
    width = round(0.6 * (PLOT_TO - PLOT_FROM) / max(len(values), 1), 4)
    bars = [_bar(x, width, scale.y(0), scale.y(value)) for x, value in zip(places, values, strict=True)]
    words = [*_tick_words(scale, say), *_under(labels, places, height)]
    if values and last_word:
        words.append(Word(WORDS_FROM, scale.y(values[-1]) + 4, last_word, "strong"))
    axis = Stroke(0, PLOT_TO, scale.y(0), scale.y(0), "axis")
    return Chart(height, (*_grid(scale), axis), tuple(bars), (), tuple(words))


def _bar(x: float, width: float, zero: float, end: float) -> Bar:
    return Bar(round(x - width / 2, 4), width, min(zero, end), round(abs(zero - end), 1), "bar")


def _share_scale(rows: Sequence[Mapping[str, Any]], target: float | None, height: float) -> Scale:
    seen = [row[key] for row in rows for key in ("p", "lcl", "ucl") if row[key] is not None]
    seen += [target] if target is not None else []
    low, high = min(seen, default=0.0), max(seen, default=1.0)
    room = max(high - low, 0.02) * 0.12
    return Scale(max(0.0, low - room), min(1.0, high + room), height)


def _places(number: int) -> list[float]:
    """The middle of each of so many equal steps."""
    step = (PLOT_TO - PLOT_FROM) / max(number, 1)
    return [round(PLOT_FROM + (i + 0.5) * step, 4) for i in range(number)]


def _grid(scale: Scale) -> list[Stroke]:
    return [Stroke(0, PLOT_TO, scale.y(tick), scale.y(tick), "grid") for tick in ticks(scale.low, scale.high)]


def _tick_words(scale: Scale, say: Callable[[float], str]) -> list[Word]:
    """On the gridlines, except where the axis itself says it."""
    return [Word(0, scale.y(tick) - 5, say(tick)) for tick in ticks(scale.low, scale.high) if tick]


def _limits(rows: Sequence[Mapping[str, Any]], places: Sequence[float], scale: Scale) -> list[Stroke]:
    half = (PLOT_TO - PLOT_FROM) / max(len(rows), 1) / 2
    return [
        Stroke(round(x - half, 4), round(x + half, 4), scale.y(row[key]), scale.y(row[key]), "limit")
        for x, row in zip(places, rows, strict=True)
        for key in ("lcl", "ucl")
        if row[key] is not None
    ]


def _joined(rows: Sequence[Mapping[str, Any]], places: Sequence[float], scale: Scale) -> list[Stroke]:
    """Lines between neighbours; a missing point leaves a gap."""
    pairs = zip(places, rows, places[1:], rows[1:], strict=False)
    return [
        Stroke(x1, x2, scale.y(one["p"]), scale.y(two["p"]), "line")
        for x1, one, x2, two in pairs
        if one["p"] is not None and two["p"] is not None
    ]


def _under(labels: Sequence[str], places: Sequence[float], height: float) -> list[Word]:
    """Labels below the axis: the last one strong, as many of the others as there is room for, counted back from it."""
    every = -(-len(labels) // MOST_LABELS) or 1
    words = []
    for back, (x, label) in enumerate(zip(reversed(places), reversed(labels), strict=True)):
        if back % every == 0:
            mark = "strong" if back == 0 else "alternate" if (back // every) % 2 else "text"
            words.append(Word(x, height - BELOW_WORDS, label, mark, "middle"))
    return words[::-1]


def _at_the_end(
    rows: Sequence[Mapping[str, Any]],
    scale: Scale,
    target: float | None,
    say: Callable[[float], str],
    say_limit: Callable[[float], str],
    limit_word: str,
    target_word: str,
) -> list[Word]:
    """The lines named where they end, on the right, far enough apart to be read."""
    last = next((row for row in reversed(rows) if row["p"] is not None), None)
    named: list[tuple[float, str, str]] = []
    if target is not None:
        named.append((target, f"{target_word} {say_limit(target)}", "target_text"))
    if last is not None:
        named += [
            (last[key], f"{limit_word} {say_limit(last[key])}", "text")
            for key in ("lcl", "ucl")
            if last[key] is not None
        ]
        named.append((last["p"], say(last["p"]), "signal_text" if last["signal"] else "strong"))
    named.sort(reverse=True)
    heights = spread([scale.y(value) + 4 for value, _, _ in named], APART, scale.floor)
    return [Word(WORDS_FROM, y, words, mark) for y, (_, words, mark) in zip(heights, named, strict=True)]


def spread(heights: Sequence[float], apart: float, lowest: float) -> list[float]:
    """The same heights, in order from the top, moved down and then up until neighbours are this far apart."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + apart) if placed else height)
    below = lowest
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = round(min(placed[place], below), 1)
        below = placed[place] - apart
    return placed


@dataclass(frozen=True)
class Interval:
    """A share on its small line: the bar of its interval, the ring of its value, the post of its target."""

    value: float
    low: float
    high: float
    target: float | None


def interval(value: float, low: float, high: float, target: float | None) -> Interval:
    """Places along the line, from 0 to 1, with the interval and the target both in sight."""
    seen = [low, high, *([target] if target is not None else [])]
    room = max(max(seen) - min(seen), 0.04) * 0.6
    start, end = max(0.0, min(seen) - room), min(1.0, max(seen) + room)
    place = [round((each - start) / (end - start), 4) for each in (value, low, high)]
    return Interval(
        place[0], place[1], place[2], None if target is None else round((target - start) / (end - start), 4)
    )
