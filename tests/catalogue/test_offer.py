"""What IT offers: to whom, in which order, and with which promise before one asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask

from portal.catalogue.actions import add_service, ensure_something_else
from portal.catalogue.models import Category, Service
from portal.catalogue.promises import promise_now, timetable
from portal.extensions import db
from portal.measures.clock import due_moment
from portal.people.models import Segment
from portal.requests.models import ServiceRequest
from portal.web.words import iso, moment, promised
from tests.builders import TUESDAY_10, a_person, a_segment, a_service, desk_hours
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]


def names_in(page: Page) -> list[str]:
    table = page.tree.find(".//table")
    return [] if table is None else ["".join(a.itertext()) for a in table.iter("a")]


@pytest.fixture
def finance(app: Flask) -> Segment:
    return a_segment("Finance")


@pytest.fixture
def ledger(finance: Segment) -> Service:
    return a_service("Ledger access", slug="ledger", for_segments=[finance])


def test_a_service_for_a_segment_is_there_for_that_segment(visitor: Browser, finance: Segment, ledger: Service) -> None:
    browser = visitor(a_person(segment=finance))
    assert names_in(browser.get("/services")) == ["Ledger access"]
    assert names_in(browser.get("/services?q=ledger")) == ["Ledger access"]
    assert "Finance" in browser.get("/services/ledger").words
    browser.submit("/services/ledger/ask", {"summary": "Please", "step": "send"})


@pytest.mark.parametrize("segment", [None, "Sales"])
def test_a_service_of_another_segment_is_not_there_at_all(
    visitor: Browser, ledger: Service, segment: str | None
) -> None:
    a_service("For all")
    browser = visitor(a_person(segment=a_segment(segment) if segment else None))
    assert names_in(browser.get("/services")) == ["For all"]
    assert names_in(browser.get("/services?q=ledger")) == []
    assert names_in(browser.get(f"/services?category={ledger.category.slug}")) == []  # type: ignore[union-attr]
    assert "Ledger" not in browser.get("/").html
    foreign = browser.get("/services/ledger", expect=404)
    assert foreign.html == browser.get("/services/no-such-thing", expect=404).html
    browser.get("/services/ledger/ask", expect=404)
    for step in ("check", "send", "edit"):
        browser.post("/services/ledger/ask", {"summary": "Please", "step": step}, expect=404)


def test_staff_may_ask_for_what_their_segment_may_ask_for_and_no_more(
    visitor: Browser, finance: Segment, ledger: Service
) -> None:
    visitor(a_person(roles=("manager", "communicator"))).get("/services/ledger/ask", expect=404)
    agent = visitor(a_person(roles=("agent",)))
    form = agent.get("/services/ledger/ask").form_for("/services/ledger/ask")
    refused = agent.post("/services/ledger/ask", {**form, "summary": "Please"}, expect=422)
    assert 'value="Please"' in refused.html, "it is kept, and refused for themselves"
    jana = a_person("Jana Weiss", segment=finance)
    agent.post("/services/ledger/ask", {**form, "summary": "Please", "for_person": jana.email}, expect=303)


def test_an_entitlement_that_ended_while_somebody_typed_counts_at_once(
    visitor: Browser, finance: Segment, ledger: Service
) -> None:
    person = a_person(segment=finance)
    browser = visitor(person)
    form = browser.get("/services/ledger/ask").form_for("/services/ledger/ask")
    person.segment_id = None
    browser.post("/services/ledger/ask", {**form, "summary": "Please", "step": "send"}, expect=404)


def test_neighbours_are_only_what_the_viewer_may_ask_for(visitor: Browser, finance: Segment) -> None:
    shelf = Category(slug="shelf", name="Shelf")
    a_service("Secret ledger", category=shelf, for_segments=[finance])
    a_service("Open", slug="open", category=shelf)
    a_service("Beside it", category=shelf)
    words = visitor(a_person()).get("/services/open").words
    assert "Beside it" in words and "Secret ledger" not in words


def test_what_is_asked_for_most_stands_first(visitor: Browser) -> None:
    for name, asked in (("Rare", 1), ("Bread", 90), ("Butter", 90), ("Never", 0)):
        a_service(name, asked_lately=asked)
    browser = visitor(a_person())
    assert names_in(browser.get("/services")) == ["Bread", "Butter", "Rare", "Never"]
    assert names_in(browser.get("/")) == ["Bread", "Butter", "Rare", "Never"]


@pytest.mark.both_databases
def test_search_finds_words_in_name_and_description_in_any_case(visitor: Browser) -> None:
    hours = desk_hours()

    def offer(name: str, summary: str, description: str) -> None:
        add_service(
            slug=name.lower().replace(" ", "-"),
            name=name,
            summary=summary,
            description=description,
            hours_plan=hours,
            at=TUESDAY_10,
        )

    offer("New laptop", "A portable computer", "With a docking STATION and a bag.")
    offer("Zugänge", "Straße und Büro", "Für alle 100 % der Belegschaft; a_b; c\\d")
    browser = visitor(a_person())
    for words, found in {
        "LAPTOP": "New laptop",
        "station": "New laptop",
        "laptop bag": "New laptop",
        "bag  laptop": "New laptop",
        "ZUGÄNGE": "Zugänge",
        "strasse": "Zugänge",
        "STRASSE büro": "Zugänge",
        "%": "Zugänge",
        "a_b": "Zugänge",
        "\\": "Zugänge",
    }.items():
        assert names_in(browser.get(f"/services?q={quote(words)}")) == [found], words
    for nothing in ("laptop büro", "a%25b", "zzz"):
        page = browser.get(f"/services?q={nothing}")
        assert names_in(page) == [] and "Nothing found for" in page.words


def test_an_empty_search_shows_everything_and_keeps_the_words_in_the_box(visitor: Browser) -> None:
    a_service("One")
    browser = visitor(a_person())
    assert names_in(browser.get("/services?q=%20%20")) == ["One"]
    assert browser.get("/services?q=no+such").value("q") == "no such"


def test_an_empty_catalogue_and_an_empty_shelf_say_what_to_do(visitor: Browser) -> None:
    browser = visitor(a_person())
    for address in ("/services", "/services?category=nowhere"):
        assert "There are no services here" in browser.get(address).words
    assert "No services yet" in browser.get("/").words


def test_something_else_always_exists_once(app: Flask, visitor: Browser) -> None:
    hours = desk_hours()
    first = ensure_something_else(hours_plan=hours, at=TUESDAY_10)
    assert ensure_something_else(hours_plan=hours, at=TUESDAY_10) is first
    browser = visitor(a_person())
    assert "/services/something-else/ask" in browser.get("/services?q=nothing-like-it").links()
    browser.submit("/services/something-else/ask", {"summary": "My chair squeaks", "step": "send"})


def test_a_shelf_narrows_the_list_and_empty_shelves_are_not_shown(visitor: Browser, finance: Segment) -> None:
    printers, ledgers = Category(slug="printers", name="Printers"), Category(slug="ledgers", name="Ledgers")
    db.session.add(Category(slug="empty", name="Nothing on it"))
    a_service("Toner", category=printers)
    a_service("Books", category=ledgers, for_segments=[finance])
    a_service("Else")
    page = visitor(a_person()).get("/services?category=printers")
    assert names_in(page) == ["Toner"]
    assert "Ledgers" not in page.words and "Nothing on it" not in page.words


def test_a_long_offer_is_shown_a_page_at_a_time(visitor: Browser) -> None:
    shelf, hours = Category(slug="many", name="Many"), desk_hours()
    for number in range(230):
        a_service(f"Service {number:03}", category=shelf, hours_plan=hours)
    browser, seen = visitor(a_person()), []
    address: str | None = "/services?category=many"
    while address:
        page = browser.get(address)
        seen += names_in(page)
        address = next((link for link in page.links() if "after=" in link), None)
    assert seen == [f"Service {number:03}" for number in range(230)]


MOMENTS = [
    datetime(2026, 4, 14, 8, 0, tzinfo=UTC),
    datetime(2026, 4, 17, 15, 30, tzinfo=UTC),
    datetime(2026, 4, 18, 3, 0, tzinfo=UTC),
    datetime(2026, 3, 27, 15, 59, tzinfo=UTC),
    datetime(2026, 10, 23, 21, 0, tzinfo=UTC),
]


@pytest.mark.parametrize("now", MOMENTS)
@pytest.mark.parametrize(("first", "done"), [(60, 600), (30, 2400), (None, 90), (60, None), (None, None)])
def test_the_promise_shown_is_the_one_that_the_clock_computes(
    visitor: Browser, now: datetime, first: int | None, done: int | None
) -> None:
    service = a_service("Clock", slug="clock", first_answer_minutes=first, resolution_minutes=done)
    hours = service.hours_plan.hours
    with time_machine.travel(now, tick=False):
        page = visitor(a_person()).get("/services/clock")
        promise = promise_now(service, now)
        for minutes, shown in ((first, promise.first_answer_at), (done, promise.done_at)):
            computed = None if minutes is None else due_moment(hours, now, timedelta(minutes=minutes))
            assert shown == computed
            if computed:
                assert f'<time datetime="{iso(computed)}">' in page.html
                assert moment(computed).replace("\xa0", " ") in page.words
        if done is None:
            assert "We tell you how long it takes" in page.words


def test_the_promise_before_asking_is_the_one_that_is_kept_with_the_request(visitor: Browser) -> None:
    a_service("Clock", slug="clock", first_answer_minutes=45, resolution_minutes=780)
    with time_machine.travel(datetime(2026, 4, 17, 14, 20, tzinfo=UTC), tick=False):
        browser = visitor(a_person())
        before = browser.get("/services/clock/ask").words
        made = browser.submit("/services/clock/ask", {"summary": "Please", "step": "send"})
        kept = db.session.query(ServiceRequest).one()
        assert kept.due_at
        words = promised(kept.due_at).replace("\xa0", " ")
        assert words == "Tuesday 09:20"
        assert words in before and words in browser.follow(made).words


def test_the_timetable_stands_on_one_axis(app: Flask) -> None:
    hours = desk_hours()
    short = a_service("Short", hours_plan=hours, first_answer_minutes=30, resolution_minutes=60)
    long = a_service("Long", hours_plan=hours, first_answer_minutes=None, resolution_minutes=600)
    none = a_service("None", hours_plan=hours, first_answer_minutes=None, resolution_minutes=None)
    rows = timetable([short, long, none], TUESDAY_10)
    assert rows[1].done_x == 100 and rows[1].first_x is None
    assert rows[0].done_x and rows[0].first_x and 0 < rows[0].first_x < rows[0].done_x < 100
    assert rows[2].done_x is None


def test_how_well_it_is_kept_is_said_with_its_number_or_not_at_all(visitor: Browser) -> None:
    a_service("Few", slug="few", decided_lately=4, kept_lately=4)
    a_service("Many", slug="many", decided_lately=20, kept_lately=18, minutes_lately=95)
    browser = visitor(a_person())
    assert "too few requests" in browser.get("/services/few").words
    words = browser.get("/services/many").words
    assert "90.0 %" in words and "18 of 20 in the last 90 days" in words and "1 h 35 min" in words
