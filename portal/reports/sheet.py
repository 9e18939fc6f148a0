"""The figures as a table for spreadsheets: one figure a line, every cell harmless. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

HEADER = ("part", "row", "figure", "value")
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
NAMES_OF_ROWS = ("label", "service", "priority", "days")


def to_csv(figures: dict[str, Any]) -> str:
    """All figures as text with a byte order mark, which spreadsheets need to read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for line in lines(figures):
        writer.writerow([harmless(cell) for cell in line])
    return "\ufeff" + out.getvalue()


def lines(figures: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """(part, row, figure, value) for everything in the figures."""
    for key in ("schema", "period", "from", "to", "time_zone", "as_of", "partial"):
        yield "report", "", key, figures[key]
    for source, number in figures["scope"]["opened_by_source"].items():
        yield "scope", source, "opened", number
    yield "scope", "", "hours", figures["scope"]["hours"]
    for key, indicator in figures["indicators"].items():
        applies = {name: value for name, value in indicator.items() if name == "value" or value is not None}
        yield from (("indicators", key, name, value) for name, value in applies.items())
    for table, rows in figures["tables"].items():
        for row in rows:
            yield from _row_lines(table, row)
    for key, number in figures["excluded"].items():
        yield "excluded", key, "requests", number
    for key, words in figures["definitions"].items():
        yield "definitions", key, "words", words


def _row_lines(table: str, row: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    name = next(key for key in NAMES_OF_ROWS if key in row)
    for key, value in row.items():
        if isinstance(value, dict):
            yield from ((table, row[name], f"{key} {inner}", number) for inner, number in value.items())
        elif key != name:
            yield table, row[name], key, value


def harmless(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(STARTS_A_FORMULA):
        return "'" + cell
    return cell
