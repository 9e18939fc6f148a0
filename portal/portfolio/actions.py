"""Deciding about a service. A decision is written down; carrying it out is another deed."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext as _

from portal.catalogue.actions import SOMETHING_ELSE
from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person
from portal.portfolio.figures import Figures
from portal.portfolio.models import OUTCOMES, PortfolioDecision
from portal.refusal import Refusal
from portal.web.words import local_day


def decide(
    service: Service,
    *,
    outcome: str,
    into: Service | None,
    reason: str,
    review_on: date,
    figures: Figures,
    by: Person,
    at: datetime,
) -> PortfolioDecision:
    """Keep, improve, merge into another, or retire: with the reason, the figures seen, and the day to look again."""
    if outcome not in OUTCOMES:
        raise Refusal(_("Choose what is decided."), field="outcome")
    if not service.is_live:
        raise Refusal(_("Only what is offered is decided about."))
    if outcome in ("merge", "retire") and service.slug == SOMETHING_ELSE:
        raise Refusal(_("This service cannot retire: it is where people go who find no other."), field="outcome")
    if outcome == "merge":
        _check_into(service, into)
    if review_on <= local_day(at):
        raise Refusal(_("Enter a day that is still to come."), field="review_on")
    decision = PortfolioDecision(
        service=service,
        at=at,
        by=by,
        outcome=outcome,
        into=into if outcome == "merge" else None,
        reason=reason,
        review_on=review_on,
        figures=figures.as_data(),
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def _check_into(service: Service, into: Service | None) -> None:
    if into is None:
        raise Refusal(_("Choose the service that it merges into."), field="into")
    if into.id == service.id or not into.is_live:
        raise Refusal(_("Choose another service that is offered."), field="into")
