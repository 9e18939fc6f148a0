"""The promise of a request: its moments equal what the pure clock computes, and its verdict follows the rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.requests import actions
from portal.requests.models import CLOCK_STOPPED_AT
from tests.builders import TUESDAY_10, a_person, a_request
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
