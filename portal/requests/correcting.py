"""Putting right what one wrote oneself: the first words stay, and the newer ones are read in their place."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from portal.people.models import Person
from portal.refusal import Refusal
from portal.requests import letters, queries
from portal.requests.actions import happen
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.telling import CORRECTED

CAN_BE_PUT_RIGHT = ("answered", "asked_customer", "resolved", "held", "noted")
"""What those who work on requests write."""


def can_correct(event: RequestEvent, person: Person) -> bool:
    """Only one's own words."""
    return event.kind in CAN_BE_PUT_RIGHT and event.actor_id == person.id


def correct(request: ServiceRequest, event: RequestEvent, *, words: str, by: Person, at: datetime) -> RequestEvent:
    """Newer words for an earlier message; who was told the first ones is told these."""
    if not can_correct(event, by):
        raise Refusal(_("You can put right only what you wrote yourself."))
    words = words.strip()
    if words == queries.newest_words(event).strip():
        raise Refusal(_("You have changed nothing."), field="body")
    data = {"event": event.id}
    newer = happen(request, CORRECTED, by, at, body=words, public=event.public, data=data)
    if event.public:
        body = _("%(name)s has put right what was written about “%(summary)s”:", name=by.name, summary=request.summary)
        letters.tell(request, f"event{newer.id}", _("put right"), f"{body}\n\n{words}", at)
    return newer
