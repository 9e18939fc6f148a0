"""A request on its way in: what a log says about it, in our words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from portal.imports.moments import Ambiguous, MomentReader, Reading, Unreadable


class Refused(NamedTuple):
    """A row that is not used, by its number in a spreadsheet, and why."""

    row: int
    reference: str
    reason: str


class Happening(NamedTuple):
    """An event of a request's history; `by` is how the log names whoever did it, `words` what they wrote."""

    at: datetime
    kind: str
    public: bool
    by: str | None
    data: dict[str, Any]
    words: str | None = None


class Customer(NamedTuple):
    """Somebody whom the log names."""

    key: str
    name: str
    email: str | None


@dataclass(slots=True)
class Incoming:
    """A request as the log tells it, in our words."""

    row: int
    reference: str
    opened_at: datetime
    state: str
    summary: str
    details: str
    priority: int
    channel: str
    customer: Customer | None
    assignee: str | None
    team: str | None
    department: str | None
    service: str | None
    category: str | None
    first_answered_at: datetime | None
    due_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    ended_at: datetime | None
    decided_at: datetime | None
    target_met: bool | None
    minutes_used: int | None
    reopen_count: int
    reassignment_count: int
    pauses: list[list[str | None]]
    history: list[Happening]
    robots: frozenset[str] = frozenset()


@dataclass
class Reduced:
    """What a file comes to. `remarks` counts what was settled by a rule."""

    rows_read: int = 0
    requests: list[Incoming] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)


class StoppedByAmbiguity(Exception):
    """A date that can be read in two ways. The whole import stops: the other dates are no better known."""


class NotUsable(ValueError):
    """Why a row or a request is refused."""


class Kept(NamedTuple):
    """A row as it waits for its request's other rows: what orders it, its number, its needed cells."""

    order: tuple[Any, ...]
    row: int
    cells: tuple[str, ...]


def read_moment(reader: MomentReader, text: str, column: str, row: int) -> Reading:
    """The moment that a cell says. Raises NotUsable, or StoppedByAmbiguity for the whole import."""
    try:
        return reader.read(text)
    except Unreadable as error:
        raise NotUsable(f"{column}: {error}") from None
    except Ambiguous as error:
        raise StoppedByAmbiguity(
            f"Row {row}, column “{column}”: {error}. Nothing was imported. "
            'Say in the mapping how dates are written, for example:\n\n[time]\nformat = "day first"'
        ) from None


def whole_number(text: str, column: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}(?:\.0+)?", text, re.ASCII):
        raise NotUsable(f"{column}: “{text[:40]}” is not a whole number")
    return int(text.partition(".")[0])


def one_line(text: str) -> str:
    return " ".join(text.split())
