"""What the events of a promise say: waiting for others, going on, sooner, missed, a new time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.states import HELD
from portal.requests.telling import Mark, says, told
from portal.web.words import moment


@says("held", Mark(_l("we wait for somebody else; the clock stops"), "status is-waiting small"))
def _held(_event: RequestEvent, name: str) -> str:
    return _("%(name)s waits for somebody else; the clock stopped", name=name)


@says("went_on")
def _went_on(_event: RequestEvent, name: str) -> str:
    return _("%(name)s goes on; the clock runs again", name=name)


@says("promised_sooner")
def _promised_sooner(event: RequestEvent, name: str) -> str:
    due_at = moment_in(event, "due_at")
    if due_at is None:
        return _("%(name)s promised it sooner", name=name)
    return _("%(name)s promised it sooner: by %(when)s", name=name, when=moment(due_at))


@says("new_time")
def _new_time(event: RequestEvent, name: str) -> str:
    expected_at = moment_in(event, "expected")
    return _("%(name)s expects it by %(when)s", name=name, when=moment(expected_at) if expected_at else "?")


@says("missed")
def _missed(event: RequestEvent, _name: str) -> str:
    promised_at, expected_at = moment_in(event, "promised"), moment_in(event, "expected")
    said_at = moment_in(event, "said")
    if said_at:
        return _missed_again(event, moment(said_at))
    when = moment(promised_at) if promised_at else "?"
    if event.data.get("of") == "answer":
        first = _("No first answer by %(when)s, as we had promised", when=when)
    else:
        first = _("Not done by %(when)s, as we had promised", when=when)
    return f"{first}; {_('now expected by %(when)s', when=moment(expected_at))}" if expected_at else first


def _missed_again(event: RequestEvent, when: str) -> str:
    if event.data.get("of") == "answer":
        return _("No first answer by %(when)s either, as we had expected", when=when)
    return _("Not done by %(when)s either, as we had expected", when=when)


def moment_in(event: RequestEvent, name: str) -> datetime | None:
    """A moment that an event keeps."""
    text = event.data.get(name)
    return datetime.fromisoformat(text) if text else None


def why_waiting(events: Sequence[RequestEvent], request: ServiceRequest) -> str:
    """The words that say for whom we wait outside, as they were put last; '' when we do not."""
    if request.waits_for != HELD:
        return ""
    return next((one.body for one in reversed(told(events)) if one.event.kind == "held"), "")
