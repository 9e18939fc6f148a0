"""How a migration runs: whole or not at all, one at a time, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.engine import Connection

from portal.extensions import Moment, db
from portal.search.engine import is_modelled

ADVISORY_LOCK = 727274
"""Any number that nobody else takes in this PostgreSQL database."""


def run() -> None:
    """Run the migrations that were asked for in one transaction, which also is the queue for a second upgrade."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _run_on_sqlite(connection)
        else:
            _run_in_transaction(connection)


def _run_on_sqlite(connection: Connection) -> None:
    """A rebuilt table is dropped under its old name; with foreign keys on, that would delete the rows of its children.

    The pragma does nothing once a transaction is open, so it goes to the raw connection before SQLAlchemy begins one.
    """
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        _run_in_transaction(connection)
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _run_in_transaction(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=_render_item,
        transactional_ddl=True,
        compare_type=True,
        include_name=is_modelled,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            _refuse_broken_references(connection)


def _refuse_broken_references(connection: Connection) -> None:
    """What foreign keys would have refused on the way is looked for before the commit."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"the migration would leave {len(broken)} references that lead nowhere: {broken[:5]}")


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration leans on no class of the portal: the class may have another meaning one day."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


run()
