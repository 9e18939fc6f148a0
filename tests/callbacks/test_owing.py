"""Which requests make a call owed, by which rule, and by when."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal.callbacks import actions, background
from portal.callbacks.models import Callback
from portal.callbacks.states import ALL, LOW_SCORE, NOT_NEEDED, OVERTAKEN, SAMPLE
from portal.extensions import db
from portal.refusal import Refusal
from portal.requests import actions as requests
from portal.requests.queries import public_events
from portal.requests.telling import happened
from portal.surveys.instruments import open_wave
from portal.surveys.models import ANONYMOUS, CONFIDENTIAL
from tests.builders import TUESDAY_10, a_person, a_request, a_service, resolve
from tests.callbacks.calls import HOUR, MINUTE, a_callback, a_resolved, a_rule, answer, follow
from tests.visitor import counted_statements


def test_a_call_is_due_in_service_hours_after_the_resolution(app: Flask) -> None:
    rule = a_rule(within_hours=9)
    done = a_resolved(at=TUESDAY_10 + HOUR)
    (made,) = follow(rule)
    # Tuesday 11:00 in Berlin, open 8 to 18: seven hours today and two tomorrow.
    assert made.due_at == TUESDAY_10 + timedelta(days=1)
    assert (made.request, made.person, made.owed_since) == (done, done.customer, TUESDAY_10 + HOUR)
    assert made.is_open and done.extras == ["callbacks"]
    said = happened(public_events(done)[-1])
    assert said == "We promised to call by Wednesday 15 April 2026, 10:00, to ask whether it works"


def test_a_round_that_comes_late_promises_from_then_on(app: Flask) -> None:
    rule = a_rule(within_hours=9)
    a_resolved(at=TUESDAY_10 + HOUR)
    (made,) = follow(rule, at=TUESDAY_10 + timedelta(days=1))
    assert (made.owed_since, made.due_at) == (TUESDAY_10 + HOUR, TUESDAY_10 + timedelta(days=1, hours=23))


def test_rules_act_only_from_the_time_they_were_made_until_they_end(app: Flask) -> None:
    a_resolved(at=TUESDAY_10 - MINUTE)
    rule = a_rule(at=TUESDAY_10)
    first = a_resolved(at=TUESDAY_10 + MINUTE)
    assert [one.request for one in follow(rule)] == [first]
    actions.end_rule(rule, by=a_person(), at=TUESDAY_10 + HOUR)
    a_resolved(at=TUESDAY_10 + 2 * HOUR)
    with time_machine.travel(TUESDAY_10 + 3 * HOUR, tick=False):
        background.owe_callbacks()
    assert [one.request for one in db.session.query(Callback)] == [first]


def test_following_a_rule_again_owes_nothing_twice(app: Flask) -> None:
    rule = a_rule()
    for _ in range(120):
        a_resolved()
    assert len(follow(rule)) == 120
    rule.place_at, rule.place_id = TUESDAY_10, 0
    assert len(follow(rule)) == 120


def test_what_was_resolved_a_moment_ago_waits_for_the_next_round(app: Flask) -> None:
    rule = a_rule()
    a_resolved(at=TUESDAY_10 + HOUR)
    assert follow(rule, at=TUESDAY_10 + HOUR + MINUTE) == []
    assert len(follow(rule, at=TUESDAY_10 + HOUR + 3 * MINUTE)) == 1


def test_the_round_walks_by_its_remembered_place(app: Flask) -> None:
    rule = a_rule()
    for _ in range(60):
        a_resolved()
    with time_machine.travel(TUESDAY_10 + 2 * HOUR, tick=False):
        background.owe_callbacks()
        assert db.session.query(Callback).count() == 60
        with counted_statements() as asked:
            background.owe_callbacks()
    assert len(asked) == 2
    db.session.refresh(rule)
    assert rule.place_at == TUESDAY_10 + HOUR


def test_only_our_own_requests_that_are_still_resolved(app: Flask) -> None:
    rule = a_rule()
    imported, own, confirmed, withdrawn = (a_request(at=TUESDAY_10) for _ in range(4))
    imported.source = "log"
    for one in (imported, own, confirmed):
        resolve(one, at=TUESDAY_10 + HOUR)
    requests.confirm(confirmed, by=confirmed.customer, at=TUESDAY_10 + HOUR)
    requests.withdraw(withdrawn, words="", by=withdrawn.customer, at=TUESDAY_10 + HOUR)
    assert [one.request for one in follow(rule)] == [own]


def test_nobody_is_called_about_their_own_work_or_after_they_left(app: Flask) -> None:
    rule = a_rule()
    agent, left = a_person(roles=("agent",)), a_person()
    a_resolved(customer=agent, by=agent)
    a_resolved(customer=left)
    left.active = False
    assert [(one.person, one.is_open, one.outcome) for one in follow(rule)] == [(left, False, NOT_NEEDED)]


def test_a_rule_may_be_of_one_service(app: Flask) -> None:
    printing = a_service("Printing")
    rule = a_rule(service=printing)
    done = a_resolved(service=printing)
    a_resolved()
    assert [one.request for one in follow(rule)] == [done]


def test_a_sample_is_the_same_however_often_it_is_drawn(app: Flask) -> None:
    rule = a_rule(SAMPLE, share=0.3)
    for _ in range(200):
        a_resolved()
    drawn = [one.request_id for one in follow(rule)]
    assert 40 <= len(drawn) <= 80
    db.session.query(Callback).delete()
    rule.place_at, rule.place_id = TUESDAY_10, 0
    assert [one.request_id for one in follow(rule)] == drawn


def test_two_rules_owe_one_call_about_one_resolution(app: Flask) -> None:
    first, second = a_rule(), a_rule(SAMPLE)
    a_resolved()
    follow(first)
    assert len(follow(second)) == 1


def test_resolved_again_is_a_new_call_and_the_first_one_is_overtaken(app: Flask) -> None:
    rule = a_rule()
    done = a_resolved(at=TUESDAY_10 + HOUR)
    follow(rule)
    requests.reopen(done, words="It burns again.", by=done.customer, at=TUESDAY_10 + 2 * HOUR)
    resolve(done, at=TUESDAY_10 + 3 * HOUR)
    made = follow(rule, at=TUESDAY_10 + 4 * HOUR)
    assert [(one.closure_seq, one.outcome, one.is_open) for one in made] == [(0, OVERTAKEN, False), (1, None, True)]


def test_whoever_says_that_it_works_is_not_called(app: Flask) -> None:
    made = a_callback()
    requests.confirm(made.request, by=made.person, at=TUESDAY_10 + 3 * HOUR)
    assert (made.is_open, made.outcome, made.done_at) == (False, NOT_NEEDED, TUESDAY_10 + 3 * HOUR)


# --- after a low score --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "calls"), [(1, 1), (2, 1), (3, 0), (5, 0)])
def test_a_low_score_is_one_or_two(app: Flask, score: int, calls: int) -> None:
    rule = a_rule(LOW_SCORE)
    done = a_resolved()
    answer(done, score, at=TUESDAY_10 + 2 * HOUR)
    made = follow(rule, at=TUESDAY_10 + 2 * HOUR + MINUTE)
    assert len(made) == calls == len(follow(rule, at=TUESDAY_10 + 3 * HOUR))
    if made:
        assert (made[0].owed_since, made[0].is_private) == (TUESDAY_10 + 2 * HOUR, True)


@pytest.mark.parametrize("mode", [ANONYMOUS, CONFIDENTIAL])
def test_an_answer_without_a_name_never_makes_a_call(app: Flask, mode: str) -> None:
    rule = a_rule(LOW_SCORE)
    wave = open_wave(slug="silent", title="Silent", at=TUESDAY_10 - HOUR, mode=mode, k_min=3)
    for _ in range(6):
        answer(a_resolved(), 1, at=TUESDAY_10 + 2 * HOUR, wave=wave)
    assert follow(rule, at=TUESDAY_10 + 3 * HOUR) == []


def test_an_answer_from_before_the_rule_makes_no_call(app: Flask) -> None:
    answer(a_resolved(), 1, at=TUESDAY_10 + 2 * HOUR)
    assert follow(a_rule(LOW_SCORE, at=TUESDAY_10 + 3 * HOUR), at=TUESDAY_10 + 4 * HOUR) == []


def test_a_withdrawn_request_with_a_low_score_makes_no_call(app: Flask) -> None:
    rule = a_rule(LOW_SCORE)
    gone = a_request(at=TUESDAY_10)
    requests.withdraw(gone, words="", by=gone.customer, at=TUESDAY_10 + HOUR)
    answer(gone, 1, at=TUESDAY_10 + 2 * HOUR)
    assert follow(rule, at=TUESDAY_10 + 3 * HOUR) == []


def test_whoever_was_called_since_is_not_called_again_for_the_score(app: Flask) -> None:
    everybody, low = a_rule(ALL), a_rule(LOW_SCORE)
    done = a_resolved()
    (made,) = follow(everybody)
    answer(done, 1, at=TUESDAY_10 + 2 * HOUR)
    assert len(follow(low, at=TUESDAY_10 + 3 * HOUR)) == 1
    words = {"outcome": "reached_not_happy", "words": "Slow.", "reopen": False, "version": made.version}
    actions.record(made, **words, by=a_person(), at=TUESDAY_10 + 4 * HOUR)
    assert len(follow(low, at=TUESDAY_10 + 5 * HOUR)) == 1


def test_a_low_score_after_the_call_makes_another(app: Flask) -> None:
    everybody, low = a_rule(ALL), a_rule(LOW_SCORE)
    done = a_resolved()
    (made,) = follow(everybody)
    words = {"outcome": "reached_happy", "words": "", "reopen": False, "version": made.version}
    actions.record(made, **words, by=a_person(), at=TUESDAY_10 + 2 * HOUR)
    answer(done, 2, at=TUESDAY_10 + 3 * HOUR)
    assert [one.rule for one in follow(low, at=TUESDAY_10 + 4 * HOUR)] == [everybody, low]


def test_a_call_for_a_low_score_leaves_no_trace_on_the_request(app: Flask) -> None:
    rule = a_rule(LOW_SCORE)
    done = a_resolved()
    events = len(public_events(done))
    answer(done, 1, at=TUESDAY_10 + 2 * HOUR)
    (made,) = follow(rule, at=TUESDAY_10 + 3 * HOUR)
    words = {"outcome": "reached_not_happy", "words": "Slow.", "reopen": False, "version": made.version}
    actions.record(made, **words, by=a_person(), at=TUESDAY_10 + 4 * HOUR)
    assert len(public_events(done)) == events


# --- rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"which": "some"}, "which"),
        ({"which": SAMPLE, "share": 0}, "percent"),
        ({"which": SAMPLE, "share": 1.5}, "percent"),
        ({"within_hours": 0}, "within_hours"),
        ({"within_hours": 81}, "within_hours"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(app: Flask, more: dict[str, object], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        a_rule(str(more.pop("which", ALL)), **more)
    assert refused.value.field == field
