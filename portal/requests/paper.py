"""A request on paper: the page is written here, and the press makes the PDF of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app

from portal.requests import queries, telling
from portal.requests.history import newest_events
from portal.requests.models import ServiceRequest


def order_for(request: ServiceRequest, at: datetime) -> dict[str, Any]:
    """What the press needs. Notes for colleagues are not among the events that are read here."""
    asked, events = newest_events(request)
    # Rendered without what pages know of their visitor: a paper has none.
    html = current_app.jinja_env.get_template("requests/paper.html").render(
        request_=request,
        facts=telling.facts_of(request),
        answers=telling.answers_in_words(request),
        asked=telling.told(asked),
        events=telling.told(events),
        files=queries.files_by_event(request),
        at=at,
        company=current_app.config["COMPANY"],
        language=current_app.config["LOCALE"].replace("_", "-"),
    )
    return {"html": html, "labels": {}, "at": at.isoformat(), "attachments": []}
