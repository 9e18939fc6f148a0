"""Reads about mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, literal, select, text, update
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.mail.models import FOR_DIGEST, OutboxMessage

WAITING = OutboxMessage.sent_at.is_(None) & OutboxMessage.failed_at.is_(None) & text("NOT in_digest")


def waiting_numbers(*, at: datetime, limit: int) -> list[int]:
    """What is due, oldest first (ix_outbox_message_waiting)."""
    query = select(OutboxMessage.id).where(WAITING, OutboxMessage.next_try_at <= at)
    return list(db.session.scalars(query.order_by(OutboxMessage.next_try_at, OutboxMessage.id).limit(limit)))


def take_waiting(number: int, *, at: datetime, until: datetime) -> OutboxMessage | None:
    """The message, kept from other workers until then, or None when one of them has it or has sent it."""
    due = update(OutboxMessage).where(OutboxMessage.id == number, WAITING, OutboxMessage.next_try_at <= at)
    taken = due.values(next_try_at=until).returning(OutboxMessage)
    return db.session.scalar(taken.execution_options(populate_existing=True))


def messages(numbers: Sequence[int]) -> Sequence[OutboxMessage]:
    return db.session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(numbers))).all()


def kept(*, after: int | None, size: int) -> Sequence[OutboxMessage]:
    """All mail, newest first, a page at a time (primary key)."""
    query = select(OutboxMessage)
    if after:
        query = query.where(OutboxMessage.id < after)
    return db.session.scalars(query.order_by(OutboxMessage.id.desc()).limit(size)).all()


def find_message(number: int) -> OutboxMessage | None:
    return db.session.get(OutboxMessage, number)


def addresses_for_digest(*, day: str, size: int) -> Sequence[str]:
    """Whose digest of this day is still to be written (ix_outbox_message_digest)."""
    written = aliased(OutboxMessage)
    key = literal("digest:") + OutboxMessage.to_address + literal(f":{day}")
    query = select(OutboxMessage.to_address).where(FOR_DIGEST, ~exists().where(written.key == key))
    return db.session.scalars(query.distinct().order_by(OutboxMessage.to_address).limit(size)).all()


def for_digest(address: str, *, size: int) -> Sequence[OutboxMessage]:
    """What waits for the digest of this address, oldest first (ix_outbox_message_digest)."""
    query = select(OutboxMessage).where(OutboxMessage.to_address == address, FOR_DIGEST)
    return db.session.scalars(query.order_by(OutboxMessage.id).limit(size)).all()


def find_by_message_id(numbers: Sequence[str]) -> OutboxMessage | None:
    """The message that was sent under one of these Message-IDs (unique message_id)."""
    known = [f"<{one.strip('<>').rpartition('@')[0]}@portal.invalid>" for one in numbers]
    return (
        db.session.scalar(select(OutboxMessage).where(OutboxMessage.message_id.in_(known)).limit(1)) if known else None
    )


def bounces_of(thread: str, *, size: int) -> Sequence[OutboxMessage]:
    """Letters of a thread that came back, newest first (ix_outbox_message_bounced)."""
    query = select(OutboxMessage).where(OutboxMessage.thread == thread, OutboxMessage.bounced_at.is_not(None))
    return db.session.scalars(query.order_by(OutboxMessage.id.desc()).limit(size)).all()
