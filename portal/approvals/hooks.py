"""What approvals do when something happens to a request, and what they say and show on its pages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.approvals import actions, queries
from portal.approvals.letters import in_service_time, took
from portal.approvals.models import Approval
from portal.approvals.stages import NOBODY, WAITING
from portal.people.models import Person
from portal.people.standing_in import is_away
from portal.requests import states
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.panels import Panel, panel
from portal.requests.queries import is_own
from portal.requests.signals import happened
from portal.requests.telling import Mark, says
from portal.web.moment import now
from portal.web.words import local_day


@happened.connect
def keep_up(event: RequestEvent, *, request: ServiceRequest, **_more: Any) -> None:
    """A service may need a yes as soon as it is asked for; with the request ends what still waits for one."""
    if event.kind == "asked":
        actions.ask_by_service(request, at=event.at)
    elif event.kind == "amended" and "approvals" in request.extras:
        actions.ask_anew(request, at=event.at)
    elif event.kind == "withdrawn" and "approvals" in request.extras:
        actions.end_with_request(request, at=event.at)


@panel("approvals")
def make_panel(request: ServiceRequest, viewer: Person, for_desk: bool) -> Panel | None:
    """Whose yes it waits for stands first; an answer that was given stands beside the facts."""
    rows = queries.approvals_of(request)
    if not rows:
        return None
    last = rows[0]
    waits = last.stage == WAITING and request.state == states.APPROVAL
    values = {
        "approvals": rows,
        "last": last,
        "waits": waits,
        "may_answer": waits and viewer in (last.approver, last.stand_in),
        "for_desk": for_desk,
        "gone": waits and last.approver is not None and not last.approver.active,
        "away_until_on": _away_until(last) if waits else None,
        "open_question": _nobody_is_asked(request, last),
        "asks": for_desk and request.is_open and not is_own(request, viewer),
        "took": took,
    }
    return Panel("approvals/panel.html", values, first=waits or bool(values["open_question"] and for_desk))


def _nobody_is_asked(request: ServiceRequest, last: Approval) -> bool:
    """There was nobody to ask, or who was asked does not count any more and the request still waits."""
    if request.state == states.APPROVAL:
        return last.stage != WAITING
    return last.stage == NOBODY and request.is_open


def _away_until(approval: Approval) -> Any:
    """The last day away of the one whose yes it takes."""
    person = approval.approver
    if person is None or not is_away(person, local_day(now())):
        return None
    return person.away_until_on


@says("approval_asked")
def _asked(event: RequestEvent, _name: str) -> str:
    who, other = event.data.get("who", ""), event.data.get("stand_in")
    if other:
        return _("We asked %(other)s, who stands in for %(who)s, to say yes; the clock stopped", who=who, other=other)
    return _("We asked %(who)s to say yes; the clock stopped", who=who)


@says("approval_reminded")
def _reminded(event: RequestEvent, _name: str) -> str:
    return _("We reminded %(who)s that a yes is needed", who=event.data.get("who", ""))


@says("approval_impossible")
def _impossible(_event: RequestEvent, _name: str) -> str:
    return _("Somebody has to say yes, and there is nobody whom we could ask by ourselves; the helpdesk finds somebody")


@says("approval_taken_back")
def _taken_back(_event: RequestEvent, name: str) -> str:
    return _("%(name)s took the question for a yes back", name=name)


@says("approved", Mark(_l("said yes; the clock runs"), "status is-kept small", waits=_l("said yes")))
def _approved(event: RequestEvent, name: str) -> str:
    if event.data.get("waits"):
        return _said_yes_and_waits(event, name)
    if not event.data.get("minutes"):
        return _("%(name)s said yes; the clock runs", name=name)
    return _("%(name)s said yes, after %(took)s; the clock runs", name=name, took=_took(event))


def _said_yes_and_waits(event: RequestEvent, name: str) -> str:
    """It waited for something else before, and does so again."""
    if not event.data.get("minutes"):
        return _("%(name)s said yes", name=name)
    return _("%(name)s said yes, after %(took)s", name=name, took=_took(event))


@says("declined", Mark(_l("said no"), "status is-missed small"))
def _declined(event: RequestEvent, name: str) -> str:
    if not event.data.get("minutes"):
        return _("%(name)s said no", name=name)
    return _("%(name)s said no, after %(took)s", name=name, took=_took(event))


def _took(event: RequestEvent) -> str:
    return in_service_time(event.data.get("minutes"))
