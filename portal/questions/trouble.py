"""What is wrong with a list of questions that somebody wrote or brought along, all of it at once and in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _

from portal.questions.conditions import Condition, Is, read_condition
from portal.questions.patterns import compiled
from portal.questions.rules import (
    IN_ROWS,
    KINDS,
    SILENT,
    WITH_BOUNDS,
    WITH_CHOICES,
    WITH_DAYS,
    WITH_PATTERN,
    is_day,
    read_questions,
)

Entry = Mapping[str, Any]


def trouble(questions_data: Sequence[Any]) -> list[str]:
    """Sentences, in the order of the questions; none when the list can be published."""
    found = list(_troubles(questions_data))
    if not found:
        try:
            read_questions(questions_data)
        except ValueError as error:
            found = [str(error)]
    return found


def _troubles(data: Sequence[Any]) -> Iterator[str]:
    earlier: dict[str, Entry] = {}
    keys = {entry.get("key") for entry in data if isinstance(entry, Mapping) and isinstance(entry.get("key"), str)}
    for number, entry in enumerate(data, start=1):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str):
            yield _("Number %(n)s is no question.", n=number)
            continue
        name = _name(entry, number)
        if entry["key"] in earlier:
            yield _("%(question)s has the same key as a question before it.", question=name)
        yield from _in_itself(entry, name)
        yield from _in_columns(entry, name)
        yield from _in_condition(entry, name, earlier, keys)
        earlier[entry["key"]] = entry


def _name(entry: Entry, number: int) -> str:
    wording = str(entry.get("wording") or "").strip()
    return _("“%(wording)s”", wording=wording) if wording else _("Question %(n)s", n=number)


def _kind(entry: Any) -> str:
    kind = entry.get("kind") if isinstance(entry, Mapping) else ""
    return kind if isinstance(kind, str) else ""


def _in_itself(entry: Entry, name: str) -> Iterator[str]:
    if not str(entry.get("wording") or "").strip():
        yield _("%(question)s has no wording.", question=name)
    if not entry["key"].isidentifier():
        yield _("%(question)s has a key that cannot be one: letters, digits and _ only.", question=name)
    if _kind(entry) not in KINDS:
        yield _("%(question)s is of a kind that is not known.", question=name)
        return
    if entry.get("required") and entry["kind"] in SILENT:
        yield _("%(question)s is only read, so it cannot be required.", question=name)
    yield from _in_choices(entry, name)
    yield from _in_bounds(entry, name)
    yield from _in_pattern(entry, name)


def _values(entry: Entry) -> list[Any]:
    """What can be chosen, as it is kept."""
    choices = entry.get("choices")
    if not isinstance(choices, (list, tuple)):
        return []
    return [one.get("value") if isinstance(one, Mapping) else one for one in choices]


def _in_choices(entry: Entry, name: str) -> Iterator[str]:
    values = _values(entry)
    if entry["kind"] not in WITH_CHOICES:
        if values:
            yield _("%(question)s offers choices, and its kind has none.", question=name)
        return
    if not values:
        yield _("%(question)s offers nothing to choose.", question=name)
    if any(not isinstance(value, str) or not value.strip() for value in values):
        yield _("%(question)s has a choice without words.", question=name)
    elif len(set(values)) != len(values):
        yield _("%(question)s offers the same choice twice.", question=name)


def _in_bounds(entry: Entry, name: str) -> Iterator[str]:
    bounds = [bound for bound in (entry.get("least"), entry.get("most")) if bound is not None]
    if bounds and entry["kind"] not in WITH_BOUNDS:
        yield _("%(question)s has bounds, and its kind has none.", question=name)
    elif any(not _is_bound(entry["kind"], bound) for bound in bounds):
        yield _("%(question)s has a bound that cannot be one.", question=name)
    elif any(least > most for least, most in pairwise(bounds)):
        yield _("%(question)s has bounds that are upside down.", question=name)


def _is_bound(kind: str, bound: Any) -> bool:
    if kind in WITH_DAYS:
        return isinstance(bound, str) and is_day(bound)
    return not isinstance(bound, bool) and isinstance(bound, (int, float) if kind == "number" else int)


def _in_pattern(entry: Entry, name: str) -> Iterator[str]:
    pattern = entry.get("pattern")
    if not pattern:
        return
    if entry["kind"] not in WITH_PATTERN:
        yield _("%(question)s has a pattern, and its kind has none.", question=name)
    try:
        compiled(str(pattern))
    except ValueError:
        yield _("%(question)s has a pattern that is none, or is too large.", question=name)


def _in_columns(entry: Entry, name: str) -> Iterator[str]:
    columns = entry.get("columns") or []
    if (_kind(entry) == "rows") != bool(columns):
        yield (
            _("%(question)s has columns, and its kind has none.", question=name)
            if columns
            else _("%(question)s has no columns.", question=name)
        )
        return
    if not isinstance(columns, (list, tuple)):
        return
    for words in _troubles(columns):
        yield _("In the rows of %(question)s: %(words)s", question=name, words=words)
    for column in columns:
        if isinstance(column, Mapping) and (_kind(column) not in IN_ROWS or column.get("shown_if")):
            yield _("In the rows of %(question)s is something that a row cannot ask.", question=name)


def _in_condition(entry: Entry, name: str, earlier: Mapping[str, Entry], keys: set[Any]) -> Iterator[str]:
    if not entry.get("shown_if"):
        return
    try:
        condition = read_condition(entry["shown_if"])
    except ValueError as error:
        yield _("%(question)s has a condition that cannot be read: %(why)s", question=name, why=str(error))
        return
    for part in _comparisons(condition):
        yield from _in_comparison(part, name, earlier, keys)


def _comparisons(condition: Condition) -> Iterator[Is]:
    if isinstance(condition, Is):
        yield condition
        return
    for part in condition.parts:
        yield from _comparisons(part)


def _in_comparison(part: Is, name: str, earlier: Mapping[str, Entry], keys: set[Any]) -> Iterator[str]:
    other = earlier.get(part.question)
    if other is None:
        yield (
            _("%(question)s depends on a question that is not asked before it.", question=name)
            if part.question in keys
            else _("%(question)s depends on “%(key)s”, which is not asked.", question=name, key=part.question)
        )
        return
    if _kind(other) in SILENT:
        yield _("%(question)s depends on %(other)s, which has no answer.", question=name, other=_name(other, 0))
    if _kind(other) in WITH_CHOICES and part.operator in ("equals", "one_of", "contains"):
        wanted = part.value if isinstance(part.value, list) else [part.value]
        for value in wanted:
            if value not in _values(other):
                yield _(
                    "%(question)s waits for “%(value)s”, which %(other)s does not offer.",
                    question=name,
                    value=value,
                    other=_name(other, 0),
                )
