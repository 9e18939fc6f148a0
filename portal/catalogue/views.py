"""The catalogue and its service pages."""

from __future__ import annotations

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from portal.catalogue import queries
from portal.catalogue.promises import Offered, offered, promise_now, timetable
from portal.measures.intervals import Share
from portal.people.visitor import viewer
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.remember import remembered

room = Blueprint("catalogue", __name__)


@room.get("/services")
@signed_in
def index() -> Response:
    words = " ".join(request.args.get("q", "")[:100].split())
    shelf = request.args.get("category")
    after = min(whole_number(request.args.get("after")) or 0, 10_000)
    found = _found(words, shelf, after)
    shown = found[: queries.MOST_ON_A_PAGE]
    return page(
        "catalogue/index.html",
        rows=timetable(shown, now()),
        categories=remembered(("shelves", viewer().segment_id), lambda: queries.shelves_for(viewer())),
        words=words,
        shelf=shelf,
        after=after + len(shown) if len(found) > len(shown) else None,
        at=now(),
    )


def _found(words: str, shelf: str | None, after: int) -> list[Offered]:
    """What fits, with one more than a page shows. Without words it is the same for everybody of a segment."""

    def fetch() -> list[Offered]:
        size = queries.MOST_ON_A_PAGE + 1
        services = queries.services_for(viewer(), words=words, category=shelf, after=after, size=size)
        return [offered(service) for service in services]

    return fetch() if words or shelf or after else remembered(("offer", viewer().segment_id), fetch)


@room.get("/services/<slug>")
@signed_in
def show(slug: str) -> Response:
    service = queries.find_service(viewer(), slug) or abort(404)
    form = queries.current_form(service)
    return page(
        "catalogue/show.html",
        service=service,
        promise=promise_now(service, now(), with_line=True),
        questions=form.questions if form else (),
        segments=[] if service.for_everyone else queries.segments_of(service),
        neighbours=queries.neighbours_of(viewer(), service),
        kept=Share(service.kept_lately, service.decided_lately),
    )
