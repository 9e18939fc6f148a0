"""Finding: what fits the words, best first, of what the viewer may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select

from portal.extensions import db
from portal.people.models import Person
from portal.search.models import Document, DocumentSegment, DocumentTopic


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
