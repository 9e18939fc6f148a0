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
    figures: Mapped[dict[str, Any]]
    digest: Mapped[str]
    stamp: Mapped[str]
    """What the period looked like when it was counted; while it looks the same, the count of a past period holds."""


class ReportPaper(Base):
    """A PDF of a count: asked for, being drawn, ready. It shows the figures that were seen when it was asked for."""

    __table_args__ = (
        CheckConstraint("stage IN ('" + "', '".join(STAGES) + "')", name="stage_is_known"),
        Index("ix_report_paper_period", "period", "asked_at"),
    )

    digest: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str]
    figures: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    stage: Mapped[str]
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    size: Mapped[int | None]
    problem: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(deferred=True)
