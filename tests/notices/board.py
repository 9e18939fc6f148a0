"""Short ways to notices for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from portal.extensions import db
from portal.jobs import run_due
from portal.mail.models import OutboxMessage
from portal.notices import actions
from portal.notices.actions import Wording
from portal.notices.models import Notice
from portal.people.models import Person
from portal.web.moment import now
from tests.builders import a_person

INCIDENT = Wording(kind="incident", title="Mail arrives late", body="We **look** at it.")


def a_writer() -> Person:
    return a_person(roles=("communicator",))


def a_draft(*, by: Person | None = None, at: datetime | None = None, **more: Any) -> Notice:
    """An incident for everybody, unless `more` says otherwise."""
    words = {"kind": "incident", "title": "Mail arrives late", "body": "We **look** at it.", **more}
    notice = actions.write_notice(Wording(**words), by=by or a_writer(), at=at or now())
    db.session.commit()
    return notice


def a_proposal(*, by: Person | None = None, at: datetime | None = None, **more: Any) -> Notice:
    writer = by or a_writer()
    notice = a_draft(by=writer, at=at, **more)
    actions.propose(notice, version=notice.version, by=writer, at=at or now())
    db.session.commit()
    return notice


def released(
    *, by: Person | None = None, author: Person | None = None, at: datetime | None = None, **more: Any
) -> Notice:
    notice = a_proposal(by=author, at=at, **more)
    actions.release(notice, version=notice.version, by=by or a_person(roles=("manager",)), at=at or now())
    db.session.commit()
    return notice


def planned(**more: Any) -> Notice:
    """Maintenance tomorrow, for two hours."""
    begins = now().replace(microsecond=0) + timedelta(days=1)
    words = {"kind": "maintenance", "title": "The mail server moves", "body": "No mail for two hours."}
    return released(**{**words, "starts_at": begins, "ends_at": begins + timedelta(hours=2), **more})


def told(subject: str = "N-") -> list[str]:
    """Who got mail with this in its subject, once everything was told; an address twice is there twice."""
    run_due()
    db.session.expire_all()
    query = db.select(OutboxMessage.to_address).where(OutboxMessage.subject.contains(subject))
    query = query.where(~OutboxMessage.key.contains(":proposed"), ~OutboxMessage.key.contains(":back"))
    return sorted(db.session.scalars(query))


def addresses(*people: Person) -> list[str]:
    return sorted(person.email or "" for person in people)
