"""The PDF of a request: asked for, made by the worker, kept until the request moves on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from portal.extensions import db
from portal.jobs import enqueue
from portal.requests.models import ASKED, FAILED, READY, RequestPaper, ServiceRequest

DRAW = "draw request"
GIVEN_UP_AFTER = timedelta(minutes=10)


def find_paper(request: ServiceRequest) -> RequestPaper | None:
    """The newest PDF of this request, whatever version of it it shows (primary key)."""
    return db.session.get(RequestPaper, request.id)


def is_ready(paper: RequestPaper | None, request: ServiceRequest) -> bool:
    """Does it show the request as it stands?"""
    return paper is not None and paper.stage == READY and paper.request_version == request.version


def is_under_way(paper: RequestPaper | None, at: datetime) -> bool:
    """Asked for and not finished; one that has taken too long may be asked for again."""
    return paper is not None and paper.stage == ASKED and at - paper.asked_at < GIVEN_UP_AFTER


def ask_for_paper(request: ServiceRequest, *, at: datetime) -> None:
    """Have the PDF made; two clicks make one."""
    paper = find_paper(request)
    if is_ready(paper, request) or is_under_way(paper, at):
        return
    if paper is None:
        paper = RequestPaper(request_id=request.id)
        db.session.add(paper)
    paper.stage, paper.asked_at, paper.request_version = ASKED, at, request.version
    paper.body = paper.problem = None
    enqueue(DRAW, {"request": request.id}, at=at, key=f"{DRAW} {request.id}")


def body_of(paper: RequestPaper) -> bytes:
    """The file itself, which other reads leave where it is."""
    return db.session.scalar(select(RequestPaper.body).where(RequestPaper.request_id == paper.request_id)) or b""


def find_to_draw(number: int) -> ServiceRequest | None:
    """The request that a job is about."""
    return db.session.get(ServiceRequest, number)


def keep_paper(number: int, *, version: int, body: bytes | None, problem: str) -> None:
    """The PDF is there, or why it is not."""
    values = {"stage": FAILED if body is None else READY, "request_version": version, "body": body, "problem": problem}
    db.session.execute(update(RequestPaper).where(RequestPaper.request_id == number).values(values))
