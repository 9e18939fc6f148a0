"""The register of improvements and its history."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.focus_groups.models import Finding
from portal.improvements.measured import BeforeAfter, before_after, share_of
from portal.improvements.states import CLOSED, OPEN, OUTCOMES, SOURCES, STATES, SUCCESSFUL, UNSUCCESSFUL
from portal.people.models import Person
from portal.surveys.models import Answer


def _one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ('" + "', '".join(values) + "')", name=name)


def _share(name: str) -> CheckConstraint:
    return CheckConstraint(f"{name}_x >= 0 AND {name}_x <= {name}_n", name=f"{name}_is_a_share")


class Improvement(Base):
    """Something to do better: where it comes from, who sees to it by when, and what came of it.

    `you_said` and `we_did` are its public side, shown while `published_at` is set. The counts before and after are of
    what `measure` says; `wanted` is the direction that would be better.
    """

    __table_args__ = (
        _one_of("state", STATES, "state_is_known"),
        _one_of("source", SOURCES, "source_is_known"),
        _one_of("closure_code", OUTCOMES, "closure_code_is_known"),
        _one_of("wanted", ("higher", "lower"), "wanted_is_known"),
        CheckConstraint("(state = 'closed') = (closure_code IS NOT NULL)", name="closed_has_an_outcome"),
        _share("before"),
        _share("after"),
        Index("ix_improvement_register", "state", "due_on", "id"),
        Index("ix_improvement_published", "published_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    description: Mapped[str]
    source: Mapped[str]
    answer_id: Mapped[str | None] = mapped_column(ForeignKey("answer.id", ondelete="SET NULL"), index=True)
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"), index=True)
    figure: Mapped[str | None]
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    raised_at: Mapped[datetime]
    due_on: Mapped[date | None]
    state: Mapped[str]

    measure: Mapped[str | None]
    wanted: Mapped[str] = mapped_column(default="higher")
    before_x: Mapped[int | None]
    before_n: Mapped[int | None]
    before_words: Mapped[str | None]
    after_x: Mapped[int | None]
    after_n: Mapped[int | None]
    after_words: Mapped[str | None]
    closure_code: Mapped[str | None]
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]

    you_said: Mapped[str | None]
    we_did: Mapped[str | None]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    answer: Mapped[Answer | None] = relationship()
    finding: Mapped[Finding | None] = relationship()
    service: Mapped[Service | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=owner_id)

    @property
    def reference(self) -> str:
        """IMP-12: what minutes and mails call it."""
        return f"IMP-{self.id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def days_late(self, today: date) -> int:
        """How many days an open improvement is over its date; 0 when it is not."""
        return max(0, (today - self.due_on).days) if self.due_on and self.is_open else 0

    @property
    def compared(self) -> BeforeAfter | None:
        """The measured shares, where they were counted."""
        return before_after(share_of(self.before_x, self.before_n), share_of(self.after_x, self.after_n))

    @property
    def measured_after(self) -> bool:
        return bool(self.after_words) or share_of(self.after_x, self.after_n) is not None

    @property
    def public_status(self) -> str:
        """How it stands in the customer's words: worked, did_not_work, unclear or too_early."""
        if self.state != CLOSED:
            return "too_early"
        return {SUCCESSFUL: "worked", UNSUCCESSFUL: "did_not_work"}.get(self.closure_code or "", "unclear")


class ImprovementEvent(Base):
    """Something that happened to an improvement. Rows are only added.

    `deed` is one of: raised, changed, moved, published, unpublished.
    """

    __table_args__ = (Index("ix_improvement_event_history", "improvement_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    improvement_id: Mapped[int] = mapped_column(ForeignKey("improvement.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    deed: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason: Mapped[str | None]

    improvement: Mapped[Improvement] = relationship()
    actor: Mapped[Person] = relationship()
