"""Reminding those who were asked for a yes."""

from __future__ import annotations

from portal.approvals import actions, queries
from portal.approvals.models import Approval
from portal.extensions import db
from portal.jobs import every
from portal.web.moment import now

AT_ONCE = 200


@every(60)
def remind_approvers() -> None:
    """Each reminder with its event and its mail in a transaction of its own, so none is lost or sent twice."""
    numbers = queries.due_for_reminder(now(), size=AT_ONCE)
    db.session.rollback()
    for number in numbers:
        # Two workers take different ones.
        approval = db.session.get(Approval, number, with_for_update={"skip_locked": True})
        if approval is not None and approval.remind_at is not None and approval.remind_at <= now():
            actions.remind(approval, at=now())
        db.session.commit()
