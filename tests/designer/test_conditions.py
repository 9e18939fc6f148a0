"""“Ask this only when …”: rows that say the same as the condition, buttons that need no script, and words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.designer import asked_when
from portal.questions.conditions import Condition, Is, Joined, holds, read_condition
from portal.questions.rules import read_questions
from portal.questions.saying import said
from portal.refusal import Refusal
from tests.builders import a_person, a_service
from tests.designer.test_designing import draft, question
from tests.visitor import Page, Visitor

QUESTIONS: list[dict[str, Any]] = [
    {
        "key": "computer",
        "kind": "choice",
        "wording": "Which computer?",
        "choices": [{"value": "laptop", "words": "Laptop"}, {"value": "desktop", "words": "Desktop"}, "tablet"],
    },
    {"key": "parts", "kind": "choices", "wording": "Which parts?", "choices": ["Mouse", "Screen"]},
    {"key": "old", "kind": "yes_no", "wording": "Is it old?"},
    {"key": "count", "kind": "number", "wording": "How many?"},
    {"key": "day", "kind": "date", "wording": "By when?"},
    {"key": "name", "kind": "text", "wording": "Its name?"},
    {"key": "who", "kind": "person", "wording": "For whom?"},
    {"key": "agreed", "kind": "consent", "wording": "I agree."},
    {"key": "things", "kind": "rows", "wording": "Things", "columns": [{"key": "a", "kind": "text", "wording": "A"}]},
    {"key": "last", "kind": "text", "wording": "Anything else?"},
]
EARLIER = {one.key: one for one in read_questions(QUESTIONS[:-1])}
ADDRESS = "/designer/device/questions/last/condition"


@pytest.fixture
def browser(app: Flask, visitor: Callable[..., Visitor]) -> Visitor:
    a_service("A new device", slug="device", questions=QUESTIONS)
    return visitor(a_person(roles=("manager",)))


def press(browser: Visitor, page: Page, deed: str, expect: int = 200, **typed: Any) -> Page:
    form = page.form_for(ADDRESS)
    # Both the hidden button and the chosen one carry this name; a browser sends only the one that was pressed.
    return browser.post(ADDRESS, {**form, **typed, "deed": deed}, expect=expect)


def test_a_condition_is_built_with_buttons_alone_and_said_in_words(browser: Visitor) -> None:
    page = press(browser, browser.get(ADDRESS), "add:", new="computer")
    page = press(browser, page, "add:", new="count", **{"r-0-value": ["laptop", "tablet"]})
    typed = {"how": "any", "r-0-value": ["laptop", "tablet"], "r-1-is": "not_greater", "r-1-value": "3"}
    press(browser, page, "save", 303, **typed)
    one_of = {"question": "computer", "is": "one_of", "value": ["laptop", "tablet"]}
    few = {"not": {"question": "count", "is": "greater", "value": 3}}
    assert question("last")["shown_if"] == {"any": [one_of, few]}
    words = browser.get("/designer/device").words
    assert "only when “Which computer?” is “Laptop” or “tablet” or “How many?” is not more than 3" in words


def test_the_page_shows_the_condition_as_it_is_and_saves_it_unchanged(browser: Visitor) -> None:
    page = press(browser, browser.get(ADDRESS), "add:", new="old")
    page = press(browser, page, "group", **{"r-0-value": "no"})
    page = press(browser, page, "add:g-0", **{"g-0-new": "parts", "r-0-value": "no"})
    press(browser, page, "save", 303, **{"r-0-value": "no", "g-0-how": "not_any", "g-0-r-0-value": "Screen"})
    before = question("last")["shown_if"]
    assert before == {
        "all": [
            {"question": "old", "is": "equals", "value": False},
            {"not": {"question": "parts", "is": "contains", "value": "Screen"}},
        ]
    }
    press(browser, browser.get(ADDRESS), "save", 303)
    assert question("last")["shown_if"] == before


def test_rows_and_groups_are_taken_away_and_without_any_it_is_always_asked(browser: Visitor) -> None:
    page = press(browser, browser.get(ADDRESS), "add:", new="old")
    press(browser, page, "save", 303)
    page = press(browser, browser.get(ADDRESS), "group")
    page = press(browser, page, "drop:g-0")
    page = press(browser, page, "drop:r-0")
    assert "No condition: it is always asked." in page.words
    press(browser, page, "save", 303)
    assert "shown_if" not in question("last")


@pytest.mark.parametrize(
    ("key", "typed", "says"),
    [
        ("count", {"r-0-is": "greater", "r-0-value": "lots"}, "is not a number"),
        ("day", {"r-0-is": "less", "r-0-value": "soon"}, "Enter a day"),
        ("computer", {"r-0-is": "one_of"}, "Say what to compare"),
        ("computer", {"r-0-is": "one_of", "r-0-value": "phone"}, "is no answer"),
        ("name", {"r-0-is": "greater", "r-0-value": "3"}, "Choose how to compare"),
    ],
)
def test_what_is_not_complete_is_refused_at_its_row_and_stays(
    browser: Visitor, key: str, typed: dict[str, str], says: str
) -> None:
    page = press(browser, browser.get(ADDRESS), "add:", new=key)
    page = press(browser, page, "save", 422, **typed)
    assert says in page.words
    assert page.value("r-0-is") == typed["r-0-is"] or key == "name"


def test_a_deeper_condition_is_said_and_kept_until_another_is_built(browser: Visitor) -> None:
    deep = {"all": [{"any": [{"all": [IS["old"], IS["name"]]}, IS["count"]]}, IS["who"]]}
    questions = [*QUESTIONS[:-1], {**QUESTIONS[-1], "shown_if": deep}]
    a_service("Deep", slug="deep", questions=questions)
    page = browser.get("/designer/deep/questions/last/condition")
    assert "deeper than can be shown" in page.words
    assert "(“Is it old?” is yes and “Its name?” contains “x”) or “How many?” is more than 2" in page.words
    browser.submit("/designer/deep/questions/last", {"wording": "More?"})
    assert question("last")["shown_if"] == deep


def test_the_first_question_has_nothing_to_depend_on(browser: Visitor) -> None:
    assert "Nothing is asked before it" in browser.get("/designer/device/questions/computer/condition").words


def test_a_condition_that_somebody_else_changed_meanwhile_keeps_my_rows(browser: Visitor) -> None:
    page = press(browser, browser.get(ADDRESS), "add:", new="old")
    browser.submit("/designer/device/questions/last", {"wording": "More?"})
    page = press(browser, page, "save", 409)
    assert "Which" in page.words and page.value("r-0-question") == "old"
    press(browser, page, "save", 303)
    assert draft().questions_data[-1]["shown_if"]["question"] == "old"


def test_names_that_nobody_would_send_change_nothing(browser: Visitor) -> None:
    for deed in ("add:", "add:g-9", "drop:r-99", "drop:g-7", "drop:", "nonsense", ""):
        browser.post(ADDRESS, {"deed": deed or "nonsense", "new": "nobody", "how": "odd", "version": "0"}, expect=200)
    browser.post(ADDRESS, {"r-0-question": "nobody", "r-0-is": "equals", "r-0-value": "1", "version": "0"})
    assert "shown_if" not in question("last")


IS: dict[str, dict[str, Any]] = {
    "computer": {"question": "computer", "is": "equals", "value": "laptop"},
    "parts": {"question": "parts", "is": "contains", "value": "Mouse"},
    "old": {"question": "old", "is": "equals", "value": True},
    "count": {"question": "count", "is": "greater", "value": 2},
    "day": {"question": "day", "is": "less", "value": "2026-04-14"},
    "name": {"question": "name", "is": "contains", "value": "x"},
    "who": {"question": "who", "is": "is_empty"},
    "agreed": {"question": "agreed", "is": "equals", "value": True},
    "things": {"question": "things", "is": "greater", "value": 1},
}
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "computer": st.sampled_from(["laptop", "desktop", "tablet"]),
        "parts": st.lists(st.sampled_from(["Mouse", "Screen"]), unique=True),
        "old": st.booleans(),
        "count": st.integers(0, 4),
        "day": st.sampled_from(["2026-04-13", "2026-04-14", "2026-04-15"]),
        "name": st.sampled_from(["x", "y"]),
        "who": st.just({"id": 1, "name": "Mia"}),
        "agreed": st.just(True),
        "things": st.lists(st.just({"a": "x"}), max_size=3),
    },
)
COMPARISONS = st.sampled_from(sorted(IS)).map(lambda key: read_condition(IS[key]))
ROWS = st.one_of(COMPARISONS, COMPARISONS.map(lambda one: Joined("not", (one,))))


def joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    plain = st.builds(Joined, st.sampled_from(["all", "any"]), st.lists(parts, min_size=1, max_size=3).map(tuple))
    return st.one_of(plain, plain.map(lambda one: Joined("not", (one,))))


TWO_LEVELS = st.one_of(ROWS, joined(ROWS), joined(st.one_of(ROWS, joined(ROWS))))


@given(condition=TWO_LEVELS, answers=ANSWERS)
def test_rows_say_the_same_as_the_condition_they_were_made_of(condition: Condition, answers: dict[str, Any]) -> None:
    rows = asked_when.as_rows(condition, EARLIER)
    assert rows is not None
    again = asked_when.as_condition(rows, EARLIER)
    assert again is not None
    assert holds(again, answers) == holds(condition, answers)


@given(condition=st.recursive(ROWS, joined, max_leaves=12), answers=ANSWERS)
def test_a_condition_of_any_depth_is_either_shown_truly_or_not_at_all(
    condition: Condition, answers: dict[str, Any]
) -> None:
    rows = asked_when.as_rows(condition, EARLIER)
    if rows is not None:
        again = asked_when.as_condition(rows, EARLIER)
        assert again is not None and holds(again, answers) == holds(condition, answers)


def test_comparisons_that_are_not_offered_for_a_kind_are_left_alone() -> None:
    for condition in (Is("computer", "greater", 1), Is("count", "one_of", [1, 2]), Is("nobody", "equals", 1)):
        assert asked_when.as_rows(condition, EARLIER) is None


def test_every_comparison_that_is_offered_can_be_saved_and_has_words(app: Flask) -> None:
    typed = {"computer": ["laptop"], "parts": ["Mouse"], "old": ["no"], "count": ["1,5"], "day": ["2026-04-14"]}
    with app.test_request_context():
        for key, asked in EARLIER.items():
            for name, words in asked_when.comparisons_for(asked):
                row = asked_when.Row(key, name, typed.get(key, ["2"]))
                condition = asked_when.as_condition(asked_when.Rows(rows=[row]), EARLIER)
                assert words and said(condition, list(EARLIER.values())).startswith(f"“{asked.wording}” ")


def test_a_refused_row_says_why(app: Flask) -> None:
    with app.test_request_context():
        rows = asked_when.Rows(rows=[asked_when.Row("count", "greater", [""])])
        with pytest.raises(Refusal):
            asked_when.as_condition(rows, EARLIER)
        assert "How many?" in rows.rows[0].trouble
