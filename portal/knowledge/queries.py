"""Reads of articles. What a segment may not read is not there for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from portal.catalogue.models import Category, Service
from portal.catalogue.queries import offered_to
from portal.extensions import db
from portal.knowledge.models import (
    PUBLISHED,
    RETIRED,
    Article,
    ArticleSegment,
    ArticleService,
    ArticleVersion,
    ArticleVote,
)
from portal.measures.intervals import Share
from portal.people.models import Person, Segment

VIEWS = ("published", "due", "draft", "retired")
ENOUGH = 5
"""Fewer people than this say nothing about an article yet."""

_CURRENT = (ArticleVersion.article_id == Article.id) & (ArticleVersion.number == Article.number)


class Reading(NamedTuple):
    """An article and the version of it that is read."""

    article: Article
    text: ArticleVersion


def readable_by(viewer: Person) -> ColumnElement[bool]:
    """The articles meant for everyone or for this person's segment."""
    mine = exists().where(ArticleSegment.article_id == Article.id, ArticleSegment.segment_id == viewer.segment_id)
    return or_(Article.for_everyone, mine)


def articles_for(
    viewer: Person, *, category: str | None = None, service: str | None = None, after: int = 0, size: int
) -> list[Reading]:
    """What the viewer may read, what helped most first (ix_article_popular)."""
    query = select(Article, ArticleVersion).join(ArticleVersion, _CURRENT)
    query = query.where(Article.state == PUBLISHED, readable_by(viewer))
    if category or service:
        query = query.where(_about(category, service))
    query = query.order_by(Article.helped.desc(), Article.id).offset(after).limit(size)
    return [Reading(*row) for row in db.session.execute(query)]


def _about(category: str | None, service: str | None) -> ColumnElement[bool]:
    link = select(ArticleService.article_id).join(Service, Service.id == ArticleService.service_id)
    if service:
        link = link.where(Service.slug == service)
    if category:
        link = link.join(Category, Category.id == Service.category_id).where(Category.slug == category)
    return Article.id.in_(link)


class Shelf(NamedTuple):
    """A category as a list says it; a plain value that may be kept longer than a database session."""

    slug: str
    name: str


def shelves_for(viewer: Person) -> list[Shelf]:
    """The categories of services that the viewer can read something about, in their order."""
    has_some = exists(
        select(ArticleService.article_id)
        .join(Service, Service.id == ArticleService.service_id)
        .join(Article, Article.id == ArticleService.article_id)
        .where(Service.category_id == Category.id, Article.state == PUBLISHED, readable_by(viewer))
    )
    query = select(Category.slug, Category.name).where(has_some).order_by(Category.position, Category.name)
    return [Shelf(row[0], row[1]) for row in db.session.execute(query.limit(100))]


def find_reading(viewer: Person, slug: str) -> Reading | None:
    """The published or retired article with this address, when the viewer may read it (unique slug)."""
    query = select(Article, ArticleVersion).join(ArticleVersion, _CURRENT)
    query = query.where(Article.slug == slug, Article.state.in_((PUBLISHED, RETIRED)), readable_by(viewer))
    row = db.session.execute(query.options(joinedload(Article.checked_by))).first()
    return Reading(*row) if row else None


def services_about(viewer: Person, article: Article) -> Sequence[Service]:
    """The services that an article is about and that the viewer may ask for."""
    query = select(Service).join(ArticleService, ArticleService.service_id == Service.id)
    query = query.where(ArticleService.article_id == article.id, offered_to(viewer))
    return db.session.scalars(query.order_by(Service.asked_lately.desc(), Service.name).limit(10)).all()


def vote_of(viewer: Person, text: ArticleVersion) -> ArticleVote | None:
    """What the viewer said about this version (unique)."""
    query = select(ArticleVote).where(ArticleVote.article_id == text.article_id, ArticleVote.number == text.number)
    return db.session.scalar(query.where(ArticleVote.person_id == viewer.id))


def find_article(slug: str) -> Article | None:
    """Any article, for those who write them."""
    query = select(Article).where(Article.slug == slug)
    return db.session.scalar(query.options(joinedload(Article.owner), joinedload(Article.checked_by)))


def _in_view(view: str, today: date) -> Select[Article]:
    query = select(Article).where(Article.state == (PUBLISHED if view == "due" else view))
    return query.where(Article.review_on <= today) if view == "due" else query


def register(view: str, *, today: date, size: int, skip: int = 0) -> Sequence[Article]:
    """The articles of a view for writers: those to look at again by their day (ix_article_review), others by title."""
    order = (Article.review_on, Article.id) if view == "due" else (func.lower(Article.title), Article.id)
    query = _in_view(view, today).options(joinedload(Article.owner)).order_by(*order)
    return db.session.scalars(query.offset(skip).limit(size)).all()


def counts(today: date) -> dict[str, int]:
    """How many articles each view holds, in two statements (ix_article_review)."""
    by_state = dict(db.session.execute(select(Article.state, func.count()).group_by(Article.state)).all())
    due = db.session.scalar(select(func.count()).select_from(_in_view("due", today).subquery())) or 0
    return {view: due if view == "due" else by_state.get(view, 0) for view in VIEWS}


def due_for_reminder(today: date, *, size: int) -> Sequence[Article]:
    """Articles whose day has come and whose owner was not told yet (ix_article_review)."""
    not_told = or_(Article.reminded_for.is_(None), Article.reminded_for != Article.review_on)
    query = _in_view("due", today).where(not_told, Article.owner_id.is_not(None))
    return db.session.scalars(
        query.options(joinedload(Article.owner)).order_by(Article.review_on, Article.id).limit(size)
    ).all()


def versions(article: Article) -> Sequence[ArticleVersion]:
    """What was published of it, newest first."""
    query = select(ArticleVersion).where(ArticleVersion.article_id == article.id)
    query = query.options(joinedload(ArticleVersion.written_by))
    return db.session.scalars(query.order_by(ArticleVersion.number.desc()).limit(100)).all()


def find_version(article: Article, number: int | None) -> ArticleVersion | None:
    """One published version, by primary key."""
    return db.session.get(ArticleVersion, (article.id, number)) if number is not None else None


def judgements(article: Article) -> dict[int, Share]:
    """For each version: how many said that it solved it, of how many who said anything."""
    solved = func.sum(func.cast(ArticleVote.solved, ArticleVote.id.type))
    query = select(ArticleVote.number, solved, func.count()).where(ArticleVote.article_id == article.id)
    return {row[0]: Share(int(row[1]), row[2]) for row in db.session.execute(query.group_by(ArticleVote.number))}


def missing_words(article: Article, number: int, *, size: int = 20) -> Sequence[ArticleVote]:
    """What readers of a version missed, newest first; nobody's name goes with it."""
    query = select(ArticleVote).where(ArticleVote.article_id == article.id, ArticleVote.number == number)
    query = query.where(ArticleVote.missing.is_not(None))
    return db.session.scalars(query.order_by(ArticleVote.id.desc()).limit(size)).all()


def slugs_like(beginning: str) -> set[str]:
    """Addresses that are taken and begin like this."""
    query = select(Article.slug).where(Article.slug.startswith(beginning, autoescape=True))
    return set(db.session.scalars(query.limit(10_000)))


def segments_called(slugs: Collection[str]) -> Sequence[Segment]:
    return db.session.scalars(select(Segment).where(Segment.slug.in_(slugs)).order_by(Segment.name)).all()


def services_called(slugs: Collection[str]) -> Sequence[Service]:
    return db.session.scalars(select(Service).where(Service.slug.in_(slugs)).order_by(Service.name)).all()


def services_to_name() -> Sequence[Service]:
    """The services that an article may be about (bounded)."""
    query = select(Service).where(Service.state != "retired")
    return db.session.scalars(query.order_by(Service.name, Service.id).limit(2000)).all()
