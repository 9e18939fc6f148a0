"""Working on a form: every verb works, says so, refuses strangers and nonsense, and loses no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.catalogue.models import RequestForm, Service, ServiceChange
from portal.designer.models import FormDraft
from portal.extensions import db
from portal.people.models import Person
from portal.questions.rules import KINDS
from tests.builders import a_person, a_service
from tests.visitor import Visitor

QUESTIONS: list[dict[str, Any]] = [
    {
        "key": "computer",
        "kind": "choice",
        "wording": "Which computer is it?",
        "required": True,
        "choices": [{"value": "laptop", "words": "Laptop"}, {"value": "desktop", "words": "Desktop computer"}],
    },
    {
        "key": "dock",
        "kind": "yes_no",
        "wording": "Do you have a dock?",
        "shown_if": {"question": "computer", "is": "equals", "value": "laptop"},
    },
    {"key": "since", "kind": "date", "wording": "Since when?"},
]

Open = Callable[..., Visitor]


@pytest.fixture
def service(app: Flask) -> Service:
    return a_service("A new device", slug="device", questions=QUESTIONS)


@pytest.fixture
def keeper(app: Flask) -> Person:
    return a_person("Mia Keeper", roles=("manager",))


@pytest.fixture
def browser(service: Service, keeper: Person, visitor: Open) -> Visitor:
    return visitor(keeper)


def draft() -> FormDraft:
    db.session.expire_all()
    return db.session.query(FormDraft).one()


def keys() -> list[str]:
    return [one["key"] for one in draft().questions_data]


def question(key: str) -> dict[str, Any]:
    return next(one for one in draft().questions_data if one["key"] == key)


def published() -> list[RequestForm]:
    db.session.expire_all()
    return db.session.query(RequestForm).order_by(RequestForm.number).all()


def version() -> str:
    found = db.session.query(FormDraft).one_or_none()
    return str(found.version if found else 0)


# --- looking -----------------------------------------------------------------------------------------------------


def test_the_list_shows_each_service_with_its_form_and_finds_by_words(browser: Visitor) -> None:
    a_service("Printer paper")
    assert "A new device Form 1" in browser.get("/designer").words
    found = browser.get("/designer?q=printer").words
    assert "Printer paper" in found and "A new device" not in found
    assert "No service contains “zebra”" in browser.get("/designer?q=zebra").words


def test_the_form_says_each_condition_in_plain_words(browser: Visitor) -> None:
    assert "only when “Which computer is it?” is “Laptop”" in browser.get("/designer/device").words


def test_looking_makes_no_working_copy(browser: Visitor) -> None:
    for address in ("", "/questions/dock", "/questions/dock/condition", "/compare", "/history", "/publish"):
        browser.get(f"/designer/device{address}")
    assert db.session.query(FormDraft).count() == 0


def test_a_stranger_is_refused_everywhere(service: Service, visitor: Open) -> None:
    for person in (a_person(), a_person(roles=("agent", "communicator", "analyst"))):
        stranger = visitor(person)
        for address in ("", "/device", "/device/questions/dock", "/device/publish", "/device/new"):
            stranger.get(f"/designer{address}", expect=403)
        stranger.post("/designer/device/questions/dock/move", {"to": "up"}, expect=403)
        stranger.post("/designer/device/publish", {"note": "x"}, expect=403)


def test_what_is_not_there_is_not_found(browser: Visitor) -> None:
    for address in ("none", "device/questions/none", "device/questions/none/remove", "device/compare?old=7"):
        browser.get(f"/designer/{address}", expect=404)
    browser.get("/designer/device/new?kind=riddle", expect=404)
    browser.get("/designer/device/new?kind=text&in=dock", expect=404)


@pytest.mark.parametrize("deed", ["move", "duplicate"])
def test_a_deed_is_not_done_by_looking(browser: Visitor, deed: str) -> None:
    browser.get(f"/designer/device/questions/dock/{deed}", expect=405)


# --- adding ------------------------------------------------------------------------------------------------------

ENOUGH = {"choices": "Red\nGreen", "columns": "What\nHow many"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_of_every_kind_can_be_added_and_changed(browser: Visitor, kind: str) -> None:
    page = browser.get(f"/designer/device/new?kind={kind}")
    form = page.form_for("/designer/device/new")
    filled = {name: ENOUGH[name] for name in ENOUGH if name in form}
    browser.post("/designer/device/new", {**form, **filled, "wording": "My question", "help": "Look below."})
    made = draft().questions_data[-1]
    assert (made["key"], made["kind"], made["wording"]) == ("my_question", kind, "My question")
    browser.submit("/designer/device/questions/my_question", {"wording": "Mine"})
    assert question("my_question")["wording"] == "Mine"
    assert {**question("my_question"), "wording": ""} == {**made, "wording": ""}


def test_a_question_is_added_where_one_said(browser: Visitor) -> None:
    browser.submit(
        "/designer/device/new", {"wording": "Which colour?"}, at="/designer/device/new?kind=text&after=computer"
    )
    assert keys() == ["computer", "which_colour", "dock", "since"]


def test_two_clicks_add_one_question(browser: Visitor) -> None:
    form = browser.get("/designer/device/new?kind=text").form_for("/designer/device/new")
    first = browser.post("/designer/device/new", {**form, "wording": "Which colour?"})
    second = browser.post("/designer/device/new", {**form, "wording": "Which colour?"})
    assert first.location == second.location
    assert keys().count("which_colour") == 1


def test_a_question_without_words_or_choices_is_refused_and_kept_as_typed(browser: Visitor) -> None:
    page = browser.submit(
        "/designer/device/new", {"help": "Look at the sticker."}, at="/designer/device/new?kind=choice", expect=422
    )
    assert "Write what you want to ask." in page.words and "Write at least one answer" in page.words
    assert page.value("help").strip() == "Look at the sticker."


def test_a_key_is_never_used_twice_even_when_its_question_is_gone(browser: Visitor) -> None:
    browser.submit("/designer/device/questions/since/remove")
    browser.submit("/designer/device/publish", {"note": "Shorter."})
    browser.submit("/designer/device/new", {"wording": "Since"}, at="/designer/device/new?kind=text")
    assert keys()[-1] == "since_2"


def test_wordings_without_latin_letters_get_a_key_too(browser: Visitor) -> None:
    for wording in ("Який?", "Який?", "2nd floor?"):
        browser.submit("/designer/device/new", {"wording": wording}, at="/designer/device/new?kind=text")
    assert keys()[-3:] == ["q", "q_2", "q_2nd_floor"]


# --- changing ----------------------------------------------------------------------------------------------------


def test_the_words_of_a_choice_change_and_what_is_kept_stays(browser: Visitor) -> None:
    address = "/designer/device/questions/computer"
    assert browser.get(address).value("choices").strip() == "Laptop = laptop\nDesktop computer = desktop"
    browser.submit(address, {"choices": "A tablet\nA portable computer = laptop\nDesktop computer = desktop"})
    assert question("computer")["choices"] == [
        {"value": "a_tablet", "words": "A tablet"},
        {"value": "laptop", "words": "A portable computer"},
        {"value": "desktop", "words": "Desktop computer"},
    ]


def test_a_choice_written_without_its_kept_name_still_keeps_it(browser: Visitor) -> None:
    browser.submit("/designer/device/questions/computer", {"choices": "Desktop computer\nLaptop"})
    assert [one["value"] for one in question("computer")["choices"]] == ["desktop", "laptop"]


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ("Laptop = laptop\nOther = laptop", "stands in two lines"),
        (" = laptop", "Write words before"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_choices_that_make_no_sense_are_refused(browser: Visitor, choices: str, says: str) -> None:
    page = browser.submit("/designer/device/questions/computer", {"choices": choices}, expect=422)
    assert says in page.words
    assert page.value("choices").strip() == choices.strip()


def test_bounds_and_patterns_are_checked(browser: Visitor) -> None:
    new = "/designer/device/new"
    for kind, typed, says in (
        ("number", {"least": "9", "most": "3"}, "less than the bound before it"),
        ("number", {"least": "many"}, "is not a number"),
        ("date", {"most": "soon"}, "Enter a day"),
        ("rows", {"least": "-1", "columns": "What"}, "whole number from 0 up"),
        ("text", {"pattern": "([a-z"}, "is no pattern"),
    ):
        page = browser.submit(new, {"wording": "How?", **typed}, at=f"{new}?kind={kind}", expect=422)
        assert says in page.words, kind


def test_a_ready_pattern_brings_its_words(browser: Visitor) -> None:
    typed = {"wording": "Sticker", "ready": "sticker"}
    browser.submit("/designer/device/new", typed, at="/designer/device/new?kind=text")
    assert question("sticker")["pattern"].startswith("[A-Za-z]")
    assert "LT-2041" in question("sticker")["pattern_message"]


def test_a_question_is_written_in_french_too(browser: Visitor) -> None:
    address = "/designer/device/questions/computer"
    typed = {"wording_in_fr": "Quel ordinateur ?", "choices_in_fr": "Portable = laptop\n= desktop"}
    browser.submit(address, typed)
    found = question("computer")
    assert found["translations"] == {"fr": {"wording": "Quel ordinateur ?"}}
    assert found["choices"][0] == {"value": "laptop", "words": "Laptop", "translations": {"fr": "Portable"}}
    page = browser.submit(address, {"choices_in_fr": "Portable = notebook"}, expect=422)
    assert "is for none of the answers" in page.words


def test_what_somebody_else_changed_meanwhile_is_not_lost_and_neither_is_my_text(
    browser: Visitor, visitor: Open
) -> None:
    other = visitor(a_person("Otto Other", roles=("administrator",)))
    mine = browser.get("/designer/device/questions/since").form_for("/designer/device/questions/since")
    other.submit("/designer/device/questions/since", {"wording": "From which day on?"})
    page = browser.post("/designer/device/questions/since", {**mine, "wording": "Since which day?"}, expect=409)
    assert "Otto Other changed this form" in page.words and "From which day on?" in page.words
    assert page.value("wording").strip() == "Since which day?"
    browser.post("/designer/device/questions/since", page.form_for("/designer/device/questions/since"))
    assert question("since")["wording"] == "Since which day?"


def test_a_question_that_was_removed_meanwhile_keeps_my_text(browser: Visitor) -> None:
    address = "/designer/device/questions/since"
    mine = browser.get(address).form_for(address)
    browser.submit(f"{address}/remove")
    page = browser.post(address, {**mine, "wording": "Since which day?"}, expect=409)
    assert "Somebody removed this question" in page.words
    browser.post("/designer/device/new", page.form_for("/designer/device/new"))
    assert draft().questions_data[-1]["wording"] == "Since which day?"


# --- order -------------------------------------------------------------------------------------------------------


def move(browser: Visitor, key: str, to: str, expect: int = 303) -> Any:
    return browser.post(f"/designer/device/questions/{key}/move", {"to": to, "version": version()}, expect=expect)


def test_questions_move_up_down_and_to_a_place(browser: Visitor) -> None:
    move(browser, "since", "up")
    assert keys() == ["computer", "since", "dock"]
    move(browser, "since", "1")
    assert keys() == ["since", "computer", "dock"]
    page = browser.follow(move(browser, "since", "down"))
    assert keys() == ["computer", "since", "dock"]
    assert "“Since when?” is number 2 now." in page.words


def test_a_question_cannot_stand_before_the_one_it_depends_on(browser: Visitor) -> None:
    page = move(browser, "dock", "1", expect=422)
    assert "“Do you have a dock?” cannot stand before “Which computer is it?”" in page.words
    page = move(browser, "computer", "down", expect=422)
    assert "“Which computer is it?” cannot stand after “Do you have a dock?”" in page.words


@pytest.mark.parametrize(
    ("key", "to", "says"),
    [("computer", "up", "first"), ("since", "down", "last"), ("dock", "9", "1 to 3"), ("dock", "x", "1 to 3")],
)
def test_a_place_that_is_none_is_refused(browser: Visitor, key: str, to: str, says: str) -> None:
    assert says in move(browser, key, to, expect=422).words


def test_moving_answers_with_the_list_alone_and_keeps_the_names_of_its_buttons(browser: Visitor) -> None:
    headers = {"HX-Request": "true", "HX-Target": "question-list"}
    browser.post("/designer/device/questions/since/move", {"to": "up", "version": "0"}, headers=headers)
    page = browser.get("/designer/device", headers=headers, review=False)
    assert 'id="up-since"' in page.html and "<html" not in page.html


def test_a_move_in_a_list_that_changed_meanwhile_is_refused(browser: Visitor) -> None:
    move(browser, "since", "up")
    page = browser.post("/designer/device/questions/since/move", {"to": "up", "version": "0"}, expect=409)
    assert "changed this form while you were at it" in page.words
    assert keys() == ["computer", "since", "dock"]


# --- removing and duplicating ------------------------------------------------------------------------------------


def test_removing_names_what_depends_on_it_and_takes_that_condition_away(browser: Visitor) -> None:
    page = browser.get("/designer/device/questions/computer/remove")
    assert "One question depends on it" in page.words and "Then: always asked." in page.words
    browser.submit("/designer/device/questions/computer/remove")
    assert keys() == ["dock", "since"]
    assert "shown_if" not in question("dock")


def test_a_question_is_duplicated_under_a_key_of_its_own(browser: Visitor) -> None:
    form = browser.get("/designer/device/questions/dock").form_for("/designer/device/questions/dock/duplicate")
    first = browser.post("/designer/device/questions/dock/duplicate", form)
    again = browser.post("/designer/device/questions/dock/duplicate", form)
    assert first.location == again.location == "/designer/device/questions/do_you_have_a_dock"
    assert keys() == ["computer", "dock", "do_you_have_a_dock", "since"]
    assert question("do_you_have_a_dock")["shown_if"] == question("dock")["shown_if"]


def test_columns_of_rows_are_added_moved_and_removed_but_never_all(browser: Visitor) -> None:
    new = "/designer/device/new"
    browser.submit(new, {"wording": "Things", "columns": "What\nColour"}, at=f"{new}?kind=rows")
    browser.submit(new, {"wording": "How many"}, at=f"{new}?kind=number&in=things")
    move(browser, "things.how_many", "1")
    browser.submit("/designer/device/questions/things.colour/remove")
    assert [one["key"] for one in question("things")["columns"]] == ["how_many", "what"]
    browser.submit("/designer/device/questions/things.what", {"wording": "What exactly"})
    browser.submit("/designer/device/questions/things.how_many/remove")
    page = browser.submit("/designer/device/questions/things.what/remove", expect=422)
    assert "at least one column" in page.words


# --- publishing --------------------------------------------------------------------------------------------------


def test_publishing_makes_the_next_number_and_leaves_the_last_one_alone(browser: Visitor, keeper: Person) -> None:
    browser.submit("/designer/device/questions/since", {"wording": "Since which day?"})
    before = published()[0].questions_data
    page = browser.follow(browser.submit("/designer/device/publish", {"note": "Clearer words.", "public": "y"}))
    assert "Form 2 is published" in page.words and "Clearer words." in page.words
    first, second = published()
    assert (first.number, first.questions_data) == (1, before)
    assert (second.number, second.published_by, second.change_note) == (2, keeper, "Clearer words.")
    change = db.session.query(ServiceChange).filter_by(kind="form_published").one()
    assert (change.note, change.public) == ("Clearer words.", True)
    assert "This is form 2" in browser.get("/designer/device").words


def test_customers_are_told_only_when_that_is_ticked(browser: Visitor) -> None:
    browser.submit("/designer/device/questions/since", {"wording": "Since which day?"})
    form = browser.get("/designer/device/publish").form_for("/designer/device/publish")
    browser.post("/designer/device/publish", {**form, "note": "Clearer words."})
    assert db.session.query(ServiceChange).filter_by(kind="form_published", public=True).count() == 0


def test_two_clicks_publish_once(browser: Visitor) -> None:
    browser.submit("/designer/device/questions/since", {"wording": "Since which day?"})
    form = browser.get("/designer/device/publish").form_for("/designer/device/publish")
    for _click in range(2):
        browser.post("/designer/device/publish", {**form, "note": "Clearer words."})
    assert len(published()) == 2


def test_publishing_needs_a_note_and_a_difference(browser: Visitor) -> None:
    assert "Nothing to publish" in browser.get("/designer/device/publish").words
    page = browser.post("/designer/device/publish", {"note": "x", "version": "0", "over": "1"}, expect=422)
    assert "nothing to publish" in page.words
    browser.submit("/designer/device/questions/since", {"wording": "Since which day?"})
    assert "Write a sentence" in browser.submit("/designer/device/publish", expect=422).words
    assert len(published()) == 1


def test_a_form_that_makes_no_sense_is_not_published_and_the_question_is_named(browser: Visitor) -> None:
    browser.submit("/designer/device/questions/computer", {"choices": "Desktop computer = desktop"})
    assert "Do you have a dock?" in browser.get("/designer/device").words
    page = browser.submit("/designer/device/publish", {"note": "Shorter."}, expect=422)
    assert "“Do you have a dock?” waits for “laptop”" in page.words
    assert len(published()) == 1


def test_what_was_published_meanwhile_is_not_replaced_unseen(browser: Visitor, service: Service) -> None:
    browser.submit("/designer/device/questions/since", {"wording": "Since which day?"})
    form = browser.get("/designer/device/publish").form_for("/designer/device/publish")
    data = published()[0].questions_data[:1]
    db.session.add(
        RequestForm(service=service, number=2, published_at=published()[0].published_at, questions_data=data)
    )
    page = browser.post("/designer/device/publish", {**form, "note": "Clearer words."}, expect=409)
    assert "Form 2 was published meanwhile" in page.words
    assert page.value("note").strip() == "Clearer words."
    browser.post("/designer/device/publish", page.form_for("/designer/device/publish"))
    assert [one.number for one in published()] == [1, 2, 3]


def test_the_working_copy_is_thrown_away_only_when_one_says_so_again(browser: Visitor) -> None:
    assert "Nothing to throw away" in browser.get("/designer/device/throw-away").words
    browser.submit("/designer/device/questions/since/remove")
    assert "1 question removed" in browser.get("/designer/device/throw-away").words
    browser.submit("/designer/device/throw-away")
    assert keys() == ["computer", "dock", "since"]
    assert "This is form 1" in browser.get("/designer/device").words


def test_the_history_says_how_many_were_asked_under_each_form(browser: Visitor, visitor: Open) -> None:
    customer = visitor(a_person("Clara Customer"))
    customer.submit("/services/device/ask", {"summary": "One please", "q_computer": "desktop", "step": "send"})
    page = browser.get("/designer/device/history")
    assert "Form 1 customers see this one" in page.words and "1 request" in page.words
