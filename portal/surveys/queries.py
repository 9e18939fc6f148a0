"""Reads of surveys. What groups are too small to show is decided in `results.py`, over what is counted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Integer, Select, String, bindparam, cast, func, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from portal.catalogue.models import Service
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.measures.disclosure import hidden
from portal.measures.response_rates import Fieldwork
from portal.measures.satisfaction import Satisfaction
from portal.people.models import Person, Segment
from portal.people.visitor import digest
from portal.requests.models import ServiceRequest, reference_of
from portal.requests.queries import number_of
from portal.surveys.models import (
    BOUNCED,
    COMMENT,
    COMPLETE,
    INELIGIBLE,
    INVITED,
    NO_ANSWER,
    NOT_SELECTED,
    OVERALL,
    PARTIAL,
    REFUSED,
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
    WaveTally,
)
from portal.surveys.tokens import token_of
from portal.web.words import local_day

EDIT_WINDOW = timedelta(days=7)
MOST_ROWS = 1_000_000
SLACK = timedelta(days=1)
"""How far back a sweep looks again, for closings that were written late."""


# --- behind a secret link -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What a living link leads to: a case that waits for its answer, or an answer that may still be altered."""

    token: ResponseToken
    case: SampleCase
    response: Response | None

    @property
    def wave(self) -> SurveyWave:
        return self.case.wave

    @property
    def alterable_until(self) -> datetime | None:
        """Until when a given answer may be altered; None where there is none, or it never may."""
        given = self.response.submitted_at if self.response else None
        return given + EDIT_WINDOW if given and self.wave.may_be_altered else None


def find_standing(token: str, *, at: datetime) -> Standing | None:
    """What the link leads to; None alike for unknown, expired, spent and outdated ones (unique token_sha256)."""
    asked = contains_eager(ResponseToken.case).joinedload(SampleCase.request)
    query = (
        select(ResponseToken, Response)
        .join(ResponseToken.case)
        .outerjoin(Response, Response.case_id == SampleCase.id)
        .where(ResponseToken.token_sha256 == digest(token))
        .options(contains_eager(ResponseToken.case).joinedload(SampleCase.wave))
        .options(asked.load_only(ServiceRequest.summary, *_FOR_STANDING))
        .options(asked.joinedload(ServiceRequest.assignee).load_only(Person.name))
    )
    row = db.session.execute(query).first()
    if row is None:
        return None
    standing = Standing(row[0], row[0].case, row[1])
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


def open_invitations(viewer: Person, *, at: datetime, limit: int = 3) -> list[Invitation]:
    """What the viewer may still answer, newest first (ix_sample_case_mine). One statement."""
    values = {"viewer": viewer.id, "at": at, "limit": limit}
    return [_invitation(*row) for row in db.session.execute(_NEWEST_OPEN_CASES, values)]


def invitation_about(viewer: Person, reference: str, *, at: datetime) -> Invitation | None:
    """The viewer's open invitation about this request, if there is one (ix_sample_case_mine)."""
    query = _NEWEST_OPEN_CASES.where(SampleCase.request_id == number_of(reference))
    row = db.session.execute(query, {"viewer": viewer.id, "at": at, "limit": 1}).first()
    return _invitation(*row) if row else None


_NEWEST_OPEN_CASES = (
    select(SampleCase.id, SampleCase.expires_at, ServiceRequest.id, ServiceRequest.summary)
    .join(SampleCase.request)
    .join(SampleCase.wave)
    .where(SampleCase.customer_id == bindparam("viewer"), SampleCase.is_open, SampleCase.expires_at > bindparam("at"))
    .where(ServiceRequest.reopen_count == SampleCase.closure_seq, ServiceRequest.is_open.is_(False))
    .where(or_(SurveyWave.closes_at.is_(None), SurveyWave.closes_at > bindparam("at")))
    .order_by(SampleCase.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
"""Built once, because the first page asks it."""


def _invitation(case_id: int, expires_at: datetime, request_id: int, summary: str) -> Invitation:
    return Invitation(summary, reference_of(request_id), local_day(expires_at), f"/answer/{token_of(case_id)}")


# --- fieldwork ----------------------------------------------------------------------------------------------------


def find_wave(slug: str) -> SurveyWave | None:
    return db.session.scalar(select(SurveyWave).where(SurveyWave.slug == slug))


def find_instrument(code: str) -> Instrument | None:
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
    return db.session.get(SurveyOptOut, person_id) is not None


def unreleased(wave: SurveyWave) -> Sequence[Response]:
    """Answers that do not count in the results yet (ix_response_listed). There are fewer than a handful."""
    query = select(Response).where(Response.wave_id == wave.id, Response.released.is_(False))
    return db.session.scalars(query.options(joinedload(Response.case)).order_by(Response.id).limit(1000)).all()


# --- results ------------------------------------------------------------------------------------------------------


def tallies_of(waves_wanted: Iterable[SurveyWave]) -> Sequence[WaveTally]:
    """What is counted in these waves (primary key): as many rows as services, segments and outcomes make."""
    numbers = [wave.id for wave in waves_wanted]
    query = select(WaveTally).where(WaveTally.wave_id.in_(numbers), WaveTally.n > 0)
    order = (WaveTally.wave_id, WaveTally.service_id, WaveTally.segment_id, WaveTally.what)
    return db.session.scalars(query.order_by(*order).limit(MOST_ROWS)).all()


def totals_by_wave() -> Mapping[int, Counter[str]]:
    """Per wave, how often each outcome occurred."""
    query = select(WaveTally.wave_id, WaveTally.what, func.sum(WaveTally.n)).group_by(WaveTally.wave_id, WaveTally.what)
    found: dict[int, Counter[str]] = {}
    for wave_id, what, n in db.session.execute(query):
        found.setdefault(wave_id, Counter())[what] = int(n)
    return found


def service_names(numbers: Iterable[int]) -> Mapping[int, tuple[str, str]]:
    """(slug, name) of these services."""
    query = select(Service.id, Service.slug, Service.name).where(Service.id.in_(set(numbers)))
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}


def segment_names(numbers: Iterable[int]) -> Mapping[int, tuple[str, str]]:
    """(slug, name) of these segments."""
    query = select(Segment.id, Segment.slug, Segment.name).where(Segment.id.in_(set(numbers)))
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}


def satisfaction_in(counted: Mapping[str, int]) -> Satisfaction:
    """The released scores among what was counted."""
    points = tuple(counted.get(f"score:{point}", 0) for point in (1, 2, 3, 4, 5))
    return Satisfaction((points[0], points[1], points[2], points[3], points[4]), counted.get("score:na", 0))


def fieldwork_in(counted: Mapping[str, int]) -> Fieldwork:
    """What became of the cases. Those that could not be asked at all are left out; open ones have not answered yet."""
    by_disposition: Counter[str] = Counter()
    for what, n in counted.items():
        kind, _, rest = what.partition(":")
        if kind == "case":
            by_disposition[rest.partition(":")[0]] += n
    selected = sum(n for name, n in by_disposition.items() if name not in (NOT_SELECTED, INELIGIBLE))
    return Fieldwork(
        complete=by_disposition[COMPLETE],
        partial=by_disposition[PARTIAL],
        refusal=by_disposition[REFUSED],
        non_contact=by_disposition[NO_ANSWER] + by_disposition[INVITED],
        other=0,
        unknown=by_disposition[BOUNCED],
        eligible=selected + by_disposition[NOT_SELECTED],
        selected=selected,
    )


@dataclass(frozen=True)
class Comment:
    """Somebody's words, with what goes with them. Who wrote them is shown to liaisons of an identified wave only."""

    answer_id: str
    response_id: str
    text: str
    score: int | None
    case: SampleCase | None
    wave: SurveyWave


def comments_of(
    wave: SurveyWave, *, service_id: int | None, segment_id: int | None, after: str | None, size: int
) -> list[Comment]:
    """Comments of the released answers, newest day first (ix_response_listed), of all or of one group."""
    query = _comments().where(Response.wave_id == wave.id, Response.released)
    if service_id is not None:
        query = query.where(SampleCase.service_id == service_id)
    if segment_id is not None:
        query = query.where(SampleCase.segment_id == segment_id)
    if after and (last := db.session.get(Response, after)):
        earlier = (Response.submitted_on == last.submitted_on) & (Response.id < last.id)
        query = query.where(or_(Response.submitted_on < last.submitted_on, earlier))
    rows = db.session.execute(query.order_by(Response.submitted_on.desc(), Response.id.desc()).limit(size))
    return [_comment(answer, score) for answer, score in rows]


def find_comment(answer_id: str) -> Comment | None:
    """One comment by the id of its answer, for an improvement that answers it (primary key); None in a silent wave."""
    row = db.session.execute(_comments().where(Answer.id == answer_id, Response.released)).first()
    if row is None:
        return None
    found = _comment(*row)
    return found if satisfaction_in(_total_of(found.wave)).n >= found.wave.k_min else None


def _total_of(wave: SurveyWave) -> Counter[str]:
    counted: Counter[str] = Counter()
    for tally in tallies_of([wave]):
        counted[tally.what] += tally.n
    return counted


def _comments() -> Select[Answer, int | None]:
    score, asked, asked_score = aliased(Answer), aliased(QuestionVersion), aliased(QuestionVersion)
    return (
        select(Answer, score.value)
        .join(Answer.response)
        .join(asked, (asked.id == Answer.question_version_id) & (asked.variable_name == COMMENT))
        .join(
            asked_score,
            (asked_score.instrument_version_id == Response.instrument_version_id)
            & (asked_score.variable_name == OVERALL),
        )
        .outerjoin(score, (score.response_id == Response.id) & (score.question_version_id == asked_score.id))
        .outerjoin(Response.case)
        .where(Answer.text.is_not(None))
        .options(contains_eager(Answer.response).joinedload(Response.wave))
        .options(contains_eager(Answer.response).contains_eager(Response.case).joinedload(SampleCase.customer))
        .options(contains_eager(Answer.response).contains_eager(Response.case).joinedload(SampleCase.request))
        .options(contains_eager(Answer.response).contains_eager(Response.case).joinedload(SampleCase.service))
    )


def _comment(answer: Answer, score: int | None) -> Comment:
    given = answer.response
    return Comment(answer.id, given.id, answer.text or "", score, given.case, given.wave)


def released_rows(wave: SurveyWave) -> list[tuple[int | None, int | None, int | None, str | None]]:
    """(service id, segment id, score, comment) of each released answer, in the order of their random ids."""
    score, words = aliased(Answer), aliased(Answer)
    asked = {name: question.id for name, question in questions_of(wave).items()}
    query = (
        select(SampleCase.service_id, SampleCase.segment_id, score.value, words.text)
        .select_from(Response)
        .outerjoin(SampleCase, Response.case_id == SampleCase.id)
        .outerjoin(score, (score.response_id == Response.id) & (score.question_version_id == asked.get(OVERALL)))
        .outerjoin(words, (words.response_id == Response.id) & (words.question_version_id == asked.get(COMMENT)))
        .where(Response.wave_id == wave.id, Response.released)
        .order_by(Response.id)
        .limit(MOST_ROWS)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


# --- for reports --------------------------------------------------------------------------------------------------


def satisfaction_between(start: datetime, end: datetime) -> Satisfaction:
    """Overall satisfaction with the requests that ended in [start, end), whenever it was answered.

    Only waves that ask after every request count, and no anonymous ones: their answers have no request. Show
    nothing of it below five answers. (ix_sample_case_ended)
    """
    return _counted(row[1:] for row in _scores_between(start, end))


def satisfaction_by_service(start: datetime, end: datetime) -> dict[int, Satisfaction | None]:
    """The same per service id; None where the group, or one that it would give away, is too small to show."""
    rows = _scores_between(start, end)
    groups = {number: _counted(row[1:] for row in rows if row[0] == number) for number in {row[0] for row in rows}}
    away = hidden({str(number): group.n for number, group in groups.items()})
    return {number: None if str(number) in away else groups[number] for number in sorted(groups)}


def fieldwork_between(start: datetime, end: datetime) -> Fieldwork:
    """What became of the cases of requests that ended in [start, end), all waves that ask after every request
    together (ix_sample_case_ended)."""
    query = (
        select(SampleCase.disposition, func.count())
        .join(SampleCase.wave)
        .where(SampleCase.ended_at >= start, SampleCase.ended_at < end, SurveyWave.kind == "transactional")
        .group_by(SampleCase.disposition)
    )
    return fieldwork_in({f"case:{row[0]}": row[1] for row in db.session.execute(query)})


def _scores_between(start: datetime, end: datetime) -> Sequence[tuple[int, int | None, int]]:
    """(service id, score, how many)"""
    query = (
        select(SampleCase.service_id, Answer.value, func.count())
        .join(Response, Response.case_id == SampleCase.id)
        .join(Answer, Answer.response_id == Response.id)
        .join(Answer.question)
        .join(SampleCase.wave)
        .where(SampleCase.ended_at >= start, SampleCase.ended_at < end, Response.released)
        .where(QuestionVersion.variable_name == OVERALL, SurveyWave.kind == "transactional")
        .group_by(SampleCase.service_id, Answer.value)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def _counted(rows: Iterable[tuple[int | None, int]]) -> Satisfaction:
    counted: Counter[str] = Counter()
    for value, n in rows:
        counted[f"score:{value or 'na'}"] += n
    return satisfaction_in(counted)
