"""The first page, how it works, accessibility, and what is kept about you."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.catalogue import queries as catalogue
from portal.catalogue.promises import timetable
from portal.focus_groups import queries as focus_groups
from portal.home.front import front_for
from portal.people.visitor import viewer
from portal.requests import queries as requests
from portal.requests.promise import drawn_small
from portal.surveys import queries as surveys
from portal.web.access import public, signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.words import local

room = Blueprint("home", __name__)

MOST_OPEN = 5


@room.get("/")
@signed_in
def index() -> Response:
    at = now()
    front = front_for(viewer())
    mine = requests.requests_of(viewer(), is_open=True, after=None, size=MOST_OPEN)
    return page(
        "home/index.html",
        at=at,
        lines=[(one, drawn_small(one, at)) for one in mine],
        greeting=_greeting(at),
        rows=timetable(front.popular, at),
        change=front.change,
        deal=front.deal,
        surveys=surveys.open_invitations(viewer(), at=at),
        invitations=focus_groups.invitations_of(viewer(), at=at),
    )


def _greeting(at: datetime) -> str:
    hour = local(at).hour
    words = _("Good morning, %(name)s") if hour < 12 else _("Good afternoon, %(name)s")
    return (words if hour < 18 else _("Good evening, %(name)s")) % {"name": viewer().first_name}


@room.get("/how-it-works")
@public
def how_it_works() -> Response:
    return page("home/how_it_works.html", deal=catalogue.current_deal())


@room.get("/accessibility")
@public
def accessibility() -> Response:
    return page("home/accessibility.html")


@room.get("/your-data")
@public
def your_data() -> Response:
    return page("home/your_data.html")
