"""Articles that solve something without a request: their drafts, what was published, and whether it helped."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.people.models import Person, Segment
from portal.sealed import seal

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
STATES = (DRAFT, PUBLISHED, RETIRED)


class Text:
    """What an article says, to whom and about what. Segments and services are named by their slugs, as written."""

    title: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]
    language: Mapped[str | None]
    segments: Mapped[list[Any]] = mapped_column(default=list)
    services: Mapped[list[Any]] = mapped_column(default=list)


TEXT = ("title", "summary", "body", "language", "segments", "services")


class Article(Text, Base):
    """An article. Its own words are the ones that are being written; customers read the version `number`.

    `for_segments` and `about` belong to what is published, as do the counts of those who said whether it helped.
    `version` grows with each change, so that two writers do not undo each other's work.
    """

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'retired')", name="state_is_known"),
        CheckConstraint("state = 'draft' OR number IS NOT NULL", name="published_has_a_version"),
        Index("ix_article_review", "state", "review_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=DRAFT)
    number: Mapped[int | None]
    for_everyone: Mapped[bool] = mapped_column(default=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    review_on: Mapped[date | None]
    reminded_for: Mapped[date | None]
    checked_on: Mapped[date | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_why: Mapped[str | None]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    helped: Mapped[int] = mapped_column(default=0)
    judged: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[Person | None] = relationship(foreign_keys=owner_id)
    checked_by: Mapped[Person | None] = relationship(foreign_keys=checked_by_id)
    for_segments: Mapped[list[Segment]] = relationship(secondary="article_segment")
    about: Mapped[list[Service]] = relationship(secondary="article_service", order_by=Service.name)

    @property
    def is_published(self) -> bool:
        return self.state == PUBLISHED


Index("ix_article_popular", Article.state, Article.helped.desc(), Article.id)


class ArticleSegment(Base):
    """A segment that may read an article which is not for everyone."""

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)


class ArticleService(Base):
    """A service that a published article is about."""

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True, index=True)


class ArticleVersion(Text, Base):
    """What customers could read from a moment on. It never changes: new words are a new number."""

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime]
    change_note: Mapped[str]

    article: Mapped[Article] = relationship()
    written_by: Mapped[Person | None] = relationship()


seal(ArticleVersion)


class ArticleVote(Base):
    """Whether one version solved it for one person, and what was missing if it did not."""

    __table_args__ = (
        ForeignKeyConstraint(["article_id", "number"], ["article_version.article_id", "article_version.number"]),
        UniqueConstraint("article_id", "number", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int]
    number: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    solved: Mapped[bool]
    missing: Mapped[str | None]
    at: Mapped[datetime]
