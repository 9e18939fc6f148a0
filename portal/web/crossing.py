"""Two at the same moment: how a database says that somebody else was quicker."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

MAY_HAVE_CROSSED = (StaleDataError, DBAPIError)
TAKEN, DEADLOCK, OUT_OF_STEP = "23505", "40P01", "40001"
"""What PostgreSQL calls a row that is there already, two who wait for one another, and a row that has changed."""


def crossed(error: BaseException) -> bool:
    """Did somebody else change or write the same row at the same moment? Trying again then has another end."""
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in {TAKEN, DEADLOCK, OUT_OF_STEP} or "UNIQUE constraint failed" in str(error.orig)
