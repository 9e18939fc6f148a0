"""What stands in the way of publishing a list of questions, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from portal.questions.conditions import Condition, Is
from portal.questions.rules import WITH_CHOICES, Question, read_questions


def faults(data: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence for each fault, naming the question; none when the list can be published."""
    try:
        questions = read_questions(data)
    except ValueError as error:
        return [str(error)]
    known = {one.key: one for one in questions}
    return [words for one in questions if one.shown_if for words in _lost_values(one, one.shown_if, known)]


def _lost_values(question: Question, condition: Condition, known: Mapping[str, Question]) -> Iterator[str]:
    """Conditions on an answer that nobody can choose any more would never hold again."""
    if not isinstance(condition, Is):
        for part in condition.parts:
            yield from _lost_values(question, part, known)
        return
    other = known[condition.question]
    if other.kind not in WITH_CHOICES or condition.operator not in {"equals", "one_of", "contains"}:
        return
    offered = {one.value for one in other.choices}
    for value in condition.value if isinstance(condition.value, list) else [condition.value]:
        if value not in offered:
            names = {"name": question.wording, "value": value, "other": other.wording}
            yield _("“%(name)s” is asked for the answer “%(value)s”, which “%(other)s” no longer offers.", **names)
