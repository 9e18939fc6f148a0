"""One box over everything, and answers before a question is asked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.people.visitor import digest, viewer
from portal.search import actions, queries, sources
from portal.search.forms import SolvedForm
from portal.search.marking import Marker
from portal.search.words import MOST_TYPED, wanted
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.words import local_day

room = Blueprint("search", __name__)

MOST_PAGES = 10_000


@room.get("/search")
@signed_in
def index() -> Response:
    typed = _typed()
    words = wanted(typed)
    mended: list[tuple[str, str]] = []
    if not request.args.get("exact"):
        words, mended = queries.vocabulary().mended(words)
    after = min(whole_number(request.args.get("after")) or 0, MOST_PAGES)
    kind = request.args.get("kind") if request.args.get("kind") in queries.KINDS else None
    results = queries.find(viewer(), words, at=now(), kind=kind, after=after)
    return page(
        "search/index.html",
        typed=typed,
        results=results,
        mended=[pair for pair in mended if results.counts and not queries.held(results, pair[0])],
        kind=kind,
        all_kinds=queries.KINDS,
        after=_next(results, kind, after),
        popular=() if results.counts else sources.popular_for(viewer()),
        marked=Marker(words),
    )


def _typed() -> str:
    """The box calls it `q`, a request form `summary`."""
    typed = request.args.get("q") or request.args.get("summary") or ""
    return " ".join(typed[:MOST_TYPED].replace("\0", " ").split())


def _next(results: queries.Results, kind: str | None, after: int) -> int | None:
    """Where the next page of a kind begins, when there is one."""
    reached = after + len(results.kinds.get(kind or "", ()))
    return reached if kind and after < reached < results.counts.get(kind, 0) else None


@room.get("/search/suggestions")
@signed_in
def suggestions() -> Response:
    """Also for a form that asks while somebody types: it takes the fragment out of this page."""
    return page("search/suggestions.html", **suggested(_typed(), request.args.get("service", "")[:200]))


def suggested(typed: str, service: str) -> dict[str, Any]:
    """What `search/_suggestions.html` needs; for a page that shows it from the start."""
    found = queries.suggest(viewer(), typed, service=service or None, at=now())
    return {"typed": typed, "service": service, "suggestions": found, "me_too": _can_say_me_too()}


def _can_say_me_too() -> bool:
    return "notices.me_too" in current_app.view_functions


@room.post("/search/solved")
@signed_in
def solved() -> Response:
    """Somebody found the answer instead of asking: counted once a day for each person and thing."""
    form = SolvedForm()
    if not form.validate_on_submit():
        abort(400)
    kind, key, service = form.kind.data or "", form.key.data or "", form.service.data or ""
    if queries.find_seen(viewer(), kind, key, at=now()) is None:
        abort(404)
    # Nobody counts for a service that is not there for them.
    counts_for = service if queries.find_seen(viewer(), "service", service, at=now()) else None
    actions.solved(kind, key, service=counts_for, once=_once(kind, key), at=now())
    sources.tell_solved(viewer(), service, now())
    db.session.commit()
    flash(
        _("Good that you know now. Nothing was sent.")
        if kind == "incident"
        else _("Good that it is solved. Nothing was sent.")
    )
    return redirect(url_for("home.index"), 303)


def _once(kind: str, key: str) -> str:
    """The same for one person, thing and day, and nobody without the portal's secret can tell whose it is."""
    return digest(f"{current_app.config['SECRET_KEY']}:{viewer().id}:{kind}:{key}:{local_day(now())}")
