"""The review: figures of each service, one picture, and decisions that stay as they were made."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person
from portal.portfolio import actions, queries
from portal.portfolio.models import PortfolioDecision
from portal.refusal import Refusal
from portal.requests import actions as requests
from portal.requests.background import count_demand
from portal.web.moment import now
from portal.web.words import local_day
from tests.builders import TUESDAY_10, a_person, a_request, a_service, desk_hours, resolve
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]
SOON = (now() + timedelta(days=90)).date()


@pytest.fixture
def manager(app: Flask) -> Person:
    return a_person("Mona", roles=("manager",))


@pytest.fixture
def service(app: Flask) -> Service:
    return a_service(
        "Printing",
        slug="printing",
        asked_lately=40,
        decided_lately=30,
        kept_lately=27,
        rated_lately=20,
        rated_good_lately=18,
        spent_minutes_lately=90,
        cost_each_cents=1250,
    )


def decide(service: Service, by: Person, outcome: str = "keep", **more: Any) -> PortfolioDecision:
    facts: dict[str, Any] = {"into": None, "reason": "Because.", "review_on": SOON, "at": now()} | more
    return actions.decide(service, outcome=outcome, figures=queries.figures_of(service, 0), by=by, **facts)


def test_the_figures_stand_in_the_table_on_the_picture_and_in_the_file(
    app: Flask, visitor: Browser, manager: Person, service: Service
) -> None:
    app.config["HOUR_COST"] = 4000
    browser = visitor(manager)
    page = browser.get("/portfolio")
    row = page.tree.find(".//tbody/tr")
    cells = [" ".join("".join(cell.itertext()).split()).replace("\xa0", " ") for cell in row]
    assert cells == ["Printing", "40", "90.0 % of 3074 % to 97 %", "90.0 % of 2070 % to 97 %", "1.5", "€560", "0", "–"]
    titles = re.findall(r"<title[^>]*>([^<]*)", page.html.replace("\xa0", " "))
    assert "Printing: asked for 40 times, 90.0 % promise kept" in titles
    assert any(one.startswith("1 service by how often it was asked for") for one in titles)
    line = next(csv.DictReader(io.StringIO(browser.get("/portfolio/figures.csv").html)))
    assert [line[one] for one in ("service", "asked", "promises_kept", "promises_decided")] == [
        "printing",
        "40",
        "27",
        "30",
    ]
    assert [line[one] for one in ("rated_good", "rated", "hours_spent", "cost")] == ["18", "20", "1.5", "560.00"]


def test_working_time_without_a_price_is_not_counted_and_the_page_says_so(
    visitor: Browser, manager: Person, service: Service
) -> None:
    words = visitor(manager).get("/portfolio").words
    assert "€500" in words and "nobody has said what an hour costs" in words


def test_too_few_are_silent_in_the_table_on_the_picture_and_in_the_file(visitor: Browser, manager: Person) -> None:
    a_service("Rare", asked_lately=4, decided_lately=4, kept_lately=4, rated_lately=0)
    a_service("Alike", asked_lately=9, decided_lately=0, rated_lately=7, rated_good_lately=7)
    browser = visitor(manager)
    words = browser.get("/portfolio").words
    assert "No picture yet" in words and "too few" in words and "nearly all of 7" in words and "7 of 7" not in words
    assert "No picture yet" in browser.get("/portfolio?up=rated").words
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(browser.get("/portfolio/figures.csv").html))}
    assert rows["Rare"]["promises_kept"] == rows["Rare"]["rated"] == rows["Alike"]["rated_good"] == ""
    assert rows["Rare"]["cost"] == ""


def test_only_what_is_offered_is_reviewed(visitor: Browser, manager: Person, service: Service) -> None:
    a_service("Draft", state="draft", decided_lately=9, kept_lately=9)
    a_service("Ended", state="retired", decided_lately=9, kept_lately=9)
    words = visitor(manager).get("/portfolio").words
    assert "Printing" in words and "Draft" not in words and "Ended" not in words


def test_the_table_is_sorted_by_what_one_chooses(visitor: Browser, manager: Person) -> None:
    a_service("A", asked_lately=1, decided_lately=10, kept_lately=9, spent_minutes_lately=5, cost_each_cents=900)
    a_service("B", asked_lately=9, decided_lately=10, kept_lately=5, rated_lately=9, rated_good_lately=8)
    a_service("C", asked_lately=5, rated_lately=9, rated_good_lately=1, spent_minutes_lately=50)
    browser = visitor(manager)
    expected = {"asked": "BCA", "kept": "BAC", "rated": "CBA", "spent": "CAB", "cost": "ABC", "name": "ABC"}
    for sort, order in expected.items():
        table = browser.get(f"/portfolio?sort={sort}").tree.find(".//table")
        names = "".join("".join(row.find("th").itertext()) for row in table.find("tbody"))
        assert names == order, sort
    browser.get("/portfolio?sort=else", expect=404)
    browser.get("/portfolio?up=else", expect=404)


def test_a_large_portfolio_is_shown_a_page_at_a_time_with_the_same_questions(visitor: Browser, manager: Person) -> None:
    hours = desk_hours()

    def more(first: int, last: int) -> None:
        for number in range(first, last):
            one = a_service(f"S{number:03}", hours_plan=hours, decided_lately=9, kept_lately=8, asked_lately=number)
            decide(one, manager)

    more(0, 3)
    browser = visitor(manager)
    browser.get("/portfolio")
    with counted_statements() as few:
        browser.get("/portfolio")
    more(3, 130)
    with counted_statements() as many:
        page = browser.get("/portfolio")
    assert len(few) == len(many) <= 8
    assert "Services 1 to 60 of 130" in page.words and "S129" in page.words and "S069" not in page.words
    assert "Services 121 to 130 of 130" in browser.get("/portfolio?page=3").words
    assert len(browser.get("/portfolio/figures.csv").html.splitlines()) == 131


def test_written_down_minutes_become_hours_of_the_service(visitor: Browser, manager: Person, service: Service) -> None:
    agent, customer = a_person(roles=("agent",)), a_person()
    asked = a_request(customer, service, at=now() - timedelta(hours=2))
    browser = visitor(agent)
    address, write = f"/queue/{asked.reference}", f"/queue/{asked.reference}/write"
    browser.submit(write, {"body": "We look at it.", "deed": "answer", "minutes": "35"}, at=address)
    browser.submit(write, {"body": "It works.", "deed": "resolve", "minutes": "10"}, at=address)
    browser.submit(write, {"body": "By the way.", "deed": "note"}, at=address)
    assert "spent 35 minutes on it" in browser.get(address).words
    assert "35 minutes" not in visitor(customer).get(f"/requests/{asked.reference}").words
    count_demand()
    db.session.expire_all()
    assert service.spent_minutes_lately == 45


@pytest.mark.parametrize("minutes", ["-1", "a while", "10001"])
def test_minutes_that_are_none_are_refused_and_nothing_is_written(
    visitor: Browser, service: Service, minutes: str
) -> None:
    asked = a_request(a_person(), service, at=now())
    browser = visitor(a_person(roles=("agent",)))
    form = browser.get(f"/queue/{asked.reference}").form_for(f"/queue/{asked.reference}/write")
    data = {**form, "body": "Done.", "deed": "resolve", "minutes": minutes}
    page = browser.post(f"/queue/{asked.reference}/write", data, expect=422)
    assert "Done." in page.html
    db.session.expire_all()
    assert asked.state == "received" and asked.minutes_spent == 0


def test_minutes_of_long_ago_are_not_of_these_ninety_days(service: Service) -> None:
    old = a_request(a_person(), service, at=now() - timedelta(days=91))
    requests.spend(old, minutes=60, by=a_person(roles=("agent",)), at=now() - timedelta(days=91))
    resolve(old, at=now() - timedelta(days=91))
    db.session.commit()
    count_demand()
    db.session.expire_all()
    assert service.spent_minutes_lately == 0


# --- decisions ---------------------------------------------------------------------------------------------------

PLACE = "/portfolio/services/printing"


def test_a_decision_is_written_down_with_what_was_seen(visitor: Browser, manager: Person, service: Service) -> None:
    browser = visitor(manager)
    data = {"outcome": "keep", "reason": "It does well.", "review_on": SOON.isoformat()}
    done = browser.submit(f"{PLACE}/decide", data, at=PLACE)
    assert done.location == PLACE
    page = browser.follow(done)
    assert "The decision about “Printing” is written down." in page.html
    assert "Seen then: asked for 40 times, 27 of 30 promises kept, 18 of 20 satisfied." in page.words
    found = db.session.query(PortfolioDecision).one()
    assert (found.outcome, found.by_id, found.review_on, found.into_id) == ("keep", manager.id, SOON, None)
    assert "Keep" in browser.get("/portfolio").words


def test_two_clicks_make_one_decision(visitor: Browser, manager: Person, service: Service) -> None:
    browser = visitor(manager)
    form = browser.get(PLACE).form_for(f"{PLACE}/decide")
    for _click in range(2):
        browser.post(f"{PLACE}/decide", {**form, "outcome": "keep", "reason": "Good."})
    assert db.session.query(PortfolioDecision).count() == 1


@pytest.mark.parametrize("outcome", ["merge", "retire"])
def test_an_end_leads_on_to_retiring_with_the_reason_filled_in(
    visitor: Browser, manager: Person, service: Service, outcome: str
) -> None:
    other = a_service("Copying", slug="copying")
    browser = visitor(manager)
    data = {"outcome": outcome, "reason": "One place is enough.", "review_on": SOON.isoformat(), "into": str(other.id)}
    done = browser.submit(f"{PLACE}/decide", data, at=PLACE)
    assert done.location == f"{PLACE}/retire"
    page = browser.follow(done)
    assert page.value("why") == "One place is enough." or "One place is enough." in page.html
    assert page.value("successor") == (str(other.id) if outcome == "merge" else "")
    assert service.is_live, "deciding is not doing"
    browser.submit(f"{PLACE}/retire", {"successor": page.value("successor")})
    assert "One place is enough." in browser.get(PLACE).words


def test_to_improve_leads_to_the_register(visitor: Browser, manager: Person, service: Service) -> None:
    decide(service, manager, "improve")
    browser = visitor(manager)
    link = next(one for one in browser.get(PLACE).links() if one.startswith("/improvements/new"))
    assert "Printing" in browser.get(link).value("figure")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"outcome": ""}, "Choose what is decided."),
        ({"outcome": "sell"}, "Not a valid choice"),
        ({"reason": " "}, "Enter the reason"),
        ({"review_on": ""}, "Enter a day to look again."),
        ({"review_on": "2020-01-01"}, "Enter a day that is still to come."),
        ({"outcome": "merge"}, "Choose the service that it merges into."),
    ],
)
def test_a_decision_that_is_not_whole_is_refused_and_keeps_what_was_typed(
    visitor: Browser, manager: Person, service: Service, sent: dict[str, str], words: str
) -> None:
    browser = visitor(manager)
    form = browser.get(PLACE).form_for(f"{PLACE}/decide")
    data = {**form, "outcome": "keep", "reason": "So be it.", **sent}
    page = browser.post(f"{PLACE}/decide", data, expect=422)
    assert words in page.words
    assert sent.get("reason") or "So be it." in page.html
    assert db.session.query(PortfolioDecision).count() == 0


def test_a_service_merges_into_another_one_that_is_offered(app: Flask, manager: Person, service: Service) -> None:
    for into in (service, a_service("Ended", state="retired")):
        with pytest.raises(Refusal, match="another service that is offered"):
            decide(service, manager, "merge", into=into)
    with pytest.raises(Refusal, match="Only what is offered"):
        decide(a_service("Draft", state="draft"), manager)
    with pytest.raises(Refusal, match="cannot retire"):
        decide(a_service("Something else", slug="something-else"), manager, "retire")


def test_a_day_to_look_again_that_has_come_is_pointed_out(visitor: Browser, manager: Person, service: Service) -> None:
    decide(service, manager, at=TUESDAY_10, review_on=local_day(TUESDAY_10) + timedelta(days=1))
    browser = visitor(manager)
    assert "look again" in browser.get("/portfolio").words and "look again" in browser.get(PLACE).words


def test_the_newest_decision_counts_and_the_others_stay(visitor: Browser, manager: Person, service: Service) -> None:
    decide(service, manager, "improve", reason="First.")
    decide(service, manager, "keep", reason="Second.")
    assert queries.last_decisions([service.id])[service.id].reason == "Second."
    words = visitor(manager).get(PLACE).words
    assert words.index("Second.") < words.index("First.")


@pytest.mark.both_databases
@pytest.mark.parametrize("deed", ["UPDATE portfolio_decision SET reason = 'Other'", "DELETE FROM portfolio_decision"])
def test_a_decision_never_changes(app: Flask, deed: str) -> None:
    decide(a_service("Printing"), a_person(roles=("manager",)))
    db.session.commit()
    with pytest.raises(DBAPIError):
        db.session.execute(text(deed))
    db.session.rollback()
    assert db.session.query(PortfolioDecision).one().reason == "Because."


@pytest.mark.both_databases
def test_the_review_reads_the_same_on_both_databases(app: Flask) -> None:
    manager = a_person(roles=("manager",))
    into = a_service("Copying", asked_lately=3, decided_lately=10, kept_lately=10)
    decide(a_service("Printing", asked_lately=9, decided_lately=10, kept_lately=5), manager, "merge", into=into)
    for sort in queries.SORTS:
        rows = queries.reviewed(sort=sort, hour_cost_cents=100, since=now())
        assert {row.name for row in rows} == {"Copying", "Printing"}
    assert [row.name for row in queries.reviewed(sort="kept", hour_cost_cents=0, since=now())] == [
        "Printing",
        "Copying",
    ]
    assert catalogue.counts_by_state() == {"live": 2}


# --- who may -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["analyst", "board_member"])
def test_those_who_review_see_and_do_not_decide(visitor: Browser, service: Service, role: str) -> None:
    browser = visitor(a_person(roles=(role,)))
    browser.get("/portfolio")
    page = browser.get(PLACE)
    assert not [form for form in page.forms() if "decide" in (form.get("action") or "")]
    browser.post(f"{PLACE}/decide", {"outcome": "keep"}, expect=403)
    browser.get("/portfolio/figures.csv")


@pytest.mark.parametrize("role", ["agent", "liaison", "administrator"])
def test_nobody_else_sees_the_review(visitor: Browser, service: Service, role: str) -> None:
    browser = visitor(a_person(roles=(role,)))
    for address in ("/portfolio", "/portfolio/figures.csv", PLACE):
        browser.get(address, expect=403)
    browser.post(f"{PLACE}/decide", {}, expect=403)
