"""What the database says of itself, for readiness, metrics and the `check` command."""

from __future__ import annotations

import sqlite3

from portal.extensions import db
from portal.jobs import waiting_and_dead
from portal.schema import current_revision, head_revision

FIXED_IN = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


def database_troubles() -> list[str]:
    """Sentences about what keeps the portal from working; empty when nothing does."""
    try:
        if current_revision() != head_revision():
            return ["the database has another schema than this release; run: flask --app wsgi upgrade"]
        _write_nothing()
    except Exception as error:  # whatever it is, the answer is the same: not ready, and why
        return [f"the database does not answer: {type(error).__name__}"]
    finally:
        db.session.rollback()
    return []


def _write_nothing() -> None:
    """Take the write lock and give it back."""
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=0" if db.engine.dialect.name == "sqlite" else "SELECT 1")
        cursor.execute("BEGIN IMMEDIATE" if db.engine.dialect.name == "sqlite" else "SELECT 1")
        cursor.execute("ROLLBACK")
        cursor.close()
    finally:
        connection.close()


def sqlite_is_risky(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Does this SQLite hold the WAL-reset bug (3.7.0 to 3.51.2, with fixes in two older lines)?"""
    if version >= FIXED_IN[0]:
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in FIXED_IN[1:])


def remarks() -> list[str]:
    """What is worth knowing although the portal works."""
    if db.engine.dialect.name == "sqlite" and sqlite_is_risky():
        return [f"remark: SQLite {sqlite3.sqlite_version} may lose data in rare cases (WAL reset); 3.51.3 is fixed"]
    return []


def metrics_text() -> str:
    """The few figures that an alarm can be set on."""
    waiting, dead = waiting_and_dead()
    lines = [
        "# HELP portal_jobs_waiting Jobs that wait or run.",
        "# TYPE portal_jobs_waiting gauge",
        f"portal_jobs_waiting {waiting}",
        "# HELP portal_jobs_dead Jobs that failed for good.",
        "# TYPE portal_jobs_dead gauge",
        f"portal_jobs_dead {dead}",
    ]
    return "\n".join(lines) + "\n"
