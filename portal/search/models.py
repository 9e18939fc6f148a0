"""What can be found: one row for each service, article and notice, with who may see it and where it leads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.people.models import Segment
from portal.search.engine import make_index


class Document(Base):
    """Something that everybody, or some segments, can find. The room that it belongs to writes and removes it.

    `kind` is service, article, incident, maintenance or announcement; `key` is its own name in its room. `title_words`
    and `body_words` are folded for searching, `title_stems` and `body_stems` hold what these words come from where
    that differs. Outside `starts_at` and `ends_at` it is not shown.
    """

    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    title_words: Mapped[str]
    body_words: Mapped[str]
    title_stems: Mapped[str] = mapped_column(default="")
    body_stems: Mapped[str] = mapped_column(default="")
    address: Mapped[str]
    for_everyone: Mapped[bool] = mapped_column(default=True)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]

    for_segments: Mapped[list[Segment]] = relationship(secondary="document_segment")
    topics: Mapped[list[DocumentTopic]] = relationship(cascade="all, delete-orphan")


class DocumentSegment(Base):
    """A segment that may find a document which is not for everyone."""

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)


class DocumentTopic(Base):
    """What a document is about: the slug of a service."""

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)


Index("ix_document_topic_of", DocumentTopic.topic, DocumentTopic.document_id)
Index("ix_document_changed", Document.changed_at)


class AvoidedRequest(Base):
    """Somebody was about to ask and found the answer instead: a request that was not needed.

    `once` is a digest of the person, the thing and the day, so that the same answer counts once a day for each person
    without a list of who read what. `service` is the slug of the service that was being asked for, if any.
    """

    __table_args__ = (Index("ix_avoided_request_of", "kind", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str]
    key: Mapped[str]
    service: Mapped[str | None]
    once: Mapped[str] = mapped_column(unique=True)


make_index(Document.__table__)
