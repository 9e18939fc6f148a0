"""One question as a field of a form, and its controls as a template needs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field

from portal.questions.reading import (
    PREFIX,
    Found,
    People,
    Reading,
    Unreadable,
    name_of,
    read_day,
    read_into,
    typed_rows,
    without_unseen,
)
from portal.questions.rules import MOST_ROWS, SILENT, Question
from portal.web.folding import folded

LONG_LIST = 15
"""A list with more choices can be narrowed by a few letters."""
LONGEST_SOUGHT = 100
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
        chosen = {tuple(value.split()) for value in self.values}
        return [(one.value, one.words, tuple(one.value.split()) in chosen) for one in self.question.choices]

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
        """The letters that a long list is narrowed by; no more of them than any choice would have."""
        return (self.typed.get(f"{self.name}-find") or [""])[0].strip()[:LONGEST_SOUGHT]

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
        plain = folded(words)
        return all(word in plain for word in folded(self.sought).split())


def _without_help(question: Question) -> Question:
    return question if not question.help else Question(question.key, question.kind, question.wording)


def _typed_in(formdata: Any, question: Question) -> dict[str, list[str]]:
    """What was typed for one question, by the names of its controls; files that were sent are not typed."""
    own = PREFIX + question.key
    ours = re.compile(re.escape(own) + r"(-[\w-]+)?")
    found = {
        name: [without_unseen(value) for value in formdata.getlist(name) if isinstance(value, str)]
        for name in formdata
        if name.startswith(own) and ours.fullmatch(name)
    }
    return _row_changed(formdata, question, found) if question.kind == "rows" else found


def _row_changed(formdata: Any, question: Question, typed: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows, numbered anew, after the button that was pressed: a row more, or one less."""
    rows = typed_rows(question, typed)
    deed, _, rest = str(formdata.get("row") or "").partition(":")
    key, _, number = rest.partition(":")
    if key == question.key and deed == "add" and len(rows) < MOST_ROWS:
        rows = [*(rows or [{}]), {}]
    if key == question.key and deed == "remove":
        rows = [row for place, row in enumerate(rows) if str(place) != number]
    named = [(f"{PREFIX}{question.key}-{place}", row) for place, row in enumerate(rows)]
    cells = {f"{name}-{column}": [text] for name, row in named for column, text in row.items()}
    return {name: ["1"] for name, _row in named} | cells
