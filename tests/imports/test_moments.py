"""Dates are read as the mapping says, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.moments import FORMATS, Ambiguous, MomentReader, Unreadable

BERLIN = "Europe/Berlin"


def read(text: str, *formats: str, zone: str = BERLIN) -> str:
    return MomentReader(formats or FORMATS, zone).read(text).moment.isoformat()


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("1/3/2016 09:52", "day first", "2016-03-01T08:52:00+00:00"),
        ("1/3/2016 09:52", "month first", "2016-01-03T08:52:00+00:00"),
        ("29/2/2016 01:16", "day first", "2016-02-29T00:16:00+00:00"),
        ("01.03.2016", "day first", "2016-02-29T23:00:00+00:00"),
        ("1/3/2016 12:05 am", "day first", "2016-02-29T23:05:00+00:00"),
        ("1/3/2016 1:05:09 PM", "day first", "2016-03-01T12:05:09+00:00"),
        ("2016-03-01 09:52", "iso", "2016-03-01T08:52:00+00:00"),
        ("2016-03-01T09:52:11+05:00", "iso", "2016-03-01T04:52:11+00:00"),
        ("2016-03-01T09:52:11Z", "iso", "2016-03-01T09:52:11+00:00"),
        ("Mar 01 2016, 0952", "%b %d %Y, %H%M", "2016-03-01T08:52:00+00:00"),
    ],
)
def test_each_format_reads_its_own(text: str, form: str, moment: str) -> None:
    assert read(text, form) == moment


@pytest.mark.parametrize(
    "text", ["31/4/2016", "1/3/16 09:52", "yesterday", "", "1/3-2016", "1/3/2016 13:00 pm", "0001-01-01"]
)
def test_what_is_no_moment_is_not_made_one(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


def test_day_or_month_is_not_guessed() -> None:
    with pytest.raises(Ambiguous, match="more than one way"):
        read("1/3/2016 09:52")


def test_what_can_be_read_in_one_way_only_is_read() -> None:
    assert read("25/3/2016 00:00", zone="UTC") == "2016-03-25T00:00:00+00:00"
    assert read("3/25/2016 00:00", zone="UTC") == "2016-03-25T00:00:00+00:00"
    assert read("3/3/2016 00:00", zone="UTC") == "2016-03-03T00:00:00+00:00"


def test_a_time_that_summer_time_skips_is_the_end_of_the_gap() -> None:
    reading = MomentReader(("iso",), BERLIN).read("2016-03-27 02:59")
    assert reading == (datetime(2016, 3, 27, 1, 0, tzinfo=UTC), "skipped")


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    reading = MomentReader(("iso",), BERLIN).read("2016-10-30 02:30")
    assert reading == (datetime(2016, 10, 30, 0, 30, tzinfo=UTC), "twice")


@given(
    st.datetimes(datetime(2016, 3, 26), datetime(2016, 10, 31)),
    st.timedeltas(timedelta(0), timedelta(hours=5)),
    st.sampled_from([BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe"]),
)
def test_later_on_the_clock_of_the_log_is_never_earlier(stamp: datetime, more: timedelta, zone: str) -> None:
    reader = MomentReader(("iso",), zone)
    assert reader.read(str(stamp)).moment <= reader.read(str(stamp + more)).moment
