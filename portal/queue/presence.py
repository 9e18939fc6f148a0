"""Who of the desk has the same request open. While it is open it gives a sign; nothing of what is typed is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from portal.extensions import db, insert
from portal.people.models import Person
from portal.queue.models import DeskPresence
from portal.requests.models import ServiceRequest

LASTS = timedelta(minutes=2)


def be_here(request: ServiceRequest, person: Person, *, writing: bool, at: datetime) -> None:
    """I have this page open; my pages that gave no sign for a while are forgotten."""
    silent = (DeskPresence.person_id == person.id) & (DeskPresence.seen_at <= at - LASTS)
    db.session.execute(delete(DeskPresence).where(silent))
    seen = {"seen_at": at, "is_writing": writing}
    here = insert(DeskPresence).values(request_id=request.id, person_id=person.id, since_at=at, **seen)
    db.session.execute(here.on_conflict_do_update(index_elements=["request_id", "person_id"], set_=seen))


def others_here(request: ServiceRequest, person: Person, *, at: datetime) -> Sequence[DeskPresence]:
    """Colleagues who gave a sign within two minutes, the first comers first; some may have left since."""
    query = select(DeskPresence).where(
        DeskPresence.request_id == request.id, DeskPresence.person_id != person.id, DeskPresence.seen_at > at - LASTS
    )
    query = query.options(joinedload(DeskPresence.person)).order_by(DeskPresence.since_at, DeskPresence.person_id)
    return db.session.scalars(query.limit(10)).all()
