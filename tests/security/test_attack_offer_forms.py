"""What somebody hostile sends to a request form: too long, too many, too old. Answered at once, in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from portal.asking.open_form import STILL_OPEN
from portal.catalogue.actions import publish_form
from portal.extensions import db
from portal.questions.reading import Reading, read_into
from portal.questions.rules import read_questions
from portal.requests.models import ServiceRequest
from portal.web.moment import now
from tests.builders import a_person, a_service

CHOICES = [{"value": f"a{number}", "words": f"A country called {number}"} for number in range(250)]
QUESTIONS: list[dict[str, Any]] = [
    {"key": "parts", "kind": "number", "wording": "How many parts?"},
    {"key": "owner", "kind": "person", "wording": "Who owns it?"},
    {"key": "members", "kind": "rows", "wording": "Who is in it?", "columns": [
        {"key": "name", "kind": "text", "wording": "Name"}]},
    {"key": "country", "kind": "dropdown", "wording": "Which country?", "choices": CHOICES},
    {"key": "used_for", "kind": "choices", "wording": "What is it used for?", "choices": CHOICES},
]  # fmt: skip


@pytest.fixture
def browser(visitor: Any) -> Iterator[Any]:
    a_service("Parts", slug="parts", questions=QUESTIONS)
    yield visitor(a_person("Ana Lopes"))


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        ({"q_parts": "0" * 5000}, "number"),
        ({"q_owner": "x" * 60_000}, "person"),
        ({"for_person": "x" * 60_000}, "200"),
    ],
)
def test_an_answer_longer_than_a_machine_can_take_is_refused_in_words(
    browser: Any, typed: dict[str, str], mend: str
) -> None:
    page = browser.post("/services/parts/ask", {"summary": "Parts", "step": "check", **typed}, expect=422)
    assert mend in page.words


def test_a_row_with_a_number_of_any_length_can_be_asked_to_go(browser: Any) -> None:
    rows = {"q_members-0-name": "Kim", "row": "remove:members:" + "1" * 5000}
    page = browser.post("/services/parts/ask", rows, expect=200)
    assert page.value("q_members-0-name") == "Kim"


def test_a_long_list_is_narrowed_at_once_whatever_is_typed(browser: Any) -> None:
    began = time.perf_counter()
    browser.post("/services/parts/ask", {"q_country-find": "a " * 200_000, "find": "country"}, expect=200)
    assert time.perf_counter() - began < 4


def test_a_hundred_thousand_values_are_looked_up_once_each() -> None:
    questions = read_questions(QUESTIONS)
    sent = [f"b{number}" for number in range(100_000)] + ["a3", " a1 ", "a3"]
    began = time.perf_counter()
    reading = Reading()
    read_into(reading, questions[4], {"q_used_for": sent})
    found = reading.answers["used_for"]
    assert found[:3] == ["a1", "a3", "b0"] and time.perf_counter() - began < 4


def test_a_form_that_was_replaced_long_ago_cannot_be_chosen_to_avoid_a_question(app: Any, visitor: Any) -> None:
    service = a_service("Keys", slug="keys", questions=[{"key": "door", "kind": "text", "wording": "Which door?"}])
    consent = {"key": "agreed", "kind": "consent", "wording": "I answer for it", "required": True}
    person, long_ago = a_person("Ana Lopes"), now() - STILL_OPEN - timedelta(days=1)
    published = publish_form(service, read_questions([consent]), note="", public=False, by=None, at=long_ago)
    browser = visitor(person)
    old = {"summary": "A key", "version": "1", "q_door": "East"}
    page = browser.post("/services/keys/ask", old, expect=422)
    assert "I answer for it" in page.words and db.session.query(ServiceRequest).count() == 0
    browser.post("/services/keys/ask", {**old, "q_agreed": "yes"})
    made = db.session.query(ServiceRequest).one()
    assert (made.request_form_id, made.answers) == (published.id, {"agreed": True})


def test_a_form_that_was_replaced_lately_is_still_taken(app: Any, visitor: Any) -> None:
    service = a_service("Keys", slug="keys", questions=[{"key": "door", "kind": "text", "wording": "Which door?"}])
    consent = {"key": "agreed", "kind": "consent", "wording": "I answer for it", "required": True}
    publish_form(service, read_questions([consent]), note="", public=False, by=None, at=now() - timedelta(days=1))
    visitor(a_person("Ana Lopes")).post("/services/keys/ask", {"summary": "A key", "version": "1", "q_door": "East"})
    assert db.session.query(ServiceRequest).one().answers == {"door": "East"}
