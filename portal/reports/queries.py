"""Reads: the counts that are kept, the papers made from them, and whether a period has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from portal.callbacks.models import Callback
from portal.choices.models import Offer
from portal.choices.states import OPEN
from portal.extensions import Moment, db
from portal.measures.periods import Period
from portal.reports.models import READY, ReportPaper, ServiceReport
from portal.requests.models import ServiceRequest
from portal.surveys.models import COMPLETE, SampleCase

Request = ServiceRequest


def find_report(code: str) -> ServiceReport | None:
    """The count of this period that is kept, figures and all (primary key)."""
    return db.session.get(ServiceReport, code, options=[undefer(ServiceReport.figures)])


def kept_reports(size: int) -> Sequence[ServiceReport]:
    """The months that have been counted, newest first, by their headlines; quarters and years are left out."""
    query = select(ServiceReport).where(func.length(ServiceReport.period) == 7, ServiceReport.period.not_like("%Q%"))
    return db.session.scalars(query.order_by(ServiceReport.period.desc()).limit(size)).all()


def stamp_of(period: Period) -> str:
    """What tells that a period has changed since it was counted, for the price of a look into nine indexes."""
    moments = (Request.opened_at, Request.resolved_at, Request.closed_at, Request.ended_at, Request.decided_at)
    counts = [_number_in(period, each) for each in moments]
    answers = _number_in(period, SampleCase.ended_at, SampleCase.disposition == COMPLETE)
    offers = _number_in(period, Offer.offered_at, Offer.state != OPEN)
    calls = [_number_in(period, each, Callback.done_at.is_not(None)) for each in (Callback.done_at, Callback.due_at)]
    row = db.session.execute(select(*counts, answers, _number_in(period, Offer.offered_at), offers, *calls)).one()
    return "-".join(str(number) for number in row)


def _number_in(period: Period, moments: Any, *where: Any) -> Any:
    inside = (moments >= period.start_at, moments < period.end_at, *where)
    return select(func.count()).where(*inside).scalar_subquery()


def first_opened_at() -> datetime | None:
    """When the first request was opened (ix opened)."""
    return db.session.scalar(select(func.min(Request.opened_at, type_=Moment)))


def newest_papers(code: str) -> tuple[ReportPaper | None, ReportPaper | None]:
    """(the last PDF asked for, the last one that is ready) of this period; the PDF itself is not fetched."""
    query = select(ReportPaper).where(ReportPaper.period == code).order_by(ReportPaper.id.desc()).limit(5)
    papers = db.session.scalars(query).all()
    return next(iter(papers), None), next((paper for paper in papers if paper.stage == READY), None)


def find_paper(number: int) -> ReportPaper | None:
    return db.session.get(ReportPaper, number)


def body_of(paper: ReportPaper) -> bytes | None:
    """The PDF itself (primary key)."""
    return db.session.scalar(select(ReportPaper.body).where(ReportPaper.id == paper.id))
