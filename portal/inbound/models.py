"""What came by mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.people.models import Person
from portal.requests.models import ServiceRequest

REPLY, UNPROVED, REQUEST = "reply", "unproved", "request"
UNKNOWN, TOO_MANY, AUTOMATIC = "unknown", "too_many", "automatic"
BOUNCE, JUNK, FAILED = "bounce", "junk", "failed"
OUTCOMES = (REPLY, UNPROVED, REQUEST, UNKNOWN, TOO_MANY, AUTOMATIC, BOUNCE, JUNK, FAILED)
TO_SORT = (UNKNOWN, TOO_MANY, FAILED)
"""What nobody has read yet: a person decides what becomes of it."""

UNSORTED = text("outcome IN ('unknown', 'too_many', 'failed') AND sorted_at IS NULL")


class InboundMessage(Base):
    """One message that came in, and what became of it.

    `message_id` is the message's own name, so the same mail twice is one. `text` are its words as far as they could be
    read. `raw` is kept only while a person may still have to look at it. `sorted_at` says that somebody did.
    `acknowledged` says that its sender was mailed because of it, which is counted by sender and hour.
    """

    __table_args__ = (
        CheckConstraint("outcome IN ('" + "', '".join(OUTCOMES) + "')", name="outcome_is_known"),
        Index("ix_inbound_message_sender", "from_address", "arrived_at"),
        Index("ix_inbound_message_unsorted", "id", sqlite_where=UNSORTED, postgresql_where=UNSORTED),
        Index("ix_inbound_message_request", "request_id", "arrived_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    from_address: Mapped[str]
    from_name: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(deferred=True)
    arrived_at: Mapped[datetime]
    size: Mapped[int]
    outcome: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    acknowledged: Mapped[bool] = mapped_column(default=False)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("service_request.id", ondelete="SET NULL"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    raw: Mapped[bytes | None] = mapped_column(deferred=True)
    sorted_at: Mapped[datetime | None]
    sorted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    request: Mapped[ServiceRequest | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    sorted_by: Mapped[Person | None] = relationship(foreign_keys=sorted_by_id)

    @property
    def is_to_sort(self) -> bool:
        return self.outcome in TO_SORT and self.sorted_at is None
