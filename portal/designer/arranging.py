"""Questions put in order. Each deed takes a list and gives a new one, or says no in plain words.

A question is called by its key, a column of repeating rows by the key of the rows, a point and its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from flask_babel import gettext as _

from portal.questions.conditions import Condition, Is, Joined
from portal.questions.rules import Question, read_questions, write_questions
from portal.refusal import Refusal
from portal.web.folding import folded

LONGEST_KEY = 40
MOST_QUESTIONS = 200

Questions = tuple[Question, ...]


def find(questions: Sequence[Question], address: str) -> Question | None:
    """The question or column with this address."""
    parent, _point, key = address.rpartition(".")
    return next((one for one in siblings_of(questions, parent) if one.key == key), None)


def siblings_of(questions: Sequence[Question], parent: str) -> Questions:
    """The questions themselves, or the columns of the rows that `parent` names; none when it names nothing."""
    if not parent:
        return tuple(questions)
    return next((one.columns for one in questions if one.key == parent), ())


def with_siblings(questions: Sequence[Question], parent: str, siblings: Questions) -> Questions:
    """The list with its questions, or with the columns of one, replaced."""
    if not parent:
        return siblings
    return tuple(replace(one, columns=siblings) if one.key == parent else one for one in questions)


def added(questions: Sequence[Question], new: Question, *, parent: str = "", after: str = "") -> Questions:
    """With the new question after another one, or last."""
    siblings = siblings_of(questions, parent)
    if len(siblings) >= MOST_QUESTIONS:
        raise Refusal(_("A form takes at most %(most)d questions.", most=MOST_QUESTIONS))
    place = next((n + 1 for n, one in enumerate(siblings) if one.key == after), len(siblings))
    return with_siblings(questions, parent, (*siblings[:place], new, *siblings[place:]))


def changed(questions: Sequence[Question], address: str, new: Question) -> Questions:
    """With one question replaced by its changed self."""
    parent, _point, key = address.rpartition(".")
    siblings = tuple(new if one.key == key else one for one in siblings_of(questions, parent))
    return with_siblings(questions, parent, siblings)


def removed(questions: Sequence[Question], address: str) -> Questions:
    """Without a question; conditions on it go with it, and what they were joined with stays."""
    parent, _point, key = address.rpartition(".")
    left = tuple(one for one in siblings_of(questions, parent) if one.key != key)
    if parent:
        if not left:
            raise Refusal(_("Repeating rows need at least one column. Remove the whole question instead."))
        return with_siblings(questions, parent, left)
    return tuple(replace(one, shown_if=without(one.shown_if, key)) for one in left)


def without(condition: Condition | None, key: str) -> Condition | None:
    """What is left of a condition when one of its questions is gone."""
    if condition is None or key not in condition.asks():
        return condition
    if isinstance(condition, Is):
        return None
    left = tuple(part for part in (without(one, key) for one in condition.parts) if part is not None)
    if not left:
        return None
    return left[0] if len(left) == 1 and condition.how != "not" else Joined(condition.how, left)


def depending_on(questions: Sequence[Question], key: str) -> list[Question]:
    """The questions whose condition speaks of this one."""
    return [one for one in questions if one.shown_if and key in one.shown_if.asks()]


def moved(questions: Sequence[Question], address: str, place: int) -> Questions:
    """With one question at another place, counted from 1; refused where it would be asked before what it depends on."""
    parent, _point, key = address.rpartition(".")
    siblings = siblings_of(questions, parent)
    mover = next(one for one in siblings if one.key == key)
    now_at = siblings.index(mover) + 1
    _check_place(place, now_at, len(siblings))
    rest = [one for one in siblings if one.key != key]
    rest.insert(place - 1, mover)
    _check_order(rest, mover)
    return with_siblings(questions, parent, tuple(rest))


def _check_place(place: int, now_at: int, last: int) -> None:
    if place < 1 and now_at == 1:
        raise Refusal(_("This is the first question already."))
    if place > last and now_at == last:
        raise Refusal(_("This is the last question already."))
    if not 1 <= place <= last:
        raise Refusal(_("Choose a place from 1 to %(last)d.", last=last))


def _check_order(questions: Sequence[Question], mover: Question) -> None:
    """Every condition speaks of earlier questions; otherwise say which of the two stands in the way."""
    before: set[str] = set()
    for question in questions:
        for key in question.shown_if.asks() if question.shown_if else ():
            if key not in before:
                raise Refusal(_why_not(question, next(one for one in questions if one.key == key), mover))
        before.add(question.key)


def _why_not(question: Question, other: Question, mover: Question) -> str:
    names = {"name": question.wording, "other": other.wording}
    if question is mover:
        return _("“%(name)s” cannot stand before “%(other)s”: whether it is asked depends on that answer.", **names)
    return _("“%(other)s” cannot stand after “%(name)s”: whether that one is asked depends on its answer.", **names)


def duplicated(questions: Sequence[Question], address: str, taken: Collection[str]) -> tuple[Questions, Question]:
    """With a copy right after the question, under a key of its own."""
    parent = address.rpartition(".")[0]
    original = find(questions, address)
    assert original is not None
    wording = _("%(wording)s (copy)", wording=original.wording)
    copy = replace(original, key=fresh_key(original.wording, taken), wording=wording)
    return added(questions, copy, parent=parent, after=original.key), copy


def fresh_key(wording: str, taken: Collection[str]) -> str:
    """A short name made from the wording, and not taken: “Which computer is it?” becomes which_computer_is_it."""
    plain = re.sub(r"[^a-z0-9]+", "_", folded(wording)).strip("_")[:LONGEST_KEY].strip("_")
    base = plain if plain and not plain[0].isdigit() else f"q_{plain}".rstrip("_")
    names = [base, *(f"{base}_{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def checked(questions: Sequence[Question]) -> Questions:
    """The same list, after what reads a published form has read it; what it does not understand is refused."""
    try:
        return read_questions(write_questions(questions))
    except ValueError as error:
        raise Refusal(_("That does not make a form: %(why)s.", why=str(error))) from None
