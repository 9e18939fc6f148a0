"""Questions as form fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.questions.rules import LONGEST, Question
from portal.web.forms import PortalForm, at_most, needed, options

PREFIX = "q_"


def with_questions(form_class: type[PortalForm], questions: Iterable[Question]) -> type[PortalForm]:
    """A form class that also asks these questions. Files are asked for by the form itself, under one policy."""
    fields = {PREFIX + question.key: _field(question) for question in questions if question.kind != "file"}
    return type("AskForm", (form_class,), fields)


def ask_for_files(field: Field, questions: Iterable[Question]) -> None:
    """All files of a form come through one field, under one policy; it asks in the words of the file questions."""
    asked = [question for question in questions if question.kind == "file"]
    if asked:
        field.label.text = " · ".join(question.wording for question in asked)
        field.description = " ".join(question.help for question in asked if question.help)
        field.flags.required = any(question.required for question in asked) or None


def answers_in(form: PortalForm, questions: Iterable[Question]) -> dict[str, Any]:
    """The answers in a valid form, as they are kept; unanswered questions are left out."""
    found = {q.key: _plain_answer(q, form[PREFIX + q.key].data) for q in questions if PREFIX + q.key in form}
    return {key: value for key, value in found.items() if value is not None}


def question_fields(form: PortalForm, questions: Iterable[Question]) -> list[Field]:
    """The fields of the questions, in order."""
    return [form[PREFIX + question.key] for question in questions if PREFIX + question.key in form]


def _plain_answer(question: Question, value: Any) -> Any:
    """The answer as it is kept: text, True or False, an ISO day, or None where nothing was said."""
    if isinstance(value, date):
        return value.isoformat()
    if question.kind == "yes_no":
        return {"yes": True, "no": False}.get(value)
    return (value or "").strip() or None


def _field(question: Question) -> Any:
    return _MAKERS[question.kind](question)


def _first(question: Question, message: Any) -> list[Any]:
    """The message names the question, since the list above the form shows it far from there."""
    return [needed(f"{question.wording} {message}")] if question.required else [Optional()]


def _text(question: Question) -> Any:
    rules = [*_first(question, _l("Write a few words here.")), at_most(LONGEST["text"])]
    return StringField(question.wording, rules, description=question.help)


def _long_text(question: Question) -> Any:
    rules = [*_first(question, _l("Write a few words here.")), at_most(LONGEST["long_text"])]
    return TextAreaField(question.wording, rules, description=question.help)


def _choice(question: Question) -> Any:
    pairs = options((choice.value, choice.words) for choice in question.choices)
    return RadioField(question.wording, _first(question, _l("Choose one.")), choices=pairs, description=question.help)


def _yes_no(question: Question) -> Any:
    pairs = options([("yes", _l("Yes")), ("no", _l("No"))])
    return RadioField(
        question.wording, _first(question, _l("Say yes or no.")), choices=pairs, description=question.help
    )


def _date(question: Question) -> Any:
    rules = _first(question, _l("Enter a day, such as 2026-04-14."))
    return DateField(question.wording, rules, description=question.help)


_MAKERS = {"text": _text, "long_text": _long_text, "choice": _choice, "yes_no": _yes_no, "date": _date}
