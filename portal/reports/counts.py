"""The one function behind page, PDF, table and data; and when a count that is kept may still be shown."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.measures.periods import Period, month_of, parse_period
from portal.reports import gather, queries
from portal.reports.models import ServiceReport
from portal.reports.report import SCHEMA, count_report
from portal.web.remember import remembered

Figures = dict[str, Any]

FRESH_FOR = timedelta(minutes=15)
SETTLED_AFTER = timedelta(days=7)
HOLDS_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Count:
    """The figures of a period and when they were counted."""

    figures: Figures
    counted_at: datetime

    @property
    def digest(self) -> str:
        return digest(self.figures)


class NoSuchPeriod(LookupError):
    """There is no such period, or it has not begun."""


def find_period(code: str, *, zone: str, now: datetime) -> Period:
    """The period of this code; one that is written otherwise or lies ahead does not exist."""
    try:
        period = parse_period(code, zone)
    except ValueError as reason:
        raise NoSuchPeriod(str(reason)) from None
    if period.start_at > now:
        raise NoSuchPeriod(f"{code} has not begun yet.")
    return period


def month_now(now: datetime, zone: str) -> str:
    """The code of the month that is running."""
    return month_of(now, zone).code


@dataclass(frozen=True)
class Near:
    """Where one can go from a period: the one before, the one after, and the longer ones around it."""

    before: str
    after: str | None
    around: tuple[str, ...]


def periods_near(code: str, *, now: datetime, zone: str) -> Near:
    """The codes of the periods around this one that have begun."""
    period = find_period(code, zone=zone, now=now)
    after = period.next()
    first = period.months()[0].start_on
    quarter, year = f"{first.year:04}-Q{(first.month + 2) // 3}", f"{first.year:04}"
    around = {7: (quarter, year), 4: ()}.get(len(code), ()) if "Q" not in code else (year,)
    return Near(period.previous().code, after.code if after.start_at <= now else None, around)


def count_period(code: str, *, now: datetime, portal_zone: str, zone: str | None = None) -> Count:
    """Count the period from the requests themselves. `zone` overrules the zone that its requests suggest."""
    find_period(code, zone=zone or portal_zone, now=now)
    period = parse_period(code, zone or gather.zone_for(code, portal_zone))
    # The moment of counting is given to the minute: two counts of the same minute are the same.
    now = now.replace(second=0, microsecond=0)
    return Count(count_report(gather.material_for(period, now=now)).to_json(), now)


def count_to_show(code: str, *, now: datetime, portal_zone: str) -> Count:
    """The count that is kept while it holds, otherwise a fresh one."""
    period = find_period(code, zone=portal_zone, now=now)
    kept = queries.find_report(code)
    if kept is not None and still_holds(kept, period, now):
        return Count(kept.figures, kept.counted_at)
    # Until the next round keeps a new count, the fresh one serves everybody who looks in the same half minute.
    return remembered(("count", code), lambda: count_period(code, now=now, portal_zone=portal_zone))


def still_holds(kept: ServiceReport, period: Period, now: datetime) -> bool:
    """A young count holds; of a period long over, one that is up to a day old. Neither when the period has changed."""
    settled = now - period.end_at > SETTLED_AFTER
    young = now - kept.counted_at < (HOLDS_FOR if settled else FRESH_FOR)
    return young and kept.figures["schema"] == SCHEMA and kept.stamp == queries.stamp_of(period)


def digest(figures: Figures) -> str:
    """The name of these figures: the same figures have the same name."""
    return hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()
