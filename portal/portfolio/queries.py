"""Reads of the review: live services with their figures, and what was decided about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, select
from sqlalchemy.orm import joinedload

from portal.catalogue.models import Service
from portal.extensions import db
from portal.measures.intervals import Share
from portal.people.models import Person
from portal.portfolio.figures import FEWEST, Figures, figures
from portal.portfolio.models import PortfolioDecision
from portal.search.queries import avoided_by_service

SORTS = ("asked", "kept", "rated", "spent", "cost", "name")
MOST_IN_A_FILE = 5000


@dataclass(frozen=True)
class Reviewed:
    """A service in review; `avoided` counts requests that were not needed, `last` is the newest decision about it."""

    slug: str
    name: str
    figures: Figures
    avoided: int
    last: PortfolioDecision | None


def figures_of(service: Service, hour_cost_cents: int) -> Figures:
    """The figures of a service as they stand now."""
    return figures(
        asked=service.asked_lately,
        kept=(service.kept_lately, service.decided_lately),
        rated=(service.rated_good_lately, service.rated_lately),
        spent_minutes=service.spent_minutes_lately,
        cost_each_cents=service.cost_each_cents,
        hour_cost_cents=hour_cost_cents,
    )


def reviewed(
    *, sort: str, hour_cost_cents: int, since: datetime, skip: int = 0, size: int = MOST_IN_A_FILE
) -> list[Reviewed]:
    """Live services in this order, worst or largest first (ix_service_shelf; there are only as many as are offered)."""
    query = select(Service).where(Service.state == "live").order_by(*_order(sort, hour_cost_cents))
    services = db.session.scalars(query.offset(skip).limit(size)).all()
    last = last_decisions([one.id for one in services])
    avoided = avoided_by_service(since)
    return [
        Reviewed(one.slug, one.name, figures_of(one, hour_cost_cents), avoided.get(one.slug, 0), last.get(one.id))
        for one in services
    ]


def _order(sort: str, hour_cost_cents: int) -> list[Any]:
    cost = Service.asked_lately * Service.cost_each_cents * 60 + Service.spent_minutes_lately * hour_cost_cents
    first: dict[str, list[ColumnElement[Any]]] = {
        "asked": [Service.asked_lately.desc()],
        "kept": [
            (Service.decided_lately < FEWEST).asc(),
            (cast(Service.kept_lately, Float) / func.nullif(Service.decided_lately, 0)).asc(),
        ],
        "rated": [
            (Service.rated_lately < FEWEST).asc(),
            (cast(Service.rated_good_lately, Float) / func.nullif(Service.rated_lately, 0)).asc(),
        ],
        "spent": [Service.spent_minutes_lately.desc()],
        "cost": [cost.desc()],
        "name": [],
    }
    return [*first[sort], Service.name, Service.id]


def last_decisions(numbers: Sequence[int]) -> Mapping[int, PortfolioDecision]:
    """The newest decision about each of these services (ix_portfolio_decision_of)."""
    newest = (
        select(func.max(PortfolioDecision.id))
        .where(PortfolioDecision.service_id.in_(numbers))
        .group_by(PortfolioDecision.service_id)
    )
    query = select(PortfolioDecision).where(PortfolioDecision.id.in_(newest))
    found = db.session.scalars(query.options(joinedload(PortfolioDecision.into).load_only(Service.name, Service.slug)))
    return {one.service_id: one for one in found}


def decisions_of(service: Service, *, size: int = 50) -> Sequence[PortfolioDecision]:
    """What was decided about a service, newest first (ix_portfolio_decision_of)."""
    query = select(PortfolioDecision).where(PortfolioDecision.service_id == service.id)
    query = query.options(
        joinedload(PortfolioDecision.by).load_only(Person.name),
        joinedload(PortfolioDecision.into).load_only(Service.name, Service.slug),
    )
    return db.session.scalars(query.order_by(PortfolioDecision.id.desc()).limit(size)).all()


def live_count() -> int:
    return db.session.scalar(select(func.count()).where(Service.state == "live")) or 0


def rated_lately() -> Share:
    """Good ratings of all ratings that may be shown, over the live services."""
    sums = select(
        func.coalesce(func.sum(Service.rated_good_lately), 0), func.coalesce(func.sum(Service.rated_lately), 0)
    ).where(Service.state == "live")
    good, n = db.session.execute(sums).one()
    return Share(int(good), int(n))
