"""Approvals and the links by which they are answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.approvals.stages import KINDS, STAGES
from portal.extensions import Base
from portal.people.models import Person
from portal.requests.models import ServiceRequest

WAITING_ROWS = text("stage = 'waiting'")


class Approval(Base):
    """One question for a yes, and its answer.

    `approver` is the one whose yes it takes, `stand_in` who was asked in their place; either may decide. Without
    `asked_by` the service asked by itself. `remind_at` is when the worker next has to remind somebody. `minutes` is the
    service time from the question to the answer.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('" + "', '".join(KINDS) + "')", name="kind_is_known"),
        CheckConstraint("stage IN ('" + "', '".join(STAGES) + "')", name="stage_is_known"),
        Index("ix_approval_request", "request_id", "id"),
        Index(
            "ix_approval_one_waits",
            "request_id",
            unique=True,
            sqlite_where=WAITING_ROWS,
            postgresql_where=WAITING_ROWS,
        ),
        Index("ix_approval_due", "remind_at", "id", sqlite_where=WAITING_ROWS, postgresql_where=WAITING_ROWS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"))
    kind: Mapped[str]
    stage: Mapped[str]
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    question: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(default="")
    minutes: Mapped[int | None]

    request: Mapped[ServiceRequest] = relationship()
    approver: Mapped[Person | None] = relationship(foreign_keys=approver_id)
    stand_in: Mapped[Person | None] = relationship(foreign_keys=stand_in_id)
    asked_by: Mapped[Person | None] = relationship(foreign_keys=asked_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)


class ApprovalLink(Base):
    """Somebody who may answer an approval, and their mailed link, of which only the digest is kept.

    `is_waiting` repeats whether the approval waits, so that one's list is a walk of an index.
    """

    __table_args__ = (Index("ix_approval_link_mine", "person_id", "is_waiting", "approval_id"),)

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    is_waiting: Mapped[bool]
    expires_at: Mapped[datetime]

    approval: Mapped[Approval] = relationship()
    person: Mapped[Person] = relationship()
