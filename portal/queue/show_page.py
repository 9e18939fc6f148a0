"""The desk's page of one request, as it stands or with a form that was refused."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.files.arrivals import policy_in_words
from portal.files.models import StoredFile
from portal.people import queries as people
from portal.people.visitor import viewer
from portal.questions.rules import answered
from portal.queue import queries
from portal.queue.forms import AssignForm, WriteForm
from portal.queue.more import more_of
from portal.requests import queries as requests
from portal.requests import states
from portal.requests.models import ServiceRequest
from portal.requests.panels import panels_of
from portal.requests.promise import drawn
from portal.web.forms import options
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number


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
    questions = found.request_form.questions if found.request_form else ()
    before = whole_number(request.args.get("before"))
    possible = [
        deed
        for deed, verb in {"answer": "answer", "ask": "ask_customer", "note": "note", "resolve": "resolve"}.items()
        if states.can(verb, found.state)
    ]
    if form.deed.data not in possible:
        form.deed.data = possible[0]
    return page(
        "queue/show.html",
        status,
        request_=found,
        facts=drawn(found, now()),
        panels=panels_of(found, viewer(), for_desk=True),
        shown=requests.timeline(found, before=before, for_desk=True),
        before=before,
        event_files=requests.files_by_event(found),
        answers=answered(questions, found.answers),
        form=form,
        possible=possible,
        files=files or [],
        assign=assign or assign_form(AssignForm(None, to=found.assignee_id or 0, team=found.team_id or 0)),
        policy=policy_in_words(),
        following=queries.next_due(viewer(), found),
        more=more_of(found),
    )


def assign_form(form: AssignForm) -> AssignForm:
    """The form with the people and teams that one can choose from."""
    form.to.choices = options([(0, _("Nobody")), *((one.id, one.name) for one in people.holders("work the queue"))])
    form.team.choices = options([(0, _("No team")), *((one.id, one.name) for one in people.teams())])
    return form
