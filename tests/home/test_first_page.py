"""The first page and the pages about the helpdesk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.catalogue.actions import publish_deal
from tests.builders import TUESDAY_10, a_person, a_request, a_service, resolve
from tests.visitor import Visitor

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
