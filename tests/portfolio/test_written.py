"""What keepers type is read as they mean it, and written again as they know it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.portfolio import written
from portal.portfolio.figures import cost, figures

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("08:00 to 18:00", [(480, 1080)]),
        ("8:00-12:00, 13.00 – 17.30", [(480, 720), (780, 1050)]),
        ("13:00 to 17:00; 08:00 to 12:00", [(480, 720), (780, 1020)]),
        ("00:00 to 24:00", [(0, 1440)]),
    ],
)
def test_a_day_is_read_however_it_is_written(text: str, spans: list[tuple[int, int]]) -> None:
    assert written.read_day(text) == spans
    assert written.read_day(written.written_day(spans)) == spans


@pytest.mark.parametrize("text", ["morning", "08:00", "18:00 to 08:00", "08:60 to 09:00", "08:00 to 25:00", "8 to 9"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        written.read_day(text)


def test_spans_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError):
        written.read_day("08:00 to 12:00, 11:00 to 13:00")


def test_hours_are_said_in_groups_of_days() -> None:
    week = [(day, 480, 1080) for day in range(5)] + [(5, 540, 720)]
    words = written.hours_in_words(week, DAYS, to="to", and_="and")
    assert words == "Monday to Friday, 08:00 to 18:00; Saturday, 09:00 to 12:00"
    assert written.hours_in_words([(5, 0, 60), (6, 0, 60)], DAYS, to="to", and_="and").startswith("Saturday and Sunday")


@pytest.mark.parametrize(
    ("text", "cents"),
    [("12", 1200), ("12.5", 1250), ("12,50", 1250), ("1,150", 115000), ("1.150,75", 115075), ("1 150", 115000)],
)
def test_an_amount_is_read_with_either_sign(text: str, cents: int) -> None:
    assert written.read_money(text) == cents


@pytest.mark.parametrize("text", ["", "-3", "about 5", "1.2.3", "12 €"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        written.read_money(text)


@given(st.integers(0, 10**8))
def test_an_amount_that_was_written_is_read_as_the_same(cents: int) -> None:
    text = written.written_money(cents)
    assert (written.read_money(text) if text else 0) == cents


@given(st.integers(1, 100_000), st.integers(1, 1440))
def test_a_target_is_the_same_in_the_unit_that_it_is_shown_in(minutes: int, a_day: int) -> None:
    assert written.minutes_of(*written.amount_of(minutes, a_day), a_day) == minutes


def test_ways_to_do_it_are_a_line_each() -> None:
    text = "Repair at your desk: you keep it\n\nReplacement\n"
    found = written.read_options(text)
    assert found == (("Repair at your desk", "you keep it"), ("Replacement", ""))
    assert written.read_options(written.written_options([{"label": a, "words": b} for a, b in found])) == found


def test_cost_is_what_requests_cost_and_the_hours_that_were_written_down() -> None:
    assert cost(10, 1250, 90, 4000) == 12500 + 6000
    assert cost(10, 1250, 90, 0) == 12500
    assert cost(10, 0, 90, 0) is None


def test_too_few_are_nothing_and_a_unanimous_few_are_not_said_exactly() -> None:
    few = figures(asked=3, kept=(4, 4), rated=(4, 4), spent_minutes=0, cost_each_cents=0, hour_cost_cents=0)
    assert few.kept is None and few.rated is None and not few.rating_is_exact
    alike = figures(asked=9, kept=(5, 5), rated=(8, 8), spent_minutes=0, cost_each_cents=0, hour_cost_cents=0)
    assert alike.rated is not None and not alike.rating_is_exact and alike.as_data()["rated"] is None
    split = figures(asked=9, kept=(5, 5), rated=(7, 8), spent_minutes=0, cost_each_cents=0, hour_cost_cents=0)
    assert split.rating_is_exact and split.as_data()["rated"] == [7, 8]
