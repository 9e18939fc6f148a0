"""From rows to requests: which rows belong together, and which of them is the last. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from portal.imports.incoming import Kept, NotUsable, Reduced, Refused, read_moment, whole_number
from portal.imports.mapping import MappingFile
from portal.imports.moments import MomentReader
from portal.imports.reading import Row, Table
from portal.imports.story import Story


def reduce_rows(
    table: Table,
    mapping: MappingFile,
    *,
    robots: Collection[str] = (),
    progress: Callable[[], None] = lambda: None,
) -> Reduced:
    """The requests of that table, oldest first. Raises FileError and StoppedByAmbiguity.

    `robots` are authors that are known as machines already.
    """
    return _Reduction(table, mapping, robots).run(progress)


class _Reduction:
    """One walk over the rows, then one over the requests."""

    def __init__(self, table: Table, mapping: MappingFile, robots: Collection[str]) -> None:
        self.table, self.mapping, self.robots = table, mapping, robots
        self.columns = mapping.used_columns
        self.positions = table.positions(self.columns)
        self.place = {name: place for place, name in enumerate(self.columns)}
        self.moments: MomentReader = mapping.reader()
        self.result = Reduced()
        self.groups: dict[str, list[Kept]] = {}
        self.spoilt: dict[str, Refused] = {}
        self.words: dict[str, str] = {}

    def run(self, progress: Callable[[], None]) -> Reduced:
        for row in self.table:
            self.result.rows_read += 1
            self._sort_in(row)
            progress()
        for reference, rows in self.groups.items():
            self._finish(reference, rows)
        self.result.requests.sort(key=lambda one: (one.opened_at, one.reference))
        self.result.refused.sort()
        return self.result

    def _sort_in(self, row: Row) -> None:
        reference = ""
        try:
            cells = self._needed(row)
            reference = cells[self.place[self.mapping.columns["reference"]]] if cells else ""
            if row.problem:
                raise NotUsable(row.problem)
            if not reference:
                raise NotUsable("has no reference")
            self._put(reference, Kept(self._order(cells, row.number), row.number, cells))
        except NotUsable as error:
            refused = Refused(row.number, reference, str(error))
            self.result.refused.append(refused)
            if reference and self.mapping.rows_are_events:
                self.spoilt.setdefault(reference, refused)

    def _needed(self, row: Row) -> tuple[str, ...]:
        """The cells that the mapping reads; none of a row whose cells cannot be told apart."""
        if len(row.cells) != len(self.table.header):
            return ()
        return tuple(self._clean(row.cells[position]) for position in self.positions)

    def _clean(self, cell: str) -> str:
        """The cell without the blanks around it; "" for what means missing. Equal short texts are kept once."""
        text = cell.strip()
        if text in self.mapping.layout.missing:
            return ""
        return self.words.setdefault(text, text) if len(text) < 64 else text

    def _put(self, reference: str, kept: Kept) -> None:
        rows = self.groups.setdefault(reference, [])
        if rows and not self.mapping.rows_are_events:
            same = ", with the same words" if rows[0].cells == kept.cells else ""
            raise NotUsable(f"its reference stands already in row {rows[0].row}{same}")
        rows.append(kept)

    def _order(self, cells: tuple[str, ...], number: int) -> tuple[Any, ...]:
        """What sorts this row among its request's; a missing value sorts first."""
        key = []
        for one in self.mapping.order:
            text = cells[self.place[one.column]]
            key.append((1, self._order_value(text, one.kind, one.column, number)) if text else (0,))
        return tuple(key)

    def _order_value(self, text: str, kind: str, column: str, number: int) -> Any:
        if kind == "text":
            return text
        if kind == "moment":
            return read_moment(self.moments, text, column, number).moment
        return whole_number(text, column)

    def _finish(self, reference: str, rows: list[Kept]) -> None:
        rows.sort(key=lambda kept: kept[:2])
        last = rows[-1]
        try:
            if spoilt := self.spoilt.get(reference):
                raise NotUsable(f"row {spoilt.row} of it cannot be read, so its last state is not known")
            story = Story(self.mapping, self.place, self.moments, reference, rows, self.robots)
            self.result.requests.append(story.told())
            self.result.remarks.update(story.remarks)
        except NotUsable as error:
            self.result.refused.append(Refused(last.row, reference, str(error)))
