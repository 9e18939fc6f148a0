"""The first page and the pages about the helpdesk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.approvals import actions as approvals
from portal.catalogue.actions import publish_deal
from portal.requests import actions as requests
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_request, a_service, resolve
from tests.choices.offers import an_offer
from tests.visitor import Visitor
from tests.visits.plans import a_visit

Browser = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("hour", "words"), [(6, "Good morning, Anna"), (10, "Good afternoon, Anna"), (16, "Good evening, Anna")]
)
def test_the_greeting_goes_by_the_clock_on_our_wall(visitor: Browser, hour: int, words: str) -> None:
    with time_machine.travel(datetime(2026, 4, 14, hour, 30, tzinfo=UTC), tick=False):
        assert words in visitor(a_person("Anna Berg")).get("/").words


def test_a_name_with_signs_is_greeted_as_it_is(visitor: Browser) -> None:
    assert ", 100%s" in visitor(a_person("100%s <b>Bold</b>")).get("/").words


def test_the_first_page_shows_my_newest_open_requests_and_nobody_elses(visitor: Browser) -> None:
    me, service = a_person(), a_service()
    for number in range(7):
        a_request(me, service, summary=f"Mine {number}.")
    resolve(a_request(me, service, summary="All done"), at=TUESDAY_10 + timedelta(hours=1))
    a_request(a_person(), service, summary="Foreign")
    words = visitor(me).get("/").words
    assert [number for number in range(7) if f"Mine {number}." in words] == [2, 3, 4, 5, 6]
    assert "All done" not in words and "Foreign" not in words


def test_what_waits_for_me_stands_on_the_first_page(visitor: Browser) -> None:
    me, agent, service = a_person("Mira Sand"), a_person(roles=("agent",)), a_service()
    chosen, visited, asked, foreign = (
        a_request(who, service, at=now() - timedelta(hours=3), summary=words)
        for who, words in ((me, "A choice"), (me, "A visit"), (me, "A question"), (a_person("Ann Ode"), "Her wish"))
    )
    an_offer(chosen, by=agent, at=now() - timedelta(hours=2))
    a_visit(visited, start=now() + timedelta(days=1), by=agent, at=now(), outside_hours=True)
    requests.ask_customer(asked, words="Which floor?", by=agent, at=now())
    approvals.ask_named(foreign, words=me.email or "", question="", by=agent, at=now())
    page = visitor(me).get("/")
    for words in ("Ben Roth comes: ", "Ann Ode waits for your yes or no", "Choose how we do it", "Answer our question"):
        assert page.words.count(words) == 1, words
    assert f"/choices/{chosen.reference}" in page.links() and f"/requests/{asked.reference}#reply" in page.links()
    assert "For you now" not in visitor(a_person()).get("/").words, "it is nobody else's"


def test_what_is_settled_waits_no_more(visitor: Browser) -> None:
    me, agent = a_person(), a_person(roles=("agent",))
    one = a_request(me, at=now() - timedelta(hours=3))
    an_offer(one, by=agent, at=now() - timedelta(hours=2))
    a_visit(one, start=now() + timedelta(days=1), by=agent, at=now(), outside_hours=True)
    requests.withdraw(one, words="", by=me, at=now())
    assert "For you now" not in visitor(me).get("/").words


def test_an_empty_first_page_says_what_to_do(visitor: Browser) -> None:
    page = visitor(a_person()).get("/")
    assert "Nothing is open" in page.words and "/services" in page.links()


def test_the_search_of_the_first_page_leads_to_the_whole_search(visitor: Browser) -> None:
    page = visitor(a_person()).get("/")
    form = next(form for form in page.forms() if form.get("role") == "search")
    assert (form.get("action"), form.get("method")) == ("/search", "get")


def test_the_mission_and_the_deal_are_read_by_everybody(visitor: Browser) -> None:
    publish_deal(
        mission="We keep you working.", promise="We answer.", in_return="Tell us early.", by=None, at=TUESDAY_10
    )
    publish_deal(mission="Newer words.", promise="We answer soon.", in_return="Tell us.", by=None, at=TUESDAY_10)
    for browser in (visitor(), visitor(a_person())):
        words = browser.get("/how-it-works").words
        assert "Newer words." in words and "We answer soon." in words and "We keep you working." not in words


@pytest.mark.parametrize("address", ["/how-it-works", "/accessibility", "/your-data", "/sign-in", "/reset"])
def test_pages_about_the_helpdesk_need_no_account(visitor: Browser, address: str) -> None:
    visitor().get(address)
