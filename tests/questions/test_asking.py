"""A service's own questions: asked, checked, kept under their keys, shown as they were worded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.catalogue.models import RequestForm, Service
from portal.extensions import db
from portal.requests.models import ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_service
from tests.files.uploads import reference_in
from tests.questions.questions import EVERY_KIND, GOOD_ANSWERS, optional
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def service(app: Flask) -> Service:
    return a_service("Printers", slug="printers", questions=EVERY_KIND)


def control_of(page: Page, name: str) -> list[str]:
    return [
        control.get("type") or control.tag
        for form in page.forms()
        for control in form.iter()
        if control.get("name") == name
    ]


def test_each_kind_of_question_is_asked_with_its_own_control(visitor: Browser, service: Service) -> None:
    page = visitor(a_person()).get("/services/printers/ask")
    assert control_of(page, "q_device") == ["text"]
    assert control_of(page, "q_story") == ["textarea"]
    assert control_of(page, "q_floor") == ["radio"] * 3
    assert control_of(page, "q_urgent") == ["radio"] * 2
    assert control_of(page, "q_since") == ["date"]
    assert control_of(page, "q_picture") == ["file"]
    assert "It stands on the label." in page.words
    assert page.form_for("/services/printers/ask").get("q_floor") is None, "nothing is chosen beforehand"


def test_the_service_page_says_what_will_be_asked(visitor: Browser, service: Service) -> None:
    words = visitor(a_person()).get("/services/printers").words
    for question in EVERY_KIND:
        assert question["wording"] in words


def test_the_answers_are_checked_kept_under_their_keys_and_shown(visitor: Browser, service: Service) -> None:
    browser = visitor(a_person())
    address = "/services/printers/ask"
    checked = browser.post(address, {**GOOD_ANSWERS, "step": "check"}, expect=200)
    for words in ("PRN-7", "First & second", "No", "Monday 13 April", "It began on Monday."):
        assert words in checked.words
    made = browser.post(address, checked.form_for(address) | {"step": "send"})
    kept = db.session.query(ServiceRequest).one()
    assert kept.answers == {
        "device": "PRN-7",
        "story": "It began on Monday.\n\nNow it is worse.",
        "floor": "First & second",
        "urgent": False,
        "since": "2026-04-13",
    }
    shown = browser.get(f"/requests/{reference_in(made)}").words
    for words in ("Which device? PRN-7", "Which floor? First & second", "Does it stop your work? No"):
        assert words.replace("? ", "?") in shown.replace("? ", "?")


@pytest.mark.parametrize("key", ["device", "story", "floor", "urgent", "since"])
def test_a_question_that_must_be_answered_is_named_and_the_others_are_kept(
    visitor: Browser, service: Service, key: str
) -> None:
    answers = {name: value for name, value in GOOD_ANSWERS.items() if name != f"q_{key}"}
    page = visitor(a_person()).post("/services/printers/ask", {**answers, "step": "check"}, expect=422)
    assert page.html.count('role="alert"') == 1 and "One answer needs a second look" in page.words
    form = page.form_for("/services/printers/ask")
    for name, value in answers.items():
        assert form[name] == value
    assert db.session.query(ServiceRequest).count() == 0


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("device", "   "),
        ("device", "x" * 201),
        ("story", "x" * 5001),
        ("floor", "Cellar"),
        ("floor", "first & second"),
        ("urgent", "maybe"),
        ("since", "3/4/2026"),
        ("since", "2026-02-30"),
        ("since", "0000-00-00"),
        ("since", "next week"),
    ],
)
def test_an_answer_that_is_none_is_refused_and_kept_to_be_mended(
    visitor: Browser, service: Service, key: str, wrong: str
) -> None:
    page = visitor(a_person()).post("/services/printers/ask", {**GOOD_ANSWERS, f"q_{key}": wrong}, expect=422)
    assert "One answer needs a second look" in page.words
    if key not in ("floor", "urgent"):
        assert page.form_for("/services/printers/ask")[f"q_{key}"] == wrong
    assert db.session.query(ServiceRequest).count() == 0


def test_optional_questions_may_be_left_open_and_are_then_not_kept(visitor: Browser) -> None:
    a_service("Easy", slug="easy", questions=optional(EVERY_KIND))
    browser = visitor(a_person())
    form = browser.get("/services/easy/ask").form_for("/services/easy/ask")
    checked = browser.post("/services/easy/ask", form | {"summary": "Only this", "step": "check"}, expect=200)
    browser.post("/services/easy/ask", checked.form_for("/services/easy/ask") | {"step": "send"})
    assert db.session.query(ServiceRequest).one().answers == {}


def test_an_old_request_shows_the_wording_it_was_answered_under(visitor: Browser, service: Service) -> None:
    browser, agent = visitor(a_person()), visitor(a_person(roles=("agent",)))
    made = browser.post("/services/printers/ask", GOOD_ANSWERS)
    newer = [
        {"key": "device", "kind": "text", "wording": "Label of the machine?", "required": True},
        {"key": "urgent", "kind": "yes_no", "wording": "Can you go on working?", "required": False},
    ]
    db.session.add(RequestForm(service=service, number=2, published_at=TUESDAY_10, questions_data=newer))
    reference = reference_in(made)
    for page in (browser.get(f"/requests/{reference}"), agent.get(f"/queue/{reference}")):
        assert "Which device?" in page.words and "Does it stop your work?" in page.words
        assert "Label of the machine?" not in page.words
    asked = browser.get("/services/printers/ask").words
    assert "Label of the machine?" in asked and "Which device?" not in asked


def test_answers_to_a_list_that_was_replaced_meanwhile_are_checked_against_the_new_one(
    visitor: Browser, service: Service
) -> None:
    newer = [{"key": "label", "kind": "text", "wording": "Label?", "required": True}]
    db.session.add(RequestForm(service=service, number=2, published_at=TUESDAY_10, questions_data=newer))
    page = visitor(a_person()).post("/services/printers/ask", GOOD_ANSWERS, expect=422)
    assert "Label?" in page.words and page.value("summary") == GOOD_ANSWERS["summary"]


TYPED = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\n\t"), min_size=1, max_size=60
).map(str.strip)
HARD = [
    "<script>alert(1)</script>",
    "<b>bold</b> & &amp; &lt;",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% raw %} ${7*7} #{7*7}",
    "</textarea><form action=//evil>",
    "%(name)s %s %d 100%",
    "' OR 1=1; --",
    "שלום עולם مرحبا \u202e reversed",
    "🙂👩‍👩‍👧 e\u0301",
    "line one\n\nline two\n  indented",
    "\\n \\x00 \\",
    "=1+1",
    "a" * 120,
]


@pytest.mark.parametrize("typed", HARD)
def test_cve_2026_25739_hard_texts_come_back_character_for_character(visitor: Browser, typed: str) -> None:
    if db.session.query(Service).count() == 0:
        a_service("Easy", slug="easy", questions=optional(EVERY_KIND))
    walk_through(visitor(a_person()), typed)


@given(typed=TYPED.filter(bool))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_character_for_character(visitor: Browser, typed: str) -> None:
    if db.session.query(Service).count() == 0:
        a_service("Easy", slug="easy", questions=optional(EVERY_KIND))
    walk_through(visitor(a_person()), typed)


def walk_through(browser: Visitor, typed: str) -> None:
    """Refused form, check page, second thoughts, sending, and the page of the request."""
    address = "/services/easy/ask"
    line = " ".join(typed.split()) or "x"
    values = {"summary": line, "details": typed, "q_device": line, "q_story": typed}
    refused = browser.post(address, {**values, "q_since": "never"}, expect=422)
    checked = browser.post(address, {**values, "step": "check"}, expect=200)
    edited = browser.post(address, checked.form_for(address) | {"step": "edit"}, expect=200)
    for page in (refused, checked, edited):
        form = page.form_for(address)
        assert {name: form[name].replace("\r\n", "\n") for name in values} == values
    made = browser.post(address, edited.form_for(address) | {"step": "send"})
    kept = db.session.query(ServiceRequest).order_by(ServiceRequest.id.desc()).first()
    assert kept and (kept.summary, kept.details.replace("\r\n", "\n")) == (line, typed)
    shown = browser.get(f"/requests/{reference_in(made)}")
    assert shown.heading == line
    assert " ".join(typed.split()) in shown.words
    for page in (refused, checked, edited, shown):
        main = page.tree.find(".//main")
        assert not [element for kind in ("script", "img", "iframe", "object") for element in main.iter(kind)]
