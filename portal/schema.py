"""Which schema the database has, which this release wants, and how to get from one to the other.

Alembic is a quarter of the portal's start, so only what needs it loads it: a process that serves pages does not.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import inspect

from portal.extensions import db, read_only

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def prepare(app: Flask) -> None:
    """Give the application its migrations; doing it twice does nothing."""
    from flask_migrate import Migrate

    if "migrate" not in app.extensions:
        Migrate(app, db, directory=str(FOLDER))


@lru_cache(maxsize=1)
def head_revision() -> str | None:
    """The newest migration of this release."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(FOLDER)).get_current_head()


def current_revision() -> str | None:
    """What the database says it has; None for an empty one."""
    from alembic.migration import MigrationContext

    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def lay() -> None:
    """Give a database without any table this release's schema; one that has some is left as it is."""
    token = read_only.set(True)  # a look that waits for no writer
    try:
        tables = inspect(db.engine).get_table_names()
    finally:
        read_only.reset(token)
    if not tables:
        upgrade()


def upgrade() -> None:
    """Bring the database to this release's schema; does nothing when it is there already."""
    from flask_migrate import upgrade as run_upgrade

    prepare(current_app)
    run_upgrade(directory=str(FOLDER))
