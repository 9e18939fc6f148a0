"""What time it is, asked in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import current_app

_as_if: ContextVar[datetime | None] = ContextVar("as_if", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _as_if.get() or datetime.now(UTC)


@contextmanager
def as_if(at: datetime) -> Iterator[None]:
    """Inside, it is that moment: for telling the past of a demonstration as it would have been written then."""
    token = _as_if.set(at)
    try:
        yield
    finally:
        _as_if.reset(token)


def portal_zone() -> ZoneInfo:
    """The zone in which the portal counts days and months."""
    return ZoneInfo(current_app.config["TIME_ZONE"])
