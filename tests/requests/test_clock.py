"""The promise of a request: its moments equal what the pure clock computes, and its verdict follows the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.measures.clock import Pause, due_moment, elapsed
from portal.requests import actions, states
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.requests.conftest import Case

HOUR = timedelta(hours=1)


def test_waiting_stops_the_clock_and_a_reply_starts_it_again(case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.ask_customer(request, words="Floor?", by=case.agent, at=TUESDAY_10 + HOUR)
    assert request.due_at is None and request.original_due_at == due
    assert request.next_due_at == CLOCK_STOPPED_AT
    actions.reply(request, words="Two", by=case.customer, at=TUESDAY_10 + 4 * HOUR)
    assert request.due_at == due + 3 * HOUR and request.original_due_at == due
    assert request.next_due_at == request.due_at


def test_a_reply_while_the_clock_runs_moves_nothing(case: Case) -> None:
    due = case.request.due_at
    actions.reply(case.request, words="More", by=case.customer, at=TUESDAY_10 + HOUR)
    assert (case.request.due_at, case.request.state, case.request.pauses) == (due, "received", [])


def test_the_first_answer_is_a_public_word_of_a_person(case: Case) -> None:
    request, at = case.request, TUESDAY_10
    actions.note(request, words="Hm", by=case.agent, at=at + HOUR / 4)
    actions.take(request, by=case.agent, at=at + HOUR / 4)
    actions.set_priority(request, impact=1, urgency=1, by=case.agent, at=at + HOUR / 4)
    actions.assign(request, to=a_person(roles=("agent",)), team=None, why="", by=case.agent, at=at + HOUR / 4)
    actions.reply(request, words="Hello?", by=case.customer, at=at + HOUR / 4)
    assert request.first_answered_at is None
    actions.answer(request, words="Hello", by=case.agent, at=at + HOUR / 2)
    actions.answer(request, words="Again", by=case.agent, at=at + HOUR)
    assert request.first_answered_at == at + HOUR / 2


def test_asking_or_resolving_at_once_is_a_first_answer_too(app: Flask) -> None:
    agent = a_person(roles=("agent",))
    asked, resolved = a_request(), a_request()
    actions.ask_customer(asked, words="?", by=agent, at=TUESDAY_10 + HOUR)
    actions.resolve(resolved, words="!", by=agent, at=TUESDAY_10 + HOUR)
    assert asked.first_answered_at == resolved.first_answered_at == TUESDAY_10 + HOUR


def test_the_queue_is_ordered_by_the_first_answer_until_it_is_given(case: Case) -> None:
    request = case.request
    assert request.next_due_at == request.first_answer_due_at == TUESDAY_10 + HOUR
    actions.answer(request, words="Hello", by=case.agent, at=TUESDAY_10 + HOUR / 2)
    assert request.next_due_at == request.due_at


def test_resolved_at_the_promised_moment_is_in_time_and_a_second_later_is_late(app: Flask) -> None:
    agent = a_person(roles=("agent",))
    punctual, late = a_request(), a_request()
    assert punctual.due_at and late.due_at
    actions.resolve(punctual, words="!", by=agent, at=punctual.due_at)
    actions.resolve(late, words="!", by=agent, at=late.due_at + timedelta(seconds=1))
    assert (punctual.target_met, punctual.decided_at) == (True, punctual.resolved_at)
    assert (late.target_met, late.decided_at) == (False, late.due_at)


def test_a_kept_promise_is_open_again_when_the_request_is(case: Case) -> None:
    request = case.bring_to("resolved").request
    resolved_at = request.resolved_at
    assert request.target_met is True and resolved_at and request.minutes_used == 70
    actions.reopen(request, words="No", by=case.customer, at=resolved_at + 24 * HOUR)
    assert (request.reopen_count, request.target_met, request.decided_at, request.resolved_at) == (1, None, None, None)
    assert request.pauses == [[resolved_at.isoformat(), (resolved_at + 24 * HOUR).isoformat(), "resolved"]]
    assert request.original_due_at and request.due_at == request.original_due_at + 24 * HOUR
    actions.resolve(request, words="Now", by=case.agent, at=resolved_at + 25 * HOUR)
    assert request.target_met is True and request.minutes_used == 130
    actions.reopen(request, words="No", by=case.customer, at=resolved_at + 26 * HOUR)
    assert request.reopen_count == 2


@pytest.mark.both_databases
def test_a_late_one_stays_late_whatever_comes_after(case: Case) -> None:
    request = case.request
    due = request.due_at
    assert due
    actions.resolve(request, words="!", by=case.agent, at=due + HOUR)
    actions.reopen(request, words="No", by=case.customer, at=due + 2 * HOUR)
    assert (request.target_met, request.decided_at) == (False, due)
    actions.resolve(request, words="!", by=case.agent, at=due + 3 * HOUR)
    assert (request.target_met, request.decided_at, request.due_at) == (False, due, due)


def test_a_withdrawn_request_has_no_verdict(case: Case) -> None:
    request = case.bring_to("withdrawn").request
    assert request.target_met is None and request.decided_at is None and request.resolved_at is None
    assert request.ended_at == request.closed_at and request.next_due_at == CLOCK_STOPPED_AT


@dataclass
class Expected:
    """The same story told by the rules alone."""

    pauses: list[Pause] = field(default_factory=list)
    resolved_at: datetime | None = None
    target_met: bool | None = None
    decided_at: datetime | None = None
    first_answered_at: datetime | None = None
    reopened: int = 0

    def waiting_ends(self, at: datetime) -> None:
        if self.pauses and self.pauses[-1].end_at is None:
            self.pauses[-1] = Pause(self.pauses[-1].start_at, at)

    def due(self, request: ServiceRequest) -> datetime | None:
        assert request.resolution_minutes
        return due_moment(request.hours, request.opened_at, timedelta(minutes=request.resolution_minutes), self.pauses)

    def happen(self, deed: str, request: ServiceRequest, at: datetime) -> None:
        if deed in ("reply", "resolve", "withdraw"):
            self.waiting_ends(at)
        if deed in ("answer", "ask_customer", "resolve"):
            self.first_answered_at = self.first_answered_at or at
        if deed == "ask_customer":
            self.pauses.append(Pause(at, None))
        if deed == "resolve":
            due = self.due(request)
            assert due
            self.resolved_at, self.target_met = at, at <= due
            self.decided_at = min(at, due)
        if deed == "reopen":
            assert self.resolved_at
            self.pauses.append(Pause(self.resolved_at, at))
            self.resolved_at, self.reopened = None, self.reopened + 1
            if self.target_met:
                self.target_met = self.decided_at = None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["reply", "answer", "ask_customer", "resolve", "reopen", "confirm", "withdraw", "note", "take"]
        ),
        st.integers(0, 3 * 24 * 60),
    ),
    max_size=14,
)


@given(steps=STEPS, target=st.integers(1, 3000), start=st.integers(0, 7 * 24 * 60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stored_moments_equal_a_recomputation_for_any_history(
    app: Flask, steps: list[tuple[str, int]], target: int, start: int
) -> None:
    customer, agent = a_person(), a_person(roles=("agent",))
    at = TUESDAY_10 + timedelta(minutes=start)
    request = a_request(customer, a_service(resolution_minutes=target), at=at)
    expected = Expected()
    for deed, minutes in steps:
        if not states.can(deed, request.state):
            continue
        at += timedelta(minutes=minutes)
        do(deed, request, customer if deed in ("reply", "reopen", "confirm", "withdraw") else agent, at)
        expected.happen(deed, request, at)
        agree(request, expected)
    db.session.flush()
    db.session.refresh(request)
    agree(request, expected)
    db.session.rollback()


def do(deed: str, request: ServiceRequest, by: object, at: datetime) -> None:
    words = {} if deed in ("confirm", "take") else {"words": "words"}
    getattr(actions, deed)(request, by=by, at=at, **words)


def agree(request: ServiceRequest, expected: Expected) -> None:
    due = expected.due(request)
    assert request.due_at == due
    assert request.resolved_at == expected.resolved_at
    assert (request.target_met, request.decided_at) == (expected.target_met, expected.decided_at)
    assert (request.first_answered_at, request.reopen_count) == (expected.first_answered_at, expected.reopened)
    waits = bool(expected.pauses) and expected.pauses[-1].end_at is None
    assert (request.state == "waiting") == waits
    wanted = [due] if request.first_answered_at else [request.first_answer_due_at, due]
    soonest = min((one for one in wanted if one), default=CLOCK_STOPPED_AT)
    assert request.next_due_at == (soonest if request.is_open and not waits else CLOCK_STOPPED_AT)
    if request.resolved_at:
        used = elapsed(request.hours, request.opened_at, request.resolved_at, expected.pauses)
        assert request.minutes_used == used.total_seconds() // 60
