"""Lists in pages that stay quick however long they grow: each page starts after the last row of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

Row = TypeVar("Row")

LONGEST_KEY = 9
"""Digits that a key can have: what is longer is no row, and too much for a column of whole numbers."""


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """One page of a list: its rows, and the key of the last row when more follow."""

    rows: Sequence[Row]
    after: str | None


def cut(rows: Sequence[Row], size: int, key: str) -> Slice[Row]:
    """A page of `size` from rows that were fetched one more than needed; `key` names the attribute to go on from."""
    shown = rows[:size]
    return Slice(shown, str(getattr(shown[-1], key)) if len(rows) > size else None)


LAST_PAGE = 10_000
"""A list that is skipped through by page numbers ends here: each page further costs all rows before it."""


def page_number() -> int:
    """The page that the address asks for; the first when it says nothing that makes sense."""
    return min(max(1, whole_number(request.args.get("page")) or 1), LAST_PAGE)


def whole_number(text: str | None) -> int | None:
    """A number from an address, or None when it is none; long ones cannot be keys."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY else None
