"""Putting things into the index and taking them out, in the same transaction as the things themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.extensions import db, insert
from portal.people.models import Segment
from portal.search.models import AvoidedRequest, Document, DocumentTopic
from portal.search.words import kept


def put(
    kind: str,
    key: str,
    *,
    title: str,
    summary: str,
    words: str,
    address: str,
    for_segments: Collection[Segment] = (),
    about: Collection[str] = (),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    at: datetime,
) -> None:
    """Let it be found, or found by its new words. Without segments it is for everyone; `about` are service slugs."""
    found = db.session.scalar(select(Document).where(Document.kind == kind, Document.key == key))
    document = found or Document(kind=kind, key=key)
    values = {"title": title, "summary": summary, "address": address, "starts_at": starts_at, "ends_at": ends_at}
    values["title_words"], values["title_stems"] = kept(title)
    values["body_words"], values["body_stems"] = kept(f"{summary} {words}")
    topics = sorted(set(about))
    if found and _is_same(found, values, for_segments, topics):
        return
    for name, value in values.items():
        setattr(document, name, value)
    document.for_everyone, document.for_segments = not for_segments, list(for_segments)
    document.topics = [DocumentTopic(topic=slug) for slug in topics]
    document.changed_at = at
    db.session.add(document)
    db.session.flush()


def _is_same(
    document: Document, values: Mapping[str, Any], for_segments: Collection[Segment], topics: list[str]
) -> bool:
    """Is it kept like this already? A list of all things may be gone through again without writing anything."""
    same_words = all(getattr(document, name) == value for name, value in values.items())
    same_readers = set(document.for_segments) == set(for_segments) and document.for_everyone == (not for_segments)
    return same_words and same_readers and sorted(one.topic for one in document.topics) == topics


def remove(kind: str, key: str) -> None:
    """Let it not be found any more."""
    found = db.session.scalar(select(Document).where(Document.kind == kind, Document.key == key))
    if found:
        db.session.delete(found)
        db.session.flush()


def solved(kind: str, key: str, *, service: str | None, once: str, at: datetime) -> bool:
    """Count a request that was not needed; False when it was counted before under the same `once`."""
    row = insert(AvoidedRequest).values(at=at, kind=kind, key=key, service=service, once=once)
    counted = row.on_conflict_do_nothing(index_elements=["once"]).returning(AvoidedRequest.id)
    return db.session.execute(counted).first() is not None
