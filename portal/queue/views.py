"""The queue and the desk's page of one request. What one does there is in the other views."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import abort, request
from werkzeug.wrappers import Response

from portal.once import new_key
from portal.people.visitor import viewer
from portal.queue import (
    canned_views,
    correct_views,
    deed_views,
    help_views,
    joining_views,
    promise_views,
    queries,
    rule_views,
    saved,
    saved_views,
    together_views,
)
from portal.queue.blueprint import room
from portal.queue.grouping import grouped
from portal.queue.show_page import keys_are_on, show_page
from portal.web.access import may
from portal.web.moment import now, portal_zone
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.remember import remembered

__all__ = [
    "canned_views",
    "correct_views",
    "deed_views",
    "help_views",
    "joining_views",
    "promise_views",
    "room",
    "rule_views",
    "saved_views",
    "together_views",
]

PAGE_SIZE = 20


@room.get("/queue")
@may("work the queue")
def index() -> Response:
    kept = saved.kept_for(viewer())
    first = next((one.query for one in kept if one.is_first), "")
    filters = saved.filters_of(request.query_string.decode("ascii", "replace") or first)
    rows = queries.worklist(viewer(), filters, after=_after(), size=PAGE_SIZE + 1)
    shown, at = rows[:PAGE_SIZE], now()
    last = f"{shown[-1].request.next_due_at.isoformat()}~{shown[-1].request.id}" if len(rows) > PAGE_SIZE else None
    choices = queries.choices_with(remembered("queue filters", queries.filter_choices), filters)
    return page(
        "queue/index.html",
        groups=grouped(shown, at, portal_zone()),
        filters=filters,
        counts=queries.counts(viewer(), at=at, kept=saved.named_counts(kept)),
        kept=kept,
        here=saved.query_of(filters),
        once=new_key(),
        keys=keys_are_on(),
        bound=queries.COUNT_BOUND,
        looked_at=queries.LOOKED_AT,
        choices=choices,
        teams=dict(choices["team"]),
        after=last,
        at=at,
    )


def _after() -> tuple[datetime, int] | None:
    """The place to go on from; anything unreadable starts at the top."""
    due, _tilde, number = request.args.get("after", "").partition("~")
    place = whole_number(number)
    try:
        moment = datetime.fromisoformat(due)
        return (moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), place) if place else None
    except (ValueError, OverflowError):
        return None


@room.get("/queue/<reference>")
@may("work the queue")
def show(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    return show_page(found)
