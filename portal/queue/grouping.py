"""The worklist in groups: late, due today, later, clock stopped. Rows come in the order of what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.queue.queries import Listed
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest
from portal.requests.promise import PromiseFacts, drawn_small

ORDER = ("late", "today", "later", "stopped")


@dataclass(frozen=True)
class Row:
    """A request with the names beside it, its small promise line, and whether the first answer is what is due."""

    request: ServiceRequest
    names: Listed
    facts: PromiseFacts
    answer_is_due: bool


def group_of(request: ServiceRequest, at: datetime, zone: ZoneInfo) -> str:
    """Which group a request stands in at this moment."""
    due = request.next_due_at
    if due >= CLOCK_STOPPED_AT:
        return "stopped"
    if due < at:
        return "late"
    return "today" if due.astimezone(zone).date() == at.astimezone(zone).date() else "later"


def grouped(rows: Sequence[Listed], at: datetime, zone: ZoneInfo) -> list[tuple[str, list[Row]]]:
    """(group, rows) in order, without empty groups."""
    found: dict[str, list[Row]] = {name: [] for name in ORDER}
    for listed in rows:
        request = listed.request
        answer = request.first_answered_at is None and request.next_due_at == request.first_answer_due_at
        found[group_of(request, at, zone)].append(Row(request, listed, drawn_small(request, at), answer))
    return [(name, found[name]) for name in ORDER if found[name]]
