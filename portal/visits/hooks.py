"""What the house hears of visits: their part of a request's page, the end of a request, and who may see a face."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from portal.people.models import Person
from portal.people.pictures import picture_shown_to
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.panels import Panel, panel
from portal.requests.queries import is_own
from portal.requests.signals import happened
from portal.visits import queries
from portal.visits.actions import end_with_request
from portal.web.moment import now

ENDS = ("resolved", "withdrawn", "declined", "merged")


@panel("visits")
def visits_of(request: ServiceRequest, viewer: Person, for_desk: bool) -> Panel | None:
    """The visits that are to come, on top of both pages."""
    coming = queries.coming_to(request)
    if not coming:
        return None
    own = is_own(request, viewer) and not for_desk
    shown = [(visit, own and visit.may_move(now())) for visit in coming]
    return Panel("visits/panel.html", {"visits": shown, "own": own, "for_desk": for_desk}, first=True)


@happened.connect
def end_visits(event: RequestEvent, *, request: ServiceRequest, **_more: Any) -> None:
    """Nobody comes to a request that has ended; who resolves it at the visit has made that visit."""
    if event.kind not in ENDS or "visits" not in request.extras:
        return
    words = {
        "resolved": _("The request is resolved."),
        "withdrawn": _("The request is withdrawn."),
        "declined": _("The request was not approved."),
        "merged": _("The request goes on in another one."),
    }[event.kind]
    for visit in queries.coming_to(request):
        went = event.kind == "resolved" and event.actor_id == visit.technician_id and visit.starts_at <= event.at
        end_with_request(visit, words=words, went=went, by=event.actor, at=event.at)


@picture_shown_to
def comes_to_the_viewer(viewer: Person, person: Person) -> bool:
    return queries.visits_to(viewer, person)
