from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from portal.measures.clock import Pause, due_moment, finished
from portal.measures.promise_line import PromiseTimes, anchor, micro_line, promise_line
from portal.measures.service_hours import ServiceHours
from tests.measures.strategies import any_moment, pauses_after, service_hours, spans

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = ServiceHours("Europe/Berlin", tuple((day, 8 * 60, 18 * 60) for day in range(5)))


def line_of(hours, **times):
    return promise_line(PromiseTimes(hours=hours, **times))


def micro_of(hours, **times):
    return micro_line(PromiseTimes(hours=hours, **times))


def april(day, hour, minute=0):
    return datetime(2026, 4, day, hour, minute, tzinfo=BERLIN)


# Asked on Tuesday at 8, to be answered by 9 and done within ten hours.
ASKED = {"asked_at": april(14, 8), "first_answer_due_at": april(14, 9), "due_at": april(14, 18)}


def test_time_used_grows_towards_the_post():
    line = line_of(OFFICE, **ASKED, now_at=april(14, 13))
    assert (line.gone, line.now, line.post) == ((0.0, 46.0), 46.0, 92.0)
    assert (line.over, line.late, line.start_on) == (None, False, date(2026, 4, 14))


def test_the_tick_stands_until_the_first_answer_is_given():
    waiting = line_of(OFFICE, **ASKED, now_at=april(14, 8, 30))
    assert (waiting.tick, waiting.kept) == (9.2, None)
    answered = line_of(OFFICE, **ASKED, first_answer_at=april(14, 8, 30), now_at=april(14, 10))
    assert (answered.tick, answered.kept) == (None, (4.6, True))
    too_late = line_of(OFFICE, **ASKED, first_answer_at=april(14, 9, 30), now_at=april(14, 10))
    assert too_late.kept == (13.8, False)


def test_an_answer_that_was_not_promised_is_neither_kept_nor_missed():
    line = line_of(
        OFFICE, asked_at=april(14, 8), due_at=april(14, 18), first_answer_at=april(14, 13), now_at=april(14, 14)
    )
    assert line.kept == (46.0, None)


def test_a_night_is_left_out_and_shown_as_a_break_with_the_next_day():
    line = line_of(OFFICE, asked_at=april(14, 13), due_at=april(15, 13), now_at=april(14, 13))
    assert line.breaks == ((46.0, date(2026, 4, 15)),)
    assert line.post == 92.0


def test_a_weekend_is_one_break():
    line = line_of(OFFICE, asked_at=april(17, 13), due_at=april(20, 13), now_at=april(18, 13))
    assert line.breaks == ((46.0, date(2026, 4, 20)),)
    assert line.now == 46.0


def test_a_break_at_noon_is_not_a_night():
    with_lunch = ServiceHours("Europe/Berlin", ((1, 480, 720), (1, 780, 1080)))
    assert line_of(with_lunch, **ASKED, now_at=april(14, 13)).breaks == ()


def test_a_long_promise_shows_its_weeks_and_not_every_night():
    line = line_of(OFFICE, asked_at=april(14, 8), due_at=datetime(2026, 5, 29, 18, tzinfo=BERLIN), now_at=april(14, 9))
    assert [day for _, day in line.breaks] == [
        date(2026, 4, 20),
        date(2026, 4, 27),
        date(2026, 5, 4),
        date(2026, 5, 11),
        date(2026, 5, 18),
        date(2026, 5, 25),
    ]


def test_what_is_asked_on_sunday_starts_on_monday():
    line = line_of(OFFICE, asked_at=april(19, 13), due_at=april(20, 18), now_at=april(19, 14))
    assert (line.start_on, line.now, line.gone, line.breaks) == (date(2026, 4, 20), 0.0, (0.0, 0.0), ())


def test_a_pause_keeps_its_length_and_leaves_the_old_post_standing():
    target, pause = timedelta(hours=8), Pause(april(14, 9), april(14, 11))
    due_at = due_moment(OFFICE, april(14, 8), target, [pause])
    line = line_of(
        OFFICE,
        asked_at=april(14, 8),
        due_at=due_at,
        original_due_at=april(14, 16),
        pauses=(pause,),
        now_at=april(14, 12),
    )
    assert due_at == april(14, 18)
    assert (line.pauses, line.old_post, line.post) == (((9.2, 27.6),), 73.6, 92.0)


def test_a_promise_that_did_not_move_has_no_ghost():
    assert line_of(OFFICE, **ASKED, original_due_at=april(14, 18), now_at=april(14, 12)).old_post is None


def test_while_the_clock_stands_the_pause_reaches_to_now():
    pauses = (Pause(april(14, 10), None),)
    line = line_of(OFFICE, **ASKED, pauses=pauses, now_at=april(14, 13))
    assert line.pauses == ((18.4, 46.0),)
    without_post = line_of(OFFICE, **{**ASKED, "due_at": None}, pauses=pauses, now_at=april(14, 13))
    assert (without_post.post, without_post.now, without_post.late) == (None, 92.0, False)


def test_what_is_late_crosses_the_post_and_ends_at_now():
    line = line_of(OFFICE, **ASKED, now_at=april(15, 18))
    assert (line.gone, line.over, line.now, line.late) == ((0.0, 50.0), (50.0, 100.0), 100.0, True)


def test_late_at_night_is_late_though_no_service_time_has_passed():
    line = line_of(OFFICE, **ASKED, now_at=april(14, 22))
    assert line.late and line.over == (line.post, line.post)


def test_what_is_done_has_no_now():
    line = line_of(OFFICE, **ASKED, now_at=april(20, 9), done_at=april(14, 13))
    assert (line.now, line.gone, line.late) == (None, (0.0, 46.0), False)


def test_in_a_row_the_post_always_stands_at_the_same_place():
    soon = micro_of(OFFICE, **ASKED, now_at=april(14, 13))
    later = micro_of(OFFICE, **{**ASKED, "due_at": april(17, 18)}, now_at=april(14, 13))
    assert (soon.post, later.post) == (92.0, 92.0)
    assert (soon.gone, soon.now, soon.tick) == ((0.0, 46.0), 46.0, 9.2)
    assert later.gone == (0.0, 11.5)


def test_in_a_row_lateness_is_to_scale_and_then_held_before_the_edge():
    an_hour = micro_of(OFFICE, **ASKED, now_at=april(15, 9))
    assert (an_hour.gone, an_hour.over, an_hour.now) == ((0.0, 92.0), (92.0, 101.2), None)
    a_week = micro_of(OFFICE, **ASKED, now_at=april(21, 9))
    assert a_week.over == (92.0, 116.0)


def test_words_at_the_edges_do_not_hang_over():
    assert [anchor(position) for position in (0, 11.99, 12, 88, 88.01, 100)] == [
        "start",
        "start",
        "middle",
        "middle",
        "end",
        "end",
    ]


@st.composite
def facts(draw):
    hours, asked_at = draw(service_hours), draw(any_moment)
    pauses = draw(pauses_after(asked_at, may_last=True))
    now_at = asked_at + draw(spans)
    target = draw(spans)
    some_moment = st.none() | spans.map(lambda span: asked_at + span)
    return hours, {
        "asked_at": asked_at,
        "first_answer_due_at": draw(some_moment),
        "first_answer_at": draw(some_moment),
        "due_at": due_moment(hours, asked_at, target, draw(st.sampled_from([pauses, finished(pauses, now_at)]))),
        "original_due_at": due_moment(hours, asked_at, target),
        "pauses": tuple(pauses),
        "now_at": now_at,
        "done_at": draw(some_moment),
    }


def positions(line):
    yield from line.gone
    yield from line.over or ()
    for span in line.pauses:
        yield from span
    yield from (mark.at for mark in line.breaks)
    yield from (mark for mark in (line.tick, line.post, line.old_post, line.now) if mark is not None)
    if line.kept:
        yield line.kept.at


@given(facts())
def test_nothing_ever_leaves_the_line(given_facts):
    hours, moments = given_facts
    for line, end in ((line_of(hours, **moments), 100), (micro_of(hours, **moments), 116)):
        assert all(0 <= position <= end for position in positions(line))
        assert all(start < stop for start, stop in line.pauses)
        assert len(line.breaks) <= 10
        assert line.late == (line.over is not None)
        if line.over:
            assert line.gone[1] == line.over[0] == line.post <= line.over[1]
        elif line.post is not None:
            assert line.gone[1] <= line.post
