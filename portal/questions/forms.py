"""Questions as form fields.

A form is read leniently (`reading`), judged by one judge (`checking`) for the questions that are shown, and can be
filled again from answers or from what was typed. Everything works without script.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.fields.core import UnboundField

from portal.questions.checking import is_shaped, problems
from portal.questions.reading import (
    PREFIX,
    Found,
    People,
    Reading,
    Unreadable,
    name_of,
    read_day,
    read_into,
    typed_from,
    typed_rows,
    without_unseen,
)
from portal.questions.rules import MOST_ROWS, SILENT, Question, settled, visible
from portal.questions.words import answer_in_words, problem_in_words, spoken
from portal.refusal import Refusal
from portal.web.forms import PortalForm

__all__ = [
    "answer_in_words",
    "answers_in",
    "carried",
    "filled",
    "only_reshaped",
    "question_fields",
    "raw_values",
    "spoken",
    "take_files",
    "with_questions",
]

LONG_LIST = 15
"""A list with more choices can be narrowed by a few letters."""
IN_GROUPS = frozenset({"choice", "choices", "yes_no"})
"""Kinds that are several controls with one name."""


@dataclass(frozen=True)
class Control:
    """One control of a question, or one group of radio buttons or boxes, as a template needs it."""

    question: Question
    name: str
    values: Sequence[str]
    errors: Sequence[str] = ()

    @property
    def id(self) -> str:
        return self.name

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def first_id(self) -> str:
        """Where a link to it lands."""
        return f"{self.name}-0" if self.question.kind in IN_GROUPS else self.name

    @property
    def day(self) -> str | None:
        """What a date field can show: it would drop what is no day, and a text field is shown then."""
        try:
            return read_day(self.value) if self.value.strip() else ""
        except Unreadable:
            return None

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """(value, words, whether it is chosen)"""
        chosen = [value.split() for value in self.values]
        return [(one.value, one.words, one.value.split() in chosen) for one in self.question.choices]

    @property
    def described_by(self) -> str:
        ids = [f"{self.id}-h"] if self.question.help else []
        return " ".join([*ids, *(f"{self.id}-e{number}" for number in range(1, len(self.errors) + 1))])


class QuestionField(Field):
    """A question of any kind. `data` is its plain answer, or None; `typed` is what was typed, by the controls' names.

    `steers` tells that another question depends on it, so that a page may ask the server again when it changes.
    """

    def __init__(self, question: Question, *, people: People | None = None, steers: bool = False, **more: Any) -> None:
        super().__init__(label=question.wording, description=question.help, **more)
        self.question, self.people, self.steers = question, people, steers
        self.flags.required = question.required or None
        self._spots: dict[str, tuple[int | None, str | None]] = {}
        self.refusal = ""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read what was typed; a button that adds or takes away a row has done so then."""
        self.process_errors: list[Any] = []
        self.object_data = None
        self.typed = _typed_in(formdata, self.question) if formdata else {}
        self.reading = Reading()
        read_into(self.reading, self.question, self.typed, self.people)
        self.data = self.reading.answers.get(self.question.key)
        self.just_added = bool(formdata) and formdata.get("row") == f"add:{self.question.key}"
        if self.question.kind == "file":
            self._process_files(formdata)

    def _process_files(self, formdata: Any) -> None:
        sent = formdata.getlist(self.name) if formdata else []
        self.uploads = [one for one in sent if getattr(one, "filename", None)]
        self.kept = list(self.typed.get(f"{self.name}-kept", ()))
        names = [(key, "") for key in self.kept] + [("", str(one.filename)) for one in self.uploads]
        self.hold(names)

    def hold(self, files: Iterable[tuple[str, str]]) -> None:
        """The files that the answer consists of, as (key, name)."""
        self.data = [{"key": key, "name": name} for key, name in files] or None

    @property
    def held(self) -> list[dict[str, str]]:
        """The files that are stored already."""
        return [one for one in self.data or [] if one["key"] and one["name"]]

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Forget the errors of before; the form judges all questions together."""
        self._spots = {}
        self.errors: list[str] = []
        if self.refusal:
            self.blame(self.refusal)
        return True

    def blame(self, words: str, row: int | None = None, column: str | None = None) -> None:
        """Something is wrong: here, or at the control of a row (as it is shown) or of an end of a range."""
        self.errors = [*self.errors, words]
        self._spots[words] = (row, column)

    def errors_at(self, row: int | None = None, column: str | None = None) -> list[str]:
        return [words for words in map(str, self.errors) if self._spots.get(words, (None, None)) == (row, column)]

    def located_errors(self) -> list[tuple[str, str]]:
        """(id of the control to mend, what to do)"""
        return [(self._control_at(*self._spots.get(words, (None, None))), words) for words in map(str, self.errors)]

    def _control_at(self, row: int | None, column: str | None) -> str:
        if self.question.kind == "date_range":
            return f"{self.name}-{column or 'from'}"
        if self.question.kind == "rows":
            cells = [cell for cell in self.rows[row or 0] if column in (None, cell.question.key)]
            return next((cell.first_id for cell in cells if cell.question.kind not in SILENT), self.name)
        if self.matches:
            return f"{self.name}-id-0"
        return self.control.first_id

    @property
    def control(self) -> Control:
        values = self.typed.get(self.name, [])
        if self.question.kind == "person" and self.data:
            values = [self.data["name"]]
        return Control(self.question, self.name, values, self.errors_at())

    @property
    def ends(self) -> list[Control]:
        """The two days of a range."""
        names = [(end, f"{self.name}-{end}") for end in ("from", "to")]
        plain = _without_help(self.question)
        return [Control(plain, name, self.typed.get(name, []), self.errors_at(None, end)) for end, name in names]

    @property
    def rows(self) -> list[list[Control]]:
        """The rows that are shown: those typed, and as many as are needed, at least one."""
        rows = typed_rows(self.question, self.typed)
        missing = max(1, min(int(self.question.least or 1), MOST_ROWS)) - len(rows)
        return [self._cells(number, row) for number, row in enumerate([*rows, *([{}] * missing)])]

    def _cells(self, number: int, row: Mapping[str, str]) -> list[Control]:
        return [
            Control(
                column,
                name_of(self.question.key, number, column.key),
                [row[column.key]] if row.get(column.key) else [],
                self.errors_at(number, column.key),
            )
            for column in self.question.columns
        ]

    @property
    def takes_more_rows(self) -> bool:
        return len(self.rows) < min(int(self.question.most or MOST_ROWS), MOST_ROWS)

    @property
    def matches(self) -> list[Found]:
        """The people that the name could mean."""
        return self.reading.matches.get(self.question.key, [])

    @property
    def is_long(self) -> bool:
        return self.question.kind == "dropdown" and len(self.question.choices) > LONG_LIST

    @property
    def sought(self) -> str:
        """The letters that a long list is narrowed by."""
        return (self.typed.get(f"{self.name}-find") or [""])[0].strip()

    @property
    def narrowed(self) -> list[tuple[str, str, bool]]:
        """The choices that hold all the words sought, and what is chosen already; all of them where none does."""
        if self.nothing_fits:
            return self.control.options
        return [one for one in self.control.options if one[2] or self._is_sought(one[1])]

    @property
    def nothing_fits(self) -> bool:
        return not any(self._is_sought(words) for _value, words, _chosen in self.control.options)

    def _is_sought(self, words: str) -> bool:
        return all(word in _folded(words) for word in _folded(self.sought).split())


def _without_help(question: Question) -> Question:
    return question if not question.help else Question(question.key, question.kind, question.wording)


def _folded(text: str) -> str:
    """Without accents and capitals."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _typed_in(formdata: Any, question: Question) -> dict[str, list[str]]:
    """What was typed for one question, by the names of its controls; files that were sent are not typed."""
    ours = re.compile(re.escape(PREFIX + question.key) + r"(-[\w-]+)?")
    found = {
        name: [without_unseen(value) for value in formdata.getlist(name) if isinstance(value, str)]
        for name in formdata
        if ours.fullmatch(name)
    }
    return _row_changed(formdata, question, found) if question.kind == "rows" else found


def _row_changed(formdata: Any, question: Question, typed: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows, numbered anew, after the button that was pressed: a row more, or one less."""
    rows = typed_rows(question, typed)
    deed, _, rest = str(formdata.get("row") or "").partition(":")
    key, _, number = rest.partition(":")
    if key == question.key and deed == "add" and len(rows) < MOST_ROWS:
        rows = [*(rows or [{}]), {}]
    if key == question.key and deed == "remove" and number.isdecimal():
        rows = [row for place, row in enumerate(rows) if place != int(number)]
    named = [(f"{PREFIX}{question.key}-{place}", row) for place, row in enumerate(rows)]
    cells = {f"{name}-{column}": [text] for name, row in named for column, text in row.items()}
    return {name: ["1"] for name, _row in named} | cells


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


def carried(form: Any, questions: Sequence[Question]) -> list[tuple[str, str]]:
    """(name, value) of the hidden controls that carry all answers through a page that only shows them."""
    return list(filled(questions, answers_in(form, questions)).items(multi=True))


def raw_values(formdata: Any, questions: Iterable[Question]) -> dict[str, list[str]]:
    """What was typed, sign for sign and whether or not it can be read, to be kept as plain data.

    `MultiDict(raw_values(...))` as the data of a form restores it.
    """
    typed: dict[str, list[str]] = {}
    for question in questions:
        typed |= _typed_in(formdata, question)
    return {name: values for name, values in typed.items() if any(values)}
