"""The rooms of the house: which there are, and how people find their way between them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.jobs import keep_in
from portal.web.access import holds, viewer_roles
from portal.web.language import locale_name
from portal.web.moment import now

ROOMS = (
    "people",
    "mail",
    "files",
    "search",
    "catalogue",
    "knowledge",
    "notices",
    "requests",
    "asking",
    "inbound",
    "choices",
    "approvals",
    "visits",
    "designer",
    "queue",
    "surveys",
    "focus_groups",
    "portfolio",
    "callbacks",
    "improvements",
    "reports",
    "home",
)
"""Rooms with pages, each with a blueprint called `room` in its `views`."""

BACKGROUND = (
    "mail",
    "files",
    "catalogue",
    "knowledge",
    "notices",
    "people",
    "requests",
    "inbound",
    "choices",
    "approvals",
    "surveys",
    "callbacks",
    "reports",
)
"""Rooms with work that a worker does, in their `background`, which only a worker and commands load."""

HOOKS: tuple[str, ...] = ("inbound", "choices", "approvals", "visits", "queue", "callbacks")
"""Rooms that listen to requests or bring a part of their page, in their `hooks`."""

FINDING = ("catalogue", "requests")
"""Rooms that tell the search more than documents, in their `finding`."""


@dataclass(frozen=True)
class Link:
    """One way to a room. `current` is what aria-current says."""

    label: str
    endpoint: str
    current: str | None
    group: str


WAYS = {
    "shop": (
        ("use the portal", _l("Services"), "catalogue.index", None),
        ("use the portal", _l("Help articles"), "knowledge.index", None),
        ("use the portal", _l("Status"), "notices.index", None),
        ("use the portal", _l("My requests"), "requests.index", None),
        ("use the portal", _l("You said, we did"), "improvements.you_said_we_did", None),
    ),
    "desk": (
        ("work the queue", _l("Queue"), "queue.index", _l("Work")),
        ("make visits", _l("Visits"), "visits.index", _l("Work")),
        ("sort incoming mail", _l("Incoming mail"), "inbound.index", _l("Work")),
        ("make callbacks", _l("Callbacks"), "callbacks.index", _l("Listen")),
        ("read survey results", _l("Surveys"), "surveys.index", _l("Listen")),
        ("run focus groups", _l("Focus groups"), "focus_groups.index", _l("Listen")),
        ("keep improvements", _l("Improvements"), "improvements.index", _l("Improve")),
        ("write articles", _l("Articles"), "knowledge.writing", _l("Tell")),
        ("write notices", _l("Notices"), "notices.desk", _l("Tell")),
        ("review the portfolio", _l("Portfolio"), "portfolio.index", _l("Keep the offer")),
        ("keep the offer", _l("All services"), "portfolio.services", _l("Keep the offer")),
        ("keep the offer", _l("Form designer"), "designer.index", _l("Keep the offer")),
        ("keep the offer", _l("Team rules"), "queue.rules", _l("Keep the offer")),
        ("read reports", _l("Reports"), "reports.index", _l("Answer for it")),
        ("manage people", _l("People"), "people.index", _l("Run it")),
        ("manage people", _l("Teams"), "people.all_teams", _l("Run it")),
        ("read kept mail", _l("Mail"), "mail.index", _l("Run it")),
    ),
}


def open_rooms(app: Flask) -> None:
    """Open every room, and give the templates their ways, pictures and names."""
    for name in ROOMS:
        app.register_blueprint(import_module(f"portal.{name}.views").room)
    keep_in(f"portal.{name}.background" for name in BACKGROUND)
    for name in FINDING:
        import_module(f"portal.{name}.finding")
    for name in HOOKS:
        import_module(f"portal.{name}.hooks")
    from portal.web import health

    app.register_blueprint(health.room)
    app.jinja_env.globals.update(navigation=navigation, asset=asset)
    app.context_processor(_names)


def navigation(place: str) -> list[Link]:
    """The ways that the viewer may go, in order."""
    here, roles = request.endpoint or "", viewer_roles()
    open_ways = _open_ways(place, roles, locale_name()) if roles is not None else ()
    return [Link(label, endpoint, _current(here, endpoint), group) for label, endpoint, group in open_ways]


@lru_cache(maxsize=256)
def _open_ways(place: str, roles: frozenset[str], _language: str) -> tuple[tuple[str, str, str], ...]:
    """Label, endpoint and group of each, in the words of the language, for everybody with these roles."""
    return tuple(
        (str(label), endpoint, str(group or "")) for may, label, endpoint, group in WAYS[place] if holds(roles, may)
    )


def _current(here: str, endpoint: str) -> str | None:
    """Is this the page one is on, or the room that it lies in?"""
    if here == endpoint:
        return "page"
    inside = endpoint == _LIES_IN.get(here, f"{here.partition('.')[0]}.index")
    return "true" if inside and here not in _ENDPOINTS else None


def _of(room: str, pages: str) -> list[str]:
    return [f"{room}.{page}" for page in pages.split()]


_LIES_IN = {
    # One asks from a service's page; the request does not exist yet.
    **dict.fromkeys(_of("asking", "ask keep"), "catalogue.index"),
    # One's own page is no part of the list of people.
    **dict.fromkeys(_of("people", "me password away my_picture mail_off"), "people.me"),
    # What belongs to a request lies with it, for its customer or for the desk.
    **dict.fromkeys(["asking.amend", "choices.show", "visits.move"], "requests.index"),
    **dict.fromkeys(["choices.new", "choices.withdraw", "approvals.new", "visits.new"], "queue.index"),
    # Who writes is at the desk, though readers have a room of the same name.
    **dict.fromkeys(
        _of("knowledge", "new edit preview publish versions look_again retire compare"), "knowledge.writing"
    ),
    **dict.fromkeys(_of("notices", "new work edit propose release send_back update solve cancel move"), "notices.desk"),
    **dict.fromkeys(_of("portfolio", "new edit publish retire"), "portfolio.services"),
    **dict.fromkeys(_of("queue", "new_rule edit_rule"), "queue.rules"),
    **dict.fromkeys(_of("people", "new_team edit_team"), "people.all_teams"),
}
"""Pages whose way is not the first page of their own room."""

_ENDPOINTS = frozenset(way[2] for ways in WAYS.values() for way in ways)


def asset(name: str) -> str:
    """The address of a static file, with its digest, so that browsers may keep it for good."""
    return url_for("static", filename=name, v=_digest(str(current_app.static_folder), name))


@lru_cache(maxsize=64)
def _digest(folder: str, name: str) -> str:
    return hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()[:10]


def _names() -> dict[str, Any]:
    return {
        "company": current_app.config["COMPANY"],
        "phone": current_app.config["PHONE"],
        "page_language": locale_name().partition("_")[0],
        "viewer_id": current_user.person.id if current_user.is_authenticated else None,
        "at": now(),
    }
