"""The charts of a report from its figures, each with a sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.reports import charts
from portal.reports.counts import Figures
from portal.reports.indicators import TARGETS
from portal.reports.showing import share_of, short_month
from portal.web.words import NBSP, number

WEEKS_ON_CHART = 26


@dataclass(frozen=True)
class Drawn:
    """A chart with its sentence; `rows` are the figures for the table beside it, newest first."""

    marks: charts.Chart
    title: str
    rows: Sequence[dict[str, Any]]


def week_chart(figures: Figures, height: float) -> Drawn | None:
    """Promises kept by the week of opening; None when nothing was decided."""
    rows = figures["tables"]["by_week"][-WEEKS_ON_CHART:]
    labels = [row["label"].partition("-")[2] for row in rows]
    return _control_chart(rows, labels, height, _("Promises kept by week of opening"))


def month_chart(figures: Figures, height: float) -> Drawn | None:
    """Promises kept by month, from the first month in which anything was decided."""
    rows = figures["tables"]["by_month"]
    first = next((place for place, row in enumerate(rows) if row["n"]), len(rows))
    rows = rows[first:]
    return _control_chart(rows, [short_month(row["label"]) for row in rows], height, _("Promises kept by month"))


def _control_chart(rows: Sequence[dict[str, Any]], labels: list[str], height: float, name: str) -> Drawn | None:
    if not any(row["n"] for row in rows):
        return None
    marks = charts.shares_over_time(
        rows,
        height=height,
        labels=labels,
        target=TARGETS["targets_met"],
        say=lambda share: f"{number(share * 100, 1)}{NBSP}%",
        say_tick=lambda share: f"{number(share * 100, 0 if float(share * 100).is_integer() else 1)}{NBSP}%",
        say_limit=lambda share: number(share * 100, 1).removesuffix(".0"),
        limit_word=_("limit"),
        target_word=_("target"),
    )
    return Drawn(marks, _chart_sentence(rows, labels, name), rows[::-1])


def _chart_sentence(rows: Sequence[dict[str, Any]], labels: list[str], name: str) -> str:
    last = next(row for row in reversed(rows) if row["n"])
    outside = [label for label, row in zip(labels, rows, strict=True) if row["signal"]]
    news = _("Outside the control limits: %(which)s.", which=", ".join(outside)) if outside else ""
    words = _(
        "%(name)s, %(first)s to %(last)s. The last one: %(share)s, n %(n)s.",
        name=name,
        first=labels[0],
        last=labels[-1],
        share=share_of(last),
        n=number(last["n"]),
    )
    return f"{words} {news or _('All lie inside the control limits.')}"


def backlog_chart(figures: Figures, height: float) -> Drawn | None:
    """Requests open at the end of each month."""
    rows = figures["tables"]["by_month"]
    first = next((place for place, row in enumerate(rows) if row["opened"] or row["backlog_end"]), len(rows))
    rows = rows[first:]
    if not rows:
        return None
    values = [row["backlog_end"] for row in rows]
    labels = [short_month(row["label"]) for row in rows]
    last = _("%(n)s open", n=number(values[-1]))
    marks = charts.bars_over_time(values, height=height, labels=labels, say=number, last_word=last)
    title = _(
        "Requests open at the end of each month, %(first)s to %(last)s: from %(before)s to %(now)s.",
        first=labels[0],
        last=labels[-1],
        before=number(values[0]),
        now=number(values[-1]),
    )
    return Drawn(marks, title, rows[::-1])
