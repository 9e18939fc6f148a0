"""Telling those on the list, and ending what is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.catalogue.actions import OFFER_CHANGED
from portal.extensions import db, reading
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
    """In case something else changed who may read a notice, such as a group."""
    _keep_all_findable(between=db.session.commit)


@job(OFFER_CHANGED)
def follow_the_offer(_payload: dict[str, Any]) -> None:
    """Who may ask for a service changed; who finds a notice about it changes too."""
    _keep_all_findable(between=db.session.flush)


def _keep_all_findable(*, between: Callable[[], None]) -> None:
    after = 0
    while current := queries.released(after=after, size=AT_ONCE):
        after = current[-1].id
        for notice in current:
            actions.keep_findable(notice)
        between()


def _anything_over(at: datetime) -> bool:
    with reading():
        return bool(queries.ended_by(at, limit=1))
