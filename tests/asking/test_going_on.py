"""What was typed for a service that is not offered any more is not lost: it goes on in the form of another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.catalogue.actions import ensure_something_else
from portal.catalogue.models import Service
from portal.extensions import db
from portal.requests.models import RequestDraft, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_segment, a_service, desk_hours
from tests.visitor import Visitor

Browser = Callable[..., Visitor]

OLD, NEW, ELSE = "/services/old/ask", "/services/new/ask", "/services/something-else/ask"
ROOM = {"key": "room", "kind": "text", "wording": "Which room?"}
SIZE = {"key": "size", "kind": "choice", "wording": "Which size?", "choices": [{"value": "s", "words": "Small"}, "L"]}


@pytest.fixture
def old() -> Service:
    ensure_something_else(hours_plan=desk_hours(), at=TUESDAY_10)
    service = a_service("Old", slug="old", questions=[ROOM, SIZE])
    db.session.commit()
    return service


def begun(browser: Visitor) -> dict[str, Any]:
    form = {
        **browser.get(OLD).form_for(OLD),
        "summary": "Two chairs",
        "details": "Soon",
        "q_room": "3 E",
        "q_size": "s",
    }
    browser.post("/services/old/draft", form)
    return form


def retire(service: Service, successor: Service | None = None) -> None:
    service.state, service.retired_why, service.successor = "retired", "Nobody sits.", successor
    db.session.commit()


def test_a_draft_goes_on_in_the_form_of_the_successor(visitor: Browser, old: Service) -> None:
    browser = visitor(a_person())
    begun(browser)
    retire(old, a_service("New", slug="new", questions=[ROOM]))
    draft = db.session.query(RequestDraft).one()
    page = browser.follow(browser.get(f"{OLD}?draft={draft.id}", expect=303))
    assert "“Old” is not offered to you any more" in page.words
    form = page.form_for(NEW)
    assert (form["summary"], form["q_room"]) == ("Two chairs", "3 E")
    assert form["details"].strip() == "Soon\nWhich size? Small", "what is not asked there stands among the details"
    browser.post(NEW, form, expect=303)
    assert db.session.query(RequestDraft).count() == 0
    assert db.session.query(ServiceRequest).one().answers == {"room": "3 E"}


def test_an_open_form_that_is_sent_too_late_keeps_its_newest_words(visitor: Browser, old: Service) -> None:
    browser = visitor(a_person())
    form = browser.get(OLD).form_for(OLD)
    retire(old)
    page = browser.follow(browser.post(OLD, {**form, "summary": "A desk", "q_room": "4 W"}, expect=303))
    form = page.form_for(ELSE)
    assert (form["summary"], form["details"].strip()) == ("A desk", "Which room? 4 W")
    assert db.session.query(ServiceRequest).count() == 0


def test_words_for_what_is_not_for_me_any_more_are_mine_still(visitor: Browser, old: Service) -> None:
    browser = visitor(a_person())
    form = begun(browser)
    old.for_everyone, old.for_segments = False, [a_segment("Finance")]
    db.session.commit()
    page = browser.follow(browser.post(OLD, {**form, "summary": "Three chairs"}, expect=303))
    assert page.form_for(ELSE)["summary"] == "Three chairs"
    visitor(a_person()).post(OLD, {"once": form["once"], "summary": "Not mine"}, expect=404)


def test_saving_it_there_moves_the_draft(visitor: Browser, old: Service) -> None:
    browser = visitor(a_person())
    begun(browser)
    retire(old)
    draft = db.session.query(RequestDraft).one()
    form = browser.follow(browser.get(f"{OLD}?draft={draft.id}", expect=303)).form_for(ELSE)
    browser.post("/services/something-else/draft", form)
    db.session.expire_all()
    assert (draft.service.slug, db.session.query(RequestDraft).count()) == ("something-else", 1)


def test_another_persons_draft_leads_nowhere(visitor: Browser, old: Service) -> None:
    begun(visitor(a_person()))
    retire(old)
    draft = db.session.query(RequestDraft).one()
    stranger = visitor(a_person())
    stranger.get(f"{OLD}?draft={draft.id}", expect=410)
    stranger.get(f"{ELSE}?draft={draft.id}", expect=404)
