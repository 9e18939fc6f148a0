"""What is tidied up about people."""

from __future__ import annotations

from datetime import timedelta

from portal.extensions import db
from portal.jobs import every
from portal.once import forget_before
from portal.people.actions import forget_old
from portal.web.moment import now


@every(900)
def tidy_people() -> None:
    """Ended sessions, old failures, expired links and old one-time keys."""
    forget_old(now())
    forget_before(now() - timedelta(days=2))
    db.session.commit()
