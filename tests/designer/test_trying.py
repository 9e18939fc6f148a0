"""The preview: as the customer would see it, with the reasons, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from portal.designer import actions
from portal.designer.queries import working_copy
from portal.extensions import db
from portal.requests.models import ServiceRequest
from portal.web.moment import now
from tests.builders import a_person, a_segment, a_service
from tests.designer.test_designing import QUESTIONS, published
from tests.house.furniture import everything_stored
from tests.visitor import Visitor

PREVIEW = "/designer/device/preview"


@pytest.fixture
def browser(app: Flask, visitor: Callable[..., Visitor]) -> Visitor:
    a_service("A new device", slug="device", questions=QUESTIONS)
    return visitor(a_person("Mia Keeper", roles=("manager",)))


def test_the_preview_says_what_is_asked_and_why(browser: Visitor) -> None:
    page = browser.get(PREVIEW)
    assert "“Which computer is it?” is “Laptop”: does not hold" in page.words
    assert "q_dock" not in page.form_for(PREVIEW)
    page = browser.post(PREVIEW, {"q_computer": "laptop", "summary": "One", "step": "try"}, expect=200)
    assert "“Which computer is it?” is “Laptop”: holds" in page.words
    assert 'name="q_dock"' in page.html
    assert "Nothing would be refused." in page.words


def test_the_preview_names_what_would_be_refused(browser: Visitor) -> None:
    page = browser.post(PREVIEW, {"step": "try"}, expect=200)
    assert "It would be refused:" in page.words
    assert "Which computer is it?" in page.words.partition("It would be refused:")[2].partition("What is asked")[0]


def test_an_answer_that_changes_refreshes_the_form_alone(browser: Visitor) -> None:
    headers = {"HX-Request": "true", "HX-Target": "tried"}
    page = browser.post(PREVIEW, {"q_computer": "laptop"}, expect=200, headers=headers)
    assert 'name="q_dock"' in page.html and "<html" not in page.html
    assert "It would be refused" not in page.html


def test_nothing_of_a_preview_is_kept(browser: Visitor) -> None:
    before = everything_stored()
    typed = {"q_computer": "desktop", "q_since": "2026-04-14", "summary": "One", "step": "try"}
    browser.post(PREVIEW, typed, expect=200)
    assert everything_stored() == before
    assert db.session.query(ServiceRequest).count() == 0


def test_the_preview_says_which_segment_cannot_ask(browser: Visitor) -> None:
    plant, finance = a_segment("Plant"), a_segment("Finance")
    a_service("A badge", slug="badge", for_segments=[plant])
    db.session.commit()
    assert "cannot ask for this service" in browser.get(f"/designer/badge/preview?segment={finance.id}").words
    assert "cannot ask" not in browser.get(f"/designer/badge/preview?segment={plant.id}").words
    assert "would be done by" in browser.get("/designer/badge/preview").words


def test_the_preview_shows_the_working_copy_or_a_published_form(browser: Visitor) -> None:
    browser.submit("/designer/device/questions/since", {"wording": "Since which day?"})
    assert "Since which day?" in browser.get(PREVIEW).words
    old = browser.get(f"{PREVIEW}?number=1").words
    assert "Since when?" in old and "Since which day?" not in old
    browser.get(f"{PREVIEW}?number=7", expect=404)


def test_a_customer_with_the_old_form_open_can_still_send_it(browser: Visitor, visitor: Callable[..., Visitor]) -> None:
    customer = visitor(a_person("Clara Customer"))
    address = "/services/device/ask"
    form = customer.get(address).form_for(address)
    service = published()[0].service
    keeper = a_person(roles=("manager",))
    actions.remove_question(service, "computer", version=0, by=keeper, at=now())
    copy = working_copy(service)
    actions.publish(service, note="Shorter.", public=False, over=1, version=copy.version, by=keeper, at=now())
    typed = {"summary": "One please", "q_computer": "desktop", "q_since": "2026-04-14", "step": "send"}
    customer.post(address, {**form, **typed})
    asked = db.session.query(ServiceRequest).one()
    assert asked.request_form.number == 1
    assert asked.answers["computer"] == "desktop"
