"""Somebody of the helpdesk comes to where the customer is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.people.models import Person
from portal.requests.models import ServiceRequest
from portal.visits.states import COMING, STATES, can
from portal.visits.windows import SOONEST_START, may_be_moved


class Visit(Base):
    """Who comes, when, where to, and what they bring.

    The window is when they arrive and work. `uid` and `sequence` are what calendars know it by: each change that a
    calendar should follow counts the sequence up. `expected_at` is when somebody on the way thinks to be there.
    `moved_from_at` is when it would have begun before the customer chose other times, and `waits` are the stretches
    [from, until] in which the clock of the request stands still for that. `words` say how it went, or why it was
    cancelled.
    """

    __table_args__ = (
        CheckConstraint("state IN ('" + "', '".join(STATES) + "')", name="state_is_known"),
        CheckConstraint("starts_at < ends_at", name="window_has_a_length"),
        Index("ix_visit_day", "technician_id", "starts_at", "id"),
        Index("ix_visit_request", "request_id", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"))
    technician_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str]
    brings: Mapped[str] = mapped_column(default="")
    outside_hours: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]
    words: Mapped[str | None]

    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    moved_by_customer: Mapped[int] = mapped_column(default=0)
    moved_from_at: Mapped[datetime | None]
    waits: Mapped[list[Any]] = mapped_column(default=list)

    planned_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    on_the_way_at: Mapped[datetime | None]
    expected_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    request: Mapped[ServiceRequest] = relationship()
    technician: Mapped[Person] = relationship(foreign_keys=technician_id)

    __mapper_args__ = {"version_id_col": version}

    @property
    def may_begin_at(self) -> datetime:
        """From when on somebody may say that they are on the way: a tap on another day is a slip."""
        return self.starts_at - SOONEST_START

    def may_move(self, at: datetime) -> bool:
        """Can the customer still choose another time?"""
        moves = self.moved_by_customer
        return can("move", self.state) and may_be_moved(
            self.request.hours, starts_at=self.starts_at, moves=moves, at=at
        )

    @property
    def is_coming(self) -> bool:
        return self.state in COMING
