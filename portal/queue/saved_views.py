"""Keeping ways to look at the queue: the list, a new one, changes to one."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import settle
from portal.people.visitor import viewer
from portal.queue import queries, saved
from portal.queue.blueprint import room
from portal.queue.keeping_forms import FilterForm
from portal.queue.models import SavedFilter
from portal.web.access import may
from portal.web.moment import now
from portal.web.page import page
from portal.web.refusals import refusals_in
from portal.web.remember import remembered
from portal.web.sent import sent_before


@room.get("/queue/filters")
@may("work the queue")
def filters() -> Response:
    kept = saved.kept_for(viewer())
    choices = _choices(*(one.filters for one in kept))
    return page("queue/filters.html", kept=kept, choices=choices, most=saved.MOST_KEPT)


@room.route("/queue/filters/new", methods=["GET", "POST"])
@may("work the queue")
def new_filter() -> Response:
    """Keep the view of the queue that one has just looked at."""
    wanted = request.args if request.method != "POST" else {}
    asked = request.query_string.decode("ascii", "replace") if wanted else ""
    form = FilterForm(query=saved.query_of(saved.filters_of(asked)))
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            kept = saved.keep(form.query.data or "", **_wishes(form), by=viewer(), at=now())
            address = f"{url_for('queue.index')}?{kept.query}"
            settle(form.once.data, address)
            return _saved(kept, address)
    return _page(form, None)


@room.route("/queue/filters/<int:filter_number>", methods=["GET", "POST"])
@may("work the queue")
def edit_filter(filter_number: int) -> Response:
    kept = saved.find_kept(viewer(), filter_number) or abort(404)
    is_first = any(one.is_first for one in saved.kept_for(viewer()) if one.id == kept.id)
    form = FilterForm(name=kept.name, is_shared=kept.team_id is not None, is_first=is_first, query=kept.query)
    if kept.person_id != viewer().id:
        form.name.data, form.is_shared.data = kept.name, True
    if form.validate_on_submit():
        with refusals_in(form):
            saved.change(kept, **_wishes(form), by=viewer())
            return _saved(kept, url_for("queue.filters"))
    return _page(form, kept)


def _wishes(form: FilterForm) -> dict[str, Any]:
    shared, first = bool(form.is_shared.data), bool(form.is_first.data)
    return {"name": form.name.data or "", "is_shared": shared, "is_first": first}


def _page(form: FilterForm, kept: SavedFilter | None) -> Response:
    asked = saved.filters_of(form.query.data or "")
    return page("queue/filter.html", form.status, form=form, kept=kept, asked=asked, choices=_choices(asked))


def _choices(*asked: queries.Filters) -> queries.Choices:
    """The names of what these filters narrow to."""
    return queries.choices_with(remembered("queue filters", queries.filter_choices), *asked)


def _saved(kept: SavedFilter, address: str) -> Response:
    db.session.commit()
    flash(_("The filter “%(name)s” is kept.", name=kept.name))
    return redirect(address, 303)


@room.post("/queue/filters/<int:filter_number>/remove")
@may("work the queue")
def remove_filter(filter_number: int) -> Response:
    kept = saved.find_kept(viewer(), filter_number) or abort(404)
    name = kept.name
    saved.remove(kept, by=viewer())
    db.session.commit()
    flash(_("The filter “%(name)s” is removed.", name=name))
    return redirect(url_for("queue.filters"), 303)
