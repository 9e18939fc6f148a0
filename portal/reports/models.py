"""Counts that are kept, and the papers made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base

ASKED, DRAWING, READY, FAILED = "asked", "drawing", "ready", "failed"
STAGES = (ASKED, DRAWING, READY, FAILED)


class ServiceReport(Base):
    """The newest count of one period, so that a page reads one row instead of thousands.

    `digest` names the figures: the same figures have the same one, whenever they were counted.
    """

    __table_args__ = (CheckConstraint("status IN ('draft', 'final')", name="status_is_known"),)

    period: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    counted_at: Mapped[datetime]
    as_of: Mapped[datetime]
    headline: Mapped[dict[str, Any]]
    """The few figures that the list of months shows."""
    figures: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    digest: Mapped[str]
    stamp: Mapped[str]
    """What the period looked like when it was counted; while it looks the same, the count of a past period holds."""


class ReportPaper(Base):
    """A PDF of a period: asked for, being drawn, ready. The count that it shows is named by its digest."""

    __table_args__ = (
        CheckConstraint("stage IN ('" + "', '".join(STAGES) + "')", name="stage_is_known"),
        Index("ix_report_paper_newest", "period", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str]
    stage: Mapped[str]
    asked_at: Mapped[datetime]
    digest: Mapped[str | None]
    counted_at: Mapped[datetime | None]
    size: Mapped[int | None]
    problem: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(deferred=True)
