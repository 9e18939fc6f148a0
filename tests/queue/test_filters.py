"""Kept filters: own and shared, counted without looking far, and the one that the queue opens with. Keys, too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest import MonkeyPatch

from portal.extensions import db
from portal.people.models import Team
from portal.queue import queries, saved
from portal.queue.models import SavedFilter
from portal.requests import actions
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.queue.test_worklist import rows_of
from tests.requests.conftest import Case
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]


def keep(agent: Visitor, query: str, name: str, **more: str) -> None:
    agent.submit("/queue/filters/new", {"name": name, **more}, at=f"/queue/filters/new?{query}")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("view=mine&q=vpn", "view=mine&q=vpn"),
        ("q=%20two%20%20words&view=x&after=9&team=3&service=2", "view=due&q=two+words&service=2&team=3"),
        ("service=x&segment=-1&team=99999999999999", "view=due"),
        ("", "view=due"),
        ("q=%ED%A0%80&view=", "view=due&q=%EF%BF%BD%EF%BF%BD%EF%BF%BD"),
        ("q=%26view%3Dmine%23", "view=due&q=%26view%3Dmine%23"),
    ],
)
def test_a_filter_has_one_address_whatever_was_asked(asked: str, kept: str) -> None:
    assert saved.query_of(saved.filters_of(asked)) == kept
    assert saved.query_of(saved.filters_of(kept)) == kept


def test_a_kept_filter_stands_above_the_queue_with_its_count(visitor: Browser, case: Case) -> None:
    other = a_service("Screens")
    a_request(service=other, summary="Black")
    mine = a_request(service=other, summary="Grey")
    actions.take(mine, by=case.agent, at=TUESDAY_10)
    agent = visitor(case.agent)
    keep(agent, f"view=due&service={other.id}", "All screens")
    keep(agent, f"view=mine&service={other.id}", "My screens")
    keep(agent, "view=nobody&q=printer", "Printers")
    page = agent.get(f"/queue?service={other.id}&view=due")
    assert "All screens 2" in page.words and "My screens 1" in page.words and "Printers 1" in page.words
    current = [link.text.strip() for link in page.tree.iter("a") if link.get("aria-current") == "page"]
    assert "All screens" in current
    assert "Due first, Screens" in agent.get("/queue/filters").words


def test_counting_looks_at_the_first_rows_only_and_says_so(
    visitor: Browser, case: Case, monkeypatch: MonkeyPatch
) -> None:
    for number in range(5):
        a_request(service=case.request.service, summary=f"Printer {number}")
    agent = visitor(case.agent)
    keep(agent, "q=printer", "Printers")
    first = queries._first_due
    monkeypatch.setattr(queries, "LOOKED_AT", 3)
    monkeypatch.setattr(queries, "_OF_ALL", first("first_due"))
    assert "Printers 3+" in agent.get("/queue").words


def test_any_number_of_kept_filters_costs_one_statement(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    keep(agent, "view=mine", "One")
    with counted_statements() as few:
        agent.get("/queue")
    for number in range(12):
        keep(agent, f"view=due&q=word{number}", f"No {number}")
    with counted_statements() as many:
        agent.get("/queue")
    assert len(few) == len(many) <= 6


def test_the_queue_opens_with_the_chosen_one_and_shows_everything_when_asked(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    keep(agent, "view=mine", "My day", is_first="y")
    assert rows_of(agent.get("/queue")) == []
    assert rows_of(agent.get("/queue?view=due")) == [case.request.summary]
    kept = db.session.query(SavedFilter).one()
    form = agent.get(f"/queue/filters/{kept.id}").form_for(f"/queue/filters/{kept.id}")
    assert form.pop("is_first") == "y"
    agent.post(f"/queue/filters/{kept.id}", form | {"name": "My week"})
    page = agent.get("/queue")
    assert rows_of(page) == [case.request.summary] and "My week 0" in page.words


def test_a_team_sees_what_is_shared_and_only_its_keeper_renames_or_removes_it(visitor: Browser, case: Case) -> None:
    team = Team(name="Desk")
    other = a_person("Max", roles=("agent",))
    case.agent.team = other.team = team
    keep(visitor(case.agent), "view=nobody", "For all of us", is_shared="y")
    keep(visitor(case.agent), "view=mine", "For me")
    shared, own = db.session.query(SavedFilter).order_by(SavedFilter.id)
    max_ = visitor(other)
    page = max_.get("/queue")
    assert "For all of us" in page.words and "For me" not in page.words
    max_.get(f"/queue/filters/{own.id}", expect=404)
    max_.post(f"/queue/filters/{own.id}/remove", expect=404)
    max_.submit(f"/queue/filters/{shared.id}", {"name": "Stolen", "is_first": "y"})
    assert "your queue opens with it" in max_.get("/queue/filters").words
    refused = max_.client.post(f"/queue/filters/{shared.id}/remove", data={"csrf_token": max_.token()})
    db.session.expire_all()
    assert refused.status_code == 422 and shared.name == "For all of us"
    visitor(a_person("Ida", roles=("agent",))).get(f"/queue/filters/{shared.id}", expect=404)
    visitor(case.agent).post(f"/queue/filters/{shared.id}/remove")
    assert "For all of us" not in max_.get("/queue").words


def test_nobody_keeps_more_than_twenty_and_nobody_shares_without_a_team(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    page = agent.submit("/queue/filters/new", {"name": "A", "is_shared": "y"}, expect=422)
    assert "You are in no team yet" in page.words and page.form_for("/queue/filters/new")["name"] == "A"
    for number in range(saved.MOST_KEPT):
        saved.keep("view=mine", name=f"{number}", is_shared=False, is_first=False, by=case.agent, at=TUESDAY_10)
    page = agent.submit("/queue/filters/new", {"name": "One more"}, expect=422)
    assert "You keep 20 filters already." in page.words


def test_the_same_new_filter_sent_twice_is_one(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    form = agent.get("/queue/filters/new?view=mine").form_for("/queue/filters/new") | {"name": "A"}
    assert agent.post("/queue/filters/new", form).location == "/queue?view=mine"
    agent.post("/queue/filters/new", form)
    assert db.session.query(SavedFilter).count() == 1


def test_keys_are_on_until_they_are_turned_off_in_this_browser(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    assert "data-keys" in agent.get("/queue").html and "data-keys" in agent.get(case.desk).html
    page = agent.follow(agent.submit("/queue/keys"))
    assert "Single keys are off." in page.words
    assert "data-keys" not in agent.get("/queue").html and "data-keys" not in agent.get(case.desk).html
    assert "Single keys are on." in agent.follow(agent.submit("/queue/keys")).words
    assert "data-keys" in visitor(a_person(roles=("agent",))).get("/queue").html
