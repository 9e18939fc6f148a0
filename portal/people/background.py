"""Links for new passwords, and what is tidied up about people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.extensions import db
from portal.jobs import every, job
from portal.once import forget_before
from portal.people.actions import ask_for_reset, forget_old
from portal.web.moment import now

RESET_LINK = "reset link"


@job(RESET_LINK)
def mail_reset_link(payload: dict[str, Any]) -> None:
    """Mail a link for a new password, if the address is known."""
    ask_for_reset(payload["email"], at=now())


@every(900)
def tidy_people() -> None:
    """Ended sessions, old failures, expired links and old one-time keys."""
    forget_old(now())
    forget_before(now() - timedelta(days=2))
    db.session.commit()
