"""Periods of reports: a month, a quarter or a year, with its borders in the portal's time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.measures.zones import as_utc, zone_named

FIRST_YEAR, LAST_YEAR = 1970, 2199

_WRITTEN = re.compile(r"([0-9]{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")


@dataclass(frozen=True)
class Period:
    """From the first day up to, but not including, the day after the last."""

    code: str
    start_on: date
    end_on: date
    zone: str

    @property
    def start_at(self) -> datetime:
        return _midnight(self.start_on, self.zone)

    @property
    def end_at(self) -> datetime:
        return _midnight(self.end_on, self.zone)

    def contains(self, moment: datetime) -> bool:
        return self.start_at <= moment < self.end_at

    def previous(self) -> "Period":
        """The period of the same length just before."""
        return _period(_months_after(self.start_on, -self._length), self._length, self.zone)

    def next(self) -> "Period":
        """The period of the same length just after."""
        return _period(self.end_on, self._length, self.zone)

    def months(self) -> tuple["Period", ...]:
        return tuple(_period(_months_after(self.start_on, i), 1, self.zone) for i in range(self._length))

    def iso_weeks(self) -> tuple[str, ...]:
        """Labels of the weeks that have a day in this period, in order."""
        days = (self.end_on - self.start_on).days
        return tuple(dict.fromkeys(_week_label(self.start_on + timedelta(days=i)) for i in range(days)))

    @property
    def _length(self) -> int:
        """Months in this period: 1, 3 or 12."""
        return (self.end_on.year - self.start_on.year) * 12 + self.end_on.month - self.start_on.month


def parse_period(text: str, zone: str) -> Period:
    """Read “2016-03”, “2016-Q1” or “2016”."""
    zone_named(zone)
    written = _WRITTEN.fullmatch(text)
    if not written or not FIRST_YEAR <= int(written[1]) <= LAST_YEAR:
        raise ValueError("A period is written like 2016-03 for a month, 2016-Q1 for a quarter or 2016 for a year.")
    year, month, quarter = written.groups()
    if month:
        return _period(date(int(year), int(month), 1), 1, zone)
    if quarter:
        return _period(date(int(year), int(quarter) * 3 - 2, 1), 3, zone)
    return _period(date(int(year), 1, 1), 12, zone)


def month_of(moment: datetime, zone: str) -> Period:
    """The month that the calendar in that zone shows at that moment."""
    return _period(_local_day(moment, zone).replace(day=1), 1, zone)


def iso_week_label(moment: datetime, zone: str) -> str:
    """The week in that zone, like “2016-W10”; around New Year its year may differ from the calendar's."""
    return _week_label(_local_day(moment, zone))


def _period(start_on: date, length: int, zone: str) -> Period:
    codes = {
        1: f"{start_on.year:04}-{start_on.month:02}",
        3: f"{start_on.year:04}-Q{(start_on.month + 2) // 3}",
        12: f"{start_on.year:04}",
    }
    return Period(codes[length], start_on, _months_after(start_on, length), zone)


def _months_after(first_of_month: date, months: int) -> date:
    years, month = divmod(first_of_month.month - 1 + months, 12)
    return date(first_of_month.year + years, month + 1, 1)


def _week_label(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def _local_day(moment: datetime, zone: str) -> date:
    return as_utc(moment).astimezone(zone_named(zone)).date()


def _midnight(day: date, zone: str) -> datetime:
    # Where the clocks skip midnight, this is the moment they change: the first of the day all the same.
    return datetime.combine(day, time(), zone_named(zone)).astimezone(UTC)
