"""Whatever is done to a list of questions, it stays one that can be read, or the deed is refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.designer import arranging
from portal.designer.compare import compared, summary
from portal.designer.queries import keys_in
from portal.questions.conditions import Is, Joined
from portal.questions.rules import Question, read_questions, write_questions
from portal.refusal import Refusal

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["add", "move", "remove", "duplicate", "condition", "change"]),
        st.integers(0, 30),
        st.integers(-2, 30),
        st.sampled_from(["Which one?", "How many?", "Який?", "2", "", "Which one"]),
    ),
    max_size=25,
)


@pytest.fixture
def words(app: Flask) -> Any:
    """Refusals are said in the words of a page."""
    with app.test_request_context():
        yield


@given(deeds=DEEDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_deeds_keep_the_list_readable_or_are_refused_in_words(words: None, deeds: Any) -> None:
    questions: tuple[Question, ...] = ()
    used: set[str] = set()
    for deed in deeds:
        try:
            questions = arranging.checked(done(questions, deed, used))
        except Refusal as refusal:
            assert str(refusal.reason).endswith(".")
        used |= keys_in(questions)
        assert read_questions(write_questions(questions)) == questions


def done(questions: arranging.Questions, deed: Any, used: set[str]) -> arranging.Questions:
    verb, which, place, wording = deed
    if verb == "add" or not questions:
        key = arranging.fresh_key(wording, used | keys_in(questions))
        after = questions[which % len(questions)].key if questions else ""
        return arranging.added(questions, Question(key, "text", wording or "Anything"), after=after)
    one = questions[which % len(questions)]
    if verb == "move":
        return arranging.moved(questions, one.key, place)
    if verb == "remove":
        return arranging.removed(questions, one.key)
    if verb == "duplicate":
        return arranging.duplicated(questions, one.key, used | keys_in(questions))[0]
    if verb == "condition":
        earlier = [Is(other.key, "contains", "x") for other in questions[: which % len(questions)]]
        changed = Question(one.key, "text", one.wording, shown_if=Joined("any", tuple(earlier)) if earlier else None)
        return arranging.changed(questions, one.key, changed)
    return arranging.changed(questions, one.key, Question(one.key, "text", wording or "New", shown_if=one.shown_if))


KEYS = [f"k{number}" for number in range(8)]


@given(old=st.permutations(KEYS), new=st.permutations(KEYS), left=st.sets(st.sampled_from(KEYS)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_called_moved_is_enough_to_turn_one_order_into_the_other(
    words: None, old: list[str], new: list[str], left: set[str]
) -> None:
    before = [Question(key, "text", key) for key in old]
    after = [Question(key, "text", key) for key in new if key not in left]
    changes = compared(before, after)
    moved = {one.question.key for one in changes if one.how == "moved"}
    stayed = [key for key in old if key not in moved | left]
    assert stayed == [key for key in new if key not in moved | left]
    assert {one.question.key for one in changes if one.how == "removed"} == left


def test_a_comparison_names_what_was_added_removed_moved_and_changed(words: None) -> None:
    old = read_questions(
        [
            {"key": "a", "kind": "text", "wording": "Which device?"},
            {"key": "b", "kind": "choice", "wording": "Colour", "choices": ["Red", "Green"]},
            {"key": "c", "kind": "text", "wording": "Room"},
            {"key": "d", "kind": "date", "wording": "When?"},
        ]
    )
    new = read_questions(
        [
            {"key": "d", "kind": "date", "wording": "When?"},
            {"key": "a", "kind": "text", "wording": "Which big device?", "required": True},
            {"key": "b", "kind": "choice", "wording": "Colour", "choices": ["Red", "Blue"]},
            {"key": "e", "kind": "yes_no", "wording": "Urgent?", "shown_if": {"question": "a", "is": "is_empty"}},
        ]
    )
    changes = {one.question.key: one for one in compared(old, new)}
    assert {key: one.how for key, one in changes.items()} == {
        "d": "moved",
        "a": "changed",
        "b": "changed",
        "e": "added",
        "c": "removed",
    }
    assert changes["d"].moved == (4, 1)
    wording = changes["a"].differences[0]
    assert wording.new_pieces == ((False, "Which"), (True, "big"), (False, "device?"))
    assert not any(gone for gone, _words in wording.old_pieces)
    assert summary(list(changes.values())) == (
        "1 question added, 2 questions changed, 1 question moved, 1 question removed"
    )


def test_a_reworded_question_does_not_change_the_conditions_on_it(words: None) -> None:
    condition = {"question": "a", "is": "is_empty"}
    later = {"key": "b", "kind": "text", "wording": "B", "shown_if": condition}
    old = read_questions([{"key": "a", "kind": "text", "wording": "A"}, later])
    new = read_questions([{"key": "a", "kind": "text", "wording": "Alpha"}, later])
    assert [one.question.key for one in compared(old, new)] == ["a"]


def test_what_a_condition_was_joined_with_stays_when_one_of_its_questions_goes(words: None) -> None:
    a, b = Is("a", "is_empty"), Is("b", "is_empty")
    assert arranging.without(Joined("all", (a, b)), "a") == b
    assert arranging.without(Joined("not", (Joined("any", (a, b)),)), "a") == Joined("not", (b,))
    assert arranging.without(Joined("not", (a,)), "a") is None
    assert arranging.without(Joined("all", (a, Joined("any", (a, b)))), "b") == Joined("all", (a, a))
