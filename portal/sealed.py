"""Rows that never change: the database itself refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import DDL, event

MESSAGE = "what was published never changes"


def seal(model: Any, columns: Iterable[str] = ()) -> None:
    """Refuse to change these columns of a table (all, when none is named) and to delete its rows."""
    for statement in sealing(model.__tablename__, tuple(columns)):
        event.listen(model.__table__, "after_create", statement)


def sealing(table: str, columns: tuple[str, ...] = ()) -> Iterator[DDL]:
    """The statements that seal a table, each for its own database; migrations run the same."""
    of = f" OF {', '.join(columns)}" if columns else ""
    for deed, what in (("update", f"UPDATE{of}"), ("delete", "DELETE")):
        name = f"sealed_{table}_{deed}"
        yield DDL(
            f"CREATE TRIGGER {name} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        ).execute_if(dialect="sqlite")
        yield DDL(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"'BEGIN RAISE EXCEPTION ''{MESSAGE}''; END'"
        ).execute_if(dialect="postgresql")
        yield DDL(
            f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ).execute_if(dialect="postgresql")
