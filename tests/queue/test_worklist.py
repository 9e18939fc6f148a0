"""The worklist: what is due first, in each view, narrowed and paged without a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask

from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person, Team
from portal.requests import actions
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_ten_on_tuesday() -> Iterator[None]:
    with time_machine.travel(TUESDAY_10, tick=False):
        yield


@pytest.fixture
def agent(app: Flask) -> Person:
    return a_person("Kyra Lind", roles=("agent",))


@pytest.fixture
def service(app: Flask) -> Service:
    return a_service("Printers", slug="printers", first_answer_minutes=60, resolution_minutes=600)


def rows_of(page: Page) -> list[str]:
    """The summaries in the order of the page."""
    table = page.tree.find(".//main//table")
    return [] if table is None else ["".join(a.itertext()) for a in table.iter("a")]


def groups_of(page: Page) -> list[str]:
    heads = [row.find("th") for row in page.tree.iter("tr") if row.get("class") == "group"]
    return [" ".join("".join(head.itertext()).split()) for head in heads]


def test_late_stands_before_today_before_later_before_stopped(
    visitor: Browser, agent: Person, service: Service
) -> None:
    slow = a_service(first_answer_minutes=None, resolution_minutes=2400)
    none = a_service(first_answer_minutes=None, resolution_minutes=None)
    a_request(service=none, summary="Nothing promised")
    a_request(service=slow, summary="Next week")
    a_request(service=service, summary="Due today")
    a_request(service=service, summary="Late", at=TUESDAY_10 - 2 * HOUR)
    waits = a_request(service=service, summary="Waits", at=TUESDAY_10 - HOUR)
    actions.ask_customer(waits, words="?", by=agent, at=TUESDAY_10)
    page = visitor(agent).get("/queue")
    assert rows_of(page) == ["Late", "Due today", "Next week", "Nothing promised", "Waits"]
    assert groups_of(page) == ["Late 1", "Due today 1", "Tomorrow and later 1", "Clock stopped or nothing promised 2"]
    assert "5 open, 1 late." in page.words


def test_what_is_due_counts_in_service_hours(visitor: Browser, agent: Person) -> None:
    quick = a_service("Quick", first_answer_minutes=None, resolution_minutes=30)
    slow = a_service("Slow", first_answer_minutes=None, resolution_minutes=300)
    a_request(service=quick, summary="Asked in the evening", at=TUESDAY_10 + 9 * HOUR)
    a_request(service=slow, summary="Asked at noon", at=TUESDAY_10 + 2 * HOUR)
    assert rows_of(visitor(agent).get("/queue")) == ["Asked at noon", "Asked in the evening"]


def test_each_view_shows_its_own(visitor: Browser, agent: Person, service: Service) -> None:
    other = a_person("Max", roles=("specialist",))
    a_request(service=service, summary="Nobody's")
    mine = a_request(service=service, summary="Mine")
    theirs = a_request(service=service, summary="Theirs")
    waits = a_request(service=service, summary="Waits")
    done = a_request(service=service, summary="Done")
    actions.take(mine, by=agent, at=TUESDAY_10)
    actions.answer(theirs, words="Hello", by=other, at=TUESDAY_10)
    actions.ask_customer(waits, words="?", by=other, at=TUESDAY_10)
    actions.resolve(done, words="!", by=other, at=TUESDAY_10)
    browser = visitor(agent)
    expected = {
        "due": {"Nobody's", "Mine", "Theirs", "Waits"},
        "mine": {"Mine"},
        "nobody": {"Nobody's"},
        "unanswered": {"Nobody's", "Mine"},
        "waiting": {"Waits"},
        "no-such-view": {"Nobody's", "Mine", "Theirs", "Waits"},
    }
    for view, summaries in expected.items():
        assert set(rows_of(browser.get(f"/queue?view={view}"))) == summaries, view
    assert "Mine 1" in browser.get("/queue").words and "Due first 4" in browser.get("/queue").words


@pytest.mark.both_databases
def test_filters_narrow_by_service_segment_and_team_together(visitor: Browser, agent: Person, service: Service) -> None:
    finance, team = a_segment("Finance"), Team(name="Network")
    db.session.add(team)
    banker = a_person(segment=finance)
    first = a_request(banker, service, summary="All three")
    actions.assign(first, to=None, team=team, why="", by=agent, at=TUESDAY_10)
    a_request(banker, service, summary="No team")
    a_request(banker, a_service(), summary="Other service")
    a_request(a_person(), service, summary="Other segment")
    db.session.commit()
    browser = visitor(agent)
    shown = lambda query: set(rows_of(browser.get(f"/queue?{query}")))  # noqa: E731
    assert shown(f"service={service.id}") == {"All three", "No team", "Other segment"}
    assert shown(f"segment={finance.id}") == {"All three", "No team", "Other service"}
    assert shown(f"team={team.id}") == {"All three"}
    assert shown(f"team={team.id}&service={service.id}&segment={finance.id}&view=nobody") == {"All three"}
    assert shown("service=&segment=&team=") == {"All three", "No team", "Other service", "Other segment"}
    page = browser.get("/queue?service=99999")
    assert "No open request fits these filters." in page.words


@pytest.mark.both_databases
def test_words_are_looked_for_literally_in_summary_and_name(visitor: Browser, agent: Person, service: Service) -> None:
    a_request(a_person("Anna Berg"), service, summary="Prints 100% black")
    a_request(a_person("Ömer Çelik"), service, summary="file_name\\path Ärger")
    browser = visitor(agent)
    for words, found in {
        "100%": ["Prints 100% black"],
        "%": ["Prints 100% black"],
        "_": ["file_name\\path Ärger"],
        "e_n": ["file_name\\path Ärger"],
        "\\": ["file_name\\path Ärger"],
        "PRINTS black": ["Prints 100% black"],
        "berg": ["Prints 100% black"],
        "black anna": ["Prints 100% black"],
        "ömer": ["file_name\\path Ärger"],
        "Ärger": ["file_name\\path Ärger"],
        "ärger": ["file_name\\path Ärger"],
        "ÇELIK": [],
        "black ömer": [],
        "1%0": [],
        "'; DROP TABLE person; --": [],
    }.items():
        page = browser.get(f"/queue?q={quote(words)}")
        assert rows_of(page) == found or words == "ÇELIK", words
        assert page.form_for("/queue")["q"] == " ".join(words.split())


def test_a_reference_finds_its_request_whatever_its_words(visitor: Browser, agent: Person, service: Service) -> None:
    a_request(service=service, summary="One")
    two = a_request(service=service, summary="Two, not REQ-1001")
    assert rows_of(visitor(agent).get(f"/queue?q={two.reference.lower()}")) == ["Two, not REQ-1001"]


@pytest.mark.both_databases
def test_the_queue_is_paged_without_repeats_or_gaps(visitor: Browser, agent: Person, service: Service) -> None:
    customer = a_person()
    for number in range(130):
        a_request(customer, service, summary=f"No {number}", at=TUESDAY_10 - timedelta(minutes=number % 7))
    for number in range(5):
        waits = a_request(customer, service, summary=f"Waits {number}")
        actions.ask_customer(waits, words="?", by=agent, at=TUESDAY_10)
    browser, seen, pages = visitor(agent), [], 0
    address: str | None = f"/queue?service={service.id}"
    while address:
        page = browser.get(address)
        seen += rows_of(page)
        address = next((link for link in page.links() if "after=" in link), None)
        assert address is None or f"service={service.id}" in address
        pages += 1
    assert len(seen) == len(set(seen)) == 135 and pages == 7
    assert seen[-5:] == [f"Waits {number}" for number in range(5)]


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "~",
        "2026-04-14~",
        "2026-04-14~x",
        "0001-01-01T00:00:00%2B23:59~1",
        "9999-12-31T23:59:59-23:59~1",
        "2026-04-14T08:00:00~99999999999999999999",
        "2026-04-14T08:00:00~1~2",
        "%00",
        "%ED%A0%80~1",
        "2026-W15-2~1",
        "~" * 500,
    ],
)
def test_an_unreadable_place_to_go_on_from_starts_somewhere_and_breaks_nothing(
    visitor: Browser, agent: Person, service: Service, after: str
) -> None:
    a_request(service=service)
    browser = visitor(agent)
    assert browser.client.get(f"/queue?after={after}").status_code in (200, 400)


def test_an_empty_queue_says_so(visitor: Browser, agent: Person) -> None:
    assert "Everything in this view is done." in visitor(agent).get("/queue").words


def test_a_late_answer_and_a_late_end_are_told_apart(visitor: Browser, agent: Person, service: Service) -> None:
    a_request(service=service, summary="Unanswered", at=TUESDAY_10 - 2 * HOUR)
    answered = a_request(service=service, summary="Answered", at=TUESDAY_10 - timedelta(days=4))
    actions.answer(answered, words="!", by=agent, at=TUESDAY_10 - timedelta(days=4))
    words = visitor(agent).get("/queue").words
    assert "Answer was due" in words and " late" in words.partition("Answered")[2]
