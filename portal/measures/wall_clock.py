"""Elapsed time as a clock on the wall shows it: what a log without zones means by “three hours later”."""

from datetime import datetime, timedelta

from portal.measures.zones import zone_named


def wall_time_between(zone: str, start: datetime, end: datetime) -> timedelta:
    """The difference of what the clock of that zone shows; in UTC it is the time that truly passed."""
    clock = zone_named(zone)
    return end.astimezone(clock).replace(tzinfo=None) - start.astimezone(clock).replace(tzinfo=None)
