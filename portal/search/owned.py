"""Full text of what only a few may find, such as one's own requests, on SQLite (FTS5) and on PostgreSQL.

Each word is kept once for everybody who may find it, with their mark before it: `12_printer`. So however common a word
is, looking for it touches the viewer's own rows alone, and a word that is only begun brings no more than these. The
words stand in a column of the table itself; the index beside it is kept in step by the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import CTE, DDL, Integer, Text, bindparam, cast, column, event, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from portal.search.engine import on_sqlite
from portal.search.words import Wanted

MOST_KEPT = 250_000
"""Signs of one row. PostgreSQL refuses more than a megabyte of words, and a sign takes up to four bytes."""


def owned(words: str, owners: Iterable[str]) -> str:
    """The words (as `words.for_index` wrote them) for a column with such an index, each once for each owner."""
    marks = list(owners)
    kept = " ".join(f"{mark}_{word}" for word in dict.fromkeys(words.split()) for mark in marks)
    return kept if len(kept) <= MOST_KEPT else kept[:MOST_KEPT].rpartition(" ")[0]


def plain(kept: str) -> str:
    """The words alone, each once."""
    return " ".join(dict.fromkeys(one.partition("_")[2] for one in kept.split()))


# --- the index --------------------------------------------------------------------------------------------------------


def make_owned_index(table: Any, name: str) -> None:
    """Let an index of this column come and go with its table."""
    for statement in laying(table.name, name):
        event.listen(table, "after_create", statement)
    for statement in clearing(table.name):
        event.listen(table, "before_drop", statement)


def laying(table: str, name: str) -> Iterator[DDL]:
    """The statements that lay the index beside the table, each for its own database; migrations run the same.

    No positions are kept, because nothing is ranked.
    """
    index = f"{table}_index"
    add = f"INSERT INTO {index} (rowid, {name}) VALUES (new.id, new.{name})"
    take = f"INSERT INTO {index} ({index}, rowid, {name}) VALUES ('delete', old.id, old.{name})"
    for statement in (
        f"CREATE VIRTUAL TABLE {index} USING fts5({name}, content='{table}', content_rowid='id', detail=none, "
        "columnsize=0, tokenize='ascii tokenchars _')",
        f"CREATE TRIGGER {table}_indexed AFTER INSERT ON {table} BEGIN {add}; END",
        f"CREATE TRIGGER {table}_indexed_anew AFTER UPDATE OF {name} ON {table} BEGIN {take}; {add}; END",
        f"CREATE TRIGGER {table}_not_indexed AFTER DELETE ON {table} BEGIN {take}; END",
        f"INSERT INTO {index} ({index}) VALUES ('rebuild')",
    ):
        yield DDL(statement).execute_if(dialect="sqlite")
    words = f"CREATE INDEX ix_{table}_words ON {table} USING gin (({name}::tsvector)) WITH (fastupdate = off)"
    yield DDL(words).execute_if(dialect="postgresql")


def clearing(table: str) -> Iterator[DDL]:
    """The statements that take the index away before its table goes."""
    for trigger in ("indexed", "indexed_anew", "not_indexed"):
        yield DDL(f"DROP TRIGGER IF EXISTS {table}_{trigger}").execute_if(dialect="sqlite")
    yield DDL(f"DROP TABLE IF EXISTS {table}_index").execute_if(dialect="sqlite")
    yield DDL(f"DROP INDEX IF EXISTS ix_{table}_words").execute_if(dialect="postgresql")


# --- searching --------------------------------------------------------------------------------------------------------


_FTS5 = '"{}_{}"', '"{}_{}"*', " AND ", " OR "
_VECTORS = "'{}_{}'", "'{}_{}':*", " & ", " | "
"""Words hold letters and digits only, so no sign among them means anything to a database."""


def matching(session: Session, words: Sequence[Wanted], owners: Iterable[str]) -> str:
    """What `found` looks for: every word, each for one of the owners."""
    marks, (whole, begun, every, either) = list(owners), _FTS5 if on_sqlite(session) else _VECTORS
    return every.join(f"({either.join(_forms(one, marks, whole, begun))})" for one in words)


def _forms(one: Wanted, marks: Sequence[str], whole: str, begun: str) -> Iterator[str]:
    for mark in marks:
        yield from (whole.format(mark, form) for form in one.forms)
        if one.begun:
            yield begun.format(mark, one.word)


def found(rows: str, name: str, *, sqlite: bool) -> CTE:
    """`id` of the rows that fit, the newest first: at most :most of what :match says."""
    most = bindparam("most", type_=Integer)
    if sqlite:
        index = table(f"{rows}_index", column("rowid"))
        match = literal_column(f"{rows}_index").op("MATCH")(bindparam("match", type_=Text))
        fits = select(index.c.rowid.label("id")).where(match).order_by(index.c.rowid.desc()).limit(most)
        return fits.cte("fits").prefix_with("MATERIALIZED")
    known = table(rows, column("id"))
    query = cast(bindparam("match", type_=Text), TSQUERY)
    fits = select(known.c.id).where(literal_column(f"({rows}.{name}::tsvector)").op("@@")(query))
    # With an order and a limit beside it, the planner would rather walk the keys than read the index of words.
    every = fits.cte("fits_all").prefix_with("MATERIALIZED")
    return select(every.c.id).order_by(every.c.id.desc()).limit(most).cte("fits")
