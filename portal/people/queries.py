"""Reads about people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from portal.extensions import contains, db
from portal.people.models import (
    AuditEntry,
    Department,
    PasswordReset,
    Person,
    RoleHeld,
    Segment,
    SignInFailure,
    SignInSession,
    Team,
)
from portal.web.access import GRANTS


def find_session(token_sha256: str, *, at: datetime) -> SignInSession | None:
    """The living session with this digest, with its person and roles, in one statement (unique token_sha256)."""
    row = db.session.scalars(_LIVING_SESSION, {"token": token_sha256, "at": at}).unique().first()
    return row if row and row.person.active else None


_LIVING_SESSION = (
    select(SignInSession)
    .where(SignInSession.token_sha256 == bindparam("token"), SignInSession.expires_at > bindparam("at"))
    .options(joinedload(SignInSession.person).joinedload(Person.held))
)
"""Built once, because every request asks it."""


def find_by_email(email: str) -> Person | None:
    """The person with this address, whatever its case."""
    return db.session.scalar(select(Person).where(Person.email == email.strip().lower()))


def find_person(number: int) -> Person | None:
    return db.session.get(Person, number)


def sessions_of(person: Person, *, at: datetime) -> Sequence[SignInSession]:
    """Where this person is signed in, newest first (ix person_id; bounded)."""
    query = select(SignInSession).where(SignInSession.person_id == person.id, SignInSession.expires_at > at)
    return db.session.scalars(query.order_by(SignInSession.id.desc()).limit(50)).all()


def failures(*, account: str, address: str, since: datetime) -> tuple[int, int, int]:
    """Failed tries since then: (of the account, of the account from this address, accounts tried from this address)."""
    recent = SignInFailure.failed_at >= since
    of_account = select(func.count()).where(SignInFailure.account_digest == account, recent).scalar_subquery()
    here = (
        select(func.count())
        .where(SignInFailure.account_digest == account, SignInFailure.address_digest == address, recent)
        .scalar_subquery()
    )
    accounts = (
        select(func.count(func.distinct(SignInFailure.account_digest)))
        .where(SignInFailure.address_digest == address, recent)
        .scalar_subquery()
    )
    row = db.session.execute(select(of_account, here, accounts)).one()
    return row[0], row[1], row[2]


def living_resets(person: Person, *, at: datetime) -> int:
    """How many mailed links could still set this person's password (ix person_id)."""
    query = select(func.count()).where(PasswordReset.person_id == person.id, PasswordReset.expires_at > at)
    return db.session.scalar(query) or 0


def directory(words: str, *, after: int | None, size: int) -> Sequence[Person]:
    """People by name or address, a page at a time (ix_person_name for the order; words narrow it)."""
    query = select(Person).options(joinedload(Person.held), joinedload(Person.department), joinedload(Person.segment))
    if words:
        query = query.where(or_(contains(Person.name, words), contains(Person.email, words)))
    if after and (last := db.session.get(Person, after)):
        query = query.where(or_(Person.name > last.name, (Person.name == last.name) & (Person.id > last.id)))
    return db.session.scalars(query.order_by(Person.name, Person.id).limit(size)).unique().all()


def holders(*permissions: str) -> Sequence[Person]:
    """The active people whose roles hold one of these permissions, by name."""
    roles = {role for permission in permissions for role in GRANTS[permission]}
    query = select(Person).join(RoleHeld).where(RoleHeld.role.in_(sorted(roles)), Person.active)
    return db.session.scalars(query.order_by(Person.name, Person.id).distinct().limit(500)).all()


def departments() -> Sequence[Department]:
    return db.session.scalars(select(Department).order_by(Department.name).limit(500)).all()


def segments() -> Sequence[Segment]:
    return db.session.scalars(select(Segment).order_by(Segment.name).limit(200)).all()


def teams() -> Sequence[Team]:
    return db.session.scalars(select(Team).order_by(Team.name).limit(500)).all()


def find_team(number: int) -> Team | None:
    return db.session.get(Team, number)


def audit_of(person: Person) -> Sequence[AuditEntry]:
    """What was changed about this person, newest first (ix subject_id; bounded)."""
    query = select(AuditEntry).where(AuditEntry.subject_id == person.id)
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(50)).all()
