"""Telling those on the list, and ending what is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.extensions import db, read_only
from portal.jobs import enqueue, every, job
from portal.notices import actions, queries
from portal.web.moment import now

AT_ONCE = 50


@job("tell")
def tell(payload: dict[str, Any]) -> None:
    """One batch of mail; the next one is asked for in the same transaction, so it goes on wherever a worker dies."""
    if actions.tell_some(payload["notice"], at=now()):
        enqueue("tell", payload, at=now())


@every(60)
def end_what_is_over() -> None:
    """Maintenance and announcements whose time is over."""
    at = now()
    if not _anything_over(at):
        return
    for notice in queries.ended_by(at, limit=AT_ONCE):
        actions.end(notice)
    db.session.commit()


@every(600)
def keep_findable() -> None:
    """Who may ask for a service changes; what can be found about it follows."""
    after = 0
    while current := queries.released(after=after, size=AT_ONCE):
        after = current[-1].id
        for notice in current:
            actions.keep_findable(notice)
        db.session.commit()


def _anything_over(at: datetime) -> bool:
    """A look that takes no write lock, so an idle worker disturbs nobody."""
    token = read_only.set(True)
    try:
        return bool(queries.ended_by(at, limit=1))
    finally:
        db.session.rollback()
        read_only.reset(token)
