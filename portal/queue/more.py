"""What else can be done with a request from the desk's page, by rooms that bring a page of their own for it."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from portal.requests import states
from portal.requests.models import ServiceRequest

MORE: tuple[tuple[str, str, Any], ...] = (
    ("hold", "queue.hold", _l("Wait for somebody outside")),
    ("go_on", "queue.go_on", _l("Go on: what we waited for is here")),
    ("say_new_time", "queue.new_time", _l("Say a new time")),
    ("escalate", "queue.escalate", _l("Give it to the second level")),
    ("offer", "choices.new", _l("Offer a choice")),
    ("plan_visit", "visits.new", _l("Plan a visit")),
    ("ask_approval", "approvals.new", _l("Ask for a yes")),
    ("merge", "queue.merge", _l("Merge it into another request")),
    ("split", "queue.split", _l("Make two requests of it")),
    ("unmerge", "queue.unmerge", _l("Take it out of the other request")),
    ("reply", "queue.link_incident", _l("Link it to a known problem")),
    ("note", "queue.link", _l("Link it to another request")),
)
"""The deed of the table of states, the page that takes `reference`, and the words of the link."""


def more_of(request: ServiceRequest) -> list[tuple[str, Any]]:
    """The pages that fit the state in which the request is."""
    there = current_app.view_functions
    return [(page, words) for deed, page, words in MORE if page in there and states.can(deed, request.state)]
