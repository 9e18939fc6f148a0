"""Short ways to sessions, invitations and findings for tests."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.focus_groups import actions
from portal.focus_groups.actions import Found, Plan
from portal.focus_groups.models import Finding, Invitee, Session
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from tests.builders import a_person

SOON = timedelta(days=20)


def now() -> datetime:
    return datetime.now(UTC)


def a_plan(**more: Any) -> Plan:
    moderator = more.pop("moderator", None) or a_person(roles=("liaison",))
    plan = Plan(
        title="Working from home",
        objective="What help feels like at home",
        decision_informed="Whether we open at eight",
        segment=None,
        attribution_rule="segment_only",
        starts_at=now() + SOON,
        planned_minutes=90,
        place="Room Elm",
        seats=2,
        moderator=moderator,
    )
    return replace(plan, **more)


def a_session(**more: Any) -> Session:
    """A session that is still to come."""
    plan = a_plan(**more)
    session = actions.plan_session(plan, by=plan.moderator, at=now())
    db.session.commit()
    return session


def a_held_session(**more: Any) -> Session:
    """A session that began an hour ago, planned three weeks before."""
    plan = a_plan(starts_at=now() - timedelta(hours=1), **more)
    session = actions.plan_session(plan, by=plan.moderator, at=now() - timedelta(days=21))
    db.session.commit()
    return session


def an_invitation(session: Session, person: Person | None = None, *, at: datetime | None = None) -> Invitee:
    person = person or a_person()
    made = actions.invite(session, [person], by=session.moderator, at=at or now())
    db.session.commit()
    return made[0]


def a_link(invitee: Invitee) -> str:
    """The address that the newest mail to this person leads to."""
    return re.findall(r"/invitation/\S+", mails_to(invitee.person)[-1].body)[0]


def mails_to(person: Person) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.to_address == person.email).order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


def a_finding(session: Session, **more: Any) -> Finding:
    found = Found(
        "Silence is the worst", "negative", more.pop("service", None), more.pop("quote", "I thought it was lost.")
    )
    finding = actions.record_finding(session, replace(found, **more), by=session.moderator, at=now())
    db.session.commit()
    return finding
