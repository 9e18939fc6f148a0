"""Finding: what fits the words, best first, of what the viewer may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, case, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.people.models import Person
from portal.search import sources
from portal.search.engine import WORDS_ALONE, fitting, known_terms
from portal.search.models import AvoidedRequest, Document, DocumentSegment, DocumentTopic
from portal.search.nearness import near_enough, nearness
from portal.search.sources import Found
from portal.search.vocabulary import Vocabulary, remembered_vocabulary
from portal.search.words import SMALL_WORDS, Wanted, for_index, telling, wanted

OWN = "request"
"""The kind of what is one's own and stands in no index."""
KINDS = ("service", "article", "incident", "maintenance", "announcement", OWN)
IN_OVERVIEW, ON_A_PAGE, MOST_OWN = 5, 20, 100


def seen_by(viewer: Person, at: datetime) -> ColumnElement[bool]:
    """The documents that this person may find at this moment."""
    mine = exists().where(DocumentSegment.document_id == Document.id, DocumentSegment.segment_id == viewer.segment_id)
    return (
        or_(Document.for_everyone, mine)
        & or_(Document.starts_at.is_(None), Document.starts_at <= at)
        & or_(Document.ends_at.is_(None), Document.ends_at > at)
    )


def about(viewer: Person, slug: str, *, kinds: Collection[str], at: datetime, size: int = 5) -> Sequence[Document]:
    """What is known about a service, newest first (ix_document_topic_of)."""
    query = (
        select(Document)
        .join(DocumentTopic, DocumentTopic.document_id == Document.id)
        .where(DocumentTopic.topic == slug, Document.kind.in_(kinds), seen_by(viewer, at))
    )
    return db.session.scalars(query.order_by(Document.changed_at.desc(), Document.id.desc()).limit(size)).all()


# --- the page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """What was found, by kind: the kind with the best first. `counts` are of everything, `kinds` of what is shown."""

    kinds: Mapping[str, list[Found]]
    counts: Mapping[str, int]
    every_word: bool = True
    """Does each hold all the words? If nothing does, what holds some is better than nothing."""


def find(viewer: Person, words: Sequence[Wanted], *, at: datetime, kind: str | None = None, after: int = 0) -> Results:
    """What holds the words: a few of each kind, or a page of one kind."""
    if not words:
        return Results({}, {})
    own = sources.own(viewer, words, size=MOST_OWN)
    rows, every_word = _rows(viewer, words, at=at, kind=kind, after=after, every=True), True
    if not rows and not own and len(words) > 1:
        rows, every_word = _rows(viewer, telling(words), at=at, kind=kind, after=after, every=False), False
    counts = {row.kind: row.documents for row in rows}
    kinds: dict[str, list[Found]] = {}
    for row in rows:
        if row.shown:
            kinds.setdefault(row.kind, []).append(_found(row))
    return _with_own(Results(kinds, counts, every_word), own, kind, after)


def _with_own(results: Results, own: list[Found], kind: str | None, after: int) -> Results:
    shown = own[after : after + ON_A_PAGE] if kind == OWN else own[:IN_OVERVIEW]
    kinds = {**results.kinds, **({OWN: shown} if shown else {})}
    counts = {**results.counts, **({OWN: len(own)} if own else {})}
    return replace(results, kinds={kind: kinds.get(kind, [])} if kind else kinds, counts=counts)


def _rows(
    viewer: Person, words: Sequence[Wanted], *, at: datetime, kind: str | None, after: int, every: bool
) -> Sequence[Any]:
    """One statement for every kind: its number of documents, and those of them that are shown."""
    index = fitting(db.session(), words, every=every)
    typed = " ".join(one.word for one in words)
    tier = case((Document.title_words == typed, 0), (Document.kind == "incident", 1), else_=2)
    fits = select(Document.id, Document.kind, tier.label("tier"), index.c.rank).join(index, index.c.id == Document.id)
    fits_viewer = fits.where(seen_by(viewer, at)).subquery()
    order = (fits_viewer.c.tier, fits_viewer.c.rank, fits_viewer.c.id)
    placed = select(
        fits_viewer,
        func.count().over(partition_by=fits_viewer.c.kind).label("documents"),
        func.row_number().over(partition_by=fits_viewer.c.kind, order_by=order).label("place"),
    ).subquery()
    first, last = (after + 1, after + ON_A_PAGE) if kind else (1, IN_OVERVIEW)
    shown = placed.c.place.between(first, last) & (placed.c.kind == kind if kind else true())
    query = (
        select(Document.kind, Document.key, Document.title, Document.summary, Document.address)
        .add_columns(placed.c.tier, placed.c.rank, placed.c.documents, shown.label("shown"))
        .join(placed, placed.c.id == Document.id)
        .where(or_(shown, placed.c.place == 1))
        .order_by(placed.c.tier, placed.c.rank, Document.id)
    )
    return db.session.execute(query).all()


def held(results: Results, word: str) -> bool:
    """Does something of one's own hold this word as it was typed, although no document does?"""
    return any(f" {word} " in f" {one.words} " for one in results.kinds.get(OWN, ()))


def _found(row: Any) -> Found:
    return Found(row.kind, row.key, row.title, row.summary, row.address, rank=row.rank, is_exact=row.tier == 0)


# --- while somebody types a question ----------------------------------------------------------------------------------

SUGGESTED = ("incident", "article")
MOST_SUGGESTED, CANDIDATES, MOST_OPEN = 5, 30, 50
CALM = 10
"""So much do the first places of a ranking differ less from each other than one, a half, a third."""


def suggest(viewer: Person, text: str, *, service: str | None = None, at: datetime) -> list[Found]:
    """What may answer the question before it is asked: known incidents, then articles, then own open requests.

    At most five, and none when nothing is near. Of what is equally near, what is about this service comes first.
    """
    words = vocabulary().understood(wanted(text))
    if not telling_enough(words):
        return []
    near = near_documents(db.session(), words, seen_by(viewer, at), vocabulary(), service=service)
    incidents = [one for one in near if one.kind == "incident"]
    articles = [one for one in near if one.kind != "incident"]
    found = (incidents + articles)[:MOST_SUGGESTED]
    return found + _near_own(viewer, words)[: MOST_SUGGESTED - len(found)]


def telling_enough(words: Sequence[Wanted]) -> bool:
    """Is there a word that says something? One or two letters, or small words alone, are too few to go by."""
    return any(len(one.word) > 2 and one.word not in SMALL_WORDS for one in words)


def near_documents(
    session: Session,
    words: Sequence[Wanted],
    seen: ColumnElement[bool],
    known: Vocabulary,
    *,
    service: str | None = None,
    kinds: Sequence[str] = SUGGESTED,
    size: int = MOST_SUGGESTED,
) -> list[Found]:
    """The documents of each kind that are nearest to the words and near enough, best first, in two statements."""
    asked = known.rarest(words)
    by_weight = fitting(session, asked, every=False)
    by_words = fitting(session, known.as_typed(asked), every=False, weights=WORDS_ALONE)
    typed = " ".join(one.word for one in words)
    rankings = [session.execute(_ranked(index, typed, seen, service, kinds)).all() for index in (by_weight, by_words)]
    found: list[Found] = []
    for row in _agreed(rankings):
        if sum(one.kind == row.kind for one in found) < size and _is_near(row, words, known):
            found.append(_found(row))
    return found


def _agreed(rankings: Sequence[Sequence[Any]]) -> list[Any]:
    """One order from two: what stands high in both comes first (reciprocal rank fusion, Cormack and others 2009)."""
    rows = {row.id: row for ranking in rankings for row in ranking}
    score: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for place, row in enumerate(ranking):
            score[row.id] += 1 / (CALM + place)
    return sorted(rows.values(), key=lambda row: (row.tier, -score[row.id], row.id))


def _is_near(row: Any, words: Sequence[Wanted], known: Vocabulary) -> bool:
    near = nearness(words, known, title=f"{row.title_words} {row.title_stems}", body=row.body)
    return near >= near_enough(row.kind)


def _ranked(
    index: CTE, typed: str, seen: ColumnElement[bool], service: str | None, kinds: Sequence[str]
) -> Select[Any]:
    """The best of each kind by one ranking, best first."""
    about_it = exists().where(DocumentTopic.document_id == Document.id, DocumentTopic.topic == (service or ""))
    tier = case((Document.title_words == typed, 0), (about_it, 1), else_=2)
    fits = select(Document.id, Document.kind, tier.label("tier"), index.c.rank).join(index, index.c.id == Document.id)
    fits_viewer = fits.where(Document.kind.in_(kinds), seen).subquery()
    order = (fits_viewer.c.tier, fits_viewer.c.rank, fits_viewer.c.id)
    place = func.row_number().over(partition_by=fits_viewer.c.kind, order_by=order)
    placed = select(fits_viewer, place.label("place")).subquery()
    return (
        select(Document.id, Document.kind, Document.key, Document.title, Document.summary, Document.address)
        .add_columns(Document.title_words, Document.title_stems, placed.c.tier, placed.c.rank)
        .add_columns((Document.body_words + " " + Document.body_stems).label("body"))
        .join(placed, placed.c.id == Document.id)
        .where(placed.c.place <= CANDIDATES)
        .order_by(placed.c.tier, placed.c.rank, Document.id)
    )


def _near_own(viewer: Person, words: Sequence[Wanted]) -> list[Found]:
    """Own open requests about the same, the nearest first; of equally near ones the newest, as the source gave them."""
    mine = sources.own(viewer, (), open_only=True, size=MOST_OPEN)
    near = [(nearness(words, vocabulary(), title=for_index(one.title), body=one.words), one) for one in mine]
    near = [pair for pair in near if pair[0] >= near_enough(pair[1].kind)]
    return [one for _near, one in sorted(near, key=lambda pair: -pair[0])]


# --- words ------------------------------------------------------------------------------------------------------------


def vocabulary() -> Vocabulary:
    """The words that the index knows; fetched again when documents have changed."""
    return remembered_vocabulary(_state, lambda: known_terms(db.session()))


def _state() -> tuple[int, datetime | None]:
    number, newest = db.session.execute(select(func.count(Document.id), func.max(Document.changed_at))).one()
    return number, newest


def holds(column: Any, words: Sequence[Wanted]) -> ColumnElement[bool]:
    """Does a column that `words.for_index` wrote hold every word? For rooms that keep words of their own."""
    padded = literal(" ").concat(column).concat(" ")
    return and_(true(), *(or_(*(padded.like(pattern) for pattern in _patterns(one))) for one in words))


def _patterns(one: Wanted) -> list[str]:
    whole = [f"% {form} %" for form in one.forms]
    return [*whole, f"% {one.word}%"] if one.begun else whole


# --- requests that were not needed ------------------------------------------------------------------------------------


def find_seen(viewer: Person, kind: str, key: str, *, at: datetime) -> Document | None:
    """This document, when the viewer may find it."""
    return db.session.scalar(select(Document).where(Document.kind == kind, Document.key == key, seen_by(viewer, at)))


def avoided_since(moment: datetime) -> int:
    """How many requests were not needed since then (ix_avoided_request_at)."""
    return db.session.scalar(select(func.count(AvoidedRequest.id)).where(AvoidedRequest.at >= moment)) or 0


def avoided_by_service(moment: datetime) -> Mapping[str, int]:
    """The same for each service that was being asked for, by its slug."""
    return _avoided(AvoidedRequest.service, AvoidedRequest.service.is_not(None), AvoidedRequest.at >= moment)


def avoided_by_document(kind: str, moment: datetime) -> Mapping[str, int]:
    """The same for each document of a kind, by its key (ix_avoided_request_of)."""
    return _avoided(AvoidedRequest.key, AvoidedRequest.kind == kind, AvoidedRequest.at >= moment)


def _avoided(what: Any, *which: ColumnElement[bool]) -> Mapping[str, int]:
    query = select(what, func.count()).where(*which).group_by(what)
    return {row[0]: row[1] for row in db.session.execute(query)}
