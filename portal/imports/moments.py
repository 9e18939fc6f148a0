"""Dates and times of a foreign log, read into moments. Pure.

A text that two of the allowed formats read differently is ambiguous, and an ambiguous text is never guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.measures.zones import zone_named

FORMATS = ("iso", "day first", "month first")
YEARS = range(1970, 2200)
SECOND = timedelta(seconds=1)
SKIPPED, TWICE = "skipped", "twice"

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
_NUMBERS = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,?[ T]+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?: ?([AaPp])\.?[Mm]\.?)?)?"
)


class Unreadable(ValueError):
    """A text that is no moment in any of the allowed formats."""


class Ambiguous(ValueError):
    """A text that two of the allowed formats read as different moments."""


class Reading(NamedTuple):
    """A moment, and whether the change of summer time had to be settled: None, SKIPPED or TWICE."""

    moment: datetime
    settled: str | None


class MomentReader:
    """Reads texts in the given formats; those without a zone of their own are taken as the clock of `zone`."""

    def __init__(self, formats: tuple[str, ...], zone: str) -> None:
        self.formats, self.zone = formats, zone_named(zone)
        self._known: dict[str, Reading] = {}
        for one in formats:
            if one not in FORMATS and "%" not in one:
                named = ", ".join(f"“{name}”" for name in FORMATS)
                raise ValueError(f"format “{one}” is not known; use {named} or a pattern like “%d.%m.%Y %H:%M”.")
        if not formats:
            raise ValueError("format must name at least one format.")

    def read(self, text: str) -> Reading:
        """The moment that the text says. Raises Unreadable or Ambiguous."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._settle(self._as_written(text))
        return known

    def _as_written(self, text: str) -> datetime:
        found = {stamp for stamp in (_read_as(one, text) for one in self.formats) if stamp}
        if not found:
            raise Unreadable(f"“{text[:40]}” is not a date and time in the mapping's format")
        if len(found) > 1:
            raise Ambiguous(f"“{text[:40]}” can be read in more than one way")
        (stamp,) = found
        if stamp.year not in YEARS:
            raise Unreadable(f"“{text[:40]}” lies outside the years {YEARS.start} to {YEARS.stop - 1}")
        return stamp

    def _settle(self, stamp: datetime) -> Reading:
        """A time that comes twice is its first; one that summer time skips is the first moment after the gap.

        Both keep the order of the log: a later time on its clock is never an earlier moment.
        """
        if stamp.tzinfo:
            return Reading(stamp.astimezone(UTC), None)
        first, second = (stamp.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return Reading(first.astimezone(UTC), None)
        if first.astimezone(UTC) < second.astimezone(UTC):
            return Reading(first.astimezone(UTC), TWICE)
        return Reading(_end_of_gap(self.zone, second.astimezone(UTC), first.astimezone(UTC)), SKIPPED)


def _end_of_gap(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment between the two at which the zone changes its offset, found by halving."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // SECOND // 2 * SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _read_as(form: str, text: str) -> datetime | None:
    try:
        if form == "iso":
            return datetime.fromisoformat(text) if _ISO.fullmatch(text) else None
        if form in FORMATS:
            return _numbers(text, day_first=form == "day first")
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _numbers(text: str, *, day_first: bool) -> datetime | None:
    found = _NUMBERS.fullmatch(text)
    if not found:
        return None
    first, second = int(found[1]), int(found[3])
    day, month = (first, second) if day_first else (second, first)
    hour = int(found[5] or 0)
    if found[8]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[8] in "pP" else 0)
    return datetime(int(found[4]), month, day, hour, int(found[6] or 0), int(found[7] or 0))
