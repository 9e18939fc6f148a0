"""Tables as files that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def table(lines: Iterable[Iterable[object]]) -> str:
    """The lines as CSV, with no cell that begins a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([[safe_cell(value) for value in line] for line in lines])
    return text.getvalue()


def safe_cell(value: object) -> object:
    """Words that a spreadsheet would take for a formula get an apostrophe in front."""
    if isinstance(value, str) and value.lstrip(" \t\r\n\ufeff")[:1] in tuple("=+-@＝＋－＠|%"):
        return f"'{value}"
    return value
