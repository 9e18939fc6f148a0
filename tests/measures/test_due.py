from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from portal.measures.clock import Pause, due_moment, elapsed
from portal.measures.due import (
    ROUNDED_TO,
    SHORTEST_NEW_TIME,
    PromiseTerms,
    due_moments,
    moved_by_pause,
    new_time,
    to_say,
)
from portal.measures.service_hours import ServiceHours, open_time_between
from tests.measures.strategies import any_moment, pauses_after, service_hours, spans

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
DESK = ServiceHours("Europe/Berlin", tuple((day, 480, 1080) for day in range(5)))


def at(day, hour, minute=0, month=4):
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


TUESDAY = at(14, 10)
TERMS = PromiseTerms(DESK, TUESDAY, first_answer=HOUR, resolution=10 * HOUR)


def test_first_answer_end_next_and_warning():
    moments = due_moments(TERMS)
    assert (moments.first_answer_due_at, moments.due_at) == (at(14, 11), at(15, 10))
    assert moments.next_due_at == at(14, 11) and moments.warn_at == at(14, 10, 45)


def test_after_the_answer_the_end_is_next_and_the_promise_of_the_answer_stays():
    answered = replace(TERMS, first_answered_at=at(14, 10, 30), pauses=(Pause(at(14, 10, 30), at(14, 12)),))
    moments = due_moments(answered)
    assert moments.first_answer_due_at == at(14, 11)
    assert moments.next_due_at == moments.due_at == at(15, 11, 30)
    assert moments.warn_at == at(15, 9)


def test_an_answer_given_while_the_clock_stands_was_promised_after_it():
    terms = replace(TERMS, pauses=(Pause(at(14, 10, 30), at(14, 15)),), first_answered_at=at(14, 12))
    assert due_moments(terms).first_answer_due_at == at(14, 12, 30)


def test_while_the_clock_stands_nothing_is_due_and_nothing_is_said():
    moments = due_moments(replace(TERMS, pauses=(Pause(at(14, 10, 15), None),)))
    assert moments == replace(moments, first_answer_due_at=None, due_at=None, next_due_at=None, warn_at=None)


def test_what_is_over_promises_nothing_more():
    moments = due_moments(replace(TERMS, is_open=False))
    assert (moments.next_due_at, moments.warn_at) == (None, None) and moments.due_at == at(15, 10)


def test_each_thing_is_said_once_and_the_next_one_waits_its_turn():
    said, moment = [], TUESDAY
    terms = TERMS
    while (moment := due_moments(terms).warn_at) is not None:
        said += [(one.of, one.kind, one.at) for one in to_say(terms, moment)]
        terms = replace(terms, told_until_at=moment)
    assert said == [
        ("answer", "near", at(14, 10, 45)),
        ("answer", "missed", at(14, 11)),
        ("end", "near", at(14, 17, 30)),
        ("end", "missed", at(15, 10)),
    ]


def test_a_new_moment_that_has_passed_is_said_to_those_who_work_on_it():
    late = replace(TERMS, first_answered_at=TUESDAY, told_until_at=at(15, 10), said_due_at=at(15, 15))
    assert due_moments(late).warn_at == at(15, 15)
    assert [(one.of, one.kind) for one in to_say(late, at(15, 15))] == [("end", "said")]


def test_that_it_is_near_is_not_said_when_it_is_missed_already():
    assert [(one.of, one.kind) for one in to_say(TERMS, at(16, 8))] == [("answer", "missed"), ("end", "missed")]


def test_a_promise_of_elsewhere_is_taken_as_it_is():
    terms = PromiseTerms(DESK, TUESDAY, given_due_at=at(20, 12))
    assert due_moments(terms).due_at == due_moments(terms).next_due_at == at(20, 12)


def test_a_new_time_is_half_as_long_again_in_service_time_on_a_full_quarter():
    assert new_time(DESK, 10 * HOUR, at(15, 10)) == at(15, 15)
    assert new_time(DESK, HOUR, at(14, 11, 7)) == at(14, 11, 45)
    assert new_time(DESK, None, at(17, 17, 50)) == at(20, 8, 30)


def test_a_told_moment_moves_by_the_open_time_of_a_pause():
    assert moved_by_pause(DESK, at(14, 16), Pause(at(14, 15), at(15, 9))) == at(15, 10)
    assert moved_by_pause(DESK, at(14, 16), Pause(at(14, 16), at(15, 9))) == at(14, 16)


def test_the_promise_is_exact_over_both_changes_of_summer_time():
    always = ServiceHours("Europe/Berlin", tuple((day, 0, 1440) for day in range(7)))
    spring = PromiseTerms(always, at(28, 22, month=3), resolution=6 * HOUR)
    autumn = PromiseTerms(always, at(24, 22, month=10), resolution=6 * HOUR)
    assert due_moments(spring).due_at == at(29, 5, month=3)
    assert due_moments(autumn).due_at == at(25, 3, month=10)
    assert due_moments(spring).warn_at == at(29, 3, 30, month=3)
    night = ServiceHours("Europe/Berlin", ((6, 60, 240),), frozenset({date(2026, 4, 5)}))
    assert due_moments(PromiseTerms(night, at(29, 0, month=3), resolution=2 * HOUR)).due_at == at(29, 4, month=3)
    assert due_moments(PromiseTerms(night, at(25, 0, month=10), resolution=4 * HOUR)).due_at == at(25, 4, month=10)


@given(st.data(), service_hours, any_moment, st.integers(1, 4000), st.integers(1, 4000))
def test_moments_follow_from_the_clock_alone(data, hours, start, first, done):
    pauses = data.draw(pauses_after(start, may_last=True))
    terms = PromiseTerms(
        hours, start, timedelta(minutes=first), timedelta(minutes=done), pauses=pauses, is_open=data.draw(st.booleans())
    )
    moments = due_moments(terms)
    assert moments.due_at == due_moment(hours, start, timedelta(minutes=done), pauses)
    assert moments.first_answer_due_at == due_moment(hours, start, timedelta(minutes=first), pauses)
    if moments.due_at and not terms.stands_still:
        assert elapsed(hours, start, moments.due_at, pauses) == timedelta(minutes=done)
    if moments.warn_at:
        assert terms.is_open and list(to_say(terms, moments.warn_at))


@given(st.data(), service_hours, any_moment, st.integers(1, 4000), spans)
def test_what_was_said_up_to_a_moment_is_never_said_again(data, hours, start, done, later):
    pauses = data.draw(pauses_after(start))
    terms = PromiseTerms(hours, start, resolution=timedelta(minutes=done), pauses=pauses)
    after = replace(terms, told_until_at=start + later)
    assert to_say(after, start + later) == []
    upcoming = due_moments(after).warn_at
    assert upcoming is None or upcoming > start + later


@given(service_hours, any_moment, st.integers(1, 4000))
def test_a_new_time_lies_ahead_by_at_least_its_share(hours, moment, minutes):
    expected = new_time(hours, timedelta(minutes=minutes), moment)
    assert open_time_between(hours, moment, expected) >= max(SHORTEST_NEW_TIME, timedelta(minutes=minutes) / 2)
    assert expected.timestamp() % ROUNDED_TO.total_seconds() == 0
