"""Writing articles, publishing them, looking at them again, and counting whether they helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import update

from portal.extensions import db
from portal.knowledge import queries
from portal.knowledge.models import DRAFT, PUBLISHED, RETIRED, TEXT, Article, ArticleVersion, ArticleVote
from portal.knowledge.queries import Reading
from portal.mail.actions import write
from portal.people.models import Person
from portal.refusal import Refusal
from portal.search import actions as search
from portal.versions import claim_version
from portal.web.address import absolute
from portal.web.slugs import free_slug, slug_of
from portal.web.words import local_day

KIND = "article"
"""What the index of the search calls it."""

LOOK_AGAIN_AFTER = timedelta(days=365)
RESERVED = {"new", "writing"}
"""Words that lead to pages of their own beside the articles."""


@dataclass(frozen=True)
class Written:
    """What is filled in about an article. Segments and services are slugs; without segments it is for everyone."""

    title: str
    summary: str
    body: str
    language: str | None = None
    segments: Sequence[str] = ()
    services: Sequence[str] = ()
    owner: Person | None = None
    review_on: date | None = None


def begin(written: Written, *, by: Person, at: datetime) -> Article:
    """A new draft, which only writers see."""
    article = Article(slug=_free_slug(written.title), state=DRAFT)
    _write(article, written, by=by, at=at)
    db.session.add(article)
    db.session.flush()
    return article


def save(article: Article, written: Written, *, version: int, by: Person, at: datetime) -> None:
    """Keep the draft. What customers read stays as it is until it is published."""
    _claim(article, version)
    _write(article, written, by=by, at=at)


def publish(article: Article, *, note: str, version: int, by: Person, at: datetime) -> ArticleVersion:
    """Let those it is meant for read and find what was written."""
    _claim(article, version)
    text = find_current(article)
    if article.is_published and text is not None and not differs(article, text):
        raise Refusal(_("Nothing was changed since it was published."))
    new = ArticleVersion(
        article_id=article.id,
        number=_next_number(article),
        written_by_id=article.changed_by_id or by.id,
        published_at=at,
        change_note=note,
        **{name: getattr(article, name) for name in TEXT},
    )
    db.session.add(new)
    article.state, article.number, article.retired_why = PUBLISHED, new.number, None
    _mean_for(article)
    _checked(article, by=by, at=at)
    db.session.flush()
    _index(article, new, at=at)
    return new


def look_again(article: Article, *, review_on: date, version: int, by: Person, at: datetime) -> None:
    """Somebody read it and it is still right."""
    _claim(article, version)
    if not article.is_published:
        raise Refusal(_("Only what is published can be checked."))
    if review_on <= local_day(at):
        raise Refusal(_("Choose a day to come."), field="review_on")
    article.review_on = review_on
    _checked(article, by=by, at=at)


def retire(article: Article, *, why: str, version: int, by: Person, at: datetime) -> None:
    """Nobody finds it any more; its address says why."""
    _claim(article, version)
    if not article.is_published:
        raise Refusal(_("Only what is published can be retired."))
    article.state, article.retired_why = RETIRED, why
    article.changed_at, article.changed_by_id = at, by.id
    search.remove(KIND, article.slug)


def say(
    reading: Reading, *, solved: bool, missing: str | None = None, once: str, by: Person, at: datetime
) -> ArticleVote:
    """Did it solve it? One answer for each person and version, which may be changed.

    A yes is a request that was not needed; `once` keeps one person's answers to one a day.
    """
    article, text = reading
    if not article.is_published:
        raise Refusal(_("This article is not kept any more."))
    vote = queries.vote_of(by, text)
    if vote is None:
        vote = ArticleVote(article_id=article.id, number=text.number, person_id=by.id, solved=solved, at=at)
        db.session.add(vote)
        _count(article, helped=int(solved), judged=1)
    elif vote.solved != solved:
        _count(article, helped=1 if solved else -1, judged=0)
    vote.solved, vote.at = solved, at
    vote.missing = None if solved else missing or vote.missing
    db.session.flush()
    if solved:
        _not_needed(article, once, at)
    return vote


def remind_owner(article: Article, *, at: datetime) -> None:
    """Tell the owner once that the day to look at it again has come."""
    article.reminded_for = article.review_on
    owner = article.owner
    if owner is None or not owner.active or article.review_on is None:
        return
    write(
        key=f"article-review-{article.id}-{article.review_on.isoformat()}",
        to_address=owner.email,
        to_name=owner.name,
        subject=_("Is this article still right? %(title)s", title=article.title),
        body=_(
            "Hello %(name)s,\n\nyou look after the article “%(title)s”, and the day to look at it again has come."
            "\n\nIs it still right? Then say so there. If not, change it or retire it.\n\n%(link)s\n",
            name=owner.first_name,
            title=article.title,
            link=absolute(f"/knowledge/{article.slug}/versions"),
        ),
        at=at,
    )


def find_current(article: Article) -> ArticleVersion | None:
    """What customers read of it, or read last."""
    return queries.find_version(article, article.number)


def differs(article: Article, text: ArticleVersion) -> bool:
    """Is something written that customers do not read yet?"""
    return any(getattr(article, name) != getattr(text, name) for name in TEXT)


def _write(article: Article, written: Written, *, by: Person, at: datetime) -> None:
    for each in fields(written):
        value = getattr(written, each.name)
        setattr(article, each.name, sorted(set(value)) if each.name in ("segments", "services") else value)
    article.review_on = written.review_on or local_day(at) + LOOK_AGAIN_AFTER
    article.changed_at, article.changed_by_id = at, by.id


def _mean_for(article: Article) -> None:
    """Whom it is for and what it is about, from now on.

    An article for a segment that is gone is for nobody rather than for everyone.
    """
    article.for_everyone = not article.segments
    article.for_segments = list(queries.segments_called(article.segments))
    article.about = list(queries.services_called(article.services))


def _index(article: Article, text: ArticleVersion, *, at: datetime) -> None:
    if not article.for_everyone and not article.for_segments:
        search.remove(KIND, article.slug)
        return
    search.put(
        KIND,
        article.slug,
        title=text.title,
        summary=text.summary,
        words=text.body,
        address=f"/knowledge/{article.slug}",
        for_segments=article.for_segments,
        about=[service.slug for service in article.about],
        at=at,
    )


def _checked(article: Article, *, by: Person, at: datetime) -> None:
    article.checked_on, article.checked_by_id = local_day(at), by.id


def _next_number(article: Article) -> int:
    newest = next(iter(queries.versions(article)), None)
    return newest.number + 1 if newest else 1


def _count(article: Article, *, helped: int, judged: int) -> None:
    """In the database, so that two who answer at once are both counted."""
    one = update(Article).where(Article.id == article.id)
    db.session.execute(one.values(helped=Article.helped + helped, judged=Article.judged + judged))
    db.session.refresh(article)


def _not_needed(article: Article, once: str, at: datetime) -> None:
    """Told to the search, which counts such answers wherever they were found."""
    about = [service.slug for service in article.about]
    search.solved(KIND, article.slug, service=about[0] if len(about) == 1 else None, once=once, at=at)


def _claim(article: Article, version: int) -> None:
    claim_version(
        article, version, otherwise=_("Someone changed this while you were typing. Your text is below, untouched.")
    )


def _free_slug(title: str) -> str:
    """An address that nobody uses, which stays when the title changes."""
    wanted = slug_of(title, "article")
    return free_slug(wanted, queries.slugs_like(wanted) | RESERVED)
