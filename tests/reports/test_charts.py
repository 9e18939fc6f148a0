"""The scale of the charts: round numbers, gaps, words that do not collide."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.reports.charts import (
    APART,
    Chart,
    Scale,
    bars_over_time,
    interval,
    shares_over_time,
    spread,
    ticks,
)
from portal.reports.faces import PAPER, SCREEN


def shares(*values: float | None, target: float | None = 0.95, signal: str | None = None) -> Chart:
    rows: list[dict[str, Any]] = [{"p": p, "lcl": None, "ucl": None, "signal": signal} for p in values]
    return shares_over_time(
        rows,
        height=300,
        labels=[f"W{i:02}" for i in range(len(values))],
        target=target,
        say=lambda p: f"{p:.1%}",
        say_tick=lambda p: f"{p:.0%}",
        say_limit=lambda p: f"{p * 100:g}",
        limit_word="limit",
        target_word="target",
    )


def test_ticks_are_round() -> None:
    assert ticks(0, 1) == [0, 0.25, 0.5, 0.75, 1]
    assert ticks(0.91, 0.985) == [0.92, 0.94, 0.96, 0.98]
    assert ticks(0, 541) == [0, 200, 400]
    assert ticks(-30, 30) == [-20, 0, 20]
    assert ticks(3, 3) == [3]


@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e6))
def test_there_is_always_a_tick_and_never_too_many(low: float, span: float) -> None:
    found = ticks(low, low + span)
    assert 1 <= len(found) <= 12
    assert found == sorted(found)


def test_more_stands_higher() -> None:
    scale = Scale(0, 10, 300)
    assert scale.y(10) < scale.y(5) < scale.y(0) == scale.floor


def test_a_flat_scale_stands_in_the_middle() -> None:
    assert Scale(3, 3, 300).y(3) == pytest.approx((16 + 266) / 2)


def test_no_point_one_point_and_a_missing_one_can_be_drawn() -> None:
    assert shares().dots == ()
    assert len(shares(0.9).dots) == 1
    with_gap = shares(0.9, None, 0.8, 0.85)
    assert len(with_gap.dots) == 3
    assert len([each for each in with_gap.strokes if each.mark == "line"]) == 1


def test_a_signal_is_larger_and_named_in_its_colour() -> None:
    drawn = shares(0.4, signal="below")
    assert drawn.dots[0].mark == "signal" and drawn.dots[0].radius > 5
    assert [each.words for each in drawn.words if each.mark == "signal_text"] == ["40.0%"]


def test_many_labels_are_thinned_from_the_last_one_back() -> None:
    drawn = shares(*[0.9] * 53)
    under = [each.words for each in drawn.words if each.anchor == "middle"]
    assert under[-1] == "W52" and len(under) <= 13


def test_bars_hang_down_for_what_is_below_zero() -> None:
    drawn = bars_over_time([5, -3, 0], height=200, labels=["a", "b", "c"], say=str)
    up, down, nothing = drawn.bars
    assert up.y + up.height == pytest.approx(down.y)
    assert nothing.height == 0


def test_bars_of_nothing_can_be_drawn() -> None:
    assert bars_over_time([], height=200, labels=[], say=str).bars == ()
    assert bars_over_time([0, 0], height=200, labels=["a", "b"], say=str).bars[0].height == 0


@given(st.lists(st.floats(0, 250), min_size=1, max_size=4).map(sorted))
def test_words_at_the_end_of_lines_never_collide(heights: list[float]) -> None:
    placed = spread(heights, APART, 266)
    assert all(b - a >= APART - 0.11 for a, b in itertools.pairwise(placed))
    assert placed[-1] <= 266


@given(st.integers(0, 50), st.integers(1, 50), st.sampled_from([None, 0.05, 0.95]))
def test_the_small_line_shows_interval_and_target(x: int, rest: int, target: float | None) -> None:
    n = x + rest
    drawn = interval(x / n, max(0, x / n - 0.1), min(1, x / n + 0.1), target)
    inside = [drawn.low, drawn.value, drawn.high, *([drawn.target] if drawn.target is not None else [])]
    assert all(-0.001 <= each <= 1.001 for each in inside)


def test_both_faces_know_every_mark() -> None:
    assert set(SCREEN.marks) == set(PAPER.marks)
    assert SCREEN.x(0.07) == "7%" and PAPER.x(0.5) == "332.5"
