"""What the desk keeps for itself: filters, canned replies, who has a request open, and rules that propose a team."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.people.models import Person, Segment, Team


class SavedFilter(Base):
    """A way to look at the queue that somebody keeps under a name. With `team` set, that team sees it too.

    `query` is what stands in the address after the question mark, in one fixed order.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    name: Mapped[str]
    query: Mapped[str]
    kept_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class FirstFilter(Base):
    """The filter that somebody's queue opens with."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    saved_filter_id: Mapped[int] = mapped_column(ForeignKey("saved_filter.id", ondelete="CASCADE"), index=True)


class CannedReply(Base):
    """Words that are written again and again, with names in braces for what differs each time."""

    __table_args__ = (Index("ix_canned_reply_shared", "is_shared", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    is_shared: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str]
    body: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]

    owner: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}


SILENT = timedelta(minutes=1)


class DeskPresence(Base):
    """Somebody of the desk has a request's page open, and gives a sign each half minute.

    After a minute without one the page is closed or lies behind another, and nobody can know which; after two it
    counts no more.
    """

    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    since_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    is_writing: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship()

    def has_left(self, at: datetime) -> bool:
        return self.seen_at <= at - SILENT


class TeamRule(Base):
    """Which team to propose for new requests of a service, from a segment or with one of some words.

    All that is set must hold; the first rule that fits is taken. A rule only proposes: `hits` counts how often, and
    `accepted` how often a person followed.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"))
    words: Mapped[list[Any]] = mapped_column(default=list)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    is_on: Mapped[bool] = mapped_column(default=True)
    hits: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    service: Mapped[Service | None] = relationship()
    segment: Mapped[Segment | None] = relationship()
    team: Mapped[Team] = relationship()
