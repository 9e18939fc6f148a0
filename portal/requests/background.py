"""What happens to requests by itself."""

from __future__ import annotations

from datetime import timedelta

from portal.catalogue import queries as catalogue
from portal.catalogue.actions import note_demand
from portal.extensions import db
from portal.jobs import every
from portal.measures.quantiles import linear
from portal.requests import actions, queries
from portal.web.moment import now

CLOSES_AFTER = timedelta(days=7)
LATELY = timedelta(days=90)


@every(300)
def close_resolved() -> None:
    """What was resolved a week ago, and nobody objected, is closed."""
    for request in queries.resolved_before(now() - CLOSES_AFTER, size=200):
        actions.close(request, at=now())
    db.session.commit()


@every(600)
def count_demand() -> None:
    """How often each service was asked for in the last 90 days and how well its promise was kept."""
    since = now() - LATELY
    demand, minutes = queries.demand_since(since), queries.minutes_used_since(since)
    for service in catalogue.all_services():
        asked, decided, kept = demand.get(service.id, (0, 0, 0))
        median = linear(minutes.get(service.id, []), 0.5)
        note_demand(service, asked=asked, decided=decided, kept=kept, minutes=None if median is None else round(median))
    db.session.commit()
