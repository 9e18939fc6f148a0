"""What people do with visits. Each deed writes an event and the mail, and commits nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from portal.extensions import db
from portal.people.models import Person
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests import states as request_states
from portal.requests.clock import note_first_answer
from portal.requests.models import RequestEvent, ServiceRequest
from portal.visits import letters, queries, states, waiting
from portal.visits.models import Visit
from portal.visits.telling import when_of, window_in_words
from portal.visits.windows import FURTHEST, LONGEST, SHORTEST, within_hours
from portal.web.access import holds
from portal.web.words import clock_time


@dataclass(frozen=True)
class Plan:
    """Who goes, when, where to, with what; and whether outside service hours is meant."""

    technician: Person
    starts_at: datetime
    ends_at: datetime
    place: str
    brings: str = ""
    outside_hours: bool = False


def plan_visit(request: ServiceRequest, plan: Plan, *, by: Person, at: datetime) -> Visit:
    """Agree on a visit. The customer hears from a person by it, so it counts as an answer."""
    requests.require("plan_visit", request)
    lock(plan.technician)
    _check(request, plan, at)
    visit = Visit(
        request=request,
        planned_by_id=by.id,
        state=states.PLANNED,
        uid=f"{uuid.uuid4()}",
        planned_at=at,
        changed_at=at,
    )
    _take_over(visit, plan)
    db.session.add(visit)
    db.session.flush()
    requests.start_work(request, by)
    note_first_answer(request, at)
    request.keeps("visits")
    letters.planned(visit, happen(visit, "visit_planned", by, at), at)
    return visit


def change_visit(visit: Visit, plan: Plan, *, version: int | None, why: str, by: Person, at: datetime) -> None:
    """Another time, place or technician, by the desk."""
    lock(plan.technician, visit)
    check_version(visit, version)
    require("change", visit)
    if _plan_of(visit) == plan:
        raise Refusal(_("Nothing has changed yet. Change something first, or go back."))
    _check(visit.request, plan, at, visit)
    before, window = when_of(visit), (visit.starts_at, visit.ends_at)
    left = visit.technician if visit.technician_id != plan.technician.id else None
    _take_over(visit, plan)
    visit.state, visit.on_the_way_at, visit.expected_at = states.PLANNED, None, None
    if (visit.starts_at, visit.ends_at) != window:
        waiting.moved_by_us(visit)
    count_up(visit, at)
    event = happen(visit, "visit_changed", by, at, body=why or None)
    letters.changed(visit, event, at, before=before, left=left)


def cancel_visit(visit: Visit, *, words: str, by: Person | None, at: datetime, version: int | None = None) -> None:
    """Nobody comes, and why."""
    lock(visit.technician, visit)
    check_version(visit, version)
    require("cancel", visit)
    visit.state, visit.words, visit.ended_at = states.CANCELLED, words or None, at
    waiting.stop_waiting(visit, at)
    count_up(visit, at)
    event = happen(visit, "visit_cancelled", by, at, body=words or None)
    letters.cancelled(visit, event, at)


def set_out(visit: Visit, *, minutes: int | None, by: Person, at: datetime) -> None:
    """On the way; with the minutes that it takes, if they are known. Pressed twice it says so once."""
    if visit.state == states.ON_THE_WAY:
        return
    require("set_out", visit)
    _not_too_early(visit, at)
    visit.state, visit.on_the_way_at = states.ON_THE_WAY, at
    visit.expected_at = at + timedelta(minutes=minutes) if minutes else None
    data = {"expected_at": visit.expected_at.isoformat()} if visit.expected_at else {}
    letters.on_the_way(visit, happen(visit, "visit_on_the_way", by, at, data=data), at)


def arrive(visit: Visit, *, by: Person, at: datetime) -> None:
    """There. No mail: they see each other."""
    if visit.state == states.ARRIVED:
        return
    require("arrive", visit)
    _not_too_early(visit, at)
    visit.state, visit.arrived_at = states.ARRIVED, at
    waiting.stop_waiting(visit, at)
    happen(visit, "visit_arrived", by, at)


def finish(visit: Visit, *, words: str, resolves: bool, by: Person, at: datetime) -> None:
    """What was done there, and whether that is what was asked for."""
    require("finish", visit)
    _not_too_early(visit, at)
    visit.state, visit.words, visit.ended_at = states.DONE, words, at
    waiting.stop_waiting(visit, at)
    # Resolving says the same words to the same people, so they are said once.
    event = happen(visit, "visit_done", by, at, body=None if resolves else words)
    if resolves:
        requests.resolve(visit.request, words=words, by=by, at=at)
    else:
        letters.done(visit, event, at)


def miss(visit: Visit, *, words: str, waits: bool, by: Person, at: datetime) -> None:
    """We were there and met nobody. If that is what is missing, the clock stands still until the customer writes."""
    require("miss", visit)
    if at < visit.starts_at:
        raise Refusal(_("Nobody has to be there before %(time)s.", time=clock_time(visit.starts_at)))
    visit.state, visit.words, visit.ended_at = states.MISSED, words or None, at
    waits = waits and request_states.can("ask_customer", visit.request.state)
    event = happen(visit, "visit_missed", by, at, body=words or None, data={"waits": waits})
    waiting.stop_waiting(visit, at)
    if waits:
        requests.wait(visit.request, request_states.WAITING, at=at)
    letters.missed(visit, event, at, waits=waits)


def end_with_request(visit: Visit, *, words: str, went: bool, by: Person | None, at: datetime) -> None:
    """The request has ended: a visit that was made is done, and one that is still to come is called off."""
    if went or visit.state == states.ARRIVED:
        visit.state, visit.ended_at = states.DONE, at
        waiting.stop_waiting(visit, at)
    elif visit.ends_at <= at:
        # Its time is over and nobody said how it went; there is nothing left to tell anybody.
        visit.state, visit.ended_at = states.CANCELLED, at
        waiting.stop_waiting(visit, at)
    else:
        cancel_visit(visit, words=words, by=by, at=at)


def lock(technician: Person, visit: Visit | None = None) -> None:
    """One at a time plans for this technician; whoever waited reads the visit as it stands then.

    On SQLite whoever writes is alone already.
    """
    db.session.flush()
    wanted = {technician.id, *([visit.technician_id] if visit else [])}
    people = select(Person.id).where(Person.id.in_(wanted)).order_by(Person.id)
    db.session.execute(people.with_for_update(key_share=True)).all()
    if visit is not None:
        db.session.refresh(visit, ["version", "state", "starts_at", "ends_at", "technician_id", "moved_by_customer"])


def check_version(visit: Visit, version: int | None) -> None:
    """Who looked at an older plan is told so, and keeps what was typed."""
    if version is not None and version != visit.version:
        raise Conflict(_("Somebody changed this visit meanwhile. Look at how it stands now, then decide again."))


def require(deed: str, visit: Visit) -> None:
    """Raise Refusal when the deed is not possible in the visit's state."""
    if not states.can(deed, visit.state):
        raise Refusal(_("This is not possible any more: the visit has moved on. Reload the page to see how it stands."))


def _not_too_early(visit: Visit, at: datetime) -> None:
    """A tap on the wrong day must not send anybody to the door."""
    if at < visit.may_begin_at:
        raise Refusal(_("This visit is on %(when)s. Say so on that day.", when=when_of(visit)))


def check_free(technician: Person, starts_at: datetime, ends_at: datetime, but: Visit | None = None) -> None:
    """Nobody is in two places."""
    for start, end in queries.taken_by(technician, starts_at, ends_at, but=but):
        words = {"name": technician.name, "when": window_in_words(start, end)}
        raise Refusal(_("%(name)s is on another visit then: %(when)s.", **words), field="start")


def count_up(visit: Visit, at: datetime) -> None:
    """Calendars take the version with the highest number."""
    visit.sequence += 1
    visit.changed_at = at


def happen(
    visit: Visit,
    kind: str,
    by: Person | None,
    at: datetime,
    *,
    body: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> RequestEvent:
    """Write it down on the request, with what the visit is at this moment."""
    said = {
        "visit": visit.id,
        "who": visit.technician.name,
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
    }
    return requests.happen(visit.request, kind, by, at, body=body, data={**said, **(data or {})})


def _plan_of(visit: Visit) -> Plan:
    return Plan(visit.technician, visit.starts_at, visit.ends_at, visit.place, visit.brings, visit.outside_hours)


def _take_over(visit: Visit, plan: Plan) -> None:
    visit.technician, visit.starts_at, visit.ends_at = plan.technician, plan.starts_at, plan.ends_at
    visit.place, visit.brings, visit.outside_hours = plan.place, plan.brings, plan.outside_hours


def _check(request: ServiceRequest, plan: Plan, at: datetime, visit: Visit | None = None) -> None:
    length = plan.ends_at - plan.starts_at
    if not holds(plan.technician.roles, "make visits") or not plan.technician.active:
        raise Refusal(_("Choose somebody who makes visits."), field="technician")
    if plan.starts_at < at or plan.starts_at > at + FURTHEST:
        raise Refusal(_("Choose a time that is still to come, within a year."), field="start")
    if length < SHORTEST:
        raise Refusal(_("Choose an end that is at least ten minutes after the beginning."), field="end")
    if length > LONGEST:
        raise Refusal(_("A visit lasts at most ten hours. Plan two visits instead."), field="end")
    if not plan.outside_hours and not within_hours(request.hours, plan.starts_at, plan.ends_at):
        words = _("This is outside service hours (%(hours)s).", hours=request.hours_plan.in_words)
        raise Refusal(f"{words} {_('Choose another time, or say below that it is meant.')}", field="start")
    check_free(plan.technician, plan.starts_at, plan.ends_at, visit)
