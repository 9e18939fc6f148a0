"""What happens to requests by itself."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from portal.catalogue import queries as catalogue
from portal.catalogue.actions import note_demand
from portal.extensions import db
from portal.jobs import every, job
from portal.measures.quantiles import linear
from portal.press.running import CannotPrint, run_press
from portal.requests import actions, drafts, findable, holds, incidents, paper, papers, queries, robots, warnings
from portal.requests.reopening import REOPENS_FOR
from portal.web.moment import now

log = logging.getLogger(__name__)

LATELY = timedelta(days=90)


@every(300)
def close_resolved() -> None:
    """What was resolved a week ago, and nobody objected, is closed."""
    for request in queries.resolved_before(now() - REOPENS_FOR, size=200):
        actions.close(request, at=now())
    db.session.commit()


@every(30)
def watch_promises() -> None:
    """Warn before a promise is missed, say so when it is; then one mail to each of those who work on them."""
    if not warnings.anything_to_say(now()):
        return
    while warnings.look_after(at=now()) == warnings.BATCH:
        db.session.commit()
    db.session.commit()
    while warnings.tell_desk(at=now()):
        db.session.commit()
    db.session.commit()


@every(3600)
def remind_of_holds() -> None:
    """Who works on what waits for somebody outside is reminded once a week while nothing happens."""
    at = now()
    after: int | None = 0 if holds.any_forgotten(at) else None
    while after is not None:
        after = holds.remind(at=at, after=after)
        db.session.commit()


@every(600)
def count_demand() -> None:
    """How often each service was asked for in the last 90 days, how well its promise was kept, and what it took."""
    since = now() - LATELY
    demand, minutes = queries.demand_since(since), queries.minutes_used_since(since)
    spent = queries.minutes_spent_since(since)
    for service in catalogue.all_services():
        asked, decided, kept = demand.get(service.id, (0, 0, 0))
        median = linear(minutes.get(service.id, []), 0.5)
        note_demand(
            service,
            asked=asked,
            decided=decided,
            kept=kept,
            minutes=None if median is None else round(median),
            spent=spent.get(service.id, 0),
        )
    db.session.commit()


@every(60)
def index_older() -> None:
    """Requests of an older release become findable, some thousands a minute."""
    for _batch in range(20):
        done = findable.make_findable(size=500)
        db.session.commit()
        if done < 500:
            return


@every(3600)
def tidy_drafts() -> None:
    """Drafts that nobody has touched for thirty days go."""
    drafts.forget_drafts(at=now())
    db.session.commit()


@job(incidents.FOLLOW)
def follow_incident(payload: dict[str, Any]) -> None:
    """Some of the requests about a known problem; the next are asked for in the same transaction, as they are done."""
    incidents.follow_some(payload["update"], after=payload["after"], at=now())


@job(robots.LOOK_AGAIN)
def look_for_first_answers(payload: dict[str, Any]) -> None:
    """Somebody turned out to be a robot, or a person after all."""
    robots.count_again(payload["person"], after=payload["after"], at=now())


@job(papers.DRAW)
def draw_request(payload: dict[str, Any]) -> None:
    """Put the PDF of a request where its page finds it. No transaction stays open while it is drawn."""
    request = papers.find_to_draw(payload["request"])
    if request is None:
        return
    number, version, order = request.id, request.version, paper.order_for(request, now())
    db.session.rollback()
    try:
        body, problem = run_press(order), ""
    except CannotPrint as reason:
        log.error("the request %s cannot be printed: %s", number, reason)
        body, problem = None, str(reason)
    papers.keep_paper(number, version=version, body=body, problem=problem)
