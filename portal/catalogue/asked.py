"""What one will be asked, said before asking: each question in a line, and when it is asked at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.questions.conditions import Condition, Is, Joined
from portal.questions.rules import Question
from portal.web.words import read_day

LONGEST_INFORMATION = 160
DEEPEST = 2
"""Conditions inside conditions that are still said one by one; what lies deeper is “some of your answers”."""


@dataclass(frozen=True)
class Line:
    """One line of the list. `kind` is section, information or question; `more` are words beside the wording."""

    kind: str
    words: str
    more: tuple[str, ...] = ()


def what_is_asked(questions: Sequence[Question], language: str) -> list[Line]:
    """The questions of a form as lines, in the reader's language."""
    read = [question.in_language(language) for question in questions]
    known = {question.key: question for question in read}
    return [_line(question, known) for question in read]


def _line(question: Question, known: Mapping[str, Question]) -> Line:
    more = tuple(_beside(question, known))
    if question.kind == "section":
        return Line("section", question.wording, more)
    if question.kind == "information":
        return Line("information", _cut(question.wording), more)
    return Line("question", question.wording, more)


def _beside(question: Question, known: Mapping[str, Question]) -> Iterator[str]:
    if question.kind == "rows":
        yield ", ".join(column.wording for column in question.columns if column.kind != "information")
    if question.shown_if is not None:
        yield _("only if %(condition)s", condition=condition_words(question.shown_if, known))
    if question.kind == "consent":
        yield _("we need your yes") if question.required else _("a yes, if you like")
    elif question.kind not in ("section", "information") and not question.required:
        yield _("if you like")


def _cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_INFORMATION else words[: LONGEST_INFORMATION - 1].rstrip() + "…"


def condition_words(condition: Condition, known: Mapping[str, Question], depth: int = 0) -> str:
    """A condition as one says it: “Which device?” is Laptop."""
    if isinstance(condition, Is):
        return _comparison(condition, known.get(condition.question))
    if depth >= DEEPEST:
        return _("some of your answers ask for it")
    return _joined(condition, known, depth + 1)


def _joined(condition: Joined, known: Mapping[str, Question], depth: int) -> str:
    parts = [condition_words(part, known, depth) for part in condition.parts]
    if condition.how == "not":
        return _("not: %(condition)s", condition=parts[0])
    return (_(" and ") if condition.how == "all" else _(" or ")).join(parts)


def _comparison(condition: Is, question: Question | None) -> str:
    asked = question.wording if question else condition.question
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    said = _(" or ").join(_value(question, one) for one in values if one is not None)
    return {
        "equals": _("“%(question)s” is %(value)s", question=asked, value=said),
        "one_of": _("“%(question)s” is %(value)s", question=asked, value=said),
        "contains": _("“%(question)s” has %(value)s in it", question=asked, value=said),
        "greater": _("“%(question)s” is more than %(value)s", question=asked, value=said),
        "less": _("“%(question)s” is less than %(value)s", question=asked, value=said),
        "is_empty": _("“%(question)s” is left empty", question=asked),
    }[condition.operator]


def _value(question: Question | None, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if question is not None and question.kind in ("date", "date_range"):
        return read_day(str(value))
    return question.words_of(value) if question is not None else str(value)
