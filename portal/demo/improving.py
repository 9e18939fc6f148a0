"""Focus groups and improvements: what a few people say at length, and what is made of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.catalogue.models import Service
from portal.demo.diary import Story, Told
from portal.demo.life import Helpdesk
from portal.demo.listening import script
from portal.extensions import db
from portal.focus_groups import actions as groups
from portal.focus_groups import queries as group_queries
from portal.focus_groups.actions import Found, Plan
from portal.focus_groups.models import Finding, Session
from portal.focus_groups.states import SEGMENT_ONLY
from portal.improvements import actions
from portal.improvements.actions import Draft, Measured, Source
from portal.improvements.models import Improvement
from portal.people.models import Person
from portal.surveys.models import COMMENT, OVERALL, Answer, QuestionVersion, Response
from portal.web.words import local_day

HELD_DAYS_AGO, COMES_IN_DAYS = 24, 9
BEFORE, AFTER = ("before_x", "before_n", "before_words"), ("after_x", "after_n", "after_words")


def begin(helpdesk: Helpdesk) -> None:
    """One session is over, one is to come, and the register has something in every state."""
    helpdesk.diary.begin(_held_session(helpdesk))
    helpdesk.diary.begin(_coming_session(helpdesk))
    for number, row in enumerate(script()["improvements"]):
        helpdesk.diary.begin(_improvement(helpdesk, number, row))


# --- focus groups -------------------------------------------------------------------------------------------------


def _plan(helpdesk: Helpdesk, row: dict[str, Any], starts_at: datetime) -> Plan:
    return Plan(
        title=row["title"],
        objective=row["objective"],
        decision_informed=row["decision_informed"],
        segment=helpdesk.company.segments.get(row.get("segment", "")),
        attribution_rule=SEGMENT_ONLY,
        starts_at=starts_at,
        planned_minutes=90,
        place=row["place"],
        seats=row["seats"],
        moderator=helpdesk.company.accounts["liaison"],
    )


def _held_session(helpdesk: Helpdesk) -> Story:
    """Planned, filled, held, and written down the day after."""
    row, liaison = script()["past_session"], helpdesk.company.accounts["liaison"]
    starts_at = helpdesk.calendar.ahead(-HELD_DAYS_AGO, 14)
    at = yield starts_at - timedelta(days=16, hours=3)
    session = groups.plan_session(_plan(helpdesk, row, starts_at), by=liaison, at=at)
    people = [one for one in helpdesk.company.customers if one.segment is session.study.segment]
    at = yield at + timedelta(minutes=20)
    invited = groups.invite(session, people[:8], by=liaison, at=at)
    for place, invitee in enumerate(invited):
        at = yield at + timedelta(hours=5)
        if place == 2:
            groups.decline(invitee, at=at)
        elif place < 7:
            groups.accept(invitee, access_needs=None, at=at)
    at = yield session.ends_at + timedelta(minutes=25)
    came = [one.id for one in invited if one.state == "accepted"][:-1]
    groups.record_attendance(session, came=came, by=liaison, at=at)
    at = yield session.ends_at + timedelta(hours=18)
    for found in row["findings"]:
        at = yield at + timedelta(minutes=8)
        groups.record_finding(session, _found(helpdesk, found), by=liaison, at=at)


def _found(helpdesk: Helpdesk, row: dict[str, str]) -> Found:
    return Found(row["statement"], row["sentiment"], _service(helpdesk, row), row["quote"] or None)


def _coming_session(helpdesk: Helpdesk) -> Story:
    """More people are invited than there are seats; some seats are taken already."""
    row, accounts = script()["coming_session"], helpdesk.company.accounts
    at = yield helpdesk.calendar.ago(3, 10, 40)
    session = groups.plan_session(
        _plan(helpdesk, row, helpdesk.calendar.ahead(COMES_IN_DAYS, 14)), by=accounts["liaison"], at=at
    )
    at = yield helpdesk.calendar.ago(3, 11)
    others = [one for one in helpdesk.company.customers if one.id not in {each.id for each in accounts.values()}]
    people = [*accounts.values(), *others[:: len(others) // 5]]
    groups.invite(session, people, by=accounts["liaison"], at=at)
    for place, person in enumerate(others[:: len(others) // 5][: row["seated"]]):
        at = yield helpdesk.calendar.ago(2, 9 + 3 * place, 12)
        invitee = group_queries.find_invitation_of(person, session.reference)
        assert invitee is not None
        groups.accept(invitee, access_needs="A seat near the door, please." if place == 1 else None, at=at)


# --- improvements -------------------------------------------------------------------------------------------------


def _improvement(helpdesk: Helpdesk, number: int, row: dict[str, Any]) -> Story:
    """From a proposal through its steps, each on its day."""
    steps, accounts = row["steps"], helpdesk.company.accounts
    owner = accounts["manager"] if number % 2 else accounts["liaison"]
    at = yield _days_ago(helpdesk, steps["raised"], number)
    draft = _draft(helpdesk, row, owner if len(steps) > 1 else None)
    improvement = actions.raise_improvement(draft, _source(row), by=accounts["liaison"], at=at)
    for state, days in list(steps.items())[1:]:
        at = yield _days_ago(helpdesk, days, number)
        _step(improvement, state, row, by=accounts["manager"], at=at)
    if "published" in row:
        yield from _published(helpdesk, number, row, improvement)


def _days_ago(helpdesk: Helpdesk, days: int, number: int) -> datetime:
    return helpdesk.calendar.ago(0, 9, 5 * number) - timedelta(days=days)


def _step(improvement: Improvement, state: str, row: dict[str, Any], *, by: Person, at: datetime) -> None:
    if state != "closed":
        actions.move(improvement, state, reason=row.get("reason"), version=improvement.version, by=by, at=at)
        return
    actions.close(
        improvement,
        outcome=row["outcome"],
        words=row["outcome_words"],
        measured=_measured(row, after=True),
        version=improvement.version,
        by=by,
        at=at,
    )


def _published(helpdesk: Helpdesk, number: int, row: dict[str, Any], improvement: Improvement) -> Told[None]:
    at = yield _days_ago(helpdesk, row["published"], number)
    liaison = helpdesk.company.accounts["liaison"]
    actions.publish(
        improvement, you_said=row["you_said"], we_did=row["we_did"], version=improvement.version, by=liaison, at=at
    )


def _draft(helpdesk: Helpdesk, row: dict[str, Any], owner: Person | None) -> Draft:
    due_on = local_day(helpdesk.calendar.end) + timedelta(days=row["due"]) if "due" in row else None
    service = _service(helpdesk, row)
    return Draft(row["title"], row["description"], service, owner, due_on, _measured(row, after=False))


def _service(helpdesk: Helpdesk, row: dict[str, Any]) -> Service | None:
    kind = helpdesk.offer.kinds.get(row.get("service", ""))
    return kind.service if kind else None


def _measured(row: dict[str, Any], *, after: bool) -> Measured:
    facts = {"measure": row.get("measure"), "wanted": row.get("wanted", "higher")}
    facts |= dict(zip(BEFORE, row.get("before", ()), strict=False)) | _words(row, "before_words")
    if after:
        facts |= dict(zip(AFTER, row.get("after", ()), strict=False)) | _words(row, "after_words")
    return Measured(**facts)


def _words(row: dict[str, Any], name: str) -> dict[str, str]:
    return {name: row[name]} if name in row else {}


def _source(row: dict[str, Any]) -> Source:
    if "finding" in row:
        findings = db.session.scalars(select(Finding).join(Session).order_by(Finding.id)).all()
        return Source(finding=findings[row["finding"]])
    if "comment" in row:
        return Source(answer=_newest_comment(row["comment"]))
    return Source(figure=row.get("figure"))


def _newest_comment(score: int) -> Answer | None:
    """What somebody wrote lately who gave this score."""
    asked = select(QuestionVersion.id).where(QuestionVersion.variable_name == OVERALL)
    scored = select(Answer.response_id).where(Answer.question_version_id.in_(asked), Answer.value == score)
    query = (
        select(Answer)
        .join(Answer.question)
        .join(Answer.response)
        .where(QuestionVersion.variable_name == COMMENT, Answer.text.is_not(None), Answer.response_id.in_(scored))
        .where(Response.released, Response.case_id.is_not(None))
        .order_by(Response.submitted_at.desc(), Response.id)
    )
    return db.session.scalar(query.limit(1))
