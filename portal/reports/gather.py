"""Reads: the facts of a period, fetched by its indexes in a constant number of statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, Select, and_, case, column, func, or_, select, values
from sqlalchemy.types import Integer

from portal.catalogue.models import HoursPlan, Service
from portal.extensions import Moment, db
from portal.measures.clock import Pause
from portal.measures.periods import Period, iso_week_label, parse_period
from portal.measures.satisfaction import POINTS, Satisfaction
from portal.measures.service_hours import ServiceHours
from portal.reports.besides import calls_of, offers_of
from portal.reports.facts import OWN, Material, MonthCount, RequestFact, SurveyFacts, WeekCount
from portal.reports.report import cut_off
from portal.requests.models import ServiceRequest
from portal.requests.states import STOPPED, UNDONE
from portal.surveys.models import BOUNCED, COMPLETE, OVERALL, Answer, QuestionVersion, Response, SampleCase, SurveyWave

MONTHS_SHOWN = 12
WEEKS_AFTER = 53

Request = ServiceRequest
KEPT = func.sum(case((Request.target_met.is_(True), 1), else_=0))


def zone_for(code: str, portal_zone: str) -> str:
    """The zone to count a period in: the portal's, or that of the log that most of its requests were brought in from.

    A log that was brought in has its own wall clock, kept as the zone of its requests' hours. (ix opened, ended)
    """
    period = parse_period(code, portal_zone)
    opened, ended = (
        and_(moments >= period.start_at, moments < period.end_at) for moments in (Request.opened_at, Request.ended_at)
    )
    query = (
        select(Request.source, HoursPlan.zone, func.count())
        .join(HoursPlan, HoursPlan.id == Request.hours_plan_id)
        .where(or_(opened, ended))
        .group_by(Request.source, HoursPlan.zone)
    )
    own, imported = 0, Counter[str]()
    for source, zone, n in db.session.execute(query):
        if source == OWN:
            own += n
        else:
            imported[zone] += n
    if imported.total() <= own:
        return portal_zone
    return max(sorted(imported), key=imported.__getitem__)


def material_for(period: Period, *, now: datetime) -> Material:
    """Everything that the report of this period is counted from. The number of statements is always the same."""
    requests = tuple(_requests_of(period))
    survey, offers = survey_of(period), offers_of(period)
    as_of = cut_off(period, requests, now, also=[survey.newest_at, offers.newest_at])
    months = _months_up_to(period)
    open_before, unclosed_before = _there_before(months[0].start_at)
    return Material(
        period=period,
        now=now,
        as_of=as_of,
        requests=requests,
        months=tuple(_month_counts(months, as_of)),
        weeks=tuple(_week_counts(period, as_of)),
        open_before=open_before,
        unclosed_before=unclosed_before,
        services_before=_asked_by_service(period.previous()),
        survey=survey,
        offers=offers,
        calls=calls_of(period),
    )


# --- single requests ---------------------------------------------------------------------------------------------

FACT_COLUMNS = (
    Request.service_id,
    Request.customer_id,
    Request.priority,
    Request.source,
    Request.state,
    Request.hours_plan_id,
    Request.pauses,
    Request.opened_at,
    Request.first_answer_due_at,
    Request.first_answered_at,
    Request.due_at,
    Request.resolved_at,
    Request.closed_at,
    Request.ended_at,
    Request.decided_at,
    Request.target_met,
    Request.reopen_count,
    Request.reassignment_count,
)


def _requests_of(period: Period) -> list[RequestFact]:
    """All that were open at any time in the period, or closed in it (ix opened, open rows, ix ended, ix closed)."""
    start, end = period.start_at, period.end_at
    inside = or_(
        and_(Request.opened_at >= start, Request.opened_at < end),
        and_(Request.ended_at >= start, Request.opened_at < end),
        and_(Request.closed_at >= start, Request.closed_at < end),
        and_(Request.is_open, Request.opened_at < end),
    )
    names = dict(db.session.execute(select(Service.id, Service.name)).all())
    hours = {plan.id: plan.hours for plan in db.session.scalars(select(HoursPlan))}
    rows = db.session.execute(select(*FACT_COLUMNS).where(inside).execution_options(yield_per=2000))
    return [_fact(row, names, hours) for row in rows]


def _fact(row: Any, names: dict[int, str], hours: dict[int, ServiceHours]) -> RequestFact:
    service, customer, priority, source, state, plan, pauses, *moments, met, reopened, reassigned = row
    opened, answer_due, answered, due, resolved, closed, ended, decided = moments
    return RequestFact(
        service=names[service],
        customer=customer,
        priority=priority,
        source=source,
        withdrawn=state in UNDONE,
        waiting=state in STOPPED,
        opened_at=opened,
        hours=hours[plan],
        pauses=_pauses(pauses),
        first_answer_due_at=answer_due,
        first_answered_at=answered,
        due_at=due,
        resolved_at=resolved,
        closed_at=closed,
        ended_at=ended,
        decided_at=decided,
        target_met=met,
        reopen_count=reopened,
        reassignment_count=reassigned,
    )


def _pauses(kept: Sequence[Any]) -> tuple[Pause, ...]:
    moment = datetime.fromisoformat
    return tuple(Pause(moment(start), moment(end) if end else None) for start, end, *_why in kept)


# --- months and weeks --------------------------------------------------------------------------------------------


def _months_up_to(period: Period) -> list[Period]:
    """The months of the year that ends with the period, oldest first."""
    months = [period.months()[-1]]
    while len(months) < MONTHS_SHOWN:
        months.append(months[-1].previous())
    return months[::-1]


def _there_before(moment: datetime) -> tuple[int, int]:
    """How many were open, and how many not closed, at that moment. Counted in three indexes alone."""
    opened, ended, closed = (
        select(func.count()).select_from(Request).where(moments < moment).scalar_subquery()
        for moments in (Request.opened_at, Request.ended_at, Request.closed_at)
    )
    row = db.session.execute(select(opened, ended, closed)).one()
    return row[0] - row[1], row[0] - row[2]


def _month_counts(months: Sequence[Period], as_of: datetime) -> list[MonthCount]:
    """What happened in each month: every count is a range of one index."""
    spans = _spans([(month.start_at, month.end_at) for month in months])
    opened, resolved, closed, ended = (
        _by_span(spans, moments, func.count())
        for moments in (Request.opened_at, Request.resolved_at, Request.closed_at, Request.ended_at)
    )
    decided = and_(Request.target_met.is_not(None), Request.state.not_in(UNDONE))
    outcomes = _by_span(spans, Request.decided_at, func.count(), KEPT, where=decided)
    late = _by_span(spans, Request.due_at, func.count(), where=_overdue(as_of))

    def count(place: int) -> MonthCount:
        n, kept = outcomes.get(place, (0, 0))
        return MonthCount(
            label=months[place].code,
            opened=opened.get(place, (0,))[0],
            resolved=resolved.get(place, (0,))[0],
            closed=closed.get(place, (0,))[0],
            ended=ended.get(place, (0,))[0],
            n=n + late.get(place, (0,))[0],
            kept=kept,
        )

    return [count(place) for place in range(len(months))]


def _overdue(as_of: datetime) -> Any:
    """As `RequestFact.overdue`, for whole months and weeks (open rows by due moment)."""
    return and_(Request.is_open, Request.source == OWN, Request.target_met.is_(None), Request.due_at <= as_of)


def _week_counts(period: Period, as_of: datetime) -> list[WeekCount]:
    """The weeks of the year up to the period's end, and later ones that are known, for the centre (ix opened)."""
    shown = [label for month in _months_up_to(period) for label in month.iso_weeks()]
    shown = list(dict.fromkeys(shown))
    starts = _week_starts(shown[0], period.zone, len(shown) + WEEKS_AFTER)
    spans = [(start, min(end, as_of + timedelta(microseconds=1))) for start, end in starts if start <= as_of]
    known = and_(Request.state.not_in(UNDONE), or_(Request.target_met.is_not(None), _overdue(as_of)))
    counts = _by_span(_spans(spans), Request.opened_at, func.count(), KEPT, where=known)
    labels = [iso_week_label(start, period.zone) for start, _ in spans]
    return [
        WeekCount(label, n=counts.get(place, (0, 0))[0], kept=counts.get(place, (0, 0))[1], charted=label in shown)
        for place, label in enumerate(labels)
    ]


def _week_starts(first: str, zone: str, number: int) -> list[tuple[datetime, datetime]]:
    """The borders of so many weeks in this zone, from the one with this label."""
    monday = datetime.strptime(f"{first}-1", "%G-W%V-%u").date()
    days = [Period("", monday + timedelta(weeks=i), monday + timedelta(weeks=i + 1), zone) for i in range(number)]
    return [(week.start_at, week.end_at) for week in days]


def _spans(borders: Sequence[tuple[datetime, datetime]]) -> CTE:
    """A small table of spans to count in: each is one range of an index, whatever the database."""
    table = values(column("place", Integer), column("start_at", Moment), column("end_at", Moment), name="span")
    return table.data([(place, *border) for place, border in enumerate(borders)]).cte("span")


def _by_span(spans: CTE, moments: Any, *counts: Any, where: Any = None) -> dict[int, tuple[Any, ...]]:
    query: Select[Any] = select(spans.c.place, *counts).join_from(
        spans, Request, and_(moments >= spans.c.start_at, moments < spans.c.end_at)
    )
    if where is not None:
        query = query.where(where)
    return {row[0]: tuple(row[1:]) for row in db.session.execute(query.group_by(spans.c.place))}


def _asked_by_service(period: Period) -> dict[str, int]:
    """How many were opened for each service in the period (ix opened)."""
    query = (
        select(Service.name, func.count())
        .join_from(Request, Service, Service.id == Request.service_id)
        .where(Request.opened_at >= period.start_at, Request.opened_at < period.end_at)
        .group_by(Service.name)
    )
    return dict(db.session.execute(query).all())


# --- what people said --------------------------------------------------------------------------------------------


def survey_of(period: Period) -> SurveyFacts:
    """Answers about the requests resolved in the period; those without a name, which lead back to no request, by
    the day they were given. Only what has been released counts. (ix ended of the cases)"""
    cases = (
        select(SampleCase.disposition, func.count())
        .join(SurveyWave, SurveyWave.id == SampleCase.wave_id)
        .where(SampleCase.ended_at >= period.start_at, SampleCase.ended_at < period.end_at)
        .where(SampleCase.selected, SampleCase.disposition != BOUNCED, SurveyWave.kind == "transactional")
        .group_by(SampleCase.disposition)
    )
    sent = dict(db.session.execute(cases).all())
    tally, newest = _answers_of(period)
    counts = tuple(tally.get(point, 0) for point in POINTS)
    satisfaction = Satisfaction((counts[0], counts[1], counts[2], counts[3], counts[4]), tally.get(None, 0))
    return SurveyFacts(satisfaction, sum(sent.values()), sent.get(COMPLETE, 0), newest)


def _answers_of(period: Period) -> tuple[dict[int | None, int], datetime | None]:
    of_period = and_(SampleCase.ended_at >= period.start_at, SampleCase.ended_at < period.end_at)
    nameless = and_(
        Response.case_id.is_(None), Response.submitted_on >= period.start_on, Response.submitted_on < period.end_on
    )
    query = (
        select(Answer.value, func.count(), func.max(Response.submitted_at, type_=Moment))
        .join(QuestionVersion, QuestionVersion.id == Answer.question_version_id)
        .join(Response, Response.id == Answer.response_id)
        .join(SurveyWave, SurveyWave.id == Response.wave_id)
        .outerjoin(SampleCase, SampleCase.id == Response.case_id)
        .where(QuestionVersion.variable_name == OVERALL, SurveyWave.kind == "transactional", Response.released)
        .where(or_(of_period, nameless))
        .group_by(Answer.value)
    )
    rows = db.session.execute(query).all()
    return {value: n for value, n, _ in rows}, max((at for _, _, at in rows if at), default=None)
