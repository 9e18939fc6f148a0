"""What time it is, asked in one place."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def portal_zone() -> ZoneInfo:
    """The zone in which the portal counts days and months."""
    return ZoneInfo(current_app.config["TIME_ZONE"])
