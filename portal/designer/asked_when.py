"""“Ask this only when …” as rows that a form can show, and back again as a condition.

Two levels: comparisons and groups of comparisons. What is deeper, or compares in a way that is not offered for that
kind of question, cannot be shown in rows and is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.questions.conditions import Condition, Is, Joined
from portal.questions.reading import Unreadable, read_day, read_number
from portal.questions.rules import SILENT, WITH_CHOICES, Question
from portal.questions.saying import PHRASES
from portal.refusal import Refusal

MOST_ROWS = 12
MOST_GROUPS = 6

HOW = {
    "all": _l("all of these hold"),
    "any": _l("at least one of these holds"),
    "not_all": _l("not all of these hold"),
    "not_any": _l("none of these holds"),
}

_EMPTY = ("not_is_empty", "is_empty")
_BY_KIND = {
    "text": ("equals", "not_equals", "contains", "not_contains", *_EMPTY),
    "long_text": ("contains", "not_contains", *_EMPTY),
    "number": ("equals", "not_equals", "greater", "not_greater", "less", "not_less", *_EMPTY),
    "date": ("equals", "not_equals", "greater", "not_greater", "less", "not_less", *_EMPTY),
    "yes_no": ("equals", "not_equals", *_EMPTY),
    "choice": ("one_of", "not_one_of", *_EMPTY),
    "dropdown": ("one_of", "not_one_of", *_EMPTY),
    "choices": ("contains", "not_contains", *_EMPTY),
    "consent": ("equals", "not_equals"),
    "rows": ("greater", "not_greater", "less", "not_less", *_EMPTY),
}
"""The comparisons that are offered for each kind of question; the others can only be empty or not."""

_SPECIAL = {
    "is_empty": _l("has no answer"),
    "not_is_empty": _l("has an answer"),
    "one_of": _l("is one of"),
    "not_one_of": _l("is none of"),
}


@dataclass
class Row:
    """One comparison as it is typed: `values` are texts."""

    question: str
    comparison: str = ""
    values: list[str] = field(default_factory=list)
    trouble: str = ""


@dataclass
class Group:
    """Comparisons joined by `how`."""

    how: str = "all"
    rows: list[Row] = field(default_factory=list)


@dataclass
class Rows(Group):
    """A whole condition: comparisons and groups of them."""

    groups: list[Group] = field(default_factory=list)


def comparisons_for(question: Question) -> list[tuple[str, str]]:
    """(name, words) of the comparisons that are offered for a question."""
    return [(name, _comparison_words(name, question.kind)) for name in _BY_KIND.get(question.kind, _EMPTY)]


def _comparison_words(name: str, kind: str) -> str:
    denied, operator = name.startswith("not_"), name.removeprefix("not_")
    if name in _SPECIAL:
        return str(_SPECIAL[name])
    if kind == "consent":
        return _("is not given") if denied else _("is given")
    phrases = PHRASES.get((operator, kind)) or PHRASES[operator, ""]
    return " ".join((str(phrases[denied]) % {"value": "…"}).split())


def can_be_asked_about(questions: Sequence[Question], key: str) -> list[Question]:
    """The earlier questions that have an answer."""
    place = next(n for n, one in enumerate(questions) if one.key == key)
    return [one for one in questions[:place] if one.kind not in SILENT]


# --- a condition as rows -----------------------------------------------------------------------------------------


def as_rows(condition: Condition | None, known: Mapping[str, Question]) -> Rows | None:
    """The condition as rows; None when two levels or the comparisons that are offered are not enough for it."""
    if condition is None:
        return Rows()
    whole = _as_group(condition, known)
    if whole is not None:
        return Rows(whole.how, whole.rows)
    how, inner = _joined(condition)
    if how is None:
        return None
    return _two_levels(how, inner, known)


def _two_levels(how: str, parts: Sequence[Condition], known: Mapping[str, Question]) -> Rows | None:
    found = Rows(how)
    for part in parts:
        if row := _as_row(part, known):
            found.rows.append(row)
        elif group := _as_group(part, known):
            found.groups.append(group)
        else:
            return None
    return found


def _as_group(condition: Condition, known: Mapping[str, Question]) -> Group | None:
    if row := _as_row(condition, known):
        return Group("all", [row])
    how, parts = _joined(condition)
    rows = [_as_row(part, known) for part in parts]
    if how is None or not all(rows):
        return None
    return Group(how, [row for row in rows if row])


def _joined(condition: Condition) -> tuple[str | None, tuple[Condition, ...]]:
    """How its parts are joined, a “not” around them counted in."""
    if isinstance(condition, Is):
        return None, ()
    if condition.how != "not":
        return condition.how, condition.parts
    inner = condition.parts[0]
    return (f"not_{inner.how}", inner.parts) if isinstance(inner, Joined) and inner.how != "not" else (None, ())


def _as_row(condition: Condition, known: Mapping[str, Question]) -> Row | None:
    denied = isinstance(condition, Joined) and condition.how == "not"
    inner = condition.parts[0] if isinstance(condition, Joined) and denied else condition
    question = known.get(inner.question) if isinstance(inner, Is) else None
    if not isinstance(inner, Is) or question is None:
        return None
    operator = "one_of" if inner.operator == "equals" and question.kind in {"choice", "dropdown"} else inner.operator
    name = f"not_{operator}" if denied else operator
    values = [_typed(one) for one in (inner.value if isinstance(inner.value, list) else [inner.value])]
    fits = name in _BY_KIND.get(question.kind, _EMPTY) and (len(values) == 1 or operator == "one_of")
    return Row(question.key, name, [] if inner.operator == "is_empty" else values) if fits else None


def _typed(value: Any) -> str:
    """A value as a control of a form holds it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


# --- rows as a condition -----------------------------------------------------------------------------------------


def as_condition(rows: Rows, known: Mapping[str, Question]) -> Condition | None:
    """The condition that the rows say; None when there are none. Rows that lack a value carry their trouble then."""
    parts = [*_conditions(rows.rows, known), *(_of_group(one, known) for one in rows.groups if one.rows)]
    if any(row.trouble for row in all_rows(rows)):
        raise Refusal(_("Some conditions are not complete."))
    return _join(rows.how, parts) if parts else None


def all_rows(rows: Rows) -> list[Row]:
    return [*rows.rows, *(row for group in rows.groups for row in group.rows)]


def _of_group(group: Group, known: Mapping[str, Question]) -> Condition:
    return _join(group.how, _conditions(group.rows, known))


def _conditions(rows: Sequence[Row], known: Mapping[str, Question]) -> list[Condition]:
    return [_of_row(row, known[row.question]) for row in rows if row.question in known]


def _join(how: str, parts: Sequence[Condition]) -> Condition:
    plain = how.removeprefix("not_")
    joined = parts[0] if len(parts) == 1 else Joined(plain, tuple(parts))
    return Joined("not", (joined,)) if how != plain else joined


def _of_row(row: Row, question: Question) -> Condition:
    operator = row.comparison.removeprefix("not_")
    try:
        one = _comparison(operator, row, question)
    except ValueError as error:
        row.trouble = str(error)
        return Is(question.key, "is_empty")
    return Joined("not", (one,)) if row.comparison.startswith("not_") else one


def _comparison(operator: str, row: Row, question: Question) -> Is:
    if row.comparison not in _BY_KIND.get(question.kind, _EMPTY):
        raise ValueError(_("Choose how to compare the answer to “%(name)s”.", name=question.wording))
    if operator == "is_empty":
        return Is(question.key, operator)
    if question.kind == "consent":
        return Is(question.key, operator, True)
    values = [_value(one, question) for one in row.values if one.strip()]
    if not values:
        raise ValueError(_("Say what to compare the answer to “%(name)s” with.", name=question.wording))
    if operator == "one_of":
        return Is(question.key, "equals", values[0]) if len(values) == 1 else Is(question.key, operator, values)
    return Is(question.key, operator, values[0])


def _value(typed: str, question: Question) -> Any:
    if question.kind in WITH_CHOICES:
        return _chosen(typed, question)
    if question.kind == "yes_no":
        return typed == "yes"
    if question.kind in {"number", "rows"}:
        return number_from(typed)
    if question.kind == "date":
        return day_from(typed)
    return typed.strip()


def _chosen(typed: str, question: Question) -> str:
    if typed not in {one.value for one in question.choices}:
        raise ValueError(_("“%(value)s” is no answer to “%(name)s” any more.", value=typed, name=question.wording))
    return typed


def number_from(typed: str) -> int | float:
    """A number as it is typed."""
    try:
        return read_number(typed)
    except Unreadable:
        raise ValueError(_("“%(typed)s” is not a number.", typed=typed.strip())) from None


def day_from(typed: str) -> str:
    """A day as it is typed, the way it is kept."""
    try:
        return read_day(typed)
    except Unreadable:
        raise ValueError(_("Enter a day, such as 2026-04-14.")) from None


# --- rows from a form --------------------------------------------------------------------------------------------


Sent = Mapping[str, Sequence[str]]
"""The values of a form that was sent, by the names of its controls."""


def _first(sent: Sent, name: str) -> str:
    return next(iter(sent.get(name, ())), "")


def read_rows(sent: Sent) -> Rows:
    """The rows as they were sent: `r-0-…` stand alone, `g-0-r-0-…` in a group."""
    groups = [
        Group(_how(sent, f"g-{number}-"), _read(sent, f"g-{number}-"))
        for number in range(MOST_GROUPS)
        if _first(sent, f"g-{number}-how")
    ]
    return Rows(_how(sent, ""), _read(sent, ""), groups)


def _how(sent: Sent, prefix: str) -> str:
    how = _first(sent, f"{prefix}how")
    return how if how in HOW else "all"


def _read(sent: Sent, prefix: str) -> list[Row]:
    names = [f"{prefix}r-{number}-" for number in range(MOST_ROWS)]
    return [
        Row(_first(sent, f"{name}question"), _first(sent, f"{name}is"), [v[:200] for v in sent.get(f"{name}value", ())])
        for name in names
        if _first(sent, f"{name}question")
    ]


DEED = re.compile(r"(add|drop):(?:g-(\d))?-?(?:r-(\d{1,2}))?")


def altered(rows: Rows, deed: str, sent: Sent, known: Mapping[str, Question]) -> Rows:
    """The rows after a button: `add:` and `add:g-0` add a comparison, `group` a group; `drop:…` takes one away."""
    if deed == "group":
        if len(rows.groups) < MOST_GROUPS:
            rows.groups.append(Group("any"))
        return rows
    found = DEED.fullmatch(deed)
    if not found:
        return rows
    verb, group_number, row_number = found.groups()
    group = _group(rows, group_number)
    if group is None:
        return rows
    if verb == "add":
        _add(group, _first(sent, f"g-{group_number}-new" if group_number else "new"), known)
    elif row_number:
        del group.rows[int(row_number) : int(row_number) + 1]
    elif group_number:
        del rows.groups[int(group_number)]
    return rows


def _group(rows: Rows, number: str | None) -> Group | None:
    if number is None:
        return rows
    return rows.groups[int(number)] if int(number) < len(rows.groups) else None


def _add(group: Group, key: str, known: Mapping[str, Question]) -> None:
    if key in known and len(group.rows) < MOST_ROWS:
        group.rows.append(Row(key, comparisons_for(known[key])[0][0]))
