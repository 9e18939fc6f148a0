"""People and where they belong."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.files.models import StoredFile


class Department(Base):
    """A part of the company, as the organisation chart names it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Segment(Base):
    """A group of customers that the offer, notices and surveys can be meant for."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)


class Team(Base):
    """A group of agents that requests are given to. `competencies` are what it knows, in a few words each."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    competencies: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


MAIL_WANTED = ("each", "digest", "none")


class Person(Base):
    """Somebody with a name: a customer, and whatever else their roles say.

    `manager` is the line manager. While somebody is away, from and until those days, `stand_in` decides for them.
    `mail_wanted` says how mail about requests comes: each, as a daily digest, or none. A robot's words never count as
    an answer.
    """

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower"),
        CheckConstraint("mail_wanted IN ('each', 'digest', 'none')", name="mail_wanted_is_known"),
        Index("ix_person_name", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    place: Mapped[str | None]
    device: Mapped[str | None]
    phone: Mapped[str | None]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    away_from_on: Mapped[date | None]
    away_until_on: Mapped[date | None]
    mail_wanted: Mapped[str] = mapped_column(default="each")
    is_robot: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str | None]
    source_reference: Mapped[str | None]
    created_at: Mapped[datetime]

    department: Mapped[Department | None] = relationship()
    segment: Mapped[Segment | None] = relationship()
    team: Mapped[Team | None] = relationship()
    picture: Mapped[StoredFile | None] = relationship()
    manager: Mapped[Person | None] = relationship(foreign_keys=manager_id, remote_side=id, post_update=True)
    stand_in: Mapped[Person | None] = relationship(foreign_keys=stand_in_id, remote_side=id, post_update=True)
    held: Mapped[list[RoleHeld]] = relationship(cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[str]:
        """The roles this person holds beside being a customer."""
        return frozenset(one.role for one in self.held)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name

    @property
    def initials(self) -> str:
        """What stands for a picture where there is none: the first letters of the first and the last name."""
        names = self.name.split()
        return "".join(name[0].upper() for name in (names[:1] + names[1:][-1:]))


class RoleHeld(Base):
    """One role of one person."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True, index=True)


class SignInSession(Base):
    """A browser that is signed in; deleting the row signs it out at its next request."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    browser: Mapped[str]
    address: Mapped[str]

    person: Mapped[Person] = relationship()


class SignInFailure(Base):
    """A failed try, kept for the length of the limit's window. Neither address nor account is kept in clear."""

    __table_args__ = (
        Index("ix_sign_in_failure_account", "account_digest", "failed_at"),
        Index("ix_sign_in_failure_address", "address_digest", "failed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_digest: Mapped[str]
    address_digest: Mapped[str]
    failed_at: Mapped[datetime]


class PasswordReset(Base):
    """A mailed link for a new password; only its digest is kept."""

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]


class AuditEntry(Base):
    """Who changed what about people and their rights."""

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    deed: Mapped[str]
    detail: Mapped[str]
