"""The customer's hand on a visit: other times within limits, and what that does to the promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.measures.service_hours import ServiceHours, add_open_time, open_time_between
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests.clock import moments_of
from portal.requests.promise import drawn
from portal.requests.telling import happened
from portal.visits import actions, waiting
from portal.visits.actions import Plan, change_visit
from portal.visits.models import Visit
from portal.visits.moving import limits_reached, move_visit, offered_times
from portal.visits.windows import MOST_OFFERED, free_windows, overlap
from tests.builders import TUESDAY_10, a_person, a_request
from tests.visits.plans import a_technician, a_visit, berlin, calendars_to, events_of, letters_to, only_event

ZONE = ZoneInfo("Europe/Berlin")
DESK = ServiceHours("Europe/Berlin", tuple((day, 480, 1080) for day in range(5)))


def move(visit: Visit, start: datetime, at: datetime = TUESDAY_10) -> None:
    move_visit(visit, starts_at=start, version=visit.version, zone=ZONE, by=visit.request.customer, at=at)
    db.session.flush()


def test_free_times_are_as_long_inside_service_hours_and_far_enough(app: Flask) -> None:
    visit = a_visit()
    offered = offered_times(visit, at=TUESDAY_10, zone=ZONE)
    assert offered[0] == (berlin(12, days=-1), berlin(14, days=-1))
    assert (berlin(10), berlin(12)) not in offered and (berlin(8), berlin(10)) in offered
    assert len({start.date() for start, _end in offered}) == 5
    assert offered[-1] == (berlin(16, days=5), berlin(18, days=5))


def test_other_visits_of_the_technician_are_left_out(app: Flask) -> None:
    ben = a_technician()
    visit = a_visit(technician=ben)
    a_visit(technician=ben, start=berlin(9, days=1), hours=4)
    on_thursday = [
        start for start, _end in offered_times(visit, at=TUESDAY_10, zone=ZONE) if start >= berlin(0, days=1)
    ]
    assert on_thursday[:2] == [berlin(14, days=1), berlin(16, days=1)]


def test_a_service_that_never_closes_still_visits_by_day() -> None:
    always = ServiceHours("Europe/Berlin", tuple((day, 0, 1440) for day in range(7)))
    free = free_windows(always, [], length=timedelta(hours=1), at=TUESDAY_10, zone=ZONE)
    assert len(free) == MOST_OFFERED
    assert all(start.astimezone(ZONE).hour >= 7 and end.astimezone(ZONE).hour <= 20 for start, end in free)


@settings(max_examples=80)
@given(
    at=st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 10)),
    minutes=st.sampled_from([10, 30, 45, 60, 90, 120, 240]),
    taken=st.lists(st.tuples(st.integers(0, 14 * 24), st.integers(1, 30)), max_size=12),
)
def test_whatever_is_offered_can_be_kept(at: datetime, minutes: int, taken: list[tuple[int, int]]) -> None:
    now, length = at.replace(tzinfo=ZONE), timedelta(minutes=minutes)
    busy = [(now + timedelta(hours=a), now + timedelta(hours=a, minutes=10 * b)) for a, b in taken]
    offered = free_windows(DESK, busy, length=length, at=now, zone=ZONE)
    assert len(offered) <= MOST_OFFERED and offered == sorted(offered)
    for window in offered:
        assert window[1] - window[0] == length == open_time_between(DESK, *window)
        assert open_time_between(DESK, now, window[0]) >= timedelta(hours=2)
        assert not any(overlap(window, other) for other in busy)


def test_moving_tells_who_comes_and_every_calendar(app: Flask) -> None:
    visit = a_visit()
    move(visit, berlin(14))
    customer, ben = visit.request.customer, visit.technician
    assert (visit.starts_at, visit.ends_at, visit.moved_by_customer) == (berlin(14), berlin(16), 1)
    assert "the customer moved a visit" in letters_to(ben)[-1].subject
    for person in (customer, ben):
        event = only_event(calendars_to(person)[-1])
        assert (event["SEQUENCE"], event["DTSTART"].dt) == (1, berlin(14))
    said = happened(events_of(visit.request)[-1])
    assert "14:00 to 16:00" in said and "clock stands still" in said


def test_twice_and_no_more(app: Flask) -> None:
    visit = a_visit()
    for hour in (12, 14):
        move(visit, berlin(hour))
    assert not visit.may_move(TUESDAY_10)
    with pytest.raises(Refusal, match="twice"):
        move(visit, berlin(16))


def test_two_working_hours_before_it_begins_it_stays(app: Flask) -> None:
    visit = a_visit(start=berlin(8, 30))
    last = berlin(16, 30, days=-1)
    assert visit.may_move(last) and not visit.may_move(last + timedelta(seconds=1))
    with pytest.raises(Refusal, match="too near"):
        move(visit, berlin(14), at=berlin(7))
    assert "too near" in limits_reached(visit)


def test_only_a_planned_visit_is_moved(app: Flask) -> None:
    visit = a_visit()
    actions.set_out(visit, minutes=None, by=visit.technician, at=berlin(7))
    with pytest.raises(Refusal, match="moved on"):
        move(visit, berlin(16), at=berlin(7))


@pytest.mark.parametrize("start", [berlin(10), berlin(9), berlin(20), berlin(12, days=40), berlin(8, days=-1), None])
def test_a_time_that_was_not_offered_is_a_conflict(app: Flask, start: datetime | None) -> None:
    visit = a_visit()
    with pytest.raises(Conflict, match="free now"):
        move(visit, start)  # type: ignore[arg-type]


def test_a_time_taken_meanwhile_and_an_old_page_are_conflicts(app: Flask) -> None:
    ben = a_technician()
    visit = a_visit(technician=ben)
    a_visit(technician=ben, start=berlin(14))
    with pytest.raises(Conflict, match="just been taken"):
        move(visit, berlin(14))
    with pytest.raises(Conflict, match="changed this visit"):
        move_visit(visit, starts_at=berlin(16), version=77, zone=ZONE, by=visit.request.customer, at=TUESDAY_10)


# --- the promise --------------------------------------------------------------------------------------------------


def pauses(visit: Visit) -> list[tuple[datetime, datetime | None]]:
    return [(pause.start_at, pause.end_at) for pause in visit.request.clock_pauses]


def test_a_later_time_that_the_customer_chose_moves_the_promise_by_as_much(app: Flask) -> None:
    visit = a_visit(start=berlin(8), hours=1)
    asked = visit.request
    # Ten working hours from Tuesday at 10: Wednesday at 10.
    assert asked.due_at == berlin(10)
    move(visit, berlin(14))
    assert asked.pauses == [[berlin(8).isoformat(), berlin(14).isoformat(), "waiting"]]
    assert (asked.due_at, asked.original_due_at) == (berlin(16), berlin(10))
    assert not asked.clock_is_stopped and asked.next_due_at == asked.due_at


def test_the_time_that_is_left_leaves_the_wait_out(app: Flask) -> None:
    visit = a_visit(start=berlin(8), hours=1)
    assert drawn(visit.request, TUESDAY_10).left == timedelta(hours=10)
    move(visit, berlin(14))
    assert drawn(visit.request, TUESDAY_10).left == timedelta(hours=10)
    assert drawn(visit.request, berlin(14)).left == drawn(visit.request, berlin(8)).left == timedelta(hours=2)


def test_back_to_the_first_time_no_clock_stands_still(app: Flask) -> None:
    visit = a_visit()
    move(visit, berlin(12))
    move(visit, berlin(10))
    assert pauses(visit) == [] and "clock" not in happened(events_of(visit.request)[-1])


def test_a_visit_after_the_promise_excuses_nothing(app: Flask) -> None:
    visit = a_visit(start=berlin(12), hours=1)
    move(visit, berlin(16))
    assert visit.request.due_at == berlin(10)


def test_several_moves_are_one_wish_and_an_earlier_time_stops_nothing(app: Flask) -> None:
    visit = a_visit(start=berlin(8), hours=1)
    move(visit, berlin(14))
    move(visit, berlin(12))
    assert pauses(visit) == [(berlin(8), berlin(12))]
    other = a_visit(start=berlin(10, days=1), hours=1)
    move(other, berlin(8, days=1))
    assert pauses(other) == []
    move(other, berlin(14, days=1))
    assert pauses(other) == [(berlin(10, days=1), berlin(14, days=1))]


def test_what_is_later_by_our_own_change_is_ours(app: Flask) -> None:
    visit, desk = a_visit(start=berlin(8), hours=1), a_person(roles=("agent",))
    move(visit, berlin(12))
    for start, expected in ((berlin(16), [(berlin(8), berlin(12))]), (berlin(9), [(berlin(8), berlin(9))])):
        plan = Plan(visit.technician, start, start + timedelta(hours=1), visit.place)
        change_visit(visit, plan, version=visit.version, why="", by=desk, at=TUESDAY_10)
        assert pauses(visit) == expected
    move(visit, berlin(11))
    assert pauses(visit) == [(berlin(8), berlin(9)), (berlin(9), berlin(11))]


def test_another_place_changes_nothing_about_the_wait(app: Flask) -> None:
    visit, desk = a_visit(start=berlin(8), hours=1), a_person(roles=("agent",))
    move(visit, berlin(12))
    plan = Plan(visit.technician, visit.starts_at, visit.ends_at, "Canteen")
    change_visit(visit, plan, version=visit.version, why="", by=desk, at=TUESDAY_10)
    move(visit, berlin(13))
    assert pauses(visit) == [(berlin(8), berlin(13))]


def test_nobody_waits_for_a_visit_that_is_off(app: Flask) -> None:
    for at, expected in ((TUESDAY_10, []), (berlin(9), [(berlin(8), berlin(9))])):
        visit = a_visit(start=berlin(8), hours=1)
        move(visit, berlin(14))
        actions.cancel_visit(visit, words="", by=visit.request.customer, at=at)
        assert pauses(visit) == expected


def test_coming_before_the_agreed_time_ends_the_wait(app: Flask) -> None:
    visit = a_visit(start=berlin(8), hours=1)
    move(visit, berlin(14))
    actions.arrive(visit, by=visit.technician, at=berlin(11))
    actions.finish(visit, words="Done.", resolves=True, by=visit.technician, at=berlin(12))
    assert pauses(visit) == [(berlin(8), berlin(11))]
    assert visit.request.due_at == berlin(13) and visit.request.target_met


def test_a_request_resolved_before_the_visit_is_measured_without_it(app: Flask) -> None:
    visit, desk = a_visit(start=berlin(8), hours=1), a_person(roles=("agent",))
    move(visit, berlin(14))
    requests.resolve(visit.request, words="Works.", by=desk, at=berlin(10, 30))
    assert pauses(visit) == [(berlin(8), berlin(10, 30))]
    assert visit.request.minutes_used == 480 and visit.request.target_met


def test_a_question_beside_it_keeps_its_own_pause(app: Flask) -> None:
    visit, desk = a_visit(start=berlin(8), hours=1), a_person(roles=("agent",))
    requests.ask_customer(visit.request, words="Which floor?", by=desk, at=TUESDAY_10 + timedelta(hours=1))
    move(visit, berlin(14))
    assert visit.request.clock_is_stopped and visit.request.waits_for == "waiting"
    requests.reply(visit.request, words="The third", by=visit.request.customer, at=TUESDAY_10 + timedelta(hours=2))
    hour = TUESDAY_10 + timedelta(hours=1)
    assert sorted(pauses(visit)) == [(hour, hour + timedelta(hours=1)), (berlin(8), berlin(14))]  # type: ignore[type-var]
    assert not visit.request.clock_is_stopped and visit.request.due_at == berlin(17)


WORKING = st.integers(0, 60).map(lambda half: add_open_time(DESK, TUESDAY_10, timedelta(minutes=30 * half)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(st.sampled_from(["customer", "us", "off"]), WORKING), max_size=8))
def test_the_stored_promise_follows_from_the_facts_whatever_is_moved(
    app: Flask, deeds: list[tuple[str, datetime]]
) -> None:
    visit = a_visit(start=add_open_time(DESK, TUESDAY_10, timedelta(hours=3)), hours=1)
    asked = visit.request
    for deed, at in deeds:
        before, visit.starts_at = visit.starts_at, at
        visit.ends_at = at + timedelta(hours=1)
        if deed == "customer":
            waiting.moved_by_customer(visit, before=before)
        elif deed == "us":
            waiting.moved_by_us(visit)
        else:
            waiting.stop_waiting(visit, at)
    assert [one[:2] for one in asked.pauses] == visit.waits
    assert all(since < until for since, until in visit.waits)
    assert all(one[2] == "waiting" for one in asked.pauses)
    assert asked.due_at == moments_of(asked).due_at
    waited = sum((open_time_between(DESK, *map(datetime.fromisoformat, one)) for one in visit.waits), timedelta())
    assert asked.original_due_at <= asked.due_at <= add_open_time(DESK, asked.original_due_at, waited)
    db.session.rollback()


def test_dates_stay_dates(app: Flask) -> None:
    """Twice moved over the end of summer time, the wait is as long as the clocks on the wall say."""
    asked = a_request(at=datetime(2026, 10, 23, 8, tzinfo=ZONE))
    start = datetime(2026, 10, 23, 14, tzinfo=ZONE)
    visit = a_visit(asked, start=start, hours=1, at=datetime(2026, 10, 23, 8, tzinfo=ZONE))
    later = datetime(2026, 10, 26, 9, tzinfo=ZONE)
    move(visit, later, at=datetime(2026, 10, 23, 9, tzinfo=ZONE))
    # Ten working hours, of which five between Friday 14:00 and Monday 09:00 do not count: due Monday 13:00.
    assert asked.due_at == datetime(2026, 10, 26, 13, tzinfo=ZONE)
