"""When a question is asked, what is kept, and lists of questions as plain data."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.questions.checking import problems, still_fits
from portal.questions.conditions import holds, read_condition, write_condition
from portal.questions.rules import (
    SILENT,
    Choice,
    Question,
    answered,
    read_questions,
    settled,
    steps,
    visible,
    write_questions,
)
from tests.questions.strategies import asked_and_answered, question_lists

ANY = settings(max_examples=150, deadline=None)


def is_so(data: dict[str, Any], **answers: Any) -> bool:
    return holds(read_condition(data), answers)


@pytest.mark.parametrize(
    ("answer", "operator", "value", "expected"),
    [
        ("laptop", "equals", "laptop", True),
        ("laptop", "equals", "Laptop", False),
        (True, "equals", True, True),
        (True, "equals", "true", False),
        (True, "equals", 1, False),
        (12, "equals", "12", True),
        (12.0, "equals", 12, True),
        (["a"], "equals", "a", True),
        (["a", "b"], "equals", "a", False),
        ({"id": 7, "name": "Ada"}, "equals", 7, True),
        ({"id": 7, "name": "Ada"}, "equals", "Ada", True),
        ("b", "one_of", ["a", "b"], True),
        (["c", "b"], "one_of", ["a"], False),
        (["c", "b"], "contains", "b", True),
        ("The SCREEN is black", "contains", "screen", True),
        (12, "greater", 11.5, True),
        ("12", "greater", 11, True),
        (12, "greater", 12, False),
        ("2026-04-14", "greater", "2026-04-13", True),
        ("2026-04-14", "less", "soon", False),
        (["a", "b", "c"], "greater", 2, True),
        ([{"n": 1}], "less", 2, True),
        (False, "less", 1, False),
        ("", "is_empty", None, True),
        ([], "is_empty", None, True),
        (False, "is_empty", None, False),
        (0, "is_empty", None, False),
    ],
)
def test_an_answer_is_compared_as_a_person_would(answer: Any, operator: str, value: Any, expected: bool) -> None:
    condition = {"question": "q", "is": operator} | ({} if value is None else {"value": value})
    assert is_so(condition, q=answer) is expected


@pytest.mark.parametrize("operator", ["equals", "one_of", "contains", "greater", "less"])
def test_of_an_answer_not_given_only_emptiness_holds(operator: str) -> None:
    condition = {"question": "q", "is": operator, "value": "1"}
    assert not is_so(condition) and is_so({"not": condition}) and is_so({"question": "q", "is": "is_empty"})


def test_conditions_are_joined_to_any_depth() -> None:
    first, second = {"question": "a", "is": "equals", "value": "1"}, {"question": "b", "is": "equals", "value": "2"}
    data = {"all": [first, {"any": [second, {"not": {"question": "c", "is": "is_empty"}}]}]}
    assert is_so(data, a="1", b="2") and is_so(data, a="1", c="x")
    assert not is_so(data, a="1") and not is_so(data, b="2", c="x")
    assert write_condition(read_condition(data)) == data


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "x",
        {},
        {"all": []},
        {"any": {}},
        {"all": [{"question": "a", "is": "is_empty"}], "any": []},
        {"question": "a", "is": "like", "value": "x"},
        {"question": "a", "is": [], "value": "x"},
        {"question": "", "is": "is_empty"},
        {"question": "a", "is": "equals"},
        {"question": "a", "is": "equals", "value": {"x": 1}},
        {"question": "a", "is": "one_of", "value": [["x"]]},
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError):
        read_condition(wrong)


def test_a_condition_that_is_too_deep_is_refused() -> None:
    data: dict[str, Any] = {"question": "a", "is": "is_empty"}
    for _step in range(10):
        data = {"not": data}
    with pytest.raises(ValueError):
        read_condition(data)


def chain() -> tuple[Question, ...]:
    """Each asked only when the one before it was answered with yes."""
    data: list[dict[str, Any]] = [{"key": "q0", "kind": "yes_no", "wording": "0"}]
    for number in range(1, 4):
        condition = {"question": f"q{number - 1}", "is": "equals", "value": True}
        data.append({"key": f"q{number}", "kind": "yes_no", "wording": str(number), "shown_if": condition})
    return read_questions(data)


def test_what_depends_on_a_hidden_question_is_hidden_with_it() -> None:
    answers = {"q0": True, "q1": False, "q2": True, "q3": True}
    assert [q.key for q in visible(chain(), answers)] == ["q0", "q1"]
    assert settled(chain(), answers) == {"q0": True, "q1": False}
    assert settled(chain(), dict.fromkeys(answers, True)) == dict.fromkeys(answers, True)


def test_a_hidden_section_hides_its_questions_until_the_next_one() -> None:
    questions = read_questions(
        [
            {"key": "a", "kind": "yes_no", "wording": "A"},
            {
                "key": "s",
                "kind": "section",
                "wording": "S",
                "new_step": True,
                "shown_if": {"question": "a", "is": "equals", "value": True},
            },
            {"key": "b", "kind": "text", "wording": "B", "required": True},
            {"key": "t", "kind": "section", "wording": "T", "new_step": True},
            {"key": "c", "kind": "text", "wording": "C"},
        ]
    )
    assert [q.key for q in visible(questions, {"a": False, "b": "stale"})] == ["a", "t", "c"]
    assert problems(questions, {"a": False}) == []
    assert [[q.key for q in step] for step in steps(visible(questions, {"a": True}))] == [["a"], ["s", "b"], ["t", "c"]]


@given(asked_and_answered())
@ANY
def test_settling_twice_is_settling_once(both: Any) -> None:
    questions, answers = both
    once = settled(questions, answers)
    assert settled(questions, once) == once
    assert visible(questions, once) == visible(questions, answers)
    assert {q.key: answer for q, answer in answered(questions, answers)} == once


@given(asked_and_answered())
@ANY
def test_a_hidden_question_never_blocks_and_leaves_no_answer(both: Any) -> None:
    questions, answers = both
    shown = {q.key for q in visible(questions, answers)}
    assert {problem.key for problem in problems(questions, answers)} <= shown
    assert set(settled(questions, answers)) <= shown
    missing = {q.key for q in visible(questions, answers) if q.required and q.kind not in SILENT} - set(answers)
    assert {problem.key for problem in problems(questions, answers)} == missing


@given(asked_and_answered())
@ANY
def test_what_fits_a_list_is_taken_by_it(both: Any) -> None:
    questions, answers = both
    assert still_fits(questions, answers) == answers


@given(question_lists())
@ANY
def test_questions_are_read_back_as_they_were_written(data: list[dict[str, Any]]) -> None:
    questions = read_questions(data)
    assert read_questions(write_questions(questions)) == questions
    assert write_questions(read_questions(write_questions(questions))) == write_questions(questions)


def test_a_question_with_everything_is_read_back() -> None:
    question = Question(
        "k",
        "text",
        "Label?",
        help="On the back.",
        required=True,
        least=0,
        most=9,
        pattern="[A-Z]+",
        pattern_message="Capitals.",
        translations={"fr": {"wording": "Étiquette ?", "help": "Au dos.", "pattern_message": "Majuscules."}},
    )
    chosen = Question("c", "choice", "Which?", choices=(Choice("a", "A", {"fr": "Â"}), Choice("b", "b")))
    assert read_questions(write_questions([question, chosen])) == (question, chosen)
    french = question.in_language("fr")
    assert (french.wording, french.help, french.pattern_message) == ("Étiquette ?", "Au dos.", "Majuscules.")
    assert [one.words for one in chosen.in_language("fr").choices] == ["Â", "b"] and chosen.in_language("de") == chosen


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "a", "kind": "colour", "wording": "?"},
        {"key": "two words", "kind": "text", "wording": "?"},
        {"key": "a", "kind": "choice", "wording": "?"},
        {"key": "a", "kind": "text", "wording": "?", "choices": ["x"]},
        {"key": "a", "kind": "choice", "wording": "?", "choices": ["x", "x"]},
        {"key": "a", "kind": "choice", "wording": "?", "choices": ["  "]},
        {"key": "a", "kind": "choice", "wording": "?", "choices": [3]},
        {"key": "a", "kind": "rows", "wording": "?"},
        {"key": "a", "kind": "rows", "wording": "?", "columns": [{"key": "b", "kind": "file", "wording": "?"}]},
        {"key": "a", "kind": "section", "wording": "?", "required": True},
        {"key": "a", "kind": "text", "wording": "?", "pattern": "["},
        {"key": "a", "kind": "number", "wording": "?", "pattern": "x"},
        {"key": "a", "kind": "text", "wording": "?", "pattern": "((a{1000}){1000}){1000}"},
        {"key": "a", "kind": "number", "wording": "?", "least": 3, "most": 2},
        {"key": "a", "kind": "date", "wording": "?", "least": "tomorrow"},
        {"key": "a", "kind": "date", "wording": "?", "least": "2026-02-02", "most": "2026-01-01"},
        {"key": "a", "kind": "yes_no", "wording": "?", "most": 3},
        {"key": "a", "kind": "text", "wording": "?", "colour": "red"},
        {"key": "a", "kind": "text", "wording": 7},
        {"key": "a", "kind": "text", "wording": "?", "shown_if": {"question": "later", "is": "is_empty"}},
        "x",
        None,
    ],
)
def test_a_question_that_makes_no_sense_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError):
        read_questions([wrong])


def test_two_questions_never_share_a_key() -> None:
    with pytest.raises(ValueError, match="share the key"):
        read_questions([{"key": "a", "kind": "text", "wording": "1"}, {"key": "a", "kind": "date", "wording": "2"}])


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
NAMES = ("key", "kind", "wording", "help", "choices", "columns", "shown_if", "least", "most", "pattern", "translations")
BROKEN = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(JSON, st.sampled_from(["text", "rows", "choice", "date", "k"])), max_size=8
)


@given(st.lists(st.one_of(BROKEN, JSON), max_size=4))
@ANY
def test_whatever_somebody_brings_is_read_or_refused(data: Any) -> None:
    with contextlib.suppress(ValueError):
        read_questions(data)
