from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.periods import iso_week_label, month_of, parse_period
from tests.measures.strategies import ZONES, any_moment

BERLIN = "Europe/Berlin"


def test_a_month_runs_from_midnight_to_midnight_in_its_zone():
    march = parse_period("2016-03", BERLIN)
    assert (march.start_on, march.end_on) == (date(2016, 3, 1), date(2016, 4, 1))
    assert march.start_at == datetime(2016, 2, 29, 23, tzinfo=UTC)
    assert march.end_at == datetime(2016, 3, 31, 22, tzinfo=UTC)


def test_the_end_of_a_period_belongs_to_the_next():
    march = parse_period("2016-03", BERLIN)
    assert march.contains(march.start_at) and not march.contains(march.end_at)
    assert march.next().contains(march.end_at)


def test_a_quarter_and_a_year_are_made_of_their_months():
    assert [month.code for month in parse_period("2016-Q1", BERLIN).months()] == ["2016-01", "2016-02", "2016-03"]
    year = parse_period("2016", BERLIN)
    assert len(year.months()) == 12
    assert (year.start_on, year.end_on) == (date(2016, 1, 1), date(2017, 1, 1))
    assert parse_period("2016-03", BERLIN).months() == (parse_period("2016-03", BERLIN),)


@pytest.mark.parametrize(
    ("before", "after"),
    [("2015-12", "2016-01"), ("2015-Q4", "2016-Q1"), ("2016-Q2", "2016-Q3"), ("2015", "2016"), ("2016-02", "2016-03")],
)
def test_periods_follow_one_another(before, after):
    assert parse_period(before, BERLIN).next() == parse_period(after, BERLIN)
    assert parse_period(after, BERLIN).previous() == parse_period(before, BERLIN)


@pytest.mark.parametrize(
    "text",
    ["", "2016-13", "2016-00", "2016-Q5", "2016-3", "16", "2016-W10", " 2016", "2016\n", "٢٠١٦", "0000", "9999-12"],
)
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="A period is written like 2016-03"):
        parse_period(text, BERLIN)


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no time zone named"):
        parse_period("2016", "Europe/Nowhere")


def test_the_weeks_of_a_month_are_those_with_a_day_in_it():
    assert parse_period("2016-03", BERLIN).iso_weeks() == ("2016-W09", "2016-W10", "2016-W11", "2016-W12", "2016-W13")
    assert parse_period("2016-01", BERLIN).iso_weeks()[0] == "2015-W53"


def test_the_zone_decides_the_month_and_the_week():
    moment = datetime(2016, 2, 29, 23, 30, tzinfo=UTC)
    assert month_of(moment, BERLIN).code == "2016-03"
    assert month_of(moment, "UTC").code == "2016-02"
    sunday_night = datetime(2016, 3, 6, 23, 30, tzinfo=UTC)
    assert iso_week_label(sunday_night, "UTC") == "2016-W09"
    assert iso_week_label(sunday_night, BERLIN) == "2016-W10"


@given(any_moment, st.sampled_from(ZONES))
def test_every_moment_lies_in_its_month_and_in_no_other(moment, zone):
    month = month_of(moment, zone)
    assert month.contains(moment)
    assert not month.previous().contains(moment) and not month.next().contains(moment)
    assert month.previous().end_at == month.start_at and month.end_at == month.next().start_at
    assert iso_week_label(moment, zone) in month.iso_weeks()
    assert parse_period(month.code, zone) == month
    assert timedelta(days=27) < month.end_at - month.start_at < timedelta(days=32)
