"""What happens to reports by itself: months are counted, and papers that were asked for are drawn."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import current_app

from portal.extensions import db, reading
from portal.jobs import every, job
from portal.measures.periods import Period, month_of
from portal.press.running import CannotPrint
from portal.reports import actions, counts, paper, queries
from portal.reports.counts import Count
from portal.web.moment import now

log = logging.getLogger(__name__)

MOST_EARLIER_MONTHS = 12
"""How many earlier months one round counts; a log that was brought in is worked off in a few rounds."""


@every(300)
def count_months() -> None:
    """Count this month and the last anew, and earlier ones that have changed or were never counted."""
    at = now()
    with reading():
        wanted = [period.code for period in _months_to_count(at)]
    for code in wanted:
        keep(code, at=at)


def keep(code: str, *, at: datetime) -> Count:
    """Count one period and keep the count. The long read takes no place in the line of writers."""
    zone = current_app.config["TIME_ZONE"]
    with reading():
        count = counts.count_period(code, now=at, portal_zone=zone)
        stamp = queries.stamp_of(counts.find_period(code, zone=zone, now=at))
    actions.keep_count(count, stamp)
    db.session.commit()
    return count


def _months_to_count(at: datetime) -> list[Period]:
    this = month_of(at, current_app.config["TIME_ZONE"])
    earlier = [month for month in _earlier_months(this.previous()) if _has_changed(month)]
    return [this, this.previous(), *earlier[:MOST_EARLIER_MONTHS]]


def _earlier_months(month: Period) -> Iterator[Period]:
    """The months before this one, newest first, back to the first request."""
    first = queries.first_opened_at()
    while first is not None and month.start_at > first:
        month = month.previous()
        yield month


def _has_changed(month: Period) -> bool:
    """Never counted and not empty, or no longer as it was when it was counted."""
    kept, stamp = queries.find_report(month.code), queries.stamp_of(month)
    return kept.stamp != stamp if kept else stamp.strip("0-") != ""


@job(actions.DRAW)
def draw_paper(payload: dict[str, Any]) -> None:
    """Count, draw, and put the PDF where the page finds it. No transaction stays open while it is drawn."""
    asked = queries.find_paper(payload["paper"])
    if asked is None:
        return
    actions.begin_drawing(asked)
    number, code = asked.id, asked.period
    db.session.commit()
    count = keep(code, at=now())
    try:
        body = paper.print_report(count)
    except CannotPrint as reason:
        log.error("the report %s cannot be printed: %s", code, reason)
        _finish(number, None, count, str(reason))
    else:
        _finish(number, body, count, "")


def _finish(number: int, body: bytes | None, count: Count, problem: str) -> None:
    asked = queries.find_paper(number)
    if asked is None:
        return
    if body is None:
        actions.give_up_paper(asked, problem)
    else:
        actions.finish_paper(asked, body=body, count=count)
