"""Reads: the rules, what falls under them, and the calls that are owed and done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, bindparam, func, literal_column, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload

from portal.callbacks.models import Callback, CallbackRule
from portal.callbacks.states import LOW
from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person
from portal.requests.models import ServiceRequest
from portal.surveys.models import IDENTIFIED, OVERALL, Answer, QuestionVersion, Response, SampleCase, SurveyWave
from portal.surveys.queries import EDIT_WINDOW
from portal.web.words import local_day

MOST_COUNTED = 1000
MOST_RULES = 200
Place = tuple[datetime, int]


# --- rules --------------------------------------------------------------------------------------------------------


def standing_rules() -> Sequence[CallbackRule]:
    """The rules that have not ended, oldest first (a handful)."""
    query = select(CallbackRule).where(CallbackRule.ended_at.is_(None)).order_by(CallbackRule.id)
    return db.session.scalars(query.limit(MOST_RULES)).all()


def rules() -> Sequence[CallbackRule]:
    """All rules, those that stand first, then the newest."""
    query = select(CallbackRule).options(joinedload(CallbackRule.service), joinedload(CallbackRule.made_by))
    ended = CallbackRule.ended_at.is_not(None)
    return db.session.scalars(query.order_by(ended, CallbackRule.id.desc()).limit(MOST_RULES)).all()


def find_rule(number: int) -> CallbackRule | None:
    return db.session.get(CallbackRule, number)


def rule_by_id(number: int) -> CallbackRule:
    """The rule that a round goes on with; one that is gone is an error."""
    return db.session.get_one(CallbackRule, number)


def resolved_after(rule: CallbackRule, *, until: datetime, limit: int) -> Sequence[ServiceRequest]:
    """The next resolutions that the rule has not looked at, oldest first, whatever their kind.

    One walk of ix_service_request_resolved from the remembered place; what does not fit is passed over by the caller,
    so that no page of it is read twice.
    """
    resolved, number = ServiceRequest.resolved_at, ServiceRequest.id
    further = or_(resolved > rule.place_at, number > rule.place_id)
    query = select(ServiceRequest).where(resolved >= rule.place_at, resolved <= until, further)
    query = query.options(joinedload(ServiceRequest.customer), joinedload(ServiceRequest.hours_plan))
    return db.session.scalars(query.order_by(resolved, number).limit(limit)).all()


def low_scores(rule: CallbackRule, *, at: datetime, limit: int) -> Sequence[tuple[SampleCase, datetime]]:
    """Low answers with a name about how requests stand now, and when each was given (ix_response_listed).

    Only waves whose answers carry a name: in the others nobody was told that a call may follow. An answer may be
    altered for a week, so that long it is looked at again. The source is compared in a way that no index serves: the
    one on it would walk through all requests there ever were.
    """
    since_on = local_day(at - EDIT_WINDOW) - timedelta(days=1)
    with_names = select(SurveyWave.id).where(SurveyWave.mode == IDENTIFIED)
    called = (Callback.rule_id == rule.id) | Callback.is_open | (Callback.done_at >= Response.submitted_at)
    has_one = select(Callback.id).where(
        Callback.request_id == SampleCase.request_id, Callback.closure_seq == SampleCase.closure_seq, called
    )
    query = (
        select(SampleCase, Response.submitted_at)
        .join(Response, Response.case_id == SampleCase.id)
        .join(Answer, Answer.response_id == Response.id)
        .join(QuestionVersion, QuestionVersion.id == Answer.question_version_id)
        .join(SampleCase.request)
        .where(Response.wave_id.in_(with_names), Response.released, Response.submitted_on >= since_on)
        .where(Response.submitted_at >= rule.made_at, QuestionVersion.variable_name == OVERALL, Answer.value <= LOW)
        .where(func.coalesce(ServiceRequest.source, "") == "portal", ServiceRequest.state.in_(("resolved", "closed")))
        .where(ServiceRequest.reopen_count == SampleCase.closure_seq, ~has_one.exists())
    )
    if rule.service_id is not None:
        query = query.where(SampleCase.service_id == rule.service_id)
    request = contains_eager(SampleCase.request)
    query = query.options(request.joinedload(ServiceRequest.customer), request.joinedload(ServiceRequest.hours_plan))
    rows = db.session.execute(query.order_by(Response.submitted_on, Response.id).limit(limit)).all()
    return [(row[0], row[1]) for row in rows if row[1]]


def was_considered(request: ServiceRequest) -> bool:
    """Has this resolution of the request a call, by whatever rule? (ix_callback_of_request)"""
    same = (Callback.request_id == request.id) & (Callback.closure_seq == request.reopen_count)
    return db.session.scalar(select(Callback.id).where(same).limit(1)) is not None


# --- calls --------------------------------------------------------------------------------------------------------


def open_callbacks(request: ServiceRequest) -> Sequence[Callback]:
    """What is still owed about a request (ix_callback_of_request)."""
    query = select(Callback).where(Callback.request_id == request.id, Callback.is_open)
    return db.session.scalars(query.options(joinedload(Callback.rule)).order_by(Callback.id)).all()


def newest_callback(request: ServiceRequest, reader: Person | None) -> Callback | None:
    """The last one about a request, whatever came of it, in one statement (ix_callback_of_request).

    A private one only for whom it is owed: for all others it is as if it were not there.
    """
    return db.session.scalars(_NEWEST, {"request": request.id, "reader": reader.id if reader else None}).first()


_NEWEST = (
    select(Callback)
    .where(Callback.request_id == bindparam("request"))
    .where(or_(Callback.is_private.is_(False), Callback.person_id == bindparam("reader", type_=Integer)))
    .options(
        joinedload(Callback.person).load_only(Person.name, Person.phone),
        joinedload(Callback.called_by).load_only(Person.name),
    )
    .order_by(Callback.id.desc())
    .limit(1)
)


def find_callback(number: int, *, private: bool) -> Callback | None:
    """One call with all that its page shows (primary key); `private` ones only for those who may see names."""
    request = joinedload(Callback.request)
    query = (
        select(Callback)
        .where(Callback.id == number)
        .options(joinedload(Callback.rule), joinedload(Callback.person), joinedload(Callback.called_by))
        .options(request.joinedload(ServiceRequest.service), request.joinedload(ServiceRequest.hours_plan))
        .options(request.joinedload(ServiceRequest.assignee).load_only(Person.name))
    )
    return db.session.scalar(query.where(_seen(private)))


def _seen(private: bool) -> ColumnElement[bool]:
    return true() if private else Callback.is_private.is_(False)


def find_own(viewer: Person, number: int) -> Callback | None:
    """A call that is owed to the viewer."""
    found = find_callback(number, private=True)
    return found if found and found.person_id == viewer.id else None


def owed(*, private: bool, after: Place | None, size: int) -> Sequence[Callback]:
    """What is owed, what is due first on top (ix_callback_owed)."""
    query = select(Callback).where(_is_owed(), _seen(private))
    if after:
        moment, number = after
        query = query.where(Callback.due_at >= moment, or_(Callback.due_at > moment, Callback.id > number))
    return db.session.scalars(query.options(*_AS_A_ROW).order_by(Callback.due_at, Callback.id).limit(size)).all()


def _is_owed() -> ColumnElement[bool]:
    """As it stands in ix_callback_owed: SQLite takes an index of some rows only for the very same words."""
    return literal_column("callback.is_open")


def done(*, private: bool, after: Place | None, size: int) -> Sequence[Callback]:
    """What was done, newest first (ix_callback_done)."""
    query = select(Callback).where(Callback.done_at.is_not(None), _seen(private))
    if after:
        moment, number = after
        query = query.where(Callback.done_at <= moment, or_(Callback.done_at < moment, Callback.id < number))
    query = query.options(*_AS_A_ROW).order_by(Callback.done_at.desc(), Callback.id.desc())
    return db.session.scalars(query.limit(size)).all()


_AS_A_ROW = (
    joinedload(Callback.request)
    .load_only(ServiceRequest.summary)
    .joinedload(ServiceRequest.service)
    .load_only(Service.name),
    joinedload(Callback.person).load_only(Person.name, Person.phone),
    joinedload(Callback.called_by).load_only(Person.name),
    joinedload(Callback.rule).load_only(CallbackRule.which),
)


def counts(*, private: bool, at: datetime) -> tuple[int, int]:
    """How many are owed and how many of them are late, counted no further than MOST_COUNTED (ix_callback_owed)."""
    few = (
        select(Callback.due_at)
        .where(_is_owed(), _seen(private))
        .order_by(Callback.due_at)
        .limit(MOST_COUNTED)
        .subquery()
    )
    late = func.count().filter(few.c.due_at < at)
    row = db.session.execute(select(func.count(), late).select_from(few)).one()
    return row[0], row[1]
