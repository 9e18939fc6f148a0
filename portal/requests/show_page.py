"""The page of a request, shown when it is opened and again when something that was sent has to be mended."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.catalogue.models import Service
from portal.files.arrivals import policy_in_words
from portal.files.models import StoredFile
from portal.people.visitor import viewer
from portal.requests import letters, queries, states, watching
from portal.requests.forms import ReplyForm
from portal.requests.models import ServiceRequest
from portal.requests.panels import panels_of
from portal.requests.promise import drawn
from portal.requests.reopening import can_reopen, reopens_until
from portal.requests.telling import answers_of
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number


def show_page(
    found: ServiceRequest, form: ReplyForm, status: int = 200, files: list[StoredFile] | None = None
) -> Response:
    own, people = queries.is_own(found, viewer()), letters.followers(found)
    before = whole_number(request.args.get("before"))
    return page(
        "requests/show.html",
        status,
        request_=found,
        # The state that the page was opened with: its panel refreshes itself, and says when the rest is older.
        seen=whole_number(request.args.get("seen")) or found.version,
        facts=drawn(found, now()),
        panels=panels_of(found, viewer()),
        own=own,
        readers=watching.in_words(found, people, viewer()),
        watching=not own and viewer() in people,
        shown=queries.timeline(found, before=before),
        before=before,
        event_files=queries.files_by_event(found),
        answers=answers_of(found),
        form=form,
        files=files or [],
        policy=policy_in_words(),
        for_other=found.asked_by_id is not None,
        again=_again(found) if own else None,
        can=_can(found, own=own),
        reopens_until=reopens_until(found),
    )


def _can(found: ServiceRequest, *, own: bool) -> dict[str, bool]:
    possible = {deed: (own or deed == "reply") and states.can(deed, found.state) for deed in DEEDS}
    return possible | {"reopen": own and can_reopen(found, now())}


DEEDS = ("reply", "amend", "confirm", "withdraw")
"""What stands on the page to be done. Who reads along may write, and decides nothing."""


def _again(found: ServiceRequest) -> str | None:
    """Where the same can be asked once more: at the service, or at what took its place."""
    service: Service | None = found.service
    if found.service.state == "retired":
        service = found.service.successor
    if service is None or not service.is_live:
        return None
    return url_for("asking.ask", slug=service.slug, again=found.reference)
