"""Short ways to rules and calls for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.callbacks import actions
from portal.callbacks.models import Callback, CallbackRule
from portal.callbacks.states import ALL
from portal.extensions import db
from portal.people.models import Person
from portal.requests.models import ServiceRequest
from portal.surveys import actions as surveys
from portal.surveys.instruments import ensure_standard_wave
from portal.surveys.models import SurveyWave
from portal.surveys.tokens import token_of
from tests.builders import TUESDAY_10, a_person, a_request, resolve

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def a_rule(which: str = ALL, *, at: datetime = TUESDAY_10, **more: Any) -> CallbackRule:
    values = {"share": 1.0, "service": None, "within_hours": 9, "by": more.pop("by", None) or a_person()}
    made = actions.make_rule(which=which, at=at, **{**values, **more})
    db.session.commit()
    return made


def a_resolved(*, at: datetime = TUESDAY_10 + HOUR, by: Person | None = None, **more: Any) -> ServiceRequest:
    """Asked an hour before it was resolved."""
    done = resolve(a_request(more.pop("customer", None), at=at - HOUR, **more), by=by, at=at)
    db.session.commit()
    return done


def follow(rule: CallbackRule, *, at: datetime = TUESDAY_10 + HOUR + 30 * MINUTE) -> list[Callback]:
    """All calls, after the rule has been followed up to that moment."""
    while actions.take_in(rule, at=at, limit=50) == 50:
        db.session.commit()
    db.session.commit()
    return list(db.session.scalars(select(Callback).order_by(Callback.id)))


def a_callback(*, at: datetime = TUESDAY_10 + HOUR, rule: CallbackRule | None = None, **more: Any) -> Callback:
    """A call that is owed because a request was resolved at that moment."""
    done = a_resolved(at=at, **more)
    made = follow(rule or a_rule(at=at - HOUR), at=at + 5 * MINUTE)
    return next(one for one in made if one.request is done)


def answer(done: ServiceRequest, score: int, *, at: datetime, wave: SurveyWave | None = None) -> None:
    """The customer answers the survey about this request."""
    case = surveys.make_case(wave or ensure_standard_wave(at=done.opened_at), done, at=at)
    assert case is not None
    assert surveys.answer(token_of(case.id), score, "", at=at)
    db.session.commit()
