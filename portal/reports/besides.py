"""Reads: offers of options and calls of a period, which are counted beside the requests themselves."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import and_, func, or_, select

from portal.callbacks.models import Callback
from portal.callbacks.states import CALLED
from portal.choices.models import Offer, OfferedOption
from portal.choices.states import OPEN, PICKED
from portal.extensions import db
from portal.measures.periods import Period
from portal.reports.facts import HOUR, CallFacts, OfferFacts


def offers_of(period: Period) -> OfferFacts:
    """The offers that were made in the period, and what became of them since (ix_offer_made)."""
    picked = and_(OfferedOption.offer_id == Offer.id, OfferedOption.number == Offer.picked_number)
    query = (
        select(Offer.state, Offer.offered_at, Offer.settled_at, OfferedOption.label)
        .outerjoin(OfferedOption, picked)
        .where(Offer.offered_at >= period.start_at, Offer.offered_at < period.end_at)
    )
    rows = db.session.execute(query).all()
    return OfferFacts(
        made=len(rows),
        settled=sum(state != OPEN for state, *_rest in rows),
        hours=tuple(sorted((at - made) / HOUR for state, made, at, _label in rows if at and state == PICKED)),
        labels=dict(Counter(label for state, _made, _settled, label in rows if state == PICKED)),
        newest_at=max((settled for _state, _made, settled, _label in rows if settled), default=None),
    )


def calls_of(period: Period) -> CallFacts:
    """Calls that were decided in the period (ix_callback_done), and those whose moment passes in it (ix_callback_due).

    One that passed undone is missed, whatever came of it later; one that is still to come is left out by its moment.
    """
    start, end = period.start_at, period.end_at
    in_time = and_(Callback.done_at >= start, Callback.done_at < end, Callback.done_at <= Callback.due_at)
    kept = select(func.count()).where(in_time, Callback.outcome.in_(CALLED)).scalar_subquery()
    undone = or_(Callback.done_at.is_(None), Callback.done_at > Callback.due_at)
    passed = select(Callback.due_at).where(Callback.due_at >= start, Callback.due_at < end, undone)
    number = db.session.scalar(select(kept)) or 0
    return CallFacts(kept=number, passed=tuple(db.session.scalars(passed.order_by(Callback.due_at))))
