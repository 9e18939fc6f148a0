"""Full text on SQLite (FTS5) and on PostgreSQL: this file and `owned` alone know which of them it is.

The index stands beside the table of documents and is kept in step by the database itself. What is searched are words
that were folded and stemmed before they were stored, so that both databases find the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    DDL,
    ColumnElement,
    Float,
    Select,
    Text,
    bindparam,
    column,
    event,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session

from portal.search.words import Wanted

COLUMNS = ("title_words", "title_stems", "body_words", "body_stems")
WEIGHTS = (8.0, 6.0, 1.0, 0.8)
"""A word of the title is worth so much more than one of the text, and a word more than its stem."""

WORDS_ALONE = (1.0, 0.0, 1.0, 0.0)
"""The words as they stand, wherever they stand: a second opinion on what is near."""

INDEX, TERMS = "document_index", "document_terms"
PART_OF_INDEX = re.compile(r"_index(_|$)")


class Term(NamedTuple):
    """A word that the index knows, in how many documents it occurs, and whether it is more than a stem."""

    word: str
    documents: int
    is_word: bool


# --- the index --------------------------------------------------------------------------------------------------------


def make_index(table: Any) -> None:
    """Let the index come and go with the table of documents."""
    for statement in laying():
        event.listen(table, "after_create", statement)
    for statement in clearing():
        event.listen(table, "before_drop", statement)


def laying() -> Iterator[DDL]:
    """The statements that lay the index beside the table, each for its own database; migrations run the same."""
    names, new, old = ", ".join(COLUMNS), _each("new"), _each("old")
    add = f"INSERT INTO {INDEX} (rowid, {names}) VALUES (new.id, {new})"
    take = f"INSERT INTO {INDEX} ({INDEX}, rowid, {names}) VALUES ('delete', old.id, {old})"
    for statement in (
        f"CREATE VIRTUAL TABLE {INDEX} USING fts5("
        f"{names}, content='document', content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
        f"CREATE VIRTUAL TABLE {TERMS} USING fts5vocab('{INDEX}', 'col')",
        f"CREATE TRIGGER document_indexed AFTER INSERT ON document BEGIN {add}; END",
        f"CREATE TRIGGER document_indexed_anew AFTER UPDATE OF {names} ON document BEGIN {take}; {add}; END",
        f"CREATE TRIGGER document_not_indexed AFTER DELETE ON document BEGIN {take}; END",
        f"INSERT INTO {INDEX} ({INDEX}) VALUES ('rebuild')",
    ):
        yield DDL(statement).execute_if(dialect="sqlite")
    parts = zip("ABCD", COLUMNS, strict=True)
    vector = " || ".join(f"setweight(to_tsvector('simple', {column}), '{mark}')" for mark, column in parts)
    for statement in (
        f"ALTER TABLE document ADD COLUMN words tsvector GENERATED ALWAYS AS ({vector}) STORED",
        "CREATE INDEX ix_document_words ON document USING gin (words) WITH (fastupdate = off)",
    ):
        yield DDL(statement).execute_if(dialect="postgresql")


def clearing() -> Iterator[DDL]:
    """The statements that take the index away before its table goes."""
    for trigger in ("document_indexed", "document_indexed_anew", "document_not_indexed"):
        yield DDL(f"DROP TRIGGER IF EXISTS {trigger}").execute_if(dialect="sqlite")
    for name in (TERMS, INDEX):
        yield DDL(f"DROP TABLE IF EXISTS {name}").execute_if(dialect="sqlite")


def _each(row: str) -> str:
    return ", ".join(f"{row}.{column}" for column in COLUMNS)


def is_modelled(name: str | None, kind: str, parents: Mapping[str, Any]) -> bool:
    """Do the models speak of what has this name? Not of the parts of an index, so nobody should miss them there."""
    if kind == "table":
        return name != TERMS and not PART_OF_INDEX.search(name or "")
    of = parents.get("table_name")
    return name != f"ix_{of}_words" and (of, name) != ("document", "words")


# --- searching --------------------------------------------------------------------------------------------------------


def fitting(*, sqlite: bool, weights: Sequence[float] = WEIGHTS) -> CTE:
    """`id` and `rank` (less is better) of the documents that :match (see `matching`) speaks of.

    The index is read first and once, whatever the planner knows of the tables.
    """
    found = _in_fts5(weights) if sqlite else _in_vectors(weights)
    return found.cte("in_index").prefix_with("MATERIALIZED")


def _in_fts5(weights: Sequence[float]) -> Select[Any]:
    index = table(INDEX, column("rowid"))
    match = literal_column(INDEX).op("MATCH")(bindparam("match", type_=Text))
    rank: ColumnElement[float] = literal_column(f"bm25({INDEX}, {', '.join(map(str, weights))})", Float)
    return select(index.c.rowid.label("id"), rank.label("rank")).where(match)


def _in_vectors(weights: Sequence[float]) -> Select[Any]:
    document = table("document", column("id"), column("words"))
    query = func.to_tsquery(literal_column("'simple'"), bindparam("match", type_=Text))
    shares = ",".join(str(weight / max(weights)) for weight in reversed(weights))
    likeness = func.ts_rank(literal_column(f"'{{{shares}}}'::real[]"), document.c.words, query)
    return select(document.c.id, (-likeness).label("rank")).where(document.c.words.op("@@")(query))


def matching(session: Session, words: Sequence[Wanted], *, every: bool) -> str:
    """What the index is asked for: every word, or any of them.

    Words hold letters and digits only, so no sign among them means anything to a database.
    """
    if on_sqlite(session):
        return _joined(words, every, '"{}"', '"{}"*', (" AND ", " OR "))
    return _joined(words, every, "'{}'", "'{}':*", (" & ", " | "))


def _joined(words: Sequence[Wanted], every: bool, whole: str, begun: str, signs: tuple[str, str]) -> str:
    return signs[0 if every else 1].join(f"({_forms(one, whole, begun, signs[1])})" for one in words)


def _forms(one: Wanted, whole: str, begun: str, either: str) -> str:
    forms = [whole.format(form) for form in one.forms]
    return either.join([*forms, begun.format(one.word)] if one.begun else forms)


def known_terms(session: Session) -> list[Term]:
    """Every word of the index."""
    if on_sqlite(session):
        query = f"SELECT term, max(doc), max(col IN ('title_words', 'body_words')) FROM {TERMS} GROUP BY term"
    else:
        both = "ts_stat('SELECT words FROM document') AS a LEFT JOIN ts_stat('SELECT words FROM document', 'ac') AS b"
        query = f"SELECT a.word, a.ndoc, b.word IS NOT NULL FROM {both} ON a.word = b.word"
    return [Term(row[0], row[1], bool(row[2])) for row in session.execute(text(query))]


def on_sqlite(session: Session) -> bool:
    """Which of the two databases is it?"""
    return session.get_bind().dialect.name == "sqlite"
