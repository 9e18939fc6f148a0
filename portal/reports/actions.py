"""Keep a count, ask for a PDF, note how far it has come. Nothing here commits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from portal.extensions import db
from portal.jobs import enqueue
from portal.reports import queries
from portal.reports.counts import Count
from portal.reports.models import ASKED, DRAWING, FAILED, READY, ReportPaper, ServiceReport

DRAW = "draw report"
HEADLINE = ("opened", "resolved", "closed", "backlog_end", "targets_met", "csat")
GIVEN_UP_AFTER = timedelta(minutes=10)


def keep_count(count: Count, stamp: str) -> None:
    """Keep this count of its period instead of the one before."""
    code = count.figures["period"]
    kept = queries.find_report(code)
    if kept is None:
        kept = ServiceReport(period=code)
        db.session.add(kept)
    kept.status = "draft" if count.figures["partial"] else "final"
    kept.counted_at = count.counted_at
    kept.as_of = datetime.fromisoformat(count.figures["as_of"])
    kept.headline = {key: count.figures["indicators"][key] for key in HEADLINE}
    kept.figures, kept.digest, kept.stamp = count.figures, count.digest, stamp


def ask_for_paper(code: str, *, at: datetime) -> ReportPaper:
    """Have the PDF of a period made; two clicks make one."""
    newest, _ = queries.newest_papers(code)
    if newest is not None and is_under_way(newest, at):
        return newest
    paper = ReportPaper(period=code, stage=ASKED, asked_at=at)
    db.session.add(paper)
    db.session.flush()
    enqueue(DRAW, {"paper": paper.id}, at=at, key=f"{DRAW} {paper.id}")
    return paper


def is_under_way(paper: ReportPaper, at: datetime) -> bool:
    """Asked for and not finished; one that has taken too long may be asked for again."""
    return paper.stage in (ASKED, DRAWING) and at - paper.asked_at < GIVEN_UP_AFTER


def begin_drawing(paper: ReportPaper) -> None:
    paper.stage = DRAWING


def finish_paper(paper: ReportPaper, *, body: bytes, count: Count) -> None:
    """The PDF is there; earlier ones of the same period are no longer needed."""
    paper.stage, paper.body, paper.size, paper.problem = READY, body, len(body), None
    paper.digest, paper.counted_at = count.digest, count.counted_at
    earlier = (ReportPaper.period == paper.period, ReportPaper.id < paper.id)
    db.session.execute(delete(ReportPaper).where(*earlier))


def give_up_paper(paper: ReportPaper, problem: str) -> None:
    """It could not be made, and why."""
    paper.stage, paper.problem = FAILED, problem
