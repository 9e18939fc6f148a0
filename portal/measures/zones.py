"""Time zones by name, and the one place that insists on aware moments."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str) -> ZoneInfo:
    """The time zone of that name, or a ValueError that says the name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"There is no time zone named “{name}”.") from None


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; a moment without a zone is refused rather than guessed."""
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return moment.astimezone(UTC)
