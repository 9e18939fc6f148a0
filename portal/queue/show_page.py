"""The desk's page of one request, as it stands or with a form that was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.files.arrivals import policy_in_words
from portal.files.models import StoredFile
from portal.people.visitor import viewer
from portal.questions.rules import answered
from portal.queue import queries
from portal.queue.canned import names_for
from portal.queue.forms import AssignForm, EscalateForm, WriteForm
from portal.queue.keeping_forms import TogetherForm
from portal.queue.more import more_of
from portal.requests import queries as requests
from portal.requests import states
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.panels import panels_of
from portal.requests.promise import drawn
from portal.requests.reopening import can_reopen
from portal.web.forms import options
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.remember import remembered

Receiving = TypeVar("Receiving", AssignForm, TogetherForm)

KEYS_COOKIE = "keys"
"""Says whether single keys work; on where nothing was chosen."""


def keys_are_on() -> bool:
    return request.cookies.get(KEYS_COOKIE) != "off"


def show_page(
    found: ServiceRequest,
    form: WriteForm | None = None,
    status: int = 200,
    *,
    files: list[StoredFile] | None = None,
    assign: AssignForm | None = None,
) -> Response:
    """The desk's page, with the one form that was refused as it was sent and the others as they stand."""
    form = form or WriteForm(None, version=found.version)
    form.canned.choices = options([("", _("Choose one")), *names_for(viewer())])
    questions = found.request_form.questions if found.request_form else ()
    before = whole_number(request.args.get("before"))
    possible = _possible(found)
    if form.deed.data not in possible:
        form.deed.data = possible[0]
    shown = requests.timeline(found, before=before, for_desk=True)
    return page(
        "queue/show.html",
        status,
        request_=found,
        facts=drawn(found, now()),
        panels=panels_of(found, viewer(), for_desk=True),
        shown=shown,
        meanwhile=_meanwhile(form, shown.events),
        before=before,
        event_files=requests.files_by_event(found),
        answers=answered(questions, found.answers),
        form=form,
        possible=possible,
        files=files or [],
        assign=assign or assign_form(AssignForm(None, to=found.assignee_id or 0, team=found.team_id or 0)),
        policy=policy_in_words(),
        following=queries.next_due(viewer(), found.next_due_at, found.id),
        more=more_of(found),
        keys=keys_are_on(),
    )


def _possible(found: ServiceRequest) -> list[str]:
    """What can be written now."""
    verbs = {"answer": "answer", "ask": "ask_customer", "note": "note", "resolve": "resolve"}
    possible = [deed for deed, verb in verbs.items() if states.can(verb, found.state)]
    return [*possible, "reopen"] if can_reopen(found, now()) else possible


def _meanwhile(form: WriteForm, events: Sequence[RequestEvent]) -> list[RequestEvent]:
    """What happened since the page was opened, when that is why a form was refused; from then on it counts as read."""
    seen = whole_number(form.seen.data)
    form.seen.data = str(max((event.id for event in events), default=0))
    return [event for event in events if seen is not None and event.id > seen] if form.conflict else []


def assign_form(form: Receiving) -> Receiving:
    """The form with the people and teams that one can choose from."""
    form.to.choices = options([(0, _("Nobody")), *_hands("agent", "specialist")])
    form.team.choices = options([(0, _("No team")), *_hands("team")])
    return form


def escalate_form(form: EscalateForm) -> EscalateForm:
    """The form with the specialists and the teams that one can choose from."""
    form.specialist.choices = options([(0, _("Nobody in particular")), *_hands("specialist")])
    form.level_team.choices = options([(0, _("No team")), *_hands("team")])
    return form


def _hands(*kinds: str) -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in remembered("hands", queries.hands) if one.kind in kinds]
