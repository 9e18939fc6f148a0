"""Reads of the register and of its public side."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.focus_groups.models import Finding, Session
from portal.focus_groups.queries import names_of_invitees
from portal.improvements.models import Improvement, ImprovementEvent
from portal.improvements.states import (
    APPROVED,
    CLOSED,
    DECLINED,
    IN_PROGRESS,
    MONITORING,
    ON_HOLD,
    OPEN,
    PROPOSED,
    SUCCESSFUL,
    UNSUCCESSFUL,
    WITHDRAWN,
)
from portal.people.models import Person
from portal.surveys import answers as survey_answers
from portal.surveys.models import Answer, Response, SampleCase
from portal.web.paging import whole_number

VIEWS: dict[str, frozenset[str]] = {
    "open": OPEN,
    PROPOSED: frozenset({PROPOSED}),
    APPROVED: frozenset({APPROVED}),
    IN_PROGRESS: frozenset({IN_PROGRESS}),
    ON_HOLD: frozenset({ON_HOLD}),
    MONITORING: frozenset({MONITORING}),
    CLOSED: frozenset({CLOSED}),
    "not_done": frozenset({DECLINED, WITHDRAWN}),
}
PUBLIC_VIEWS = ("all", "worked", "too_early", "did_not_work")

_SOURCE = joinedload(Improvement.finding).joinedload(Finding.session).joinedload(Session.study)


def number_in(reference: str) -> int | None:
    """12 of 'IMP-12', None of anything else."""
    return whole_number(reference[4:]) if reference.upper().startswith("IMP-") else None


def find_improvement(reference: str) -> Improvement | None:
    """An improvement with its owner, service and source, by primary key."""
    query = select(Improvement).where(Improvement.id == number_in(reference))
    return db.session.scalar(query.options(joinedload(Improvement.owner), joinedload(Improvement.service), _SOURCE))


def register(view: str, *, size: int, skip: int = 0) -> Sequence[Improvement]:
    """The rows of a view: open ones by their date, so that what is late comes first; others newest first.

    (ix_improvement_register narrows by state.)
    """
    states = VIEWS[view]
    query = select(Improvement).where(Improvement.state.in_(states))
    query = query.options(joinedload(Improvement.owner), joinedload(Improvement.service))
    if states <= OPEN:
        query = query.order_by(Improvement.due_on.is_(None), Improvement.due_on, Improvement.id)
    else:
        query = query.order_by(Improvement.id.desc())
    return db.session.scalars(query.offset(skip).limit(size)).all()


def counts() -> dict[str, int]:
    """How many improvements each view holds, in one statement."""
    by_state = dict(db.session.execute(select(Improvement.state, func.count()).group_by(Improvement.state)).all())
    return {view: sum(by_state.get(state, 0) for state in states) for view, states in VIEWS.items()}


def history(improvement: Improvement) -> Sequence[ImprovementEvent]:
    """What happened to it, oldest first (ix_improvement_event_history)."""
    query = select(ImprovementEvent).where(ImprovementEvent.improvement_id == improvement.id)
    return db.session.scalars(
        query.options(joinedload(ImprovementEvent.actor)).order_by(ImprovementEvent.id).limit(500)
    ).all()


def _in_public_view(view: str) -> ColumnElement[bool]:
    told = Improvement.published_at.is_not(None)
    worked = Improvement.closure_code == SUCCESSFUL
    failed = Improvement.closure_code == UNSUCCESSFUL
    decided = func.coalesce(Improvement.closure_code, "").in_((SUCCESSFUL, UNSUCCESSFUL))
    return {"all": told, "worked": told & worked, "too_early": told & ~decided, "did_not_work": told & failed}[view]


def public_counts() -> dict[str, int]:
    """How many published answers each public view holds, in one statement (ix_improvement_published)."""
    columns = [func.count(case((_in_public_view(view), 1))) for view in PUBLIC_VIEWS]
    row = db.session.execute(select(*columns).where(Improvement.published_at.is_not(None))).one()
    return dict(zip(PUBLIC_VIEWS, row, strict=True))


def _told(view: str = "all") -> Select[Improvement]:
    query = select(Improvement).where(_in_public_view(view)).options(_SOURCE)
    return query.order_by(Improvement.published_at.desc(), Improvement.id.desc())


def answers(view: str, *, size: int, skip: int = 0) -> Sequence[Improvement]:
    """What customers read, newest first (ix_improvement_published)."""
    return db.session.scalars(_told(view).offset(skip).limit(size)).all()


def newest_answer() -> Improvement | None:
    """The newest “you said, we did”, for the first page."""
    return db.session.scalar(_told().limit(1))


def find_comment(number: str) -> Answer | None:
    """A survey comment that may be read, with what it was about: not one of a group that is silent."""
    if survey_answers.find_comment(number) is None:
        return None
    case_ = joinedload(Answer.response).joinedload(Response.case)
    return db.session.scalar(select(Answer).where(Answer.id == number).options(case_.joinedload(SampleCase.service)))


def raised_from(*, answer_id: str | None = None, finding_id: int | None = None) -> Sequence[Improvement]:
    """Improvements that were already made of this comment or finding."""
    query = select(Improvement)
    if answer_id is not None:
        query = query.where(Improvement.answer_id == answer_id)
    elif finding_id is not None:
        query = query.where(Improvement.finding_id == finding_id)
    else:
        return []
    return db.session.scalars(query.order_by(Improvement.id).limit(10)).all()


def names_behind(improvement: Improvement) -> Sequence[str]:
    """The names of those whose words it comes from, which must stay out of them."""
    if improvement.finding is not None:
        return names_of_invitees(improvement.finding.session_id)
    query = (
        select(Person.name)
        .join(SampleCase, SampleCase.customer_id == Person.id)
        .join(Response, Response.case_id == SampleCase.id)
        .join(Answer, Answer.response_id == Response.id)
    )
    return db.session.scalars(query.where(Answer.id == improvement.answer_id)).all()
