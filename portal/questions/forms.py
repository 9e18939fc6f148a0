"""A form that asks questions.

It is read leniently (`reading`), judged by one judge (`checking`) for the questions that are shown, and can be filled
again from answers or from what was typed. Everything works without script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField

from portal.questions.checking import is_shaped, problems
from portal.questions.fields import QuestionField
from portal.questions.reading import PREFIX, People, Reading, typed_from
from portal.questions.rules import Question, settled, visible
from portal.questions.words import problem_in_words, spoken
from portal.refusal import Refusal
from portal.web.forms import PortalForm


class Asking:
    """What a form with questions can do beside its own; mixed in by `with_questions`."""

    questions: tuple[Question, ...]

    def validate(self, extra_validators: Any = None) -> bool:
        """The form's own fields, and the questions that are shown."""
        valid = bool(super().validate(extra_validators))  # type: ignore[misc]
        reading, shown = _whole_reading(self), {question.key: question for question in self.questions}
        found = problems(self.questions, reading.answers, reading)
        fields = {question.key: field for question, field in _asked(self, self.questions)}
        refused = any(fields[q.key].refusal for q in visible(self.questions, reading.answers) if q.key in fields)
        for problem in found:
            row = None if problem.row is None else reading.rows[problem.key][problem.row]
            words = problem_in_words(shown[problem.key], replace(problem, row=row))
            fields[problem.key].blame(words, row, problem.column)
        return valid and not found and not refused


def with_questions(
    form_class: type[PortalForm], questions: Iterable[Question], *, people: People | None = None
) -> type[PortalForm]:
    """A form class that also asks these questions, in the reader's language.

    `people` finds people by the words that were typed: (number, name, what tells them apart). It finds a person by the
    whole name and by the e-mail address.
    """
    asked = spoken(tuple(questions))
    steering = {key for question in asked if question.shown_if for key in question.shown_if.asks()}
    fields: dict[str, Any] = {
        PREFIX + question.key: UnboundField(QuestionField, question, people=people, steers=question.key in steering)
        for question in asked
    }
    return type("AskForm", (Asking, form_class), {**fields, "questions": asked})


def _asked(form: Any, questions: Iterable[Question]) -> list[tuple[Question, Any]]:
    return [(question, form[PREFIX + question.key]) for question in questions if PREFIX + question.key in form]


def _whole_reading(form: Any) -> Reading:
    """All answers of the form, and what could not be read."""
    whole = Reading()
    for question, field in _asked(form, form.questions):
        if field.data is not None:
            whole.answers[question.key] = field.data
        whole.unread |= field.reading.unread
        whole.rows |= field.reading.rows
    return whole


def answers_in(form: Any, questions: Sequence[Question]) -> dict[str, Any]:
    """The answers to what is shown, as they are kept; what is hidden now leaves none."""
    return settled(questions, {q.key: field.data for q, field in _asked(form, questions)})


def question_fields(form: Any, questions: Sequence[Question]) -> list[Any]:
    """The fields of the questions that are shown, in order; sections and information too."""
    answers = {q.key: field.data for q, field in _asked(form, questions)}
    return [field for _q, field in _asked(form, visible(questions, answers))]


def take_files(
    form: Any, questions: Sequence[Question], arrived: Callable[[list[Any], list[str]], Iterable[Any]]
) -> list[Any]:
    """Store what came for the file questions that are shown, each by `arrived(uploads, kept keys)`; all that is there.

    A refusal is said at its question when the form is validated, and what was kept before stays.
    """
    stored: list[Any] = []
    for question, field in _asked(form, questions):
        if question.kind != "file":
            continue
        if field not in question_fields(form, questions):
            field.hold([])
            continue
        try:
            files = list(arrived(field.uploads, field.kept))
        except Refusal as refusal:
            field.refusal = refusal.reason
            files = list(arrived([], field.kept))
        field.hold((one.key, one.name) for one in files)
        stored += files
    return stored


def only_reshaped(formdata: Any) -> bool:
    """Was the form sent only to have a row more or less, or to narrow a long list?"""
    return bool(formdata.get("row") or formdata.get("find"))


def filled(questions: Iterable[Question], answers: Mapping[str, Any]) -> MultiDict[str, str]:
    """What somebody would have typed to give these answers; a form made of it gives them again."""
    typed: dict[str, list[str]] = {}
    for question in questions:
        answer = answers.get(question.key)
        if answer is not None and is_shaped(question, answer):
            typed |= typed_from(question, answer)
    return MultiDict(typed)
