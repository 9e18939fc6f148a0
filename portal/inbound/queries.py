"""Reads of what came by mail, and of what it may be about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload, undefer

from portal.catalogue.actions import SOMETHING_ELSE
from portal.catalogue.models import RequestForm, Service
from portal.extensions import db
from portal.inbound.models import REPLY, REQUEST, UNPROVED, UNSORTED, InboundMessage
from portal.people.models import Person
from portal.requests.models import ServiceRequest
from portal.requests.queries import find_request

MOST_COUNTED = 100


def arrived(*, unsorted: bool, after: int | None, size: int) -> Sequence[InboundMessage]:
    """What came in, newest first (primary key; ix_inbound_message_unsorted)."""
    query = select(InboundMessage).options(
        joinedload(InboundMessage.request).load_only(ServiceRequest.id),
        joinedload(InboundMessage.person).load_only(Person.name),
    )
    if unsorted:
        query = query.where(UNSORTED)
    if after:
        query = query.where(InboundMessage.id < after)
    return db.session.scalars(query.order_by(InboundMessage.id.desc()).limit(size)).all()


def unsorted_count() -> int:
    """How much waits for a person, counted no further than MOST_COUNTED (ix_inbound_message_unsorted)."""
    few = select(InboundMessage.id).where(UNSORTED).limit(MOST_COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(few)) or 0


def find_message(number: int) -> InboundMessage | None:
    query = select(InboundMessage).where(InboundMessage.id == number)
    return db.session.scalar(query.options(undefer(InboundMessage.text)))


def is_known(message_id: str) -> bool:
    """Has this mail come before?"""
    return db.session.scalar(select(InboundMessage.id).where(InboundMessage.message_id == message_id)) is not None


def acknowledged_since(address: str, moment: datetime) -> int:
    """How often this sender was mailed for writing to us (ix_inbound_message_sender)."""
    query = select(func.count()).where(
        InboundMessage.from_address == address, InboundMessage.arrived_at > moment, InboundMessage.acknowledged
    )
    return db.session.scalar(query) or 0


def requests_since(address: str, moment: datetime) -> int:
    """How many requests this sender made by mail (ix_inbound_message_sender)."""
    return _number_since(InboundMessage.from_address == address, REQUEST, moment)


def unproved_since(request_id: int, moment: datetime) -> int:
    """How many unproved messages a request got (ix_inbound_message_request)."""
    return _number_since(InboundMessage.request_id == request_id, UNPROVED, moment)


def replies_since(person: Person, request_id: int, moment: datetime) -> int:
    """How many messages of this person a request took (ix_inbound_message_request)."""
    theirs = and_(InboundMessage.request_id == request_id, InboundMessage.person_id == person.id)
    return _number_since(theirs, REPLY, moment)


def _number_since(whose: object, outcome: str, moment: datetime) -> int:
    query = select(func.count(InboundMessage.id)).where(whose, InboundMessage.arrived_at > moment)  # type: ignore[arg-type]
    return db.session.scalar(query.where(InboundMessage.outcome == outcome)) or 0


def find_any_request(number: int) -> ServiceRequest | None:
    return db.session.get(ServiceRequest, number)


def may_read(person: Person, request: ServiceRequest) -> bool:
    """Is this somebody who follows the request as a customer?"""
    return find_request(person, request.reference) is not None


def for_everything_else() -> tuple[Service, RequestForm | None] | None:
    """The service that what comes by mail is asked of, with its newest questions."""
    query = (
        select(Service, RequestForm)
        .outerjoin(RequestForm, RequestForm.service_id == Service.id)
        .where(Service.slug == SOMETHING_ELSE)
        .order_by(RequestForm.number.desc())
    )
    row = db.session.execute(query.limit(1)).first()
    return (row[0], row[1]) if row else None


def without_raw_before(moment: datetime, *, size: int) -> Sequence[InboundMessage]:
    """Messages whose bytes have been kept long enough."""
    query = select(InboundMessage).where(InboundMessage.raw.is_not(None), InboundMessage.arrived_at < moment)
    return db.session.scalars(query.order_by(InboundMessage.id).limit(size)).all()
