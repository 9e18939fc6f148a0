"""What is wrong with answers: one judge for a form, a draft, an old request asked again, and an import. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from portal.questions.conditions import is_empty
from portal.questions.patterns import fits
from portal.questions.reading import Place, Reading
from portal.questions.rules import LONGEST, MOST_ROWS, SILENT, WITH_CHOICES, Question, is_day, visible


@dataclass(frozen=True)
class Problem:
    """Something to mend. `row` counts the kept rows from 0; `column` is a column of the row, or an end of a range."""

    key: str
    code: str
    row: int | None = None
    column: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def problems(
    questions: Sequence[Question], answers: Mapping[str, Any], reading: Reading | None = None
) -> list[Problem]:
    """What is to be mended in the questions that are shown, in their order. Hidden ones never count.

    `reading` names what was typed and could not be read.
    """
    found: list[Problem] = []
    for question in visible(questions, answers):
        unread = _unread(question, reading) if reading else []
        said = {(one.row, one.column) for one in unread}
        judged = _judged(question, answers.get(question.key), bool(unread))
        found += sorted(
            unread + [one for one in judged if (one.row, one.column) not in said], key=lambda one: _order(question, one)
        )
    return found


def _order(question: Question, problem: Problem) -> tuple[int, int]:
    """Row by row, and in each row from column to column; what is wrong with the whole comes first."""
    columns = [column.key for column in question.columns]
    return (-1, 0) if problem.row is None else (problem.row, columns.index(str(problem.column)))


def _unread(question: Question, reading: Reading) -> list[Problem]:
    return [
        Problem(place.key, code, _kept_row(reading, place), place.column)
        for place, code in reading.unread.items()
        if place.key == question.key
    ]


def _kept_row(reading: Reading, place: Place) -> int | None:
    return None if place.row is None else reading.rows[place.key].index(place.row)


def still_fits(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that this list of questions would still take: those of an older list, where the questions match."""
    kept = {q.key: answers[q.key] for q in questions if q.kind not in SILENT and not is_empty(answers.get(q.key))}
    return {q.key: kept[q.key] for q in questions if q.key in kept and not list(_judged(q, kept[q.key], False))}


def is_shaped(question: Question, answer: Any) -> bool:
    """Is it an answer of this kind at all, right or wrong?"""
    return question.kind not in SILENT and bool(_SHAPES[question.kind](answer))


def _judged(question: Question, answer: Any, partly_read: bool) -> Iterator[Problem]:
    if question.kind in SILENT:
        return
    if is_empty(answer) or (question.kind == "consent" and answer is not True):
        if question.required and not partly_read:
            yield Problem(question.key, f"no_{question.kind}")
        return
    if not is_shaped(question, answer):
        yield Problem(question.key, "shape")
    elif question.kind == "rows":
        yield from _judged_rows(question, answer)
    elif question.kind == "date_range":
        yield from _judged_range(question, answer, partly_read)
    else:
        for code, facts in _wrong(question, answer):
            yield Problem(question.key, code, facts=facts)


Found = tuple[str, dict[str, Any]]


def _wrong(question: Question, answer: Any) -> Iterator[Found]:
    if question.kind in LONGEST:
        yield from _wrong_text(question, answer)
    elif question.kind == "number":
        yield from _out_of_bounds(question, answer, "too_small", "too_large")
    elif question.kind == "date":
        yield from _out_of_bounds(question, answer, "too_early", "too_late")
    elif question.kind in WITH_CHOICES:
        yield from _wrong_choice(question, answer if isinstance(answer, list) else [answer])


def _wrong_text(question: Question, text: str) -> Iterator[Found]:
    most = min(int(question.most or LONGEST[question.kind]), LONGEST[question.kind])
    if len(text) > most:
        yield "too_long", {"most": most}
    elif question.least is not None and len(text) < int(question.least):
        yield "too_short", {"least": question.least}
    elif question.pattern and not (fit := fits(question.pattern, text)):
        yield "pattern", {"too_slow": True} if fit is None else {}


def _out_of_bounds(question: Question, value: Any, below: str, above: str) -> Iterator[Found]:
    least, most = question.least, question.most
    if least is not None and value < least:
        yield below, {"least": least, "most": most}
    elif most is not None and value > most:
        yield above, {"least": least, "most": most}


def _wrong_choice(question: Question, values: Sequence[Any]) -> Iterator[Found]:
    offered = {one.value for one in question.choices}
    if any(value not in offered for value in values):
        yield "choice", {}
    elif question.kind == "choices":
        yield from _out_of_bounds(question, len(values), "too_few", "too_many")


def _judged_range(question: Question, ends: Mapping[str, str], partly_read: bool) -> Iterator[Problem]:
    """Both ends are needed once one is given; one that could not be read is named already."""
    missing = [end for end in ("from", "to") if is_empty(ends.get(end))]
    if missing and not partly_read:
        yield Problem(question.key, f"no_{missing[0]}", column=missing[0])
    for end, day in ends.items():
        for code, facts in _out_of_bounds(question, day, "too_early", "too_late"):
            yield Problem(question.key, code, column=end, facts=facts)
    if not missing and ends["from"] > ends["to"]:
        yield Problem(question.key, "range", column="to")


def _judged_rows(question: Question, rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    most = min(int(question.most or MOST_ROWS), MOST_ROWS)
    if len(rows) > most:
        yield Problem(question.key, "too_many_rows", facts={"most": most})
    if question.least is not None and len(rows) < int(question.least):
        yield Problem(question.key, "too_few_rows", facts={"least": question.least})
    columns = {column.key: column for column in question.columns}
    for number, row in enumerate(rows[:MOST_ROWS]):
        for key, column in columns.items():
            for one in _judged(column, row.get(key), False):
                yield Problem(question.key, one.code, number, key, one.facts)
                if one.facts.get("too_slow"):
                    # The form does not pass anyway, and must not wait as long for each of its rows.
                    columns = columns | {key: replace(column, pattern="")}


def _is_file(one: Any) -> bool:
    return isinstance(one, Mapping) and isinstance(one.get("key"), str) and isinstance(one.get("name"), str)


def _is_range(answer: Any) -> bool:
    return isinstance(answer, Mapping) and set(answer) <= {"from", "to"} and all(map(_is_day, answer.values()))


def _is_day(answer: Any) -> bool:
    return isinstance(answer, str) and is_day(answer)


def _is_text(answer: Any) -> bool:
    return isinstance(answer, str)


def _is_list(of: Any) -> Any:
    return lambda answer: isinstance(answer, list) and all(of(one) for one in answer)


_SHAPES: dict[str, Any] = {
    "text": _is_text,
    "long_text": _is_text,
    "number": lambda answer: isinstance(answer, (int, float)) and not isinstance(answer, bool),
    "date": _is_day,
    "date_range": _is_range,
    "yes_no": lambda answer: isinstance(answer, bool),
    "choice": _is_text,
    "choices": _is_list(_is_text),
    "dropdown": _is_text,
    "person": lambda answer: isinstance(answer, Mapping) and isinstance(answer.get("id"), int) and "name" in answer,
    "file": _is_list(_is_file),
    "rows": _is_list(lambda row: isinstance(row, Mapping)),
    "consent": lambda answer: answer is True,
}
