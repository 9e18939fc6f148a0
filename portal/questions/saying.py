"""Conditions in plain words: the same for those who design a form and for those who are about to fill it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.questions.conditions import DEEPEST, Condition, Is
from portal.questions.rules import WITH_DAYS, Question
from portal.web.words import read_day

PHRASES = {
    ("equals", ""): (_l("is %(value)s"), _l("is not %(value)s")),
    ("contains", ""): (_l("contains %(value)s"), _l("does not contain %(value)s")),
    ("contains", "choices"): (_l("includes %(value)s"), _l("does not include %(value)s")),
    ("greater", ""): (_l("is more than %(value)s"), _l("is not more than %(value)s")),
    ("greater", "date"): (_l("is after %(value)s"), _l("is not after %(value)s")),
    ("greater", "rows"): (_l("has more than %(value)s rows"), _l("does not have more than %(value)s rows")),
    ("less", ""): (_l("is less than %(value)s"), _l("is not less than %(value)s")),
    ("less", "date"): (_l("is before %(value)s"), _l("is not before %(value)s")),
    ("less", "rows"): (_l("has fewer than %(value)s rows"), _l("does not have fewer than %(value)s rows")),
}
"""(comparison, kind of the question or '' for the others): what is said when it holds, and when it does not."""

NO_QUESTION = _l("a question that is not there")


def said(condition: Condition | None, questions: Sequence[Question], *, deepest: int = DEEPEST) -> str:
    """A condition as one would say it: “Which computer is it?” is “Laptop”.

    What nests deeper than `deepest` is not spelled out.
    """
    if condition is None:
        return ""
    if _depth(condition) > deepest:
        return _("some of your answers ask for it")
    return _said(condition, {one.key: one for one in questions})


def _depth(condition: Condition) -> int:
    """How many conditions lie around the innermost comparison; its own “not” is part of it."""
    if isinstance(condition, Is) or (condition.how == "not" and isinstance(condition.parts[0], Is)):
        return 0
    return 1 + max(_depth(part) for part in condition.parts)


def _said(condition: Condition, known: Mapping[str, Question], *, inside: bool = False) -> str:
    if isinstance(condition, Is):
        return _comparison(condition, known.get(condition.question))
    if condition.how == "not":
        return _denied(condition.parts[0], known)
    joint = f" {_('and')} " if condition.how == "all" else f" {_('or')} "
    words = joint.join(_said(part, known, inside=True) for part in condition.parts)
    return f"({words})" if inside and len(condition.parts) > 1 else words


def _denied(condition: Condition, known: Mapping[str, Question]) -> str:
    if isinstance(condition, Is):
        return _comparison(condition, known.get(condition.question), denied=True)
    return _("not (%(words)s)", words=_said(condition, known))


def _comparison(one: Is, question: Question | None, *, denied: bool = False) -> str:
    name = question.wording if question else NO_QUESTION
    return f"“{name}” {_compared(one, question, denied)}"


def _compared(one: Is, question: Question | None, denied: bool) -> str:
    kind = question.kind if question else "text"
    if one.operator == "is_empty":
        return _("has an answer") if denied else _("has no answer")
    if kind == "consent":
        return _("is not given") if denied == (one.value is True) else _("is given")
    yes, no = _phrases(one.operator, kind)
    return str(no if denied else yes) % {"value": _values(one.value, question)}


def _phrases(operator: str, kind: str) -> tuple[Any, Any]:
    """(holds, does not hold), with a place for the value; some kinds say it their own way."""
    return PHRASES.get((operator, kind)) or PHRASES.get((operator, "")) or PHRASES["equals", ""]


def _values(value: Any, question: Question | None) -> str:
    """What is compared with, in the words of the choices."""
    if isinstance(value, list):
        words = [_values(one, question) for one in value]
        return words[0] if len(words) == 1 else _("%(some)s or %(last)s", some=", ".join(words[:-1]), last=words[-1])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (int, float)):
        return str(format_decimal(value))
    if question is not None and question.kind in WITH_DAYS:
        return read_day(str(value))
    return f"“{question.words_of(value) if question else value}”"
