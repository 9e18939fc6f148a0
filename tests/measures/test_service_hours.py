from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from portal.measures.service_hours import (
    ServiceHours,
    add_open_time,
    average_day,
    is_open,
    next_opening,
    open_intervals,
    open_time_between,
)
from tests.measures.strategies import any_moment, service_hours, spans

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = tuple((day, 8 * 60, 17 * 60) for day in range(5))
OFFICE = ServiceHours("Europe/Berlin", WEEKDAYS)
ALWAYS = ServiceHours("Europe/Berlin", tuple((day, 0, 1440) for day in range(7)))
SUNDAY_NIGHT = ServiceHours("Europe/Berlin", ((6, 0, 5 * 60),))


def hours(number):
    return timedelta(hours=number)


def berlin(*when):
    return datetime(*when, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("zone", "windows", "sentence"),
    [
        ("Europe/Nowhere", WEEKDAYS, "There is no time zone named “Europe/Nowhere”."),
        ("", WEEKDAYS, "There is no time zone named “”."),
        ("/etc/passwd", WEEKDAYS, "There is no time zone named “/etc/passwd”."),
        ("UTC", (), "Service hours need at least one window."),
        ("UTC", ((0, 480, 480),), "A window must close after it opens."),
        ("UTC", ((0, 480, 470),), "A window must close after it opens."),
        ("UTC", ((0, 480, 720), (0, 700, 800)), "Two windows of one day overlap."),
        ("UTC", ((7, 480, 720),), "A weekday is a number from 0 (Monday) to 6 (Sunday)."),
        ("UTC", ((0, 480, 1441),), "A window lies between 0 and 1440 minutes after midnight."),
        ("UTC", ((0, -1, 480),), "A window lies between 0 and 1440 minutes after midnight."),
    ],
)
def test_impossible_hours_are_refused_with_a_sentence(zone, windows, sentence):
    with pytest.raises(ValueError) as refused:
        ServiceHours(zone, windows)
    assert str(refused.value) == sentence


def test_windows_that_touch_do_not_overlap_and_are_one_stretch():
    split = ServiceHours("UTC", ((0, 480, 720), (0, 720, 1020)))
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    assert list(open_intervals(split, monday, monday + hours(24))) == [(monday + hours(8), monday + hours(17))]


def test_the_order_in_which_windows_are_written_does_not_matter():
    assert ServiceHours("UTC", WEEKDAYS[::-1]) == ServiceHours("UTC", WEEKDAYS)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs its time zone"):
        open_time_between(OFFICE, datetime(2024, 1, 1), datetime(2024, 1, 2))


def test_windows_are_half_open():
    assert is_open(OFFICE, berlin(2024, 1, 2, 8))
    assert not is_open(OFFICE, berlin(2024, 1, 2, 17))
    assert not is_open(OFFICE, berlin(2024, 1, 2, 7, 59, 59))


def test_a_day_we_are_closed_on_has_no_open_time():
    closed = ServiceHours("Europe/Berlin", WEEKDAYS, frozenset({date(2024, 1, 2)}))
    assert open_time_between(closed, berlin(2024, 1, 1), berlin(2024, 1, 4)) == hours(18)
    assert next_opening(closed, berlin(2024, 1, 1, 17)) == berlin(2024, 1, 3, 8)


def test_the_hour_that_does_not_exist_is_not_open():
    night = berlin(2024, 3, 31)
    assert open_time_between(SUNDAY_NIGHT, night, berlin(2024, 4, 1)) == hours(4)
    assert open_time_between(ALWAYS, night, berlin(2024, 4, 1)) == hours(23)


def test_the_hour_that_comes_twice_is_open_twice():
    assert open_time_between(SUNDAY_NIGHT, berlin(2024, 10, 27), berlin(2024, 10, 28)) == hours(6)
    assert open_time_between(ALWAYS, berlin(2024, 10, 27), berlin(2024, 10, 28)) == hours(25)


def test_a_window_wholly_inside_the_missing_hour_does_not_open_that_night():
    tiny = ServiceHours("Europe/Berlin", ((6, 135, 165),))
    assert open_time_between(tiny, berlin(2024, 3, 31), berlin(2024, 4, 1)) == timedelta(0)
    assert next_opening(tiny, berlin(2024, 3, 31)) == berlin(2024, 4, 7, 2, 15)


def test_a_window_that_ends_in_the_hour_that_comes_twice_opens_a_second_time():
    until_half_past_two = ServiceHours("Europe/Berlin", ((6, 0, 150),))
    stretches = list(open_intervals(until_half_past_two, berlin(2024, 10, 27), berlin(2024, 10, 28)))
    assert stretches == [
        (datetime(2024, 10, 26, 22, tzinfo=UTC), datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        (datetime(2024, 10, 27, 1, tzinfo=UTC), datetime(2024, 10, 27, 1, 30, tzinfo=UTC)),
    ]


def test_half_an_hour_of_summer_time_counts_as_half_an_hour():
    lord_howe = ServiceHours("Australia/Lord_Howe", ((6, 0, 1440),))
    zone = ZoneInfo("Australia/Lord_Howe")
    spring, autumn = datetime(2024, 10, 6, tzinfo=zone), datetime(2024, 4, 7, tzinfo=zone)
    assert open_time_between(lord_howe, spring, spring + timedelta(days=1)) == hours(23.5)
    assert open_time_between(lord_howe, autumn, autumn + timedelta(days=1)) == hours(24.5)


def test_open_all_the_time_is_one_stretch_even_over_new_year():
    start, end = datetime(2023, 6, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    assert list(open_intervals(ALWAYS, start, end)) == [(start, end)]


def test_a_target_that_ends_at_closing_time_is_due_at_closing_time():
    assert add_open_time(OFFICE, berlin(2024, 1, 1, 8), hours(9)) == berlin(2024, 1, 1, 17)
    assert add_open_time(OFFICE, berlin(2024, 1, 1, 8), hours(9.5)) == berlin(2024, 1, 2, 8, 30)


def test_no_open_time_leads_to_the_first_open_moment():
    assert add_open_time(OFFICE, berlin(2024, 1, 5, 18), timedelta(0)) == berlin(2024, 1, 8, 8)
    assert add_open_time(OFFICE, berlin(2024, 1, 5, 16), timedelta(0)) == berlin(2024, 1, 5, 16)


def test_open_time_is_not_counted_backwards():
    with pytest.raises(ValueError, match="backwards"):
        add_open_time(OFFICE, berlin(2024, 1, 5, 18), -hours(1))
    assert open_time_between(OFFICE, berlin(2024, 1, 5), berlin(2024, 1, 4)) == timedelta(0)
    assert list(open_intervals(OFFICE, berlin(2024, 1, 5), berlin(2024, 1, 4))) == []


def test_hours_that_never_open_are_given_up_on():
    mondays = frozenset(date(2024, 1, 1) + timedelta(weeks=week) for week in range(52 * 15))
    never = ServiceHours("UTC", ((0, 480, 1020),), mondays)
    with pytest.raises(ValueError, match="within 10 years"):
        next_opening(never, berlin(2024, 1, 1))
    with pytest.raises(ValueError, match="within 10 years"):
        add_open_time(never, berlin(2024, 1, 1), hours(1))


def test_a_working_day_is_the_mean_of_the_open_weekdays():
    assert average_day(OFFICE) == hours(9)
    assert average_day(ServiceHours("UTC", ((0, 480, 720), (0, 780, 1020), (4, 480, 720)))) == hours(6)


def test_many_questions_over_years_take_no_time():
    start, end = berlin(2016, 1, 4, 9), berlin(2024, 7, 4, 9)
    open_time_between(OFFICE, start, end)
    began = process_time()
    for _ in range(1000):
        due_at = add_open_time(OFFICE, start, open_time_between(OFFICE, start, end))
    assert due_at == end
    assert process_time() - began < 1


def shows_an_open_time(service_hours, moment):
    """The definition, word for word: what does the clock on the wall show?"""
    local = moment.astimezone(ZoneInfo(service_hours.zone))
    minute = local.hour * 60 + local.minute
    return local.date() not in service_hours.closed_on and any(
        day == local.weekday() and opens <= minute < closes for day, opens, closes in service_hours.windows
    )


@given(service_hours, any_moment)
def test_open_is_whatever_the_clock_on_the_wall_says(service_hours, moment):
    assert is_open(service_hours, moment) == shows_an_open_time(service_hours, moment)


@given(service_hours, any_moment)
def test_open_time_is_the_sum_of_open_minutes(service_hours, moment):
    start, step, steps = moment.replace(minute=0, second=0, microsecond=0), timedelta(minutes=5), 320
    counted = sum(shows_an_open_time(service_hours, start + step * i) for i in range(steps))
    assert open_time_between(service_hours, start, start + step * steps) == step * counted


@given(service_hours, any_moment, spans, spans)
def test_open_time_adds_up(service_hours, start, first, second):
    middle, end = start + first, start + first + second
    assert open_time_between(service_hours, start, end) == open_time_between(
        service_hours, start, middle
    ) + open_time_between(service_hours, middle, end)


@given(service_hours, any_moment, spans)
def test_open_time_is_the_length_of_the_open_stretches(service_hours, start, span):
    stretches = list(open_intervals(service_hours, start, start + span))
    lengths = sum((closes - opens for opens, closes in stretches), timedelta(0))
    assert open_time_between(service_hours, start, start + span) == lengths
    assert all(start <= opens < closes <= start + span for opens, closes in stretches)
    assert all(before[1] < after[0] for before, after in pairwise(stretches))


@given(service_hours, any_moment, spans)
def test_adding_open_time_finds_the_first_moment_at_which_it_has_passed(service_hours, start, span):
    moment = add_open_time(service_hours, start, span)
    assert open_time_between(service_hours, start, moment) == span
    if span:
        earlier = moment - timedelta(microseconds=1)
        assert open_time_between(service_hours, start, earlier) < span


@given(service_hours, any_moment)
def test_nothing_is_open_before_the_next_opening(service_hours, moment):
    opening = next_opening(service_hours, moment)
    assert is_open(service_hours, opening)
    assert open_time_between(service_hours, moment, opening) == timedelta(0)
