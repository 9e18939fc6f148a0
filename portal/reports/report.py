"""The report: every figure from plain facts, by the definitions in `definitions.py`. Pure.

The page, the PDF, the table and the data all show what `to_json` returns, so they cannot differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from portal.measures.periods import Period
from portal.reports.definitions import DEFINITIONS, NOTES
from portal.reports.facts import Material, RequestFact
from portal.reports.indicators import Indicator, count_indicators
from portal.reports.tables import Row, count_tables

SCHEMA = 1


@dataclass(frozen=True)
class Report:
    """One counted period."""

    period: Period
    as_of: datetime
    partial: bool
    scope: Row
    indicators: dict[str, Indicator]
    tables: dict[str, list[Row]]
    excluded: dict[str, int]

    def to_json(self) -> Row:
        """The figures as data: unrounded, null where undefined."""
        return {
            "schema": SCHEMA,
            "period": self.period.code,
            "from": self.period.start_at.isoformat(),
            "to": self.period.end_at.isoformat(),
            "time_zone": self.period.zone,
            "as_of": self.as_of.isoformat(),
            "partial": self.partial,
            "scope": self.scope,
            "indicators": {key: asdict(one) for key, one in self.indicators.items()},
            "tables": self.tables,
            "excluded": self.excluded,
            "definitions": {**DEFINITIONS, **NOTES},
        }


def cut_off(
    period: Period, requests: Iterable[RequestFact], now: datetime, also: Iterable[datetime | None] = ()
) -> datetime:
    """The newest moment that the figures rest on; the same data give the same cut-off, whenever they are counted."""
    if now < period.end_at:
        return now
    newest = period.end_at
    for one in requests:
        for moment in (one.first_answered_at, one.resolved_at, one.closed_at, one.ended_at, _passed(one)):
            if moment is not None and newest < moment <= now:
                newest = moment
    return max([newest, *(moment for moment in also if moment is not None and moment <= now)])


def _passed(one: RequestFact) -> datetime | None:
    """The promised moment, for a request that is open: when it passes, the outcome changes."""
    return one.due_at if one.ended_at is None else None


def count_report(material: Material) -> Report:
    """Count everything."""
    return Report(
        period=material.period,
        as_of=material.as_of,
        partial=material.now < material.period.end_at,
        scope=_scope(material),
        indicators=count_indicators(material),
        tables=count_tables(material),
        excluded=_excluded(material),
    )


def _excluded(material: Material) -> dict[str, int]:
    """Requests opened in the period that no share of kept promises counts, by the reason."""
    tally: Counter[str] = Counter(
        _reason(one)
        for one in material.requests
        if material.period.contains(one.opened_at) and one.kept(material.as_of) is None
    )
    return {reason: tally[reason] for reason in ("withdrawn", "without_target", "clock_stopped", "not_yet_due")}


def _reason(one: RequestFact) -> str:
    if one.withdrawn:
        return "withdrawn"
    if one.waiting and not one.imported:
        return "clock_stopped"
    return "without_target" if one.imported or one.due_at is None else "not_yet_due"


def _scope(material: Material) -> Row:
    sources = Counter(one.source for one in material.requests if material.period.contains(one.opened_at))
    imported = {one.imported for one in material.requests}
    hours = {frozenset({True}): "elapsed", frozenset({True, False}): "mixed"}.get(frozenset(imported), "service")
    return {"opened_by_source": dict(sorted(sources.items())), "hours": hours}
