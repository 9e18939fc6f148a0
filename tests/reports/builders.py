"""Short ways to the plain facts that a report is counted from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from portal.measures.periods import Period, parse_period
from portal.measures.service_hours import ServiceHours
from portal.reports.facts import Material, MonthCount, RequestFact
from portal.reports.indicators import Indicator
from portal.reports.report import Report, count_report, cut_off

MARCH = parse_period("2026-03", "UTC")
LATER = datetime(2026, 6, 1, tzinfo=UTC)
ALWAYS = ServiceHours("UTC", tuple((weekday, 0, 1440) for weekday in range(7)))

_customers = count(1)


def on(day: int, hour: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def a_fact(opened_at: datetime, **more: Any) -> RequestFact:
    values: dict[str, Any] = {
        "service": "Printing",
        "customer": next(_customers),
        "priority": 3,
        "source": "portal",
        "withdrawn": False,
        "waiting": False,
        "hours": ALWAYS,
    }
    return RequestFact(opened_at=opened_at, **{**values, **more})


def kept(at: datetime, **more: Any) -> RequestFact:
    """Resolved in time, at that moment."""
    values = {
        "due_at": at + timedelta(hours=1),
        "resolved_at": at,
        "ended_at": at,
        "decided_at": at,
        "target_met": True,
    }
    return a_fact(more.pop("opened_at", at - timedelta(hours=2)), **{**values, **more})


def late(due_at: datetime, resolved_at: datetime, **more: Any) -> RequestFact:
    """Resolved after its promised moment, and decided at that moment."""
    values = {
        "due_at": due_at,
        "resolved_at": resolved_at,
        "ended_at": resolved_at,
        "decided_at": due_at,
        "target_met": False,
    }
    return a_fact(more.pop("opened_at", due_at - timedelta(hours=2)), **{**values, **more})


def waits(due_at: datetime | None, **more: Any) -> RequestFact:
    """Still open."""
    opened = more.pop("opened_at", (due_at or on(2)) - timedelta(hours=2))
    return a_fact(opened, due_at=due_at, **more)


def a_month(label: str, n: int = 0, kept: int = 0) -> MonthCount:
    return MonthCount(label, opened=n, resolved=n, closed=n, ended=n, n=n, kept=kept)


def report_of(*requests: RequestFact, period: Period = MARCH, now: datetime = LATER, **more: Any) -> Report:
    more.setdefault("months", (a_month("2026-02"), a_month("2026-03")))
    as_of = cut_off(period, requests, now)
    return count_report(Material(period=period, now=now, as_of=as_of, requests=tuple(requests), **more))


def figure(report: Report, key: str) -> Indicator:
    return report.indicators[key]
