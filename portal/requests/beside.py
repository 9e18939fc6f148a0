"""Parts of a request's page that this room brings itself: what it belongs to, and the known problem it is about."""

from __future__ import annotations

from portal.people.models import Person
from portal.requests import incidents, queries, states
from portal.requests.models import ServiceRequest
from portal.requests.panels import Panel, panel


@panel("links")
def what_it_belongs_to(request: ServiceRequest, viewer: Person, for_desk: bool) -> Panel | None:
    rows = queries.joined_with(request, None if for_desk else viewer)
    there = next((one for one in rows if one.kind == "goes_on_there"), None)
    merged = request.state == states.MERGED
    others = [one for one in rows if one is not there]
    if not (merged or others):
        return None
    values = {"merged": merged, "there": there, "others": others, "for_desk": for_desk}
    return Panel("requests/_joined.html", values, first=merged)


@panel(incidents.ROOM)
def known_problem(request: ServiceRequest, viewer: Person, for_desk: bool) -> Panel | None:
    if request.notice_id is None:
        return None
    notice = incidents.notice_of(request, None if for_desk else viewer)
    return Panel("requests/_known_problem.html", {"notice": notice, "for_desk": for_desk}, first=True)
