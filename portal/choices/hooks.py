"""What this room says and shows on the pages of requests, and what it does when a request ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.choices import actions, queries
from portal.choices.states import PICKED
from portal.people.models import Person
from portal.requests import states
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.panels import Panel, panel
from portal.requests.queries import is_own
from portal.requests.signals import happened
from portal.requests.telling import name_of, says
from portal.web.moment import now

ENDINGS = frozenset({"resolved", "withdrawn", "declined", "closed", "merged"})


@happened.connect
def keep_up(event: RequestEvent, *, request: ServiceRequest, **_more: Any) -> None:
    """With the request ends what was still offered; one that was merged and is by itself again offers it again."""
    if "choices" not in request.extras:
        return
    if event.kind in ENDINGS:
        actions.end_with_request(request, at=event.at)
    elif event.kind == "unmerged":
        merged_at = datetime.fromisoformat(event.data["merged_at"])
        actions.stand_again(request, merged_at=merged_at, at=event.at)


@says("options_offered")
def _offered(event: RequestEvent, name: str) -> str:
    labels = " / ".join(event.data.get("labels", []))
    if event.data.get("replaced"):
        return _("%(name)s put other options in their place: %(labels)s", name=name, labels=labels)
    return _("%(name)s offered a choice; the clock stopped: %(labels)s", name=name, labels=labels)


@says("option_picked")
def _picked(event: RequestEvent, name: str) -> str:
    if who := event.data.get("told_by"):
        return _("%(chose)s (told us by phone, noted by %(name)s)", chose=_chose(event, who), name=name_of(event))
    return _chose(event, name)


def _chose(event: RequestEvent, name: str) -> str:
    label, minutes = event.data.get("label", ""), event.data.get("minutes", 0)
    if not minutes:
        return _("%(name)s chose: %(label)s", name=name, label=label)
    one, many = "%(name)s chose: %(label)s, %(num)d minute", "%(name)s chose: %(label)s, %(num)d minutes"
    return ngettext(one, many, minutes, name=name, label=label)


@says("offer_withdrawn")
def _withdrawn(_event: RequestEvent, name: str) -> str:
    return _("%(name)s took the options back", name=name)


@says("offer_expired")
def _expired(_event: RequestEvent, _name: str) -> str:
    return _("The times that were offered have passed; it is our turn again")


@panel("choices")
def make_panel(request: ServiceRequest, viewer: Person, for_desk: bool) -> Panel | None:
    """An open offer stands first; what was chosen stands beside the facts. Others are told by the timeline."""
    offer = queries.newest_offer(request)
    if offer is None or not (offer.is_open or offer.state == PICKED):
        return None
    values: dict[str, Any] = {
        "offer": offer,
        "at": now(),
        "for_desk": for_desk,
        "can_pick": is_own(request, viewer) and not for_desk and states.can("offer", request.state),
    }
    if not offer.is_open:
        return Panel("choices/chosen.html", values)
    if not states.can("offer", request.state):
        return None
    return Panel("choices/panel.html", values, first=True, asks=values["can_pick"], answers=values["can_pick"])
