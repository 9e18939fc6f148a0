"""Kinds of questions, comparisons and conditions in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.questions.conditions import Condition, Is, Joined, holds
from portal.questions.rules import Question
from portal.web.words import read_day

KIND_WORDS = {
    "text": _l("Text"),
    "long_text": _l("Long text"),
    "number": _l("Number"),
    "date": _l("Day"),
    "date_range": _l("From one day to another"),
    "yes_no": _l("Yes or no"),
    "choice": _l("One of several"),
    "choices": _l("Many of several"),
    "dropdown": _l("One of a long list"),
    "person": _l("Person from the directory"),
    "file": _l("File"),
    "rows": _l("Repeating rows"),
    "consent": _l("Consent"),
    "information": _l("Information to read"),
    "section": _l("Section"),
}

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


def said(condition: Condition | None, questions: Sequence[Question]) -> str:
    """A condition as one would say it: “Which computer is it?” is “Laptop”."""
    return "" if condition is None else _said(condition, {one.key: one for one in questions})


def _said(condition: Condition, known: Mapping[str, Question], *, inside: bool = False) -> str:
    if isinstance(condition, Is):
        return said_of(condition, known.get(condition.question))
    if condition.how == "not":
        return _denied(condition.parts[0], known)
    joint = f" {_('and')} " if condition.how == "all" else f" {_('or')} "
    words = joint.join(_said(part, known, inside=True) for part in condition.parts)
    return f"({words})" if inside and len(condition.parts) > 1 else words


def _denied(condition: Condition, known: Mapping[str, Question]) -> str:
    if isinstance(condition, Is):
        return said_of(condition, known.get(condition.question), denied=True)
    return _("not (%(words)s)", words=_said(condition, known))


def said_of(one: Is, question: Question | None, *, denied: bool = False) -> str:
    """One comparison in words."""
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
    if question is not None and question.kind == "date":
        return read_day(str(value))
    return f"“{question.words_of(value) if question else value}”"


@dataclass(frozen=True)
class Reason:
    """One comparison of a condition that was tried, and whether it held."""

    words: str
    held: bool


@dataclass(frozen=True)
class Verdict:
    """Whether a question is asked with the answers that were tried, and why.

    `because` is the rule in words and `reasons` its comparisons; both are empty for what is always asked.
    """

    question: Question
    shown: bool
    because: str
    reasons: tuple[Reason, ...]


def verdicts(questions: Sequence[Question], shown: Sequence[Question], kept: Mapping[str, Any]) -> list[Verdict]:
    """For each question: asked or not, with the comparisons that decided it. `kept` are the answers that count."""
    asked = {one.key for one in shown}
    section: Question | None = None
    found = []
    for question in questions:
        if question.kind == "section":
            section = question
        within = None if question is section else section
        found.append(_verdict(question, within, asked, questions, kept))
    return found


def _verdict(
    question: Question,
    section: Question | None,
    asked: set[str],
    questions: Sequence[Question],
    kept: Mapping[str, Any],
) -> Verdict:
    shown = question.key in asked
    if section is not None and section.key not in asked:
        return Verdict(question, shown, _("Its section “%(name)s” is not asked.", name=section.wording), ())
    if question.shown_if is None:
        return Verdict(question, shown, "", ())
    reasons = tuple(_reasons(question.shown_if, {one.key: one for one in questions}, kept))
    whole = _("Only when %(words)s.", words=said(question.shown_if, questions)) if len(reasons) > 1 else ""
    return Verdict(question, shown, whole, reasons)


def _reasons(condition: Condition, known: Mapping[str, Question], kept: Mapping[str, Any]) -> Iterator[Reason]:
    """Each comparison as it is read in the condition, with its own “not”."""
    if isinstance(condition, Joined) and not (condition.how == "not" and isinstance(condition.parts[0], Is)):
        for part in condition.parts:
            yield from _reasons(part, known, kept)
    else:
        yield Reason(_said(condition, known), holds(condition, kept))
