"""When things happen: working days, busy hours, and the hours at which people answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from portal.measures.service_hours import ServiceHours, add_open_time

BUSY = {7: 3, 8: 10, 9: 19, 10: 18, 11: 12, 12: 6, 13: 9, 14: 10, 15: 8, 16: 6, 17: 3, 19: 1, 21: 1}
"""How many ask in each hour of a working day, compared with one another."""

BY_WEEKDAY = (1.3, 1.1, 1.0, 0.95, 0.75)


@dataclass(frozen=True)
class Calendar:
    """The days of the quarter that ends with `end`, on the wall calendar of one zone."""

    hours: ServiceHours
    end: datetime
    days: int

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hours.zone)

    @property
    def start(self) -> datetime:
        return self.at(self.end.astimezone(self.zone).date() - timedelta(days=self.days), 0)

    def at(self, day: date, minute: int) -> datetime:
        """The moment at which the clock on the wall shows that minute of the day."""
        return datetime.combine(day, time(minute // 60, minute % 60), self.zone)

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.hours.closed_on

    def all_days(self) -> Iterator[date]:
        first = self.start.date()
        return (first + timedelta(days=number) for number in range(self.days + 1))

    def working_day(self, ago: int) -> date:
        """The working day so many working days before the end; 0 is the last one that has come."""
        day = self.end.astimezone(self.zone).date()
        while not self.is_working(day) or ago > 0:
            ago -= self.is_working(day)
            day -= timedelta(days=1)
        return day

    @property
    def is_over(self) -> bool:
        """Whether the last working day has ended already, as at night and at the weekend."""
        return self.end >= self.at(self.working_day(0), 18 * 60)

    def ago(self, days: int, hour: int, minute: int = 0) -> datetime:
        """That time of a working day in the past, or a quarter of an hour ago when it is still to come."""
        return min(self.at(self.working_day(days), hour * 60 + minute), self.end - timedelta(minutes=15))

    def ahead(self, days: int, hour: int) -> datetime:
        """That time of the first working day at least so many days ahead."""
        day = self.end.astimezone(self.zone).date() + timedelta(days=days)
        while not self.is_working(day):
            day += timedelta(days=1)
        return self.at(day, hour * 60)

    def busy_minute(self, dice: Random) -> int:
        hour = dice.choices(list(BUSY), weights=list(BUSY.values()))[0]
        return hour * 60 + dice.randrange(60)

    def awake(self, at: datetime, dice: Random) -> datetime:
        """That moment, or the next morning when people sleep or are away from work."""
        local = at.astimezone(self.zone)
        if 7 <= local.hour < 20 and self.is_working(local.date()):
            return at
        day = local.date() + timedelta(days=local.hour >= 20)
        while not self.is_working(day):
            day += timedelta(days=1)
        return self.at(day, 7 * 60 + 30 + dice.randrange(150))


def after(hours: ServiceHours, at: datetime, minutes: float) -> datetime:
    """So many minutes of service later, and never at that very moment."""
    return add_open_time(hours, at, timedelta(minutes=max(2.0, minutes)))
