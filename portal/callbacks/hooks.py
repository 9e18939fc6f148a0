"""What this room says and shows on the pages of requests, and what it does when a request moves on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.callbacks import actions, queries
from portal.callbacks.states import DECLINED, EXCUSED, HAPPY, NOT_HAPPY, NOT_REACHED
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.panels import Panel, panel
from portal.requests.signals import happened
from portal.requests.telling import dated, says


@happened.connect
def keep_up(event: RequestEvent, *, request: ServiceRequest, **_more: Any) -> None:
    """Opened again, or confirmed: what we wanted to ask about has changed."""
    if "callbacks" not in request.extras:
        return
    if event.kind == "reopened":
        actions.overtake(request, at=event.at)
    elif event.kind == "confirmed":
        actions.answered_already(request, at=event.at)


@says("callback_owed")
def _owed(event: RequestEvent, _name: str) -> str:
    by = dated(datetime.fromisoformat(event.data["due_at"]))
    return _("We promised to call by %(when)s, to ask whether it works", when=by)


@says("callback_tried")
def _tried(_event: RequestEvent, name: str) -> str:
    return _("%(name)s called and reached nobody", name=name)


@says("callback_done")
def _done(event: RequestEvent, name: str) -> str:
    said = {
        HAPPY: _("%(name)s called: it works"),
        NOT_HAPPY: _("%(name)s called: it does not work yet"),
        NOT_REACHED: _("%(name)s called once more and reached nobody; we do not call again"),
        DECLINED: _("%(name)s called; there was no wish to talk about it"),
    }
    return said[event.data["outcome"]] % {"name": name}


@says("callback_not_needed")
def _not_needed(_event: RequestEvent, name: str) -> str:
    return _("%(name)s said that there is no need to call", name=name)


@panel("callbacks")
def make_panel(request: ServiceRequest, viewer: Person, for_desk: bool) -> Panel | None:
    """By when we call, or what came of it. What was noted is for colleagues; a private call is for whom it is owed."""
    found = queries.newest_callback(request, None if for_desk else viewer)
    if found is None or found.outcome in EXCUSED:
        return None
    mine = found.person_id == viewer.id and not for_desk
    values = {"callback": found, "for_desk": for_desk, "mine": mine}
    return Panel("callbacks/panel.html", values)
