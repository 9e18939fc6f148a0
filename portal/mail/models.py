"""The outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base

WAITS = text("sent_at IS NULL AND failed_at IS NULL AND NOT in_digest")
FOR_DIGEST = text("sent_at IS NULL AND in_digest")
CAME_BACK = text("bounced_at IS NOT NULL")


class OutboxMessage(Base):
    """One message to one address. `key` names its cause, so that the same cause never writes twice.

    One that waits for a daily digest (`in_digest`) goes out inside that, and is sent when that is written. `calendar`
    is an iCalendar object to attach. `reply_to` is where an answer goes, and `stop_link` is where its reader ends such
    mail. `bounced_at` says that it came back.
    """

    __table_args__ = (
        Index(
            "ix_outbox_message_waiting",
            "next_try_at",
            "id",
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
        Index("ix_outbox_message_bounced", "thread", "id", sqlite_where=CAME_BACK, postgresql_where=CAME_BACK),
        Index("ix_outbox_message_digest", "to_address", "id", sqlite_where=FOR_DIGEST, postgresql_where=FOR_DIGEST),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    to_address: Mapped[str]
    to_name: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    thread: Mapped[str | None]
    reply_to: Mapped[str | None]
    calendar: Mapped[str | None]
    stop_link: Mapped[str | None]
    in_digest: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    bounce_reason: Mapped[str | None]
