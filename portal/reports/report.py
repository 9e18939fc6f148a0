"""The report: every figure from plain facts, by the definitions in `definitions.py`. Pure.

The page, the PDF, the table and the data all show what `to_json` returns, so they cannot differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from typing import Any, Literal

from portal.measures.control_charts import p_chart
from portal.measures.intervals import Share
from portal.measures.periods import Period
from portal.measures.quantiles import linear, nearest_rank
from portal.reports.definitions import DEFINITIONS, NOTES
from portal.reports.facts import Material, MonthCount, RequestFact

SCHEMA = 1
JUDGED_FROM = 30
SHOWN_FROM = 5
REPEAT_WITHIN = timedelta(days=30)
TOP_SERVICES = 10
SIGNAL_OF_TEN = 2.8
"""|z| from which one of ten changes tested at once is more than chance (Bonferroni)."""

TARGETS: dict[str, float] = {
    "targets_met": 0.95,
    "targets_met_of_opened": 0.95,
    "first_answer_targets_met": 0.95,
    "csat": 0.85,
    "survey_response_rate": 0.40,
    "reopened_share": 0.05,
}
AT_MOST = frozenset({"reopened_share"})
"""Targets that are kept by staying below them."""

Verdict = Literal["kept", "missed", "not judged"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Indicator:
    """One figure with everything needed to believe it. What does not apply, or is undefined, is None."""

    value: float | int | None
    unit: Literal["requests", "share", "hours"]
    n: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    verdict: Verdict | None = None


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
        indicators=_indicators(material),
        tables=_tables(material),
        excluded=_excluded(material),
    )


# --- indicators --------------------------------------------------------------------------------------------------


def share(key: str, x: int, n: int) -> Indicator:
    """x of n with its interval, held against the target of this key."""
    counted = Share(x, n)
    target = TARGETS.get(key)
    judged = verdict(counted.value, n, target, at_most=key in AT_MOST)
    return Indicator(counted.value, "share", n, x, n, counted.low, counted.high, target, judged)


def verdict(value: float | None, n: int, target: float | None, *, at_most: bool = False) -> Verdict | None:
    """Kept or missed; nothing is judged on fewer than thirty."""
    if target is None or value is None:
        return None
    if n < JUDGED_FROM:
        return "not judged"
    return "kept" if (value <= target if at_most else value >= target) else "missed"


def _count(number: int) -> Indicator:
    return Indicator(number, "requests")


def _hours(
    values: Sequence[float], q: float, rule: Callable[[Sequence[float], float], float | None] = linear
) -> Indicator:
    return Indicator(rule(values, q), "hours", len(values))


def _indicators(material: Material) -> dict[str, Indicator]:
    inside = material.period.contains
    opened = [one for one in material.requests if inside(one.opened_at)]
    resolved = [one for one in material.requests if one.resolved_at and inside(one.resolved_at)]
    closed = [one for one in material.requests if one.closed_at and inside(one.closed_at)]
    return {
        "opened": _count(len(opened)),
        "resolved": _count(len(resolved)),
        "closed": _count(len(closed)),
        **_backlog(material),
        **_promises(material, opened, closed),
        **_times(opened, resolved, closed),
        "reopened_share": share("reopened_share", sum(one.reopen_count > 0 for one in resolved), len(resolved)),
        "reassigned_share": share(
            "reassigned_share", sum(one.reassignment_count > 0 for one in resolved), len(resolved)
        ),
        **_satisfaction(material),
    }


def _backlog(material: Material) -> dict[str, Indicator]:
    months = backlog_by_month(material)
    by_closing = months[-1][1] if months else material.unclosed_before
    return {"backlog_end": _count(len(_open_at_end(material))), "backlog_end_by_closing": _count(by_closing)}


def _open_at_end(material: Material) -> list[RequestFact]:
    end = material.period.end_at
    return [one for one in material.requests if one.opened_at < end and (one.ended_at is None or one.ended_at >= end)]


def _promises(material: Material, opened: list[RequestFact], closed: list[RequestFact]) -> dict[str, Indicator]:
    as_of, inside = material.as_of, material.period.contains
    decided = [one for one in material.requests if (at := one.decided(as_of)) and inside(at)]
    answers = [one.answered_in_time(as_of) for one in material.requests if (at := one.answer_decided()) and inside(at)]
    return {
        "targets_met_of_opened": _kept("targets_met_of_opened", (one.kept(as_of) for one in opened)),
        "targets_met_of_closed": _kept("targets_met_of_closed", (one.kept(as_of) for one in closed)),
        "targets_met": _kept("targets_met", (one.kept(as_of) for one in decided)),
        "first_answer_targets_met": _kept("first_answer_targets_met", answers),
    }


def _kept(key: str, outcomes: Iterable[bool | None]) -> Indicator:
    tally = Counter(outcomes)
    return share(key, tally[True], tally[True] + tally[False])


def _times(opened: list[RequestFact], resolved: list[RequestFact], closed: list[RequestFact]) -> dict[str, Indicator]:
    first = sorted(one.hours_until(one.first_answered_at) for one in opened if one.first_answered_at)
    done = resolution_hours(resolved)
    shut = sorted(one.hours_until(one.closed_at) for one in closed if one.closed_at and not one.withdrawn)
    return {
        "first_answer_hours_median": _hours(first, 0.5),
        "first_answer_hours_p90": _hours(first, 0.9),
        "resolution_hours_median": _hours(done, 0.5),
        "resolution_hours_p90": _hours(done, 0.9),
        "resolution_hours_median_nearest": _hours(done, 0.5, nearest_rank),
        "resolution_hours_p90_nearest": _hours(done, 0.9, nearest_rank),
        "resolution_hours_median_of_opened": _hours(resolution_hours(opened), 0.5),
        "closing_hours_median": _hours(shut, 0.5),
    }


def resolution_hours(requests: Iterable[RequestFact]) -> list[float]:
    """Hours from opening to the last resolution, sorted; requests without one are left out."""
    return sorted(one.hours_until(one.resolved_at) for one in requests if one.resolved_at)


def _satisfaction(material: Material) -> dict[str, Indicator]:
    survey = material.survey
    satisfied = survey.satisfaction.top_two
    csat = share("csat", satisfied.x, satisfied.n)
    if satisfied.n < SHOWN_FROM:
        # So few answers could be told apart; the page says how many there were, and no more.
        csat = Indicator(None, "share", satisfied.n, target=csat.target)
    return {"csat": csat, "survey_response_rate": share("survey_response_rate", survey.completed, survey.delivered)}


# --- tables ------------------------------------------------------------------------------------------------------


def _tables(material: Material) -> dict[str, list[Row]]:
    return {
        "by_service": _grouped(material, "service", lambda one: one.service),
        "by_priority": sorted(
            _grouped(material, "priority", lambda one: one.priority), key=lambda row: row["priority"]
        ),
        "by_month": _by_month(material),
        "by_week": _by_week(material),
        "ageing": _ageing(material),
        "recurring": _recurring(material),
    }


def _grouped(material: Material, name: str, key: Callable[[RequestFact], Any]) -> list[Row]:
    """One row for each value of `key`, those asked for most first."""
    groups: dict[Any, list[RequestFact]] = defaultdict(list)
    for one in material.requests:
        groups[key(one)].append(one)
    rows = [{name: value, **_group_figures(material, found)} for value, found in groups.items()]
    rows = [row for row in rows if row["opened"] or row["resolved"] or row["n"]]
    return sorted(rows, key=lambda row: (-row["opened"], -row["resolved"], str(row[name])))


def _group_figures(material: Material, requests: list[RequestFact]) -> Row:
    as_of, inside = material.as_of, material.period.contains
    resolved = [one for one in requests if one.resolved_at and inside(one.resolved_at)]
    decided = [one.kept(as_of) for one in requests if (at := one.decided(as_of)) and inside(at)]
    kept = _kept("targets_met", decided)
    return {
        "opened": sum(inside(one.opened_at) for one in requests),
        "resolved": len(resolved),
        "k": kept.numerator,
        "n": kept.n,
        "p": kept.value,
        "low": kept.low,
        "high": kept.high,
        "target": kept.target,
        "verdict": kept.verdict,
        "resolution_hours_median": linear(resolution_hours(resolved), 0.5),
    }


def backlog_by_month(material: Material) -> list[tuple[int, int]]:
    """(open, not closed) at each month's end: what was there before, and what came, less what went."""
    still_open, unclosed, ends = material.open_before, material.unclosed_before, []
    for month in material.months:
        still_open += month.opened - month.ended
        unclosed += month.opened - month.closed
        ends.append((still_open, unclosed))
    return ends


def _by_month(material: Material) -> list[Row]:
    chart = charted([(month.label, month.kept, month.n) for month in material.months])
    ends = backlog_by_month(material)
    return [_month_row(*each) for each in zip(material.months, ends, chart, strict=True)]


def _month_row(month: MonthCount, ends: tuple[int, int], point: Row) -> Row:
    came = {"opened": month.opened, "resolved": month.resolved, "closed": month.closed, "ended": month.ended}
    return {**point, **came, "backlog_end": ends[0], "backlog_end_by_closing": ends[1]}


def _by_week(material: Material) -> list[Row]:
    known = [(week.label, week.kept, week.n) for week in material.weeks]
    shown = {week.label for week in material.weeks if week.charted}
    rows = [row for row in charted(known) if row["label"] in shown]
    first = next((place for place, row in enumerate(rows) if row["n"]), len(rows))
    return rows[first:]


def charted(points: Sequence[tuple[str, int, int]]) -> list[Row]:
    """Points with limits around the common centre of those that are large enough to be judged."""
    large = [point for point in points if point[2] >= JUDGED_FROM]
    chart = p_chart(points, large)
    return [_point_row(point, chart.centre) for point in chart.points]


def _point_row(point: Any, centre: float | None) -> Row:
    judged = point.n >= JUDGED_FROM
    counted = Share(point.k, point.n)
    row = {"label": point.label, "k": point.k, "n": point.n, "p": point.p, "low": counted.low, "high": counted.high}
    limits = {"lcl": point.lcl, "ucl": point.ucl, "signal": point.signal}
    return {**row, "centre": centre, **{name: value if judged else None for name, value in limits.items()}}


AGES: tuple[tuple[str, int | None], ...] = (("0 to 2", 3), ("3 to 7", 8), ("8 to 30", 31), ("over 30", None))
"""Labels of the ages in days, and the day from which the next one begins."""


def _ageing(material: Material) -> list[Row]:
    end = min(material.period.end_at, material.as_of)
    ages: dict[str, Counter[int]] = {label: Counter() for label, _ in AGES}
    for one in _open_at_end(material):
        ages[age_label((end - one.opened_at).days)][one.priority] += 1
    return [{"days": label, "n": sum(tally.values()), "by_priority": _by_key(tally)} for label, tally in ages.items()]


def age_label(days: int) -> str:
    """The row of the ageing table for so many whole days."""
    return next(label for label, below in AGES if below is None or days < below)


def _by_key(tally: Counter[int]) -> dict[str, int]:
    return {str(key): tally[key] for key in sorted(tally)}


def _recurring(material: Material) -> list[Row]:
    opened: dict[str, list[RequestFact]] = defaultdict(list)
    for one in material.requests:
        if material.period.contains(one.opened_at):
            opened[one.service].append(one)
    total, before = sum(map(len, opened.values())), sum(material.services_before.values())
    top = sorted(opened.items(), key=lambda item: (-len(item[1]), item[0]))[:TOP_SERVICES]
    rows, running = [], 0
    for service, requests in top:
        running += len(requests)
        earlier = material.services_before.get(service, 0)
        row = {"service": service, "n": len(requests), "share": len(requests) / total, "running_share": running / total}
        change = {"n_before": earlier, "share_before": earlier / before if before else None}
        rows.append({**row, **change, "signal": _growth(len(requests), total, earlier, before), **_repeats(requests)})
    return rows


def _growth(x: int, n: int, x_before: int, n_before: int) -> str | None:
    """Has the share of this service changed by more than chance?"""
    z = two_shares_z(x, n, x_before, n_before)
    if z is None or abs(z) <= SIGNAL_OF_TEN:
        return None
    return "above" if z > 0 else "below"


def two_shares_z(x1: int, n1: int, x2: int, n2: int) -> float | None:
    """How many standard errors two shares lie apart; None where that is undefined."""
    if not n1 or not n2:
        return None
    pooled = (x1 + x2) / (n1 + n2)
    spread = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return (x1 / n1 - x2 / n2) / spread if spread else None


def _repeats(requests: list[RequestFact]) -> Row:
    """Customers who asked for the same again within thirty days, of all who asked."""
    moments: dict[int, list[datetime]] = defaultdict(list)
    for one in requests:
        moments[one.customer].append(one.opened_at)
    again = sum(_comes_back(sorted(asked)) for asked in moments.values())
    return {"customers": len(moments), "customers_again": again}


def _comes_back(asked: list[datetime]) -> bool:
    return any(later - earlier <= REPEAT_WITHIN for earlier, later in pairwise(asked))


# --- what was left out, and what the figures cover ---------------------------------------------------------------


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
