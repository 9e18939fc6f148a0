"""The table for spreadsheets."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from portal.reports.sheet import harmless, to_csv
from tests.reports.builders import kept, on, report_of


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_name_that_looks_like_a_formula_stays_a_text() -> None:
    figures = report_of(kept(on(4), service='=HYPERLINK("http://evil")'), kept(on(5), service=" @SUM(1)")).to_json()
    cells = [cell for row in read(to_csv(figures)) for cell in row]
    assert '\'=HYPERLINK("http://evil")' in cells and "' @SUM(1)" in cells
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in cells)


@given(st.text())
def test_no_text_begins_a_formula(text: str) -> None:
    assert not str(harmless(text)).lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_table_holds_every_indicator_unrounded() -> None:
    figures = report_of(*[kept(on(4))] * 3).to_json()
    rows = {tuple(row[:3]): row[3] for row in read(to_csv(figures))}
    for key, one in figures["indicators"].items():
        shown = rows["indicators", key, "value"]
        assert shown == ("" if one["value"] is None else str(one["value"]))
    assert rows["by_service", "Printing", "opened"] == "3"
