"""Studies, their sessions, who is invited, and what was found."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.focus_groups.states import ATTRIBUTION_RULES, SENTIMENTS, STATES
from portal.people.models import Person, Segment


def _one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ('" + "', '".join(values) + "')", name=name)


class Study(Base):
    """Why people are asked: what we want to know, and which decision it informs."""

    __table_args__ = (_one_of("attribution_rule", ATTRIBUTION_RULES, "attribution_rule_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    objective: Mapped[str]
    decision_informed: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"))
    attribution_rule: Mapped[str]
    created_at: Mapped[datetime]

    owner: Mapped[Person] = relationship()
    segment: Mapped[Segment | None] = relationship()


def reference_of(number: int) -> str:
    """FG-7: what the invitation and the register call a session."""
    return f"FG-{number}"


class Session(Base):
    """One meeting of a study. `seats_taken` counts the promised seats; the database itself refuses to oversell them."""

    __table_args__ = (
        CheckConstraint("seats > 0", name="seats_are_positive"),
        CheckConstraint("planned_minutes > 0", name="planned_minutes_are_positive"),
        CheckConstraint("seats_taken BETWEEN 0 AND seats", name="seats_are_not_oversold"),
        Index("ix_session_calendar", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    starts_at: Mapped[datetime]
    planned_minutes: Mapped[int]
    place: Mapped[str]
    seats: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    attendance_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    study: Mapped[Study] = relationship()
    moderator: Mapped[Person] = relationship()

    @property
    def reference(self) -> str:
        return reference_of(self.id)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.planned_minutes)

    @property
    def cancelled(self) -> bool:
        return self.cancelled_at is not None

    def begun(self, at: datetime) -> bool:
        return self.starts_at <= at


class Invitee(Base):
    """Somebody who was asked to come. The pseudonym is given to those who came; notes know people by it alone."""

    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        _one_of("state", STATES, "state_is_known"),
        Index("ix_invitee_waiting", "session_id", "state", "answered_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str]
    invited_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    pseudonym: Mapped[str | None]
    access_needs: Mapped[str | None]

    session: Mapped[Session] = relationship()
    person: Mapped[Person] = relationship()


class InvitationLink(Base):
    """A mailed secret that opens an invitation. Each mail carries its own, so that no secret need be kept."""

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    invitee_id: Mapped[int] = mapped_column(ForeignKey("invitee.id", ondelete="CASCADE"), index=True)

    invitee: Mapped[Invitee] = relationship()


class Finding(Base):
    """What the group showed. A quote has no speaker: the table has no place for one."""

    __table_args__ = (_one_of("sentiment", SENTIMENTS, "sentiment_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)
    statement: Mapped[str]
    sentiment: Mapped[str]
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"), index=True)
    quote: Mapped[str | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    corrected_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    session: Mapped[Session] = relationship()
    service: Mapped[Service | None] = relationship()
