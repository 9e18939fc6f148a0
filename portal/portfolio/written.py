"""What keepers type, read and written again: opening times, days, amounts of money, ways to do it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby, pairwise

Window = tuple[int, int, int]

LONGEST_TARGET = 100_000
"""Minutes of service time: more than half a year of working days."""

_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*(?:-|–|to|until|bis|à)\s*(\d{1,2})[:.](\d{2})")


def read_day(text: str) -> list[tuple[int, int]]:
    """'08:00 to 12:00, 13:00 to 17:00' as minutes since midnight. Raises ValueError for anything else."""
    spans = [_read_span(part) for part in re.split(r"[,;]", text) if part.strip()]
    spans.sort()
    for (_, closes), (opens, _end) in pairwise(spans):
        if opens < closes:
            raise ValueError("two spans overlap")
    return spans


def _read_span(part: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(part.strip())
    if not found:
        raise ValueError("that is no span")
    from_hour, from_minute, to_hour, to_minute = (int(one) for one in found.groups())
    opens, closes = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or not 0 <= opens < closes <= 1440:
        raise ValueError("that is no span of a day")
    return opens, closes


def written_day(spans: Iterable[tuple[int, int]], to: str = "to") -> str:
    """The same as `read_day` reads it."""
    return ", ".join(f"{_clock(opens)} {to} {_clock(closes)}" for opens, closes in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def spans_by_day(windows: Iterable[Sequence[int]]) -> list[list[tuple[int, int]]]:
    """Seven lists, Monday first."""
    days: list[list[tuple[int, int]]] = [[] for _day in range(7)]
    for weekday, opens, closes in sorted(tuple(window) for window in windows):
        days[weekday].append((opens, closes))
    return days


def hours_in_words(windows: Iterable[Sequence[int]], names: Sequence[str], *, to: str, and_: str) -> str:
    """'Monday to Friday, 08:00 to 18:00; Saturday, 09:00 to 12:00'. `names` are those of the seven days."""
    days = [(written_day(spans, to), name) for spans, name in zip(spans_by_day(windows), names, strict=True)]
    parts = []
    for spans, group in groupby(days, key=lambda one: one[0]):
        if spans:
            parts.append(f"{_days([name for _spans, name in group], to, and_)}, {spans}")
    return "; ".join(parts)


def _days(names: list[str], to: str, and_: str) -> str:
    if len(names) == 1:
        return names[0]
    return f"{names[0]} {and_ if len(names) == 2 else to} {names[-1]}"


def read_days(text: str) -> list[str]:
    """Days, one a line, as 2026-12-24. Raises ValueError for a line that is none."""
    return [date.fromisoformat(line.strip()).isoformat() for line in text.splitlines() if line.strip()]


def read_money(text: str) -> int:
    """'1,150.50' or '12,50' in cents. Raises ValueError for anything else."""
    plain = re.sub(r"[\s\u00a0'’]", "", text)
    found = re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](\d{1,2}))?", plain)
    if not found:
        raise ValueError("that is no amount")
    whole, part = re.sub(r"[.,]", "", found[1]), (found[2] or "").ljust(2, "0")
    return int(whole) * 100 + int(part)


def written_money(cents: int) -> str:
    """The same as `read_money` reads it; nothing for nothing."""
    return f"{cents // 100}.{cents % 100:02}" if cents else ""


def read_options(text: str) -> tuple[tuple[str, str], ...]:
    """One way to do it a line: its name, a colon, and what is good to know."""
    lines = (line.strip() for line in text.splitlines() if line.strip())
    parts = (line.partition(":") for line in lines)
    return tuple((name.strip(), words.strip()) for name, _colon, words in parts if name.strip())


def written_options(options: Iterable[dict[str, str]]) -> str:
    """The same as `read_options` reads it."""
    return "\n".join(f"{one['label']}: {one['words']}" if one["words"] else one["label"] for one in options)


_TARGET = re.compile(r"(\d{1,6})\s*(m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE)


def read_target(text: str, minutes_a_day: int) -> int:
    """'30 min', '4 hours' or '2 days' in minutes of service time. Raises ValueError for anything else."""
    found = _TARGET.fullmatch(text.strip())
    if not found:
        raise ValueError("that is no length of time")
    unit = {"m": "minute", "h": "hour", "d": "day"}[found[2][0].lower()]
    minutes = minutes_of(int(found[1]), unit, minutes_a_day)
    if not 0 < minutes <= LONGEST_TARGET:
        raise ValueError("that is nothing, or too long")
    return minutes


def written_target(minutes: int | None, minutes_a_day: int) -> str:
    """The same as `read_target` reads it; nothing for nothing."""
    if not minutes:
        return ""
    amount, unit = amount_of(minutes, minutes_a_day)
    return f"{amount} {'min' if unit == 'minute' else unit if amount == 1 else unit + 's'}"


def minutes_of(amount: int, unit: str, minutes_a_day: int) -> int:
    """A target in minutes of service time."""
    return amount * {"minute": 1, "hour": 60, "day": minutes_a_day}[unit]


def amount_of(minutes: int, minutes_a_day: int) -> tuple[int, str]:
    """The same in the largest unit that divides it."""
    for unit, size in (("day", minutes_a_day), ("hour", 60)):
        if minutes % size == 0:
            return minutes // size, unit
    return minutes, "minute"
