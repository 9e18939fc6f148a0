"""The tables of a report: by service, priority, month and week, by age, and what comes again. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from typing import Any

from portal.measures.control_charts import p_chart
from portal.measures.disclosure import hidden
from portal.measures.intervals import Share
from portal.measures.quantiles import linear
from portal.reports.facts import Material, MonthCount, RequestFact
from portal.reports.indicators import JUDGED_FROM, backlog_by_month, kept_share, open_at_end, resolution_hours

REPEAT_WITHIN = timedelta(days=30)
TOP_SERVICES = 10
SIGNAL_OF_TEN = 2.8
"""|z| from which one of ten changes tested at once is more than chance (Bonferroni)."""

Row = dict[str, Any]


def count_tables(material: Material) -> dict[str, list[Row]]:
    return {
        "by_service": _grouped(material, "service", lambda one: one.service),
        "by_priority": sorted(
            _grouped(material, "priority", lambda one: one.priority), key=lambda row: row["priority"]
        ),
        "by_month": _by_month(material),
        "by_week": _by_week(material),
        "ageing": _ageing(material),
        "recurring": _recurring(material),
        "choices": _choices(material),
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
    kept = kept_share("targets_met", decided)
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
    for one in open_at_end(material):
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


def _choices(material: Material) -> list[Row]:
    """What was chosen, by its label; labels that few chose are one row without a name, as in surveys."""
    labels, total = material.offers.labels, material.offers.picked
    away = hidden(labels)
    shown = [(label, n) for label, n in labels.items() if label not in away]
    rows = [
        {"label": label, "n": n, "share": n / total} for label, n in sorted(shown, key=lambda one: (-one[1], one[0]))
    ]
    rest = sum(labels[label] for label in away)
    return [*rows, {"label": None, "n": rest, "share": rest / total}] if rows and rest else rows


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
