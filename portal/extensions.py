"""The libraries that the whole house shares, and the one way to speak to the database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask_babel import Babel
from flask_htmx import HTMX
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import JSON, ColumnElement, DateTime, MetaData, Text, event, or_
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, declared_attr, registry
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table: named after its class, with constraints that have predictable names."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: Moment, str: Text, dict[str, Any]: JSON, list[Any]: JSON},
    )

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


db = SQLAlchemy(model_class=Base)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
htmx = HTMX()
limiter = Limiter(key_func=get_remote_address)

read_only: ContextVar[bool] = ContextVar("read_only", default=False)


def contains(column: ColumnElement[Any] | InstrumentedAttribute[Any], words: str) -> ColumnElement[bool]:
    """Do these words occur in the column, in whatever case? Signs that LIKE gives a meaning are plain characters.

    SQLite folds the case of ASCII letters only, so other letters are also looked for as they usually stand.
    """
    forms = {words} if words.isascii() else {words, words.lower(), words.upper(), words.capitalize(), words.title()}
    escaped = (one.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for one in sorted(forms))
    return or_(*(column.ilike(f"%{one}%", escape="\\") for one in escaped))


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """Readers never wait; writers take their place in the line at once, so no update is lost and none is locked out."""
    if connection.dialect.name != "sqlite":
        return
    only_reads = read_only.get()
    # Straight to the driver, because each page begins like this; only the line of writers can refuse anything.
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only={int(only_reads)}")
    if only_reads:
        driver.execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def reading() -> Iterator[None]:
    """A look outside a page: it takes no place in the line of writers, so that an idle worker disturbs nobody.

    What was not committed before is dropped.
    """
    db.session.rollback()
    token = read_only.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        read_only.reset(token)


def end_reading() -> None:
    """Close what a page has read without a rollback, after which the driver for PostgreSQL forgets what it prepared.

    The server would plan every statement of every page anew, which takes longer than answering it.
    """
    session = db.session()
    if session.in_transaction():
        session.expunge_all()  # so that there is nothing to write
        try:
            session.commit()
        except SQLAlchemyError:  # the page has said already that the database went away
            session.rollback()


def insert(table: Any) -> Any:
    """An INSERT that can stand aside for a row that is there already, in the words of this database."""
    return (insert_sqlite if db.engine.dialect.name == "sqlite" else insert_postgresql)(table)
