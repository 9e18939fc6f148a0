"""Reads about mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update

from portal.extensions import db
from portal.mail.models import OutboxMessage

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
