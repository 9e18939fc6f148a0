"""What was answered, as it is counted and as it was said. Which groups are too small to show, `results.py` decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from portal.catalogue.models import Service
from portal.extensions import db
from portal.measures.response_rates import Fieldwork
from portal.measures.satisfaction import Satisfaction
from portal.people.models import Segment
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
    QuestionVersion,
    Response,
    SampleCase,
    SurveyWave,
    WaveTally,
)
from portal.surveys.queries import questions_of

MOST_ROWS = 1_000_000


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


def sum_of(tallies: Iterable[WaveTally]) -> Counter[str]:
    """How often each outcome occurred in all of them together."""
    counted: Counter[str] = Counter()
    for tally in tallies:
        counted[tally.what] += tally.n
    return counted


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
    return found if satisfaction_in(sum_of(tallies_of([found.wave]))).n >= found.wave.k_min else None


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


def satisfaction_between(start: datetime, end: datetime) -> Satisfaction:
    """Overall satisfaction with the requests that ended in [start, end), whenever it was answered.

    Only waves that ask after every request count, and no anonymous ones: their answers have no request. Show
    nothing of it below five answers. (ix_sample_case_ended)
    """
    return _counted(row[1:] for row in _scores_between(start, end))


def satisfaction_by_service(start: datetime, end: datetime) -> Mapping[int, Satisfaction]:
    """The same for each service. Small ones must be silenced before any of it is shown: see `results.ratings`."""
    counted: dict[int, list[tuple[int | None, int]]] = {}
    for service_id, value, n in _scores_between(start, end):
        counted.setdefault(service_id, []).append((value, n))
    return {service_id: _counted(rows) for service_id, rows in counted.items()}


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
