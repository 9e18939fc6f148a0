from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from portal.measures.clock import Pause, due_moment, elapsed, finished, merged, paused, target_met
from portal.measures.service_hours import ServiceHours, open_time_between
from tests.measures.strategies import any_moment, pauses_after, service_hours, spans

BERLIN = ZoneInfo("Europe/Berlin")
NO_TIME = timedelta(0)

# Monday to Thursday 8 to 17, Friday 8 to 15, closed on Tuesday 8 December.
OFFICE = ServiceHours(
    "Europe/Berlin", (*((day, 480, 1020) for day in range(4)), (4, 480, 900)), frozenset({date(2015, 12, 8)})
)


def december(day, hour, minute=0):
    return datetime(2015, 12, day, hour, minute, tzinfo=BERLIN)


def hours(number):
    return timedelta(hours=number)


OPENED, SOLVED = december(4, 14, 30), december(9, 9, 15)
MORNING = Pause(december(7, 10), december(7, 13))
NOON = Pause(december(7, 12), december(7, 14, 30))


def test_the_clock_runs_in_service_hours_only():
    wall_clock = SOLVED - OPENED
    assert wall_clock == hours(114.75)
    assert elapsed(OFFICE, OPENED, SOLVED) == hours(10.75)


def test_the_clock_stops_while_we_wait_for_the_customer():
    assert elapsed(OFFICE, OPENED, SOLVED, [MORNING]) == hours(7.75)


def test_pauses_that_overlap_are_counted_once():
    assert elapsed(OFFICE, OPENED, SOLVED, [MORNING, NOON]) == hours(6.25)
    assert paused(OFFICE, OPENED, SOLVED, [NOON, MORNING, NOON]) == hours(4.5)


def test_a_pause_without_an_end_lasts_until_the_moment_asked_about():
    assert elapsed(OFFICE, OPENED, SOLVED, [Pause(december(7, 10), None)]) == hours(2.5)


def test_a_pause_at_night_or_the_wrong_way_round_costs_nothing():
    night, backwards = Pause(december(7, 17), december(7, 23)), Pause(december(7, 13), december(7, 10))
    assert elapsed(OFFICE, OPENED, SOLVED, [night, backwards]) == hours(10.75)


def test_a_pause_moves_the_promise_by_its_open_time():
    assert due_moment(OFFICE, OPENED, hours(8)) == december(7, 15, 30)
    assert due_moment(OFFICE, OPENED, hours(8), [MORNING]) == december(9, 9, 30)


def test_while_a_pause_lasts_the_promise_has_no_moment():
    waiting = Pause(december(7, 10), None)
    assert due_moment(OFFICE, OPENED, hours(8), [waiting]) is None
    assert due_moment(OFFICE, OPENED, hours(8), finished([waiting], december(7, 11))) == december(7, 16, 30)


def test_a_promise_that_was_due_before_the_pause_stays_due():
    assert due_moment(OFFICE, OPENED, hours(2.5), [Pause(december(7, 10), None)]) == december(7, 10)


def test_a_promise_for_five_is_kept_at_five():
    due_at = december(7, 17)
    assert target_met(due_at, due_at)
    assert not target_met(due_at, due_at + timedelta(microseconds=1))


def test_a_pause_that_still_lasts_swallows_what_follows():
    assert merged([NOON, Pause(december(7, 11), None), MORNING]) == (Pause(december(7, 10), None),)


@given(st.data(), service_hours, any_moment, spans)
def test_the_clock_never_runs_backwards_or_faster_than_open_time(data, hours, start, span):
    pauses = data.draw(pauses_after(start, may_last=True))
    shown = elapsed(hours, start, start + span, pauses)
    assert NO_TIME <= shown <= open_time_between(hours, start, start + span)
    assert shown + paused(hours, start, start + span, pauses) == open_time_between(hours, start, start + span)


@given(st.data(), service_hours, any_moment, spans, spans)
def test_the_clock_never_shows_less_later_on(data, hours, start, span, more):
    pauses = data.draw(pauses_after(start))
    assert elapsed(hours, start, start + span, pauses) <= elapsed(hours, start, start + span + more, pauses)


@given(st.data(), service_hours, any_moment, spans)
def test_at_the_due_moment_the_clock_shows_the_target(data, hours, start, target):
    pauses = data.draw(pauses_after(start))
    due_at = due_moment(hours, start, target, pauses)
    assert due_at is not None
    assert elapsed(hours, start, due_at, pauses) == target
    if target:
        assert elapsed(hours, start, due_at - timedelta(microseconds=1), pauses) < target


@given(st.data(), service_hours, any_moment, spans)
def test_the_promise_is_without_a_moment_only_when_the_clock_stands_short_of_it(data, hours, start, target):
    pauses = data.draw(pauses_after(start, may_last=True))
    due_at = due_moment(hours, start, target, pauses)
    much_later = start + timedelta(days=2000)
    if due_at is None:
        assert elapsed(hours, start, much_later, pauses) < target
    else:
        assert elapsed(hours, start, due_at, pauses) == target


@given(st.data(), any_moment)
def test_joining_pauses_twice_changes_nothing(data, start):
    pauses = data.draw(pauses_after(start, may_last=True))
    once = merged(pauses)
    assert merged(once) == once == merged((*pauses, *once))
