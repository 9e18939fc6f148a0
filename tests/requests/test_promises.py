"""What is said about a promise: waiting for others, sooner by priority, a new time, and what never rewrites it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.catalogue.models import HoursPlan, ServiceTarget
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.refusal import Refusal
from portal.requests import actions, states
from portal.requests.checking import drifted
from portal.requests.models import CLOCK_STOPPED_AT, RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
HOUR = timedelta(hours=1)


def targets(request: ServiceRequest, *rows: tuple[int, int | None, int | None]) -> None:
    request.service.targets = [
        ServiceTarget(priority=number, first_answer_minutes=first, resolution_minutes=done)
        for number, first, done in rows
    ]
    db.session.flush()


def letters(person_name: str) -> list[str]:
    db.session.flush()
    query = db.session.query(OutboxMessage).filter_by(to_name=person_name).order_by(OutboxMessage.id)
    return [one.subject.partition(": ")[2] or one.subject for one in query]


def body(subject: str) -> str:
    db.session.flush()
    letter = db.session.query(OutboxMessage).filter(OutboxMessage.subject.endswith(subject)).one()
    return letter.body.replace("\xa0", " ")


# --- waiting for somebody outside ---------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_waiting_for_others_stops_the_clock_and_says_why(case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.hold(request, words="The part comes on Thursday.", by=case.agent, at=TUESDAY_10 + HOUR)
    assert (request.state, request.waits_for, request.due_at) == ("held", "held", None)
    assert (request.next_due_at, request.warn_at) == (CLOCK_STOPPED_AT, None)
    assert request.assignee_id == case.agent.id and request.first_answered_at == TUESDAY_10 + HOUR
    assert "The part comes on Thursday." in body("we wait for somebody else")
    actions.go_on(request, words="It is here.", by=case.agent, at=TUESDAY_10 + 3 * HOUR)
    assert request.state == "in_progress" and request.due_at == due + 2 * HOUR and request.original_due_at == due
    assert "It is done by Wednesday 15 April, 12:00." in body("we go on")
    assert request.pauses[0][2] == "held"


def test_an_answer_of_the_customer_does_not_end_a_wait_for_others(case: Case) -> None:
    request = case.request
    actions.hold(request, words="The part comes on Thursday.", by=case.agent, at=TUESDAY_10)
    actions.reply(request, words="Any news?", by=case.customer, at=TUESDAY_10 + HOUR)
    assert request.state == "held" and request.clock_is_stopped
    assert "the customer wrote" in letters("Kyra Lind")


def test_from_waiting_to_held_each_wait_keeps_its_reason(case: Case) -> None:
    request = case.request
    actions.ask_customer(request, words="Which?", by=case.agent, at=TUESDAY_10)
    actions.hold(request, words="Ordered.", by=case.agent, at=TUESDAY_10 + HOUR)
    actions.ask_customer(request, words="Where to?", by=case.agent, at=TUESDAY_10 + 2 * HOUR)
    actions.reply(request, words="Here.", by=case.customer, at=TUESDAY_10 + 3 * HOUR)
    assert [pause[2] for pause in request.pauses] == ["waiting", "held", "waiting"]
    assert request.due_at == request.original_due_at + 3 * HOUR  # type: ignore[operator]
    assert request.state == "in_progress" and not request.clock_is_stopped


def test_the_page_says_for_whom_we_wait(visitor: Browser, case: Case) -> None:
    actions.hold(case.request, words="The maker sends a new lamp.", by=case.agent, at=TUESDAY_10)
    db.session.commit()
    words = visitor(case.customer).get(case.page).words
    assert "Waiting for others" in words and "while we wait for somebody else" in words
    assert words.count("The maker sends a new lamp.") == 2 and "until you answer" not in words
    assert "Waits for others since" in visitor(case.customer).get("/requests").words


def test_a_stop_that_is_over_within_the_minute_is_not_spoken_of(visitor: Browser, case: Case) -> None:
    actions.hold(case.request, words="The maker sends a new lamp.", by=case.agent, at=TUESDAY_10)
    actions.go_on(case.request, words="", by=case.agent, at=TUESDAY_10 + timedelta(seconds=20))
    db.session.commit()
    words = visitor(case.customer).get(case.page).words
    assert "Clock stopped" not in words and "the pause is added" not in words


# --- priority -----------------------------------------------------------------------------------------------------


def test_a_higher_priority_promises_sooner_and_says_so(case: Case) -> None:
    request = case.request
    targets(request, (1, 30, 120), (2, None, 300))
    actions.set_priority(request, impact=2, urgency=1, by=case.agent, at=TUESDAY_10 + HOUR / 4)
    assert (request.priority, request.due_at) == (2, TUESDAY_10 + 5 * HOUR)
    assert request.first_answer_due_at == TUESDAY_10 + HOUR and request.original_due_at == TUESDAY_10 + 24 * HOUR
    assert "It is done by Tuesday 14 April, 15:00." in body("we promise it sooner")
    assert case.kinds() == ["asked", "priority_set", "promised_sooner"]
    public = {event.kind: event.public for event in db.session.query(RequestEvent)}
    assert public["promised_sooner"] and not public["priority_set"]
    actions.set_priority(request, impact=1, urgency=1, by=case.agent, at=TUESDAY_10 + HOUR / 3)
    assert request.due_at == TUESDAY_10 + 2 * HOUR and request.first_answer_due_at == TUESDAY_10 + HOUR / 2


def test_a_lower_priority_takes_no_promise_back(case: Case) -> None:
    request = case.request
    targets(request, (1, 30, 120), (4, 120, 3000))
    for impact, urgency in ((3, 3), (1, 1), (3, 3)):
        actions.set_priority(request, impact=impact, urgency=urgency, by=case.agent, at=TUESDAY_10)
    assert (request.priority, request.due_at) == (4, TUESDAY_10 + 2 * HOUR)
    assert letters("Anna Berg") == ["we have your request", "we promise it sooner"]


def test_no_promise_is_made_that_is_missed_already(case: Case) -> None:
    request = case.request
    targets(request, (1, 30, 120))
    actions.set_priority(request, impact=1, urgency=1, by=case.agent, at=TUESDAY_10 + 3 * HOUR)
    assert (request.priority, request.resolution_minutes, request.first_answer_minutes) == (1, 600, 60)
    assert "promised_sooner" not in case.kinds()


def test_priority_does_not_reach_back_behind_the_answer_that_was_given(case: Case) -> None:
    request = case.request
    targets(request, (1, 30, 120))
    actions.answer(request, words="Hello", by=case.agent, at=TUESDAY_10 + HOUR / 4)
    actions.set_priority(request, impact=1, urgency=1, by=case.agent, at=TUESDAY_10 + HOUR / 3)
    assert (request.first_answer_due_at, request.due_at) == (TUESDAY_10 + HOUR, TUESDAY_10 + 2 * HOUR)


def test_where_nothing_was_promised_a_priority_makes_the_first_promise(app: Flask) -> None:
    request = a_request(service=a_service(first_answer_minutes=None, resolution_minutes=None))
    assert request.due_at is None and request.original_due_at is None
    targets(request, (1, None, 240))
    actions.set_priority(request, impact=1, urgency=1, by=a_person(roles=("agent",)), at=TUESDAY_10)
    assert request.due_at == request.original_due_at == TUESDAY_10 + 4 * HOUR


@pytest.mark.parametrize(("impact", "urgency", "field"), [(0, 1, "impact"), (4, 1, "impact"), (1, 9, "urgency")])
def test_other_priorities_are_refused(case: Case, impact: int, urgency: int, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        actions.set_priority(case.request, impact=impact, urgency=urgency, by=case.agent, at=TUESDAY_10)
    assert refused.value.field == field


def test_what_comes_in_with_a_priority_has_its_promise_from_the_start(app: Flask) -> None:
    service = a_service()
    service.targets = [ServiceTarget(priority=4, first_answer_minutes=120, resolution_minutes=1200)]
    request = a_request(service=service, priority=4)
    assert (request.priority, request.first_answer_minutes, request.resolution_minutes) == (4, 120, 1200)
    assert a_request(service=service).resolution_minutes == 600


# --- a new time ---------------------------------------------------------------------------------------------------


def test_a_new_time_stands_beside_the_promise(visitor: Browser, case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.say_new_time(request, expected_at=due + 5 * HOUR, why="The part is late.", by=case.agent, at=due - HOUR)
    assert (request.due_at, request.original_due_at, request.said_due_at) == (due, due, due + 5 * HOUR)
    assert request.target_met is None and request.first_answered_at == due - HOUR
    assert "Kyra Lind expects it by Wednesday 15 April, 15:00" in body("a new time") and "The part is late." in body(
        "a new time"
    )
    db.session.commit()
    words = visitor(case.customer).get(case.page).words.replace("\xa0", " ")
    assert "We promised Wednesday 10:00 and will not manage it. We expect Wednesday 15:00" in words
    assert "Why: The part is late." in words
    actions.resolve(request, words="Done", by=case.agent, at=due + 2 * HOUR)
    assert request.target_met is False and request.decided_at == due


def test_a_new_time_moves_with_a_pause(case: Case) -> None:
    request = case.request
    assert request.due_at
    said = request.due_at + 4 * HOUR
    actions.say_new_time(request, expected_at=said, why="Late.", by=case.agent, at=TUESDAY_10)
    actions.ask_customer(request, words="Which?", by=case.agent, at=TUESDAY_10 + HOUR)
    actions.reply(request, words="That.", by=case.customer, at=TUESDAY_10 + 3 * HOUR)
    assert request.said_due_at == said + 2 * HOUR


@pytest.mark.parametrize("hours", [-1, 0, 10, 24])
def test_a_new_time_is_later_than_now_and_than_the_promise(case: Case, hours: int) -> None:
    with pytest.raises(Refusal):
        actions.say_new_time(case.request, expected_at=TUESDAY_10 + hours * HOUR, why="W", by=case.agent, at=TUESDAY_10)


@pytest.mark.parametrize("deed", ["hold", "go_on", "say_new_time"])
@pytest.mark.parametrize("state", states.STATES)
def test_each_deed_is_possible_in_its_states_only(app: Flask, deed: str, state: str) -> None:
    request, agent = a_request(), a_person(roles=("agent",))
    request.enter(state)
    words = {"expected_at": TUESDAY_10 + 99 * HOUR, "why": "W"} if deed == "say_new_time" else {"words": "W"}
    if states.can(deed, state):
        getattr(actions, deed)(request, by=agent, at=TUESDAY_10, **words)
        return
    with pytest.raises(Refusal, match="moved on"):
        getattr(actions, deed)(request, by=agent, at=TUESDAY_10, **words)


# --- the past -----------------------------------------------------------------------------------------------------


def test_other_hours_and_targets_of_a_service_rewrite_no_promise(case: Case) -> None:
    request = case.request
    before = request.first_answer_due_at, request.due_at, request.warn_at
    service = request.service
    service.hours_plan = HoursPlan(name="Never", zone="UTC", windows=[[6, 0, 60]], closed_on=[], in_words="Sundays")
    service.first_answer_minutes, service.resolution_minutes = 5, 10
    targets(request, (1, 1, 2), (4, 9000, 9000))
    actions.reply(request, words="Hello?", by=case.customer, at=TUESDAY_10)
    actions.take(request, by=case.agent, at=TUESDAY_10)
    db.session.flush()
    assert (request.first_answer_due_at, request.due_at, request.warn_at) == before
    assert drifted() == []


def test_the_check_finds_a_moment_that_does_not_fit(case: Case) -> None:
    assert drifted() == []
    case.request.due_at = TUESDAY_10
    db.session.flush()
    assert drifted() == ["REQ-1001"]
