"""Conditions in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from portal.questions.conditions import read_condition
from portal.questions.rules import read_questions
from portal.questions.saying import said

QUESTIONS = read_questions(
    [
        {
            "key": "a",
            "kind": "choice",
            "wording": "A?",
            "choices": [{"value": "x", "words": "X"}, {"value": "y", "words": "Y"}],
        },
        {"key": "b", "kind": "yes_no", "wording": "B?"},
        {"key": "d", "kind": "date", "wording": "D?"},
    ]
)
NESTED = {"all": [{"any": [{"not": {"any": [{"question": "b", "is": "is_empty"}]}}]}]}


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"question": "a", "is": "one_of", "value": ["x", "y"]}, "“A?” is “X” or “Y”"),
        ({"question": "b", "is": "equals", "value": True}, "“B?” is yes"),
        ({"question": "d", "is": "greater", "value": "2026-04-14"}, "“D?” is after Tuesday 14 April"),
        ({"not": {"question": "a", "is": "is_empty"}}, "“A?” has an answer"),
        ({"question": "gone", "is": "is_empty"}, "“a question that is not there” has no answer"),
        (
            {
                "any": [
                    {"question": "b", "is": "equals", "value": False},
                    {"question": "a", "is": "contains", "value": "x"},
                ]
            },
            "“B?” is no or “A?” contains “X”",
        ),
        (NESTED, "some of your answers ask for it"),
    ],
)
def test_a_condition_is_said_in_words(app: Flask, condition: dict[str, Any], words: str) -> None:
    with app.test_request_context():
        assert said(read_condition(condition), QUESTIONS, deepest=2) == words


def test_those_who_design_a_form_read_the_whole_condition(app: Flask) -> None:
    with app.test_request_context():
        assert said(read_condition(NESTED), QUESTIONS) == "not (“B?” has no answer)"
