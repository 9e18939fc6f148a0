"""Writing down who changed what about people and their rights."""

from __future__ import annotations

from datetime import datetime

from portal.extensions import db
from portal.people.models import AuditEntry, Person


def note(by: Person | None, subject: Person, deed: str, detail: str, at: datetime) -> None:
    """One line of what was changed about somebody."""
    db.session.add(AuditEntry(at=at, actor_id=by.id if by else None, subject_id=subject.id, deed=deed, detail=detail))
