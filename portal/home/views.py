"""The first page, how it works, accessibility, and what is kept about you."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.catalogue import queries as catalogue
from portal.catalogue.actions import publish_deal
from portal.catalogue.promises import timetable
from portal.extensions import db
from portal.home.forms import DealForm
from portal.home.front import front_for
from portal.home.waiting import Waiting, waiting_for
from portal.notices.banner import banner_for
from portal.people.visitor import viewer
from portal.refusal import Conflict
from portal.requests import queries as requests
from portal.requests.models import ServiceRequest
from portal.requests.promise import drawn_small
from portal.web.access import may, public, signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.remember import remembered
from portal.web.words import local

room = Blueprint("home", __name__)

MOST_OPEN = 5


@room.get("/")
@signed_in
def index() -> Response:
    at = now()
    front = front_for(viewer())
    mine, begun = requests.standing_of(viewer(), size=MOST_OPEN)
    waiting = waiting_for(viewer(), at=at)
    return page(
        "home/index.html",
        at=at,
        lines=[(one, drawn_small(one.request, at)) for one in mine],
        begun=begun,
        greeting=_greeting(at),
        notices=banner_for(viewer(), session.get("me_too", {})),
        news=front.news,
        change=front.change,
        offer=_drawn("home/offer.html", lambda: {"rows": timetable(front.popular, at), "at": at}),
        mission=_drawn("home/mission.html", lambda: {"deal": front.deal}),
        waiting=waiting,
        questions=_questions([one.request for one in mine], waiting),
    )


def _questions(mine: list[ServiceRequest], waiting: Waiting) -> list[ServiceRequest]:
    """One's own requests in which a question waits for an answer; a choice is asked for by itself."""
    choices = {one.reference for one in waiting.choices}
    own = [one for one in mine if viewer().id in (one.customer_id, one.asked_by_id)]
    return [one for one in own if one.state == "waiting" and one.reference not in choices]


def _drawn(template: str, context: Callable[[], dict[str, Any]]) -> Markup:
    """A part of the first page that is the same for everybody in a segment, drawn once in a while."""
    key = (template, viewer().segment_id, str(get_locale()))
    return remembered(key, lambda: Markup(render_template(template, **context())))


def _greeting(at: datetime) -> str:
    hour = local(at).hour
    if 5 <= hour < 12:
        words = _("Good morning, %(name)s")
    elif 12 <= hour < 18:
        words = _("Good afternoon, %(name)s")
    else:
        words = _("Good evening, %(name)s")
    return words % {"name": viewer().first_name}


@room.get("/how-it-works")
@public
def how_it_works() -> Response:
    """The mission and the deal; `deal` asks for an earlier version, such as the one a request was made under."""
    newest = catalogue.current_deal()
    wanted = requests.find_deal(whole_number(request.args.get("deal")))
    earlier = wanted if wanted and newest and wanted.id != newest.id else None
    return page("home/how_it_works.html", deal=earlier or newest, earlier=earlier)


@room.route("/how-it-works/edit", methods=["GET", "POST"])
@may("publish the service deal")
def edit_deal() -> Response:
    deal = catalogue.current_deal()
    form = DealForm(obj=deal, version=str(deal.id) if deal else "")
    if form.validate_on_submit():
        if form.version.data != (str(deal.id) if deal else ""):
            form.refuse(Conflict(_("Somebody published new words while you wrote. Compare them, then publish yours.")))
            form.version.data = str(deal.id) if deal else ""
            return page("home/edit_deal.html", 409, form=form)
        publish_deal(
            mission=form.mission.data or "",
            promise=form.promise.data or "",
            in_return=form.in_return.data or "",
            by=viewer(),
            at=now(),
        )
        db.session.commit()
        flash(_("The new words are published."))
        return redirect(url_for("home.how_it_works"), 303)
    return page("home/edit_deal.html", 422 if form.is_submitted() else 200, form=form)


@room.get("/accessibility")
@public
def accessibility() -> Response:
    return page("home/accessibility.html")


@room.get("/your-data")
@public
def your_data() -> Response:
    return page("home/your_data.html")
