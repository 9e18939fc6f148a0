"""What the desk hears of requests: a new one may get a team proposed, and one that has a place needs none any more."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from portal.queue.proposals import propose
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.signals import happened
from portal.requests.telling import says

PLACED = frozenset({"taken", "assigned", "handed_up"})


@happened.connect
def note_proposal(event: RequestEvent, *, request: ServiceRequest, **_more: Any) -> None:
    """A rule looks at what was asked; whoever gives it a place has decided."""
    if event.kind == "asked":
        propose(request)
    elif event.kind in PLACED:
        request.proposed_team_id = None


@says("escalated")
def _escalated(_event: RequestEvent, _name: str) -> str:
    return _("A specialist looks at it now")


@says("handed_up")
def _handed_up(event: RequestEvent, name: str) -> str:
    return _("%(name)s gave it to the second level, %(to)s", name=name, to=event.data.get("to", ""))


@says("spent_less")
def _spent_less(event: RequestEvent, name: str) -> str:
    return _("%(name)s took %(minutes)s written minutes back", name=name, minutes=event.data.get("minutes", 0))
