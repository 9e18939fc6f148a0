"""Reads: the offers of a request, and what a mailed link leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.choices.models import Offer, OfferedOption, OfferLink
from portal.extensions import db
from portal.people.models import Person
from portal.people.visitor import digest
from portal.requests.models import ServiceRequest

_AS_ON_A_PAGE = (
    joinedload(ServiceRequest.service),
    joinedload(ServiceRequest.hours_plan),
    joinedload(ServiceRequest.customer),
    joinedload(ServiceRequest.assignee),
)


def newest_offer(request: ServiceRequest) -> Offer | None:
    """The last offer about this request with its options, whatever became of it (ix_offer_of_request)."""
    return db.session.scalars(_NEWEST, {"request": request.id}).unique().first()


_newest_id = select(Offer.id).where(Offer.request_id == bindparam("request")).order_by(Offer.id.desc()).limit(1)
_NEWEST = (
    select(Offer)
    .join(Offer.options)
    .where(Offer.id == _newest_id.scalar_subquery())
    .options(contains_eager(Offer.options))
    .options(joinedload(Offer.offered_by).load_only(Person.name), joinedload(Offer.settled_by).load_only(Person.name))
    .order_by(OfferedOption.number)
)
"""One statement, because every page of a request with an offer asks it."""


def open_offer(request: ServiceRequest) -> Offer | None:
    """The offer that still waits for an answer (ix_offer_one_open)."""
    return db.session.scalar(select(Offer).where(Offer.request_id == request.id, Offer.state == "open"))


@dataclass(frozen=True)
class Led:
    """What a mailed link leads to: an offer, and the person who was written to."""

    offer: Offer
    person: Person


def find_by_link(token: str) -> Led | None:
    """What the link leads to; None for unknown ones and for people who have left (primary key)."""
    query = (
        select(OfferLink)
        .where(OfferLink.token_sha256 == digest(token))
        .options(joinedload(OfferLink.person))
        .options(joinedload(OfferLink.offer).joinedload(Offer.request).options(*_AS_ON_A_PAGE))
        .options(joinedload(OfferLink.offer).joinedload(Offer.offered_by))
    )
    row = db.session.scalar(query)
    return Led(row.offer, row.person) if row and row.person.active else None


def lapsed_offers(*, at: datetime, limit: int) -> Sequence[Offer]:
    """Open offers of which every time has passed (ix_offer_lapsing)."""
    query = select(Offer).where(Offer.state == "open", Offer.lapses_at <= at)
    return db.session.scalars(query.order_by(Offer.lapses_at, Offer.id).limit(limit)).all()
