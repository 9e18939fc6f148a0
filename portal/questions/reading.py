"""From what was typed to plain answers, and back. Pure.

What is typed is kept by the names of the controls: `q_device`, `q_when-from`, `q_when-to`, `q_items-0-colour`,
`q_who-id`. Reading is lenient: what cannot be read is left out of the answers and named, and stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from portal.questions.conditions import is_empty
from portal.questions.rules import MOST_ROWS, SILENT, Question

PREFIX = "q_"
MOST_ROWS_READ = 4 * MOST_ROWS
LONGEST_NUMBER = 15
"""Digits: what a computer's number holds without changing it."""
LONGEST_TYPED = 200
"""Signs: nobody writes a number, a name or a mail address in more."""

Typed = Mapping[str, Sequence[str]]
Found = tuple[int, str, str]
"""(number, name, what tells them from others) of a person."""
People = Callable[[str], Sequence[Found]]


@dataclass(frozen=True)
class Place:
    """Where in a form: a question, and inside repeating rows the row (as it was typed) and the column."""

    key: str
    row: int | None = None
    column: str | None = None


@dataclass
class Reading:
    """What was typed, as plain answers. `unread` says where something could not be read, and why (a code).

    `rows` tells for each repeating question at which typed row each kept row stood, since empty rows are not kept.
    `matches` are the people that a name could mean.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    unread: dict[Place, str] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    matches: dict[str, list[Found]] = field(default_factory=dict)


class Unreadable(Exception):
    """What was typed is no answer of this kind; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def name_of(key: str, row: int | None = None, column: str | None = None) -> str:
    """The name of a control, and the start of its ids."""
    return PREFIX + key if row is None else f"{PREFIX}{key}-{row}-{column}"


def read_into(reading: Reading, question: Question, typed: Typed, people: People | None = None) -> None:
    """Read one question and add what was found."""
    if question.kind in SILENT or question.kind == "file":
        return
    try:
        answer = _READERS[question.kind](reading, question, typed, people)
    except Unreadable as wrong:
        reading.unread[Place(question.key)] = wrong.code
        return
    if not is_empty(answer):
        reading.answers[question.key] = answer


def _read_simple(_reading: Reading, question: Question, typed: Typed, _people: People | None) -> Any:
    return _value(question, _first(typed, name_of(question.key)))


def _value(question: Question, text: str) -> Any:
    """One answer from one control; None where nothing was said."""
    return _VALUES[question.kind](question, text) if text.strip() else None


def _first(typed: Typed, name: str) -> str:
    values = typed.get(name) or [""]
    return values[0]


def _read_text(_question: Question, text: str) -> str:
    return plain_text(text).strip()


def plain_text(text: str) -> str:
    """With one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def without_unseen(text: str) -> str:
    """Without control characters: nobody types them, and not every page, paper and database keeps them."""
    return _UNSEEN.sub("", text)


_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]+))?")
_GROUPED = (
    re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?"),
    re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?"),
)


def read_number(text: str) -> int | float:
    """ "12", "12.5", "12,5", "1 200", "1.200,50": a number. "1,200" could be two, and is refused."""
    if len(text) > LONGEST_TYPED:
        raise Unreadable("number")
    signs = re.sub(r"[\s'’_]", "", text).replace("\u2212", "-")
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", signs):
        raise Unreadable("number_unclear")
    for pattern, group in zip(_GROUPED, ",.", strict=True):
        if signs.count(group) and (signs.count(",") + signs.count(".") > 1) and pattern.fullmatch(signs):
            signs = signs.replace(group, "")
    found = _NUMBER.fullmatch(signs.replace(",", "."))
    if not found or not (found[2] or found[3]) or len((found[2] + (found[3] or "")).lstrip("0")) > LONGEST_NUMBER:
        raise Unreadable("number")
    whole = found[1].replace("+", "") + (found[2] or "0")
    return float(f"{whole}.{found[3]}") if found[3] else int(whole)


_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_POINTED_DAY = re.compile(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})")
_SLASHED_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


def read_day(text: str) -> str:
    """A day as 2026-04-14. With slashes only where day and month cannot be mistaken for each other."""
    text = text.strip()
    if found := _ISO_DAY.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := _POINTED_DAY.fullmatch(text):
        return _day(found[3], found[2], found[1])
    if found := _SLASHED_DAY.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        if first > 12 or first == second:
            return _day(found[3], found[2], found[1])
        if second > 12:
            return _day(found[3], found[1], found[2])
    raise Unreadable("date")


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Unreadable("date") from None


def _read_yes_no(_question: Question, text: str) -> bool:
    if text.strip() not in ("yes", "no"):
        raise Unreadable("yes_no")
    return text.strip() == "yes"


def _read_choice(question: Question, text: str) -> str:
    """The value as it is offered; a browser may send its blanks and line ends otherwise."""
    same = (one.value for one in question.choices if one.value == text)
    alike = (one.value for one in question.choices if one.value.split() == text.split())
    return next(same, None) or next(alike, None) or plain_text(text).strip()


def _read_choices(_reading: Reading, question: Question, typed: Typed, _people: People | None) -> list[str]:
    """What is chosen, in the order in which it is offered; however much is sent, each value is looked up once."""
    offered = {one.value: None for one in question.choices}
    alike = {tuple(value.split()): value for value in reversed(offered)}
    texts = (text for text in dict.fromkeys(typed.get(name_of(question.key), ())) if text.strip())
    values = dict.fromkeys(
        text if text in offered else alike.get(tuple(text.split())) or plain_text(text).strip() for text in texts
    )
    return [value for value in offered if value in values] + [value for value in values if value not in offered]


def _read_range(reading: Reading, question: Question, typed: Typed, _people: People | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for end in ("from", "to"):
        text = _first(typed, f"{name_of(question.key)}-{end}")
        if text.strip():
            try:
                found[end] = read_day(text)
            except Unreadable as wrong:
                reading.unread[Place(question.key, None, end)] = wrong.code
    return found


def _read_person(reading: Reading, question: Question, typed: Typed, people: People | None) -> dict[str, Any] | None:
    """The one person meant: the one chosen among the matches, or the only one, or the only one of exactly that name."""
    words = " ".join(_first(typed, name_of(question.key)).split())
    if not words:
        return None
    matches = list(people(words)) if people and len(words) <= LONGEST_TYPED else []
    chosen = _first(typed, f"{name_of(question.key)}-id")
    meant = [one for one in matches if str(one[0]) == chosen] or _meant(words, matches)
    if len(meant) == 1:
        return {"id": meant[0][0], "name": meant[0][1]}
    reading.matches[question.key] = matches
    raise Unreadable("which_person" if matches else "unknown_person")


def _meant(words: str, matches: Sequence[Found]) -> Sequence[Found]:
    same = [one for one in matches if words.casefold() in (one[1].casefold(), one[2].casefold())]
    return same or matches


def _read_rows(reading: Reading, question: Question, typed: Typed, _people: People | None) -> list[dict[str, Any]]:
    rows, places = [], []
    for place, cells in enumerate(typed_rows(question, typed)):
        if any(text.strip() for text in cells.values()):
            rows.append(_read_row(reading, question, place, cells))
            places.append(place)
    reading.rows[question.key] = places
    return rows


def _read_row(reading: Reading, question: Question, place: int, cells: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in question.columns:
        if column.kind in SILENT:
            continue
        try:
            value = _value(column, cells[column.key])
        except Unreadable as wrong:
            reading.unread[Place(question.key, place, column.key)] = wrong.code
            continue
        if not is_empty(value):
            found[column.key] = value
    return found


def typed_rows(question: Question, typed: Typed) -> list[dict[str, str]]:
    """The rows as they were typed, empty ones too, whatever their numbers were."""
    columns = [column.key for column in question.columns if column.kind not in SILENT]
    numbers = _row_numbers(question.key, typed)
    return [{column: _first(typed, name_of(question.key, number, column)) for column in columns} for number in numbers]


def _row_numbers(key: str, typed: Typed) -> list[int]:
    pattern = re.compile(re.escape(PREFIX + key) + r"-([0-9]{1,4})(?:-\w+)?")
    found = {int(match[1]) for name in typed if (match := pattern.fullmatch(name))}
    return sorted(found)[:MOST_ROWS_READ]


_VALUES: dict[str, Callable[[Question, str], Any]] = {
    "text": _read_text,
    "long_text": _read_text,
    "number": lambda _question, text: read_number(text),
    "date": lambda _question, text: read_day(text),
    "yes_no": _read_yes_no,
    "choice": _read_choice,
    "dropdown": _read_choice,
    "consent": lambda _question, _text: True,
}
_READERS: dict[str, Callable[[Reading, Question, Typed, People | None], Any]] = {
    **dict.fromkeys(_VALUES, _read_simple),
    "choices": _read_choices,
    "date_range": _read_range,
    "person": _read_person,
    "rows": _read_rows,
}


def typed_from(question: Question, answer: Any) -> dict[str, list[str]]:
    """What somebody would have typed to give this answer; reading it gives the answer again."""
    name = name_of(question.key)
    if question.kind in SILENT or is_empty(answer):
        return {}
    if question.kind == "date_range":
        return {f"{name}-{end}": [day] for end, day in answer.items()}
    if question.kind == "person":
        return {name: [answer["name"]], f"{name}-id": [str(answer["id"])]}
    if question.kind == "file":
        return {f"{name}-kept": [one["key"] for one in answer]}
    if question.kind == "choices":
        return {name: list(answer)}
    if question.kind == "rows":
        return _typed_rows_from(question, answer)
    return {name: [_typed(question, answer)]}


def _typed_rows_from(question: Question, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    return {
        name_of(question.key, number, column.key): [_typed(column, row[column.key])]
        for number, row in enumerate(rows)
        for column in question.columns
        if not is_empty(row.get(column.key))
    }


def _typed(question: Question, answer: Any) -> str:
    if question.kind == "yes_no":
        return "yes" if answer else "no"
    if question.kind == "consent":
        return "yes"
    if question.kind == "number":
        return format(Decimal(repr(answer)), "f")
    return str(answer)
