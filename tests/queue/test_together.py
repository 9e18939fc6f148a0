"""One deed on many requests: what can be done is done, and what cannot is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.people.models import Person, Team
from portal.queue.together import MOST, picks_in
from portal.queue.views import PAGE_SIZE
from portal.requests import actions
from portal.requests.models import RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def several(case: Case) -> list[ServiceRequest]:
    """Four more: two that nobody has, one of a colleague, one that is resolved."""
    found = [a_request(case.customer, case.request.service, summary=f"No {number}") for number in range(4)]
    actions.take(found[2], by=a_person("Max Ohm", roles=("agent",)), at=TUESDAY_10)
    actions.resolve(found[3], words="!", by=case.agent, at=TUESDAY_10)
    db.session.commit()
    return found


def picks(requests: list[ServiceRequest]) -> list[str]:
    return [f"{one.id}.{one.version}" for one in requests]


def holders(requests: list[ServiceRequest]) -> list[Person | None]:
    db.session.expire_all()
    return [one.assignee for one in requests]


def test_those_that_nobody_has_are_taken_and_the_others_are_said(
    visitor: Browser, case: Case, several: list[ServiceRequest]
) -> None:
    agent = visitor(case.agent)
    page = agent.post("/queue/together", {"deed": "take", "pick": picks(several), "back": "view=mine"})
    assert page.location == "/queue?view=mine"
    words = agent.follow(page).words
    assert "You have taken 2 requests. Not done: REQ-1004: Max Ohm has it already; REQ-1005: it is resolved." in words
    assert [one.name if one else None for one in holders(several)][:3] == ["Kyra Lind", "Kyra Lind", "Max Ohm"]


def test_many_are_handed_over_with_one_reason(visitor: Browser, case: Case, several: list[ServiceRequest]) -> None:
    team = Team(name="Network")
    db.session.add(team)
    db.session.commit()
    agent = visitor(case.agent)
    page = agent.post("/queue/together", {"deed": "more", "pick": picks(several[:3])})
    chosen = agent.follow(page)
    assert "3 requests" in chosen.words and "No 1" in chosen.words
    form = chosen.form_for("/queue/together") | {"pick": picks(several[:3]), "team": team.id, "why": "All the switch"}
    assert form["deed"] == "assign"
    assert "3 requests are handed over." in agent.follow(agent.post("/queue/together", form)).words
    assert {one.team_id for one in several[:3]} == {team.id} or holders(several)
    notes = db.session.query(RequestEvent).filter_by(kind="assigned").all()
    assert [event.body for event in notes] == ["All the switch"] * 3


def test_what_changed_meanwhile_is_left_as_it_is(visitor: Browser, case: Case, several: list[ServiceRequest]) -> None:
    old = picks(several[:2])
    actions.reply(several[0], words="Wait", by=case.customer, at=TUESDAY_10)
    db.session.commit()
    agent = visitor(case.agent)
    values = {"deed": "assign", "pick": old, "to": case.agent.id, "team": 0}
    words = agent.follow(agent.post("/queue/together", values)).words
    assert "1 request is handed over. Not done: REQ-1002: somebody changed it meanwhile." in words
    assert holders(several)[:2] == [None, case.agent]


def test_the_same_form_sent_twice_works_once(visitor: Browser, case: Case, several: list[ServiceRequest]) -> None:
    agent = visitor(case.agent)
    once = agent.get("/queue").form_for("/queue/together")["once"]
    values = {"deed": "take", "pick": picks(several[:2]), "once": once}
    agent.post("/queue/together", values)
    agent.post("/queue/together", values)
    assert db.session.query(RequestEvent).filter_by(kind="taken", actor_id=case.agent.id).count() == 2


def test_nothing_ticked_or_nobody_chosen_is_refused(
    visitor: Browser, case: Case, several: list[ServiceRequest]
) -> None:
    agent = visitor(case.agent)
    assert "Tick at least one request" in agent.post("/queue/together", {"deed": "take"}, expect=422).words
    page = agent.post("/queue/together", {"deed": "assign", "pick": picks(several), "why": "Mine"}, expect=422)
    assert "Choose a person or a team." in page.words and page.form_for("/queue/together")["why"] == "Mine"
    agent.post("/queue/together", {"deed": "assign", "pick": picks(several), "to": case.customer.id}, expect=422)
    assert holders(several)[0] is None


@pytest.mark.parametrize("person", [None, "customer", "manager"])
def test_only_the_desk_works_on_many(visitor: Browser, case: Case, person: str | None) -> None:
    browser = visitor(a_person(roles=(person,)) if person == "manager" else case.customer if person else None)
    if person is None:
        assert browser.post("/queue/together", {"deed": "take", "pick": "1.1"}).location.startswith("/sign-in")
    else:
        browser.post("/queue/together", {"deed": "take", "pick": "1.1"}, expect=403)


def test_no_more_than_a_page_and_some_is_worked_on_and_nonsense_is_left_out() -> None:
    assert len(picks_in([f"{number}.1" for number in range(1, 60)])) == MOST
    assert MOST >= PAGE_SIZE, "whoever ticks a whole page means all of it"
    assert picks_in(["x", "", "-1.2", "9" * 30, "1.x", "1.2"]) == picks_in(["1.2"])
