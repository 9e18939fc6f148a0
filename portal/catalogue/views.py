"""The catalogue and its service pages."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from portal.catalogue import queries
from portal.catalogue.asked import what_is_asked
from portal.catalogue.closures import next_closed
from portal.catalogue.leading import service_here
from portal.catalogue.promises import Offered, offered, promise_now, timetable
from portal.measures.intervals import Share
from portal.people.visitor import viewer
from portal.search.models import Document
from portal.search.queries import about
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.remember import remembered
from portal.web.words import local_day

room = Blueprint("catalogue", __name__)

PAGE_SIZE = 20
"""So many services with their promises make a page of 20 kB; the most asked for come first."""
IS_NEW = timedelta(days=30)
CHANGED_LATELY = timedelta(days=90)


@room.get("/services")
@signed_in
def index() -> Response:
    words = " ".join(request.args.get("q", "")[:100].split())
    shelf = request.args.get("category")
    after = min(whole_number(request.args.get("after")) or 0, 10_000)
    found = _found(words, shelf, after)
    shown = found[:PAGE_SIZE]
    return page(
        "catalogue/index.html",
        rows=timetable(shown, now()),
        categories=remembered(("shelves", viewer().segment_id), lambda: queries.shelves_for(viewer())),
        news=[] if words or shelf or after else _news(),
        words=words,
        shelf=shelf,
        after=after + len(shown) if len(found) > len(shown) else None,
        at=now(),
    )


def _found(words: str, shelf: str | None, after: int) -> list[Offered]:
    """What fits, with one more than a page shows. Without words it is the same for everybody of a segment."""

    def fetch() -> list[Offered]:
        services = queries.services_for(viewer(), words=words, category=shelf, after=after, size=PAGE_SIZE + 1)
        return [offered(service) for service in services]

    return fetch() if words or shelf or after else remembered(("offer", viewer().segment_id), fetch)


def _news() -> list[queries.News]:
    """What is new, the same for everybody of a segment."""
    return remembered(("news", viewer().segment_id), lambda: queries.news_for(viewer(), since=now() - IS_NEW, size=3))


@room.get("/services/<slug>")
@signed_in
def show(slug: str) -> Response:
    service, at = service_here(slug), now()
    form = queries.current_form(service)
    questions = form.questions if form else ()
    return page(
        "catalogue/show.html",
        service=service,
        promise=promise_now(service, at, with_line=True),
        asked=what_is_asked(questions, str(get_locale()).partition("_")[0]),
        asks_for_files=any(question.kind == "file" for question in questions),
        segments=[] if service.for_everyone else queries.segments_of(service),
        neighbours=queries.neighbours_of(viewer(), service),
        kept=Share(service.kept_lately, service.decided_lately),
        rated=Share(service.rated_good_lately, service.rated_lately),
        incidents=sorted(about(viewer(), slug, kinds=WORTH_KNOWING, at=at), key=_trouble_first),
        articles=about(viewer(), slug, kinds=("article",), at=at),
        changes=queries.changes_of(service, since=at - CHANGED_LATELY),
        closed=next_closed(service.hours_plan, local_day(at)),
        ways={endpoint: _way(endpoint, slug) for endpoint in WAYS_ON},
    )


WORTH_KNOWING = ("incident", "maintenance")


def _trouble_first(known: Document) -> int:
    return WORTH_KNOWING.index(known.kind)


WAYS_ON = (
    "designer.show",
    "portfolio.edit",
    "portfolio.publish",
    "notices.index",
    "notices.service",
    "notices.subscribe",
)
"""Endpoints of rooms above that a service's page leads to, where they are open."""


def _way(endpoint: str, slug: str) -> str | None:
    """The address of that page for this service, or None while there is no such page."""
    if endpoint not in current_app.view_functions:
        return None
    rule = next(current_app.url_map.iter_rules(endpoint))
    if not rule.arguments <= {"slug"}:
        return None
    return url_for(endpoint, slug=slug) if rule.arguments else url_for(endpoint)
