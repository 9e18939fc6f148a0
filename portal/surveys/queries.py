"""Who is asked what: secret links, invitations, waves and their cases. What was answered is read in `answers.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Integer, String, bindparam, cast, exists, func, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.people.visitor import digest
from portal.requests.models import RequestEvent, ServiceRequest, reference_of
from portal.requests.queries import number_of
from portal.requests.states import DECLINED, MERGED, WITHDRAWN
from portal.surveys.models import (
    Answer,
    FatigueLedger,
    Instrument,
    InstrumentVersion,
    QuestionVersion,
    Response,
    ResponseToken,
    SampleCase,
    SurveyOptOut,
    SurveyWave,
)
from portal.surveys.tokens import token_of
from portal.web.words import local_day

EDIT_WINDOW = timedelta(days=7)
SLACK = timedelta(days=1)
"""How far back a sweep looks again, for closings that were written late."""


# --- behind a secret link -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What a living link leads to: a case that waits for its answer, or an answer that may still be altered."""

    token: ResponseToken
    case: SampleCase
    response: Response | None
    resolver: str | None
    """Who resolved the request the last time; the one who has it may be somebody else by now."""

    @property
    def wave(self) -> SurveyWave:
        return self.case.wave

    @property
    def alterable_until(self) -> datetime | None:
        """Until when a given answer may be altered; None where there is none, or it never may."""
        given = self.response.submitted_at if self.response else None
        return given + EDIT_WINDOW if given and self.wave.may_be_altered else None


_RESOLVER = (
    select(Person.name)
    .join(RequestEvent, RequestEvent.actor_id == Person.id)
    .where(RequestEvent.request_id == SampleCase.request_id, RequestEvent.kind == "resolved")
    .order_by(RequestEvent.at.desc(), RequestEvent.id.desc())
    .limit(1)
    .correlate(SampleCase)
    .scalar_subquery()
)
"""The name on the newest end of the case's request (ix_request_event_timeline)."""


def find_standing(token: str, *, at: datetime) -> Standing | None:
    """What the link leads to; None alike for unknown, expired, spent and outdated ones (unique token_sha256)."""
    asked = contains_eager(ResponseToken.case).joinedload(SampleCase.request)
    query = (
        select(ResponseToken, Response, _RESOLVER)
        .join(ResponseToken.case)
        .outerjoin(Response, Response.case_id == SampleCase.id)
        .where(ResponseToken.token_sha256 == digest(token))
        .options(contains_eager(ResponseToken.case).joinedload(SampleCase.wave))
        .options(asked.load_only(ServiceRequest.summary, *_FOR_STANDING))
    )
    row = db.session.execute(query).first()
    if row is None:
        return None
    standing = Standing(row[0], row[0].case, row[1], row[2])
    return standing if _may_answer(standing, at) or _may_alter(standing, at) else None


_FOR_STANDING = (ServiceRequest.state, ServiceRequest.is_open, ServiceRequest.reopen_count)


def _may_answer(standing: Standing, at: datetime) -> bool:
    case, wave = standing.case, standing.wave
    living = case.is_open and not standing.token.spent and standing.token.expires_at > at
    outdated = case.request.is_open or case.request.reopen_count > case.closure_seq
    return living and not outdated and (wave.closes_at is None or wave.closes_at > at)


def _may_alter(standing: Standing, at: datetime) -> bool:
    return standing.alterable_until is not None and at < standing.alterable_until


def find_case_by_token(token: str) -> SampleCase | None:
    """The case of a link in whatever state, for those who do not want to be asked (unique token_sha256)."""
    query = select(SampleCase).join(ResponseToken, ResponseToken.case_id == SampleCase.id)
    return db.session.scalar(query.where(ResponseToken.token_sha256 == digest(token)))


def questions_of(wave: SurveyWave) -> Mapping[str, QuestionVersion]:
    """The questions of the wave by their stable names, with their categories."""
    query = select(QuestionVersion).where(QuestionVersion.instrument_version_id == wave.instrument_version_id)
    query = query.options(selectinload(QuestionVersion.categories)).order_by(QuestionVersion.position)
    return {question.variable_name: question for question in db.session.scalars(query)}


def question_ids(wave: SurveyWave) -> Mapping[str, int]:
    """The numbers of the wave's questions by their stable names (unique instrument_version_id, variable_name)."""
    query = select(QuestionVersion.variable_name, QuestionVersion.id)
    asked = query.where(QuestionVersion.instrument_version_id == wave.instrument_version_id)
    return {row[0]: row[1] for row in db.session.execute(asked)}


def lock_answers(response: Response, case: SampleCase) -> None:
    """Whoever alters the same answer at once waits here, and then sees what the other one made of it."""
    query = select(Answer).where(Answer.response_id == response.id).order_by(Answer.id).with_for_update()
    db.session.scalars(query.execution_options(populate_existing=True)).all()
    db.session.refresh(response, ["status"])
    db.session.refresh(case, ["disposition"])


def answers_of(response: Response) -> Mapping[str, Answer]:
    """The answers of one response, by the stable names of their questions."""
    query = select(Answer).where(Answer.response_id == response.id).options(joinedload(Answer.question))
    return {answer.question.variable_name: answer for answer in db.session.scalars(query)}


@dataclass(frozen=True)
class Invitation:
    """An answer that is still waited for. `address` is a path of this portal; `title` is the request's summary."""

    title: str
    reference: str
    closes_on: date
    address: str


def invitation_about(viewer: Person, reference: str, *, at: datetime) -> Invitation | None:
    """The viewer's open invitation about this request, if there is one (ix_sample_case_mine)."""
    query = NEWEST_OPEN_CASES.where(SampleCase.request_id == number_of(reference))
    row = db.session.execute(query, {"viewer": viewer.id, "at": at, "limit": 1}).first()
    return invitation(*row) if row else None


def answer_about(viewer: Person, reference: str, *, at: datetime) -> str | None:
    """Where the viewer's answer about the last end of this request can still be read and altered, if it can."""
    query = select(SampleCase.id).join(SampleCase.request).order_by(SampleCase.id.desc()).limit(1)
    mine = SampleCase.request_id == number_of(reference), SampleCase.customer_id == viewer.id
    number = db.session.scalar(query.where(*mine, SampleCase.closure_seq == ServiceRequest.reopen_count))
    standing = find_standing(token_of(number), at=at) if number else None
    return f"/answer/{token_of(standing.case.id)}" if standing and standing.response else None


_WAVE_IS_OPEN = exists().where(
    SurveyWave.id == SampleCase.wave_id,
    or_(SurveyWave.closes_at.is_(None), SurveyWave.closes_at > bindparam("at")),
)
NEWEST_OPEN_CASES = (
    select(SampleCase.id, SampleCase.expires_at, ServiceRequest.id, ServiceRequest.summary)
    .join(SampleCase.request)
    .where(SampleCase.customer_id == bindparam("viewer"), SampleCase.is_open, SampleCase.expires_at > bindparam("at"))
    .where(ServiceRequest.reopen_count == SampleCase.closure_seq, ServiceRequest.is_open.is_(False))
    .where(_WAVE_IS_OPEN)
    .order_by(SampleCase.expires_at.desc(), SampleCase.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
"""Built once, because the first page asks it."""


def invitation(case_id: int, expires_at: datetime, request_id: int, summary: str) -> Invitation:
    return Invitation(summary, reference_of(request_id), local_day(expires_at), f"/answer/{token_of(case_id)}")


# --- fieldwork ----------------------------------------------------------------------------------------------------


def find_wave(slug: str) -> SurveyWave | None:
    """The wave by its address (unique slug)."""
    return db.session.scalar(select(SurveyWave).where(SurveyWave.slug == slug))


def find_instrument(code: str) -> Instrument | None:
    """The questionnaire by its code (unique code)."""
    return db.session.scalar(select(Instrument).where(Instrument.code == code))


def published_version(code: str) -> InstrumentVersion | None:
    """The newest published wording of an instrument."""
    query = select(InstrumentVersion).join(InstrumentVersion.instrument)
    query = query.where(Instrument.code == code, InstrumentVersion.status == "published")
    return db.session.scalar(query.order_by(InstrumentVersion.number.desc()).limit(1))


def waves() -> Sequence[SurveyWave]:
    """All waves, newest first (a few dozen at most)."""
    return db.session.scalars(select(SurveyWave).order_by(SurveyWave.id.desc()).limit(200)).all()


def standing_waves(*, at: datetime) -> Sequence[SurveyWave]:
    """The waves that ask after every closed request and have not ended long ago."""
    query = select(SurveyWave).where(SurveyWave.kind == "transactional", SurveyWave.opens_at <= at)
    still = or_(SurveyWave.closes_at.is_(None), SurveyWave.closes_at > at - timedelta(days=2))
    return db.session.scalars(query.where(still).order_by(SurveyWave.id).limit(50)).all()


def wave_by_id(number: int) -> SurveyWave:
    """The wave that a round goes on with; one that is gone is an error."""
    return db.session.get_one(SurveyWave, number)


def span_to_sweep(wave: SurveyWave, *, at: datetime) -> tuple[datetime, datetime]:
    """From when to when requests must have ended to get their case now."""
    since = max(wave.opens_at, (wave.swept_through_at or wave.opens_at) - SLACK)
    until = at - timedelta(hours=wave.delay_hours)
    return since, min(until, wave.closes_at) if wave.closes_at else until


def closures_without_case(
    wave: SurveyWave, *, since: datetime, until: datetime, limit: int
) -> Sequence[ServiceRequest]:
    """Our own requests that ended in that time and have no case yet, oldest first (ix_service_request_ended).

    Nobody is asked how we did with what was not approved, goes on in another request, or was withdrawn before a person
    answered.
    The source is compared in a way that no index serves: the one on it would walk through all requests there ever were.
    """
    has_case = select(SampleCase.id).where(
        SampleCase.wave_id == wave.id,
        SampleCase.request_id == ServiceRequest.id,
        SampleCase.closure_seq == ServiceRequest.reopen_count,
    )
    query = select(ServiceRequest).where(
        ServiceRequest.ended_at.between(since, until),
        ServiceRequest.is_open.is_(False),
        ServiceRequest.state.not_in((DECLINED, MERGED)),
        or_(ServiceRequest.state != WITHDRAWN, ServiceRequest.first_answered_at.is_not(None)),
        func.coalesce(ServiceRequest.source, "") == "portal",
        ~has_case.exists(),
    )
    query = query.options(joinedload(ServiceRequest.customer)).order_by(ServiceRequest.ended_at, ServiceRequest.id)
    return db.session.scalars(query.limit(limit)).all()


def expired_cases(*, at: datetime, limit: int) -> list[tuple[SampleCase, bool]]:
    """Open cases whose link has ended, and whether their invitation came back (ix_sample_case_due)."""
    mail = aliased(OutboxMessage)
    bounced = select(mail.id).where(
        mail.key == literal("survey:") + cast(SampleCase.id, String) + ":invitation", mail.failed_at.is_not(None)
    )
    query = select(SampleCase, bounced.exists()).where(SampleCase.is_open, SampleCase.expires_at <= at)
    rows = db.session.execute(query.order_by(SampleCase.expires_at, SampleCase.id).limit(limit)).all()
    return [(row[0], row[1]) for row in rows]


def reopened_cases(*, limit: int) -> Sequence[SampleCase]:
    """Open cases whose request was opened again: there is nothing to ask about yet (ix_sample_case_due)."""
    query = select(SampleCase).join(SampleCase.request).where(SampleCase.is_open)
    again = or_(ServiceRequest.is_open, ServiceRequest.reopen_count > SampleCase.closure_seq)
    return db.session.scalars(query.where(again).order_by(SampleCase.id).limit(limit)).all()


def was_asked_since(customer_id: int, day: date) -> bool:
    """Whether any survey asked this person on or after that day (primary key)."""
    query = select(FatigueLedger.wave_id).where(FatigueLedger.customer_id == customer_id, FatigueLedger.asked_on >= day)
    return db.session.scalar(query.limit(1)) is not None


def has_opted_out(person_id: int) -> bool:
    """Whether this person chose not to be asked (primary key)."""
    return db.session.get(SurveyOptOut, person_id) is not None


def unreleased(wave: SurveyWave) -> Sequence[Response]:
    """Answers that do not count in the results yet (ix_response_listed). There are fewer than a handful."""
    query = select(Response).where(Response.wave_id == wave.id, Response.released.is_(False))
    return db.session.scalars(query.options(joinedload(Response.case)).order_by(Response.id).limit(1000)).all()
