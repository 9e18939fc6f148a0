"""What one will be asked, said before asking: each question in a line, and when it is asked at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.questions.rules import SILENT, Question
from portal.questions.saying import said

DEEPEST = 2
"""Conditions nested deeper than this are not spelled out to somebody who only wants to know what to have at hand."""


@dataclass(frozen=True)
class Line:
    """One line of the list. `kind` is section or question; `more` are words beside the wording."""

    kind: str
    words: str
    more: tuple[str, ...] = ()


def what_is_asked(questions: Sequence[Question], language: str) -> list[Line]:
    """The questions of a form as lines, in the reader's language; what is only to be read has its place in the form."""
    read = [question.in_language(language) for question in questions]
    return [_line(question, read) for question in read if question.kind != "information"]


def _line(question: Question, questions: Sequence[Question]) -> Line:
    kind = "section" if question.kind == "section" else "question"
    return Line(kind, question.wording, tuple(_beside(question, questions)))


def _beside(question: Question, questions: Sequence[Question]) -> Iterator[str]:
    if question.kind == "rows":
        yield ", ".join(column.wording for column in question.columns if column.kind not in SILENT)
    if question.shown_if is not None:
        yield _("only if %(condition)s", condition=said(question.shown_if, questions, deepest=DEEPEST))
    if question.kind == "consent":
        yield _("we need your yes") if question.required else _("a yes, if you like")
    elif question.kind != "section" and not question.required:
        yield _("if you like")
