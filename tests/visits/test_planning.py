"""Agreeing on a visit: who goes, when, and that nobody is in two places."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests.telling import happened
from portal.visits import actions
from portal.visits.actions import Plan, change_visit, plan_visit
from portal.visits.models import Visit
from tests.builders import TUESDAY_10, a_person, a_request
from tests.visits.plans import a_plan, a_technician, a_visit, berlin, calendars_to, events_of, letters_to, only_event


def test_a_planned_visit_is_told_to_everybody_concerned(app: Flask) -> None:
    customer, ben = a_person("Mira Sand"), a_technician()
    asked = a_request(customer)
    visit = a_visit(asked, ben, brings="A new toner")
    assert (visit.state, visit.sequence, asked.state, asked.extras) == ("planned", 0, "in_progress", ["visits"])
    assert asked.first_answered_at == TUESDAY_10
    event = events_of(asked)[-1]
    assert happened(event) == "Dana Desk planned a visit: Ben Roth comes on Wednesday 15 April, 10:00 to 12:00"
    letter = letters_to(customer)[-1]
    assert letter.subject == f"{asked.reference}: Ben Roth comes on Wednesday 15 April, 10:00 to 12:00"
    for words in ("3 East, desk 12", "We bring: A new toner", "The printer is on fire", "Choose another time"):
        assert words in letter.body
    assert "a visit for you" in letters_to(ben)[-1].subject and "Mira Sand" in letters_to(ben)[-1].body
    assert "/visits?on=2026-04-15" in letters_to(ben)[-1].body


def test_a_letter_offers_another_time_only_while_the_page_does(app: Flask) -> None:
    customer = a_person("Mira Sand")
    visit = a_visit(a_request(customer), start=TUESDAY_10 + timedelta(hours=1, minutes=59))
    assert not visit.may_move(TUESDAY_10)
    own = letters_to(customer)[-1].body
    assert "Choose another time" not in own and "Write to us and we find another time, or cancel it" in own


def test_who_plans_a_visit_for_themselves_gets_no_letter(app: Flask) -> None:
    ben = a_technician()
    a_visit(technician=ben, by=ben)
    assert letters_to(ben) == []


@pytest.mark.parametrize(
    ("start", "hours", "free"),
    [
        (berlin(10), 2, False),
        (berlin(9), 2, False),
        (berlin(11, 59), 1, False),
        (berlin(9), 9, False),
        (berlin(10, 30), 0.5, False),
        (berlin(12), 1, True),
        (berlin(8), 2, True),
    ],
)
def test_nobody_is_on_two_visits_at_once(app: Flask, start: object, hours: float, free: bool) -> None:
    ben = a_technician()
    a_visit(technician=ben)
    if free:
        assert a_visit(technician=ben, start=start, hours=hours).id  # type: ignore[arg-type]
        return
    with pytest.raises(Refusal, match=r"Ben Roth is on another visit then: Wednesday 15 April, 10:00 to 12:00"):
        a_visit(technician=ben, start=start, hours=hours)  # type: ignore[arg-type]


def test_a_visit_that_is_over_or_off_leaves_its_time_free(app: Flask) -> None:
    ben, desk = a_technician(), a_person(roles=("agent",))
    for end in ("cancel", "finish", "miss"):
        visit = a_visit(technician=ben)
        if end == "cancel":
            actions.cancel_visit(visit, words="", by=desk, at=TUESDAY_10)
        elif end == "finish":
            actions.finish(visit, words="Done.", resolves=False, by=ben, at=berlin(11))
        else:
            actions.miss(visit, words="", waits=False, by=ben, at=berlin(11))
    assert a_visit(technician=ben).state == "planned"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"start": berlin(6)}, "outside service hours"),
        ({"start": berlin(17)}, "outside service hours"),
        ({"start": berlin(10, days=3)}, "outside service hours"),
        ({"start": TUESDAY_10 - timedelta(hours=1)}, "still to come"),
        ({"start": berlin(10, days=500)}, "still to come"),
        ({"hours": 0.1}, "ten minutes"),
        ({"hours": -1}, "ten minutes"),
        ({"hours": 11, "outside_hours": True}, "two visits"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(app: Flask, plan: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        a_visit(**plan)  # type: ignore[arg-type]
    assert db.session.query(Visit).count() == 0


def test_outside_service_hours_is_possible_when_it_is_meant(app: Flask) -> None:
    assert a_visit(start=berlin(19), outside_hours=True).outside_hours


def test_only_those_who_make_visits_are_sent(app: Flask) -> None:
    with pytest.raises(Refusal, match="makes visits"):
        a_visit(technician=a_person(roles=("manager",)))
    with pytest.raises(Refusal, match="makes visits"):
        a_visit(technician=a_technician(active=False))


def test_no_visit_to_a_request_that_has_ended(app: Flask) -> None:
    asked = a_request()
    requests.withdraw(asked, words="", by=asked.customer, at=TUESDAY_10)
    with pytest.raises(Refusal, match="moved on"):
        a_visit(asked)


def test_a_change_is_told_with_what_it_was(app: Flask) -> None:
    customer, ben, desk = a_person(), a_technician(), a_person(roles=("agent",))
    visit = a_visit(a_request(customer), ben)
    plan = Plan(ben, berlin(14), berlin(16), "Canteen")
    change_visit(visit, plan, version=visit.version, why="The lift is out", by=desk, at=TUESDAY_10)
    letter = letters_to(customer)[-1]
    assert "Wednesday 15 April, 14:00 to 16:00" in letter.subject
    for words in ("It was planned for Wednesday 15 April, 10:00 to 12:00", "Canteen", "The lift is out"):
        assert words in letter.body
    assert [only_event(one)["SEQUENCE"] for one in calendars_to(customer)] == [0, 1]
    assert len({str(only_event(one)["UID"]) for one in calendars_to(customer)}) == 1


def test_who_does_not_go_any_more_is_told_and_who_goes_instead_too(app: Flask) -> None:
    ben, ada, desk = a_technician(), a_technician("Ada Moss"), a_person(roles=("agent",))
    visit = a_visit(technician=ben)
    plan = Plan(ada, visit.starts_at, visit.ends_at, visit.place)
    change_visit(visit, plan, version=visit.version, why="", by=desk, at=TUESDAY_10)
    assert [str(one["METHOD"]) for one in calendars_to(ben)] == ["REQUEST", "CANCEL"]
    assert [str(one["METHOD"]) for one in calendars_to(ada)] == ["REQUEST"]
    assert "colleague" in letters_to(ben)[-1].subject


def test_a_change_of_nothing_and_one_from_an_old_page_are_refused(app: Flask) -> None:
    visit, desk = a_visit(), a_person(roles=("agent",))
    same = Plan(visit.technician, visit.starts_at, visit.ends_at, visit.place)
    with pytest.raises(Refusal, match="Nothing has changed"):
        change_visit(visit, same, version=visit.version, why="", by=desk, at=TUESDAY_10)
    with pytest.raises(Conflict):
        change_visit(visit, a_plan(visit.technician, berlin(14)), version=99, why="", by=desk, at=TUESDAY_10)


def test_a_visit_can_be_changed_within_its_own_time(app: Flask) -> None:
    visit, desk = a_visit(), a_person(roles=("agent",))
    plan = Plan(visit.technician, berlin(11), berlin(13), visit.place)
    change_visit(visit, plan, version=visit.version, why="", by=desk, at=TUESDAY_10)
    assert visit.starts_at == berlin(11)


def test_a_second_visit_is_possible(app: Flask) -> None:
    asked = a_request()
    a_visit(asked)
    second = plan_visit(asked, a_plan(start=berlin(10, days=1)), by=a_person(roles=("agent",)), at=TUESDAY_10)
    assert second.request is asked and asked.extras == ["visits"]
