"""Finding: what fits the words, best first, of what the viewer may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, exists, func, or_, select, true
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.people.models import Person
from portal.search import sources
from portal.search.engine import WEIGHTS, WORDS_ALONE, fitting, known_terms, matching, on_sqlite
from portal.search.models import AvoidedRequest, Document, DocumentSegment, DocumentTopic
from portal.search.nearness import near_enough, nearness
from portal.search.sources import Found
from portal.search.vocabulary import Vocabulary, remembered_vocabulary
from portal.search.words import SMALL_WORDS, Wanted, for_index, telling, wanted

OWN = "request"
"""The kind of what is one's own and stands in no index."""
KINDS = ("service", "article", "incident", "maintenance", "announcement", OWN)
IN_OVERVIEW, ON_A_PAGE = 5, 20


_FOR_SEGMENT = exists().where(
    DocumentSegment.document_id == Document.id, DocumentSegment.segment_id == bindparam("segment", type_=Integer)
)
_SEEN = (
    or_(Document.for_everyone, _FOR_SEGMENT)
    & or_(Document.starts_at.is_(None), Document.starts_at <= bindparam("at"))
    & or_(Document.ends_at.is_(None), Document.ends_at > bindparam("at"))
)
"""The documents that somebody of this :segment may find at this moment, :at."""


def _seen_by(viewer: Person, at: datetime) -> dict[str, Any]:
    return {"segment": viewer.segment_id, "at": at}


def about(viewer: Person, slug: str, *, kinds: Collection[str], at: datetime, size: int = 5) -> Sequence[Document]:
    """What is known about a service, newest first (ix_document_topic_of)."""
    query = (
        select(Document)
        .join(DocumentTopic, DocumentTopic.document_id == Document.id)
        .where(DocumentTopic.topic == slug, Document.kind.in_(kinds), _SEEN)
    )
    query = query.order_by(Document.changed_at.desc(), Document.id.desc()).limit(size)
    return db.session.scalars(query, _seen_by(viewer, at)).all()


# --- the page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """What was found, by kind: the kind with the best first. `counts` are of everything, `kinds` of what is shown."""

    kinds: Mapping[str, Sequence[Found]]
    counts: Mapping[str, int]
    every_word: bool = True
    """Does each hold all the words? If nothing does, what holds some is better than nothing."""


def find(viewer: Person, words: Sequence[Wanted], *, at: datetime, kind: str | None = None, after: int = 0) -> Results:
    """What holds the words: a few of each kind, or a page of one kind."""
    if not words:
        return Results({}, {})
    page = {"after": after, "size": ON_A_PAGE} if kind == OWN else {"size": IN_OVERVIEW}
    own = sources.own(viewer, words, **page)
    rows, every_word = _rows(viewer, words, at=at, kind=kind, after=after, every=True), True
    if not rows and not own.number and len(words) > 1:
        rows, every_word = _rows(viewer, telling(words), at=at, kind=kind, after=after, every=False), False
    counts = {row.kind: row.documents for row in rows}
    kinds: dict[str, list[Found]] = {}
    for row in rows:
        if row.shown:
            kinds.setdefault(row.kind, []).append(_found(row))
    return _with_own(Results(kinds, counts, every_word), own, kind)


def _with_own(results: Results, own: sources.Own, kind: str | None) -> Results:
    kinds = {**results.kinds, **({OWN: own.found} if own.found else {})}
    counts = {**results.counts, **({OWN: own.number} if own.number else {})}
    return replace(results, kinds={kind: kinds.get(kind, [])} if kind else kinds, counts=counts)


def _rows(
    viewer: Person, words: Sequence[Wanted], *, at: datetime, kind: str | None, after: int, every: bool
) -> Sequence[Any]:
    """One statement for every kind: its number of documents, and those of them that are shown."""
    first, last = (after + 1, after + ON_A_PAGE) if kind else (1, IN_OVERVIEW)
    values = {"match": matching(db.session(), words, every=every), "typed": " ".join(one.word for one in words)}
    values |= {"kind": kind, "first": first, "last": last} | _seen_by(viewer, at)
    return db.session.execute(_page_of_documents(on_sqlite(db.session()), kind is None), values).all()


@lru_cache(maxsize=4)
def _page_of_documents(sqlite: bool, of_every_kind: bool) -> Select[Any]:
    """Built once for each database: putting it together takes longer than most answers."""
    index = fitting(sqlite=sqlite)
    tier = case((Document.title_words == bindparam("typed"), 0), (Document.kind == "incident", 1), else_=2)
    fits = select(Document.id, Document.kind, tier.label("tier"), index.c.rank).join(index, index.c.id == Document.id)
    fits_viewer = fits.where(_SEEN).subquery()
    order = (fits_viewer.c.tier, fits_viewer.c.rank, fits_viewer.c.id)
    placed = select(
        fits_viewer,
        func.count().over(partition_by=fits_viewer.c.kind).label("documents"),
        func.row_number().over(partition_by=fits_viewer.c.kind, order_by=order).label("place"),
    ).subquery()
    of_kind = true() if of_every_kind else placed.c.kind == bindparam("kind")
    shown = placed.c.place.between(bindparam("first"), bindparam("last")) & of_kind
    return (
        select(Document.kind, Document.key, Document.title, Document.summary, Document.address)
        .add_columns(placed.c.tier, placed.c.rank, placed.c.documents, shown.label("shown"))
        .join(placed, placed.c.id == Document.id)
        .where(or_(shown, placed.c.place == 1))
        .order_by(placed.c.tier, placed.c.rank, Document.id)
    )


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
    near = near_documents(db.session(), words, vocabulary(), seen=_seen_by(viewer, at), service=service)
    incidents = [one for one in near if one.kind == "incident"]
    articles = [one for one in near if one.kind != "incident"]
    own = _near_own(viewer, words)
    # However much is known, somebody who has asked already is told so.
    found = (incidents + articles)[: MOST_SUGGESTED - min(len(own), 2)]
    return found + own[: MOST_SUGGESTED - len(found)]


def telling_enough(words: Sequence[Wanted]) -> bool:
    """Is there a word that says something? One or two letters, or small words alone, are too few to go by."""
    return any(len(one.word) > 2 and one.word not in SMALL_WORDS for one in words)


def near_documents(
    session: Session,
    words: Sequence[Wanted],
    known: Vocabulary,
    *,
    seen: Mapping[str, Any] | None = None,
    service: str | None = None,
    kinds: Sequence[str] = SUGGESTED,
    size: int = MOST_SUGGESTED,
) -> list[Found]:
    """The documents of each kind that are nearest to the words and near enough, best first, in two statements.

    `seen` says for whom and when; without it every document may be found.
    """
    asked = known.rarest(words)
    values = {"typed": " ".join(one.word for one in words), "service": service or "", "kinds": kinds, **(seen or {})}
    rankings = []
    for weights, these in ((WEIGHTS, asked), (WORDS_ALONE, known.as_typed(asked))):
        query = _ranked(on_sqlite(session), weights, seen is None)
        rankings.append(session.execute(query, values | {"match": matching(session, these, every=False)}).all())
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


@lru_cache(maxsize=8)
def _ranked(sqlite: bool, weights: tuple[float, ...], for_all: bool) -> Select[Any]:
    """The best of each kind by one ranking, best first."""
    index = fitting(sqlite=sqlite, weights=weights)
    about_it = exists().where(DocumentTopic.document_id == Document.id, DocumentTopic.topic == bindparam("service"))
    tier = case((Document.title_words == bindparam("typed"), 0), (about_it, 1), else_=2)
    fits = select(Document.id, Document.kind, tier.label("tier"), index.c.rank).join(index, index.c.id == Document.id)
    of_kinds = Document.kind.in_(bindparam("kinds", expanding=True))
    fits_viewer = fits.where(of_kinds, true() if for_all else _SEEN).subquery()
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
    mine = sources.own(viewer, (), size=MOST_OPEN).found
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


# --- requests that were not needed ------------------------------------------------------------------------------------


def find_seen(viewer: Person, kind: str, key: str, *, at: datetime) -> Document | None:
    """This document, when the viewer may find it."""
    query = select(Document).where(Document.kind == kind, Document.key == key, _SEEN)
    return db.session.scalar(query, _seen_by(viewer, at))


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
