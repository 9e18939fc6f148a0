"""Reminding those who look after articles."""

from __future__ import annotations

from portal.extensions import db
from portal.jobs import every
from portal.knowledge import actions, queries
from portal.web.moment import now
from portal.web.words import local_day

AT_ONCE = 100


@every(3600)
def remind_owners() -> None:
    """Each owner is told once when the day to look at an article again has come."""
    at = now()
    for article in queries.due_for_reminder(local_day(at), size=AT_ONCE):
        actions.remind_owner(article, at=at)
    db.session.commit()
