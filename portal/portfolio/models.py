"""What was decided about a service, and on which figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.people.models import Person
from portal.sealed import seal

OUTCOMES = ("keep", "improve", "merge", "retire")


class PortfolioDecision(Base):
    """A decision about a service, with the figures that were seen. It never changes: another one follows it."""

    __table_args__ = (
        CheckConstraint("outcome IN ('" + "', '".join(OUTCOMES) + "')", name="outcome_is_known"),
        CheckConstraint("(outcome = 'merge') = (into_id IS NOT NULL)", name="merges_into_something"),
        Index("ix_portfolio_decision_of", "service_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str]
    into_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    reason: Mapped[str]
    review_on: Mapped[date]
    figures: Mapped[dict[str, Any]]

    service: Mapped[Service] = relationship(foreign_keys=service_id)
    into: Mapped[Service | None] = relationship(foreign_keys=into_id)
    by: Mapped[Person] = relationship()


seal(PortfolioDecision)
