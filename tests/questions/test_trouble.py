"""What is wrong with a list of questions, all of it at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.questions.rules import read_questions
from portal.questions.trouble import trouble
from tests.questions.strategies import question_lists
from tests.questions.test_rules import BROKEN, JSON

FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = {"key": "t", "kind": "text", "wording": "Text?"}
FLOOR = {"key": "floor", "kind": "choice", "wording": "Floor?", "choices": ["first", {"value": "2", "words": "Second"}]}


def depends(**condition: Any) -> dict[str, Any]:
    return {"key": "d", "kind": "text", "wording": "Then?", "shown_if": condition}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([TEXT, TEXT], "“Text?” has the same key as a question before it."),
        ([TEXT | {"wording": " "}], "Question 1 has no wording."),
        ([TEXT | {"key": "a b"}], "“Text?” has a key that cannot be one: letters, digits and _ only."),
        ([TEXT | {"kind": "colour"}], "“Text?” is of a kind that is not known."),
        ([TEXT | {"kind": []}], "“Text?” is of a kind that is not known."),
        ([TEXT | {"pattern": "["}], "“Text?” has a pattern that is none, or is too large."),
        ([TEXT | {"kind": "date", "pattern": "x"}], "“Text?” has a pattern, and its kind has none."),
        ([TEXT | {"least": 5, "most": 2}], "“Text?” has bounds that are upside down."),
        ([TEXT | {"least": "x"}], "“Text?” has a bound that cannot be one."),
        ([TEXT | {"kind": "yes_no", "most": 2}], "“Text?” has bounds, and its kind has none."),
        ([TEXT | {"kind": "section", "required": True}], "“Text?” is only read, so it cannot be required."),
        ([TEXT | {"choices": ["x"]}], "“Text?” offers choices, and its kind has none."),
        ([FLOOR | {"choices": []}], "“Floor?” offers nothing to choose."),
        ([FLOOR | {"choices": ["x", "x"]}], "“Floor?” offers the same choice twice."),
        ([FLOOR | {"choices": ["x", " "]}], "“Floor?” has a choice without words."),
        ([TEXT | {"kind": "rows"}], "“Text?” has no columns."),
        ([TEXT | {"columns": [TEXT]}], "“Text?” has columns, and its kind has none."),
        (
            [TEXT | {"kind": "rows", "columns": [{"key": "f", "kind": "file", "wording": "File"}]}],
            "In the rows of “Text?” is something that a row cannot ask.",
        ),
        (
            [TEXT | {"kind": "rows", "columns": [{"key": "f", "kind": "text", "wording": ""}]}],
            "In the rows of “Text?”: Question 1 has no wording.",
        ),
        ([depends(question="x", **{"is": "is_empty"})], "“Then?” depends on “x”, which is not asked."),
        (
            [depends(question="t", **{"is": "is_empty"}), TEXT],
            "“Then?” depends on a question that is not asked before it.",
        ),
        (
            [depends(question="d", **{"is": "is_empty"})],
            "“Then?” depends on a question that is not asked before it.",
        ),
        (
            [FLOOR, depends(question="floor", value="third", **{"is": "equals"})],
            "“Then?” waits for “third”, which “Floor?” does not offer.",
        ),
        (
            [FLOOR, depends(all=[{"not": {"question": "floor", "is": "one_of", "value": ["first", "third"]}}])],
            "“Then?” waits for “third”, which “Floor?” does not offer.",
        ),
        (
            [TEXT | {"kind": "information"}, depends(question="t", **{"is": "is_empty"})],
            "“Then?” depends on “Text?”, which has no answer.",
        ),
        ([7], "Number 1 is no question."),
    ],
)
def test_it_is_named_in_plain_words(app: Flask, data: Any, words: str) -> None:
    with app.test_request_context():
        assert trouble(data) == [words]


def test_all_of_it_is_named_at_once(app: Flask) -> None:
    data = [TEXT | {"wording": ""}, FLOOR | {"choices": []}, depends(question="x", **{"is": "is_empty"})]
    with app.test_request_context():
        assert len(trouble(data)) == 3


@given(question_lists())
@FEW
def test_a_list_that_can_be_published_has_none(app: Flask, data: list[dict[str, Any]]) -> None:
    with app.test_request_context():
        waits = [words for words in trouble(data) if "does not offer" in words]
        assert trouble(data) == waits


@given(st.lists(st.one_of(BROKEN, JSON), max_size=4))
@FEW
def test_whatever_somebody_brings_is_read_or_named(app: Flask, data: Any) -> None:
    with app.test_request_context():
        if not trouble(data):
            read_questions(data)
