"""Making rules, owing calls by them, and writing down what a call came to. Nothing is committed here."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _

from portal.callbacks import letters, queries
from portal.callbacks.models import Callback, CallbackRule
from portal.callbacks.states import (
    DECLINED,
    HAPPY,
    LOW_SCORE,
    MOST_TRIES,
    NOT_HAPPY,
    NOT_NEEDED,
    NOT_REACHED,
    OVERTAKEN,
    SAMPLE,
    WHICH,
)
from portal.catalogue.models import Service
from portal.extensions import db, insert
from portal.measures.service_hours import add_open_time
from portal.people.models import Person
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests import states
from portal.requests.models import ServiceRequest
from portal.surveys.sampling import is_drawn

LONGEST_HOURS = 80
SETTLES_AFTER = timedelta(minutes=2)
"""What was resolved a moment ago may not be written yet, so the round leaves it for its next walk."""
KEEPS_UP_FOR = timedelta(hours=1)
"""A round that comes later than this promises from now on, not from a moment that is long past."""


# --- rules --------------------------------------------------------------------------------------------------------


def make_rule(
    *, which: str, share: float, service: Service | None, within_hours: int, by: Person, at: datetime
) -> CallbackRule:
    """From now on we call after these requests."""
    if which not in WHICH:
        raise Refusal(_("Choose after which requests we call."), field="which")
    if which == SAMPLE and not 0 < share <= 1:
        raise Refusal(_("Enter a share from 1 to 100 percent."), field="percent")
    if not 1 <= within_hours <= LONGEST_HOURS:
        words = _("Enter from 1 to %(most)d service hours.", most=LONGEST_HOURS)
        raise Refusal(words, field="within_hours")
    rule = CallbackRule(
        which=which,
        share=share if which == SAMPLE else 1.0,
        service=service,
        within_hours=within_hours,
        made_by=by,
        made_at=at,
        place_at=at,
    )
    db.session.add(rule)
    db.session.flush()
    return rule


def end_rule(rule: CallbackRule, *, by: Person, at: datetime) -> None:
    """No new calls by this rule. Those that are owed stay owed: they were promised."""
    if rule.ended_at is None:
        rule.ended_at, rule.ended_by_id = at, by.id


def take_in(rule: CallbackRule, *, at: datetime, limit: int) -> int:
    """Owe the calls that the rule asks for next; returns how many rows were looked at."""
    if rule.which == LOW_SCORE:
        return _after_low_scores(rule, at, limit)
    return _after_resolutions(rule, at, limit)


def _after_low_scores(rule: CallbackRule, at: datetime, limit: int) -> int:
    found = queries.low_scores(rule, at=at, limit=limit)
    for case, submitted_at in found:
        _owe(rule, case.request, since=submitted_at, at=at)
    return len(found)


def _after_resolutions(rule: CallbackRule, at: datetime, limit: int) -> int:
    found = queries.resolved_after(rule, until=at - SETTLES_AFTER, limit=limit)
    for request in found:
        assert request.resolved_at is not None
        rule.place_at, rule.place_id = request.resolved_at, request.id
        if _falls_under(rule, request) and not queries.was_considered(request):
            _owe(rule, request, since=request.resolved_at, at=at)
    return len(found)


def _falls_under(rule: CallbackRule, request: ServiceRequest) -> bool:
    """Our own, still resolved (whoever said that it works is not asked again), of the service, and drawn."""
    if request.source != "portal" or request.state != states.RESOLVED:
        return False
    if rule.service_id not in (None, request.service_id) or request.customer_id == request.assignee_id:
        return False
    return rule.which != SAMPLE or is_drawn(f"callback rule {rule.id}", request.id, request.reopen_count, rule.share)


def _owe(rule: CallbackRule, request: ServiceRequest, *, since: datetime, at: datetime) -> None:
    """Promise the call; one that is promised already, by whichever worker, stays as it is."""
    person = request.customer
    begins = since if at - since < KEEPS_UP_FOR else at
    due_at = add_open_time(request.hours, begins, timedelta(hours=rule.within_hours))
    values = {
        "rule_id": rule.id,
        "request_id": request.id,
        "closure_seq": request.reopen_count,
        "person_id": person.id,
        "owed_since": since,
        "due_at": due_at,
        "is_open": True,
        "is_private": rule.which == LOW_SCORE,
        "tries": 0,
        "words": "",
        "version": 1,
    }
    if not person.active or person.is_robot:
        values |= {"is_open": False, "outcome": NOT_NEEDED, "done_at": at}
    row = insert(Callback).values(values).on_conflict_do_nothing().returning(Callback.id)
    number = db.session.scalar(row)
    if number is None or not values["is_open"]:
        return
    request.keeps("callbacks")
    if rule.which != LOW_SCORE:
        requests.happen(request, "callback_owed", None, at, data={"due_at": due_at.isoformat()})


# --- calls --------------------------------------------------------------------------------------------------------


def record(
    callback: Callback, *, outcome: str, words: str, reopen: bool, version: int, by: Person, at: datetime
) -> None:
    """Somebody called. Who is not reached is tried again, three times in all; what does not work may open again."""
    if version != callback.version or not callback.is_open:
        raise Conflict(_("Somebody wrote down a call meanwhile. Read what happened, then decide."))
    if outcome not in (HAPPY, NOT_HAPPY, NOT_REACHED, DECLINED):
        raise Refusal(_("Choose what came of the call."), field="outcome")
    if reopen and outcome != NOT_HAPPY:
        raise Refusal(_("A request is opened again only when it does not work."), field="reopen")
    if outcome == NOT_HAPPY and not words.strip():
        raise Refusal(_("Write down what does not work."), field="words")
    callback.tries += 1
    callback.tried_at, callback.called_by = at, by
    callback.words = "\n\n".join(part for part in (callback.words, words.strip()) if part)
    if outcome == NOT_REACHED and callback.tries < MOST_TRIES:
        _tell(callback, "callback_tried", by, at)
        return
    _finish(callback, outcome, at)
    _tell(callback, "callback_done", by, at, outcome=outcome)
    if outcome == NOT_REACHED:
        letters.not_reached(callback, at)
    if reopen:
        requests.reopen(callback.request, words=words.strip(), by=by, at=at)


def say_no_need(callback: Callback, *, by: Person, at: datetime) -> None:
    """The customer does not want to be called about this. Saying so twice is saying so."""
    if callback.outcome == NOT_NEEDED:
        return
    if not callback.is_open:
        raise Refusal(_("We have called already."))
    _finish(callback, NOT_NEEDED, at)
    _tell(callback, "callback_not_needed", by, at)


def overtake(request: ServiceRequest, *, at: datetime) -> None:
    """Opened again before we called: there is nothing to ask about yet."""
    for callback in queries.open_callbacks(request):
        _finish(callback, OVERTAKEN, at)


def answered_already(request: ServiceRequest, *, at: datetime) -> None:
    """The customer said that it works, which is what we would have asked. After a low score we call all the same."""
    for callback in queries.open_callbacks(request):
        if callback.rule.which != LOW_SCORE:
            _finish(callback, NOT_NEEDED, at)


def _tell(callback: Callback, kind: str, by: Person, at: datetime, **data: str) -> None:
    """On the timeline of the request, unless that would tell that somebody gave a low score."""
    if not callback.is_private:
        requests.happen(callback.request, kind, by, at, data=data)


def _finish(callback: Callback, outcome: str, at: datetime) -> None:
    callback.is_open, callback.outcome, callback.done_at = False, outcome, at
