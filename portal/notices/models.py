"""Notices, whom they are about, what happened to them, and who is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.notices.states import (
    BEFORE_RELEASE,
    INCIDENT,
    KINDS,
    MAINTENANCE,
    REACHES,
    REASONS,
    RELEASED,
    STATES,
    STEPS,
)
from portal.people.models import Person, Segment
from portal.sealed import seal

FIRST = 1000


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ('" + "', '".join(values) + "')", name=f"{column}_is_known")


class Notice(Base):
    """Something that the helpdesk tells: a known incident, planned maintenance, an announcement.

    `body` is Markdown. An incident has begun at `starts_at`; maintenance has both moments, as planned; an announcement
    is shown until `ends_at`. `ended_at` is when it was solved, over or withdrawn. `reach` says who may read it, see
    `states.reach_of`. `devices` are the words as they were written; `NoticeDeviceWord` has them for comparing.
    """

    __table_args__ = (
        _one_of("kind", KINDS),
        _one_of("state", STATES),
        _one_of("reach", REACHES),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint(
            "kind <> 'maintenance' OR (starts_at IS NOT NULL AND ends_at IS NOT NULL)", name="maintenance_is_planned"
        ),
        CheckConstraint("kind <> 'incident' OR starts_at IS NOT NULL", name="incident_has_begun"),
        CheckConstraint("released_by_id <> author_id", name="released_by_another"),
        CheckConstraint(
            "state NOT IN ('released', 'solved', 'over') OR released_at IS NOT NULL", name="released_has_its_moment"
        ),
        Index("ix_notice_state", "state", "id"),
        Index("ix_notice_ended", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    reach: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    devices: Mapped[list[Any]] = mapped_column(default=list)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    proposed_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped[Person] = relationship(foreign_keys=author_id)
    changed_by: Mapped[Person] = relationship(foreign_keys=changed_by_id)
    released_by: Mapped[Person | None] = relationship(foreign_keys=released_by_id)
    services: Mapped[list[Service]] = relationship(secondary="notice_service", order_by="Service.name")
    segments: Mapped[list[Segment]] = relationship(secondary="notice_segment", order_by="Segment.name")
    people: Mapped[list[Person]] = relationship(secondary="notice_person", order_by="Person.name")

    @property
    def reference(self) -> str:
        """N-1042: what mails and people call it."""
        return f"N-{FIRST + self.id}"

    @property
    def is_current(self) -> bool:
        return self.state == RELEASED

    @property
    def can_be_changed(self) -> bool:
        return self.state in BEFORE_RELEASE

    def runs(self, at: datetime) -> bool:
        """Is something not as usual at this moment because of it?"""
        begun = self.starts_at is not None and self.starts_at <= at
        return self.is_current and begun and (self.kind == INCIDENT or (self.kind == MAINTENANCE and not self.past(at)))

    def past(self, at: datetime) -> bool:
        """Is it over by the clock?"""
        return self.ends_at is not None and self.ends_at <= at


class NoticeService(Base):
    """A service that a notice is about."""

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)


Index("ix_notice_service_of", NoticeService.service_id, NoticeService.notice_id)


class NoticeSegment(Base):
    """A group that a notice is for."""

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)


class NoticePerson(Base):
    """A person who is named in a notice."""

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)


Index("ix_notice_person_of", NoticePerson.person_id)


class NoticeDeviceWord(Base):
    """A word of one of the devices that a notice names; a device fits when it has all words of a line."""

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)


class NoticeUpdate(Base):
    """Something that happened to a notice. Rows are only added; what is not public is for those who write."""

    __table_args__ = (_one_of("kind", STEPS), Index("ix_notice_update_of", "notice_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    kind: Mapped[str]
    words: Mapped[str]
    public: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    notice: Mapped[Notice] = relationship()
    by: Mapped[Person | None] = relationship()


seal(NoticeUpdate)


class NoticeBroadcast(Base):
    """How far the telling of an update has come: everybody up to the person `reached` has their mail."""

    __table_args__ = (Index("ix_notice_broadcast_of", "notice_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    update_id: Mapped[int] = mapped_column(ForeignKey("notice_update.id"), unique=True)
    reached: Mapped[int] = mapped_column(default=0)
    told: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship()
    update: Mapped[NoticeUpdate] = relationship()


class NoticeReader(Base):
    """Somebody on the list of a notice, who is told of each update until they leave it."""

    __table_args__ = (_one_of("why", REASONS), Index("ix_notice_reader_of", "person_id", "notice_id"))

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    why: Mapped[str]
    since_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship()


class MeToo(Base):
    """Somebody whom an incident hits, as they say themselves."""

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


class ServiceSubscription(Base):
    """Somebody who wants to be told of every notice about a service."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]

    service: Mapped[Service] = relationship()


Index("ix_service_subscription_of", ServiceSubscription.service_id, ServiceSubscription.person_id)
