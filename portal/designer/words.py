"""Kinds of questions in plain words, and why a question is asked or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.questions.conditions import Condition, Is, Joined, holds
from portal.questions.rules import Question
from portal.questions.saying import said

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
    reasons = tuple(_reasons(question.shown_if, questions, kept))
    whole = _("Only when %(words)s.", words=said(question.shown_if, questions)) if len(reasons) > 1 else ""
    return Verdict(question, shown, whole, reasons)


def _reasons(condition: Condition, questions: Sequence[Question], kept: Mapping[str, Any]) -> Iterator[Reason]:
    """Each comparison as it is read in the condition, with its own “not”."""
    if isinstance(condition, Joined) and not (condition.how == "not" and isinstance(condition.parts[0], Is)):
        for part in condition.parts:
            yield from _reasons(part, questions, kept)
    else:
        yield Reason(said(condition, questions), holds(condition, kept))
