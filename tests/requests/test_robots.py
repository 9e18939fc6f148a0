"""A robot's acknowledgement is no first answer, from the day an administrator says that it is one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.jobs import run_due
from portal.people.models import Person
from portal.people.standing_in import set_robot
from portal.requests import actions
from portal.requests.models import ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request

MINUTE = timedelta(minutes=1)


def call_a_robot(person: Person, is_robot: bool = True) -> None:
    set_robot(person, is_robot=is_robot, by=person, at=TUESDAY_10)
    db.session.commit()
    run_due()


@pytest.mark.both_databases
def test_whoever_becomes_a_robot_has_never_answered(app: Flask) -> None:
    robot, person = a_person("Autoreply", roles=("agent",)), a_person("Ben", roles=("agent",))
    alone, both = a_request(at=TUESDAY_10), a_request(at=TUESDAY_10)
    for request in (alone, both):
        actions.answer(request, words="We have your message.", by=robot, at=TUESDAY_10 + MINUTE)
    actions.answer(both, words="Come by.", by=person, at=TUESDAY_10 + 30 * MINUTE)
    db.session.commit()
    due = alone.first_answer_due_at
    assert (alone.first_answered_at, alone.next_due_at) == (TUESDAY_10 + MINUTE, alone.due_at)
    call_a_robot(robot)
    alone, both = db.session.get_one(ServiceRequest, alone.id), db.session.get_one(ServiceRequest, both.id)
    assert (alone.first_answered_at, alone.next_due_at) == (None, due)
    assert both.first_answered_at == TUESDAY_10 + 30 * MINUTE
    call_a_robot(robot, is_robot=False)
    assert both.first_answered_at == alone.first_answered_at == TUESDAY_10 + MINUTE


def test_what_a_robot_says_later_is_no_answer_either(app: Flask) -> None:
    request, robot = a_request(at=TUESDAY_10), a_person("Autoreply", roles=("agent",), is_robot=True)
    actions.answer(request, words="We have your message.", by=robot, at=TUESDAY_10 + MINUTE)
    assert request.first_answered_at is None


def test_many_requests_are_counted_again_in_pieces(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.requests.robots.AT_ONCE", 2)
    robot = a_person("Autoreply", roles=("agent",))
    requests = [a_request(at=TUESDAY_10) for _ in range(5)]
    for request in requests:
        actions.answer(request, words="We have your message.", by=robot, at=TUESDAY_10 + MINUTE)
    call_a_robot(robot)
    assert [db.session.get_one(ServiceRequest, one.id).first_answered_at for one in requests] == [None] * 5
