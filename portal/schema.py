"""Which schema the database has, which this release wants, and how to get from one to the other."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade as run_upgrade

from portal.extensions import db

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


@lru_cache(maxsize=1)
def head_revision() -> str | None:
    """The newest migration of this release."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def current_revision() -> str | None:
    """What the database says it has; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade() -> None:
    """Bring the database to this release's schema; does nothing when it is there already."""
    run_upgrade(directory=str(FOLDER))
