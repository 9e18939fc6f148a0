"""What the last days of a service were like, from the spells of its notices. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.notices.states import INCIDENT, MAINTENANCE

LENGTH = 90
FINE = "fine"


@dataclass(frozen=True)
class Spell:
    """From when to when something was so; without an end it still is."""

    kind: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True)
class Day:
    """A day on the wall calendar, and the worst that was known of it."""

    on: date
    kind: str


@dataclass(frozen=True)
class History:
    """A run of days, oldest first."""

    days: tuple[Day, ...]

    def number_with(self, kind: str) -> int:
        return sum(day.kind == kind for day in self.days)

    @property
    def incidents(self) -> int:
        return self.number_with(INCIDENT)

    @property
    def maintenances(self) -> int:
        """Days with maintenance and nothing worse."""
        return self.number_with(MAINTENANCE)

    def marks(self) -> list[tuple[float, float, Day]]:
        """(x, width) in per cent of each day that is not fine."""
        width = 100 / len(self.days)
        return [(round(place * width, 3), round(width, 3), day) for place, day in self._marked()]

    def _marked(self) -> list[tuple[int, Day]]:
        return [(place, day) for place, day in enumerate(self.days) if day.kind != FINE]


def history_of(spells: Iterable[Spell], *, at: datetime, zone: ZoneInfo, length: int = LENGTH) -> History:
    """The last days up to the one that it is at that moment. Days are as long as the clocks of the zone make them."""
    today = at.astimezone(zone).date()
    worst: dict[date, str] = {}
    for spell in spells:
        for day in _days_of(spell, at, zone, today - timedelta(days=length - 1)):
            if worst.get(day) != INCIDENT:
                worst[day] = spell.kind
    days = (today - timedelta(days=before) for before in range(length - 1, -1, -1))
    return History(tuple(Day(day, worst.get(day, FINE)) for day in days))


def _days_of(spell: Spell, at: datetime, zone: ZoneInfo, first: date) -> Iterable[date]:
    """The days that a spell has touched by now; one that ends at midnight does not touch the day that begins."""
    if spell.starts_at > at:
        return []
    end = min(spell.ends_at or at, at)
    begins, last = spell.starts_at.astimezone(zone).date(), end.astimezone(zone).date()
    if last > begins and end == first_moment(last, zone):
        last -= timedelta(days=1)
    begins = max(begins, first)
    return [begins + timedelta(days=n) for n in range((last - begins).days + 1)]


def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins; where the clocks skip midnight, the moment they change."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
