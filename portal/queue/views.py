"""The queue and the desk's page of one request."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.files.arrivals import policy_in_words
from portal.files.models import StoredFile
from portal.once import claim, settle
from portal.people import queries as people
from portal.people.visitor import viewer
from portal.questions.rules import answered
from portal.queue import queries
from portal.queue.forms import AssignForm, PriorityForm, WriteForm
from portal.queue.grouping import grouped
from portal.refusal import Refusal
from portal.requests import actions, states
from portal.requests import queries as requests
from portal.requests.arrivals import files_of
from portal.requests.models import ServiceRequest
from portal.requests.panels import panels_of
from portal.requests.promise import drawn
from portal.web.access import may
from portal.web.forms import options
from portal.web.moment import now, portal_zone
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.remember import remembered

room = Blueprint("queue", __name__)

PAGE_SIZE = 25


@room.get("/queue")
@may("work the queue")
def index() -> Response:
    filters = _filters()
    rows = queries.worklist(viewer(), filters, after=_after(), size=PAGE_SIZE + 1)
    shown, at = rows[:PAGE_SIZE], now()
    last = f"{shown[-1].next_due_at.isoformat()}~{shown[-1].id}" if len(rows) > PAGE_SIZE else None
    return page(
        "queue/index.html",
        groups=grouped(shown, at, portal_zone()),
        filters=filters,
        counts=queries.counts(viewer(), at=at),
        bound=queries.COUNT_BOUND,
        choices=remembered("queue filters", queries.filter_choices),
        after=last,
        at=at,
    )


def _filters() -> queries.Filters:
    view = request.args.get("view", "due")
    return queries.Filters(
        view=view if view in queries.VIEWS else "due",
        words=" ".join(request.args.get("q", "")[:100].split()),
        service_id=whole_number(request.args.get("service")),
        segment_id=whole_number(request.args.get("segment")),
        team_id=whole_number(request.args.get("team")),
    )


def _after() -> tuple[datetime, int] | None:
    """The place to go on from; anything unreadable starts at the top."""
    due, _tilde, number = request.args.get("after", "").partition("~")
    place = whole_number(number)
    try:
        moment = datetime.fromisoformat(due)
        return (moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), place) if place else None
    except (ValueError, OverflowError):
        return None


@room.get("/queue/<reference>")
@may("work the queue")
def show(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    return _show_page(found)


def _show_page(
    found: ServiceRequest,
    form: WriteForm | None = None,
    status: int = 200,
    *,
    files: list[StoredFile] | None = None,
    assign: AssignForm | None = None,
    priority: PriorityForm | None = None,
) -> Response:
    """The desk's page, with the one form that was refused as it was sent and the others as they stand."""
    form = form or WriteForm(None, version=found.version)
    questions = found.request_form.questions if found.request_form else ()
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
        events=requests.all_events(found),
        event_files=requests.files_by_event(found),
        answers=answered(questions, found.answers),
        form=form,
        possible=possible,
        files=files or [],
        assign=assign or _assign_form(AssignForm(None, to=found.assignee_id or 0, team=found.team_id or 0)),
        priority=priority or PriorityForm(None, priority=found.priority),
        policy=policy_in_words(),
        following=queries.next_due(viewer(), found),
    )


def _assign_form(form: AssignForm) -> AssignForm:
    """The form with the people and teams that one can choose from."""
    form.to.choices = options([(0, _("Nobody")), *((one.id, one.name) for one in people.holders("work the queue"))])
    form.team.choices = options([(0, _("No team")), *((one.id, one.name) for one in people.teams())])
    return form


@room.post("/queue/<reference>/write")
@may("work the queue")
def write(reference: str) -> Response:
    """Answer, ask, note or resolve, as the form says."""
    found = queries.find_any(reference) or abort(404)
    form = WriteForm()
    files, fits = files_of(form, by=viewer())
    if not (fits and form.validate()):
        return _show_page(found, form, 422, files=files)
    if earlier := claim(form.once.data, at=now()):
        db.session.rollback()
        return redirect(earlier, 303)
    try:
        actions.check_version(found, whole_number(form.version.data))
        _write(found, form, files)
    except Refusal as refusal:
        db.session.rollback()
        form.refuse(refusal)
        form.version.data = str(found.version)
        return _show_page(found, form, refusal.status, files=files)
    address = url_for("queue.show", reference=found.reference)
    settle(form.once.data, address)
    db.session.commit()
    flash(_told(form.deed.data, found.reference))
    return redirect(address, 303)


def _told(deed: str, reference: str) -> str:
    """What has just been done, so that nobody wonders whether the customer reads it."""
    return {
        "answer": _("%(ref)s: your answer is sent.", ref=reference),
        "ask": _("%(ref)s: your question is sent. The clock stands still until the answer.", ref=reference),
        "note": _("%(ref)s: your note is kept. Only colleagues read it.", ref=reference),
        "resolve": _("%(ref)s is resolved.", ref=reference),
    }[deed]


def _write(found: ServiceRequest, form: WriteForm, files: list[StoredFile]) -> None:
    deed = {
        "answer": actions.answer,
        "ask": actions.ask_customer,
        "note": actions.note,
        "resolve": actions.resolve,
    }[form.deed.data]
    deed(found, words=form.body.data or "", by=viewer(), at=now(), files=files)
    actions.spend(found, minutes=form.minutes.data or 0, by=viewer(), at=now())


@room.post("/queue/<reference>/take")
@may("work the queue")
def take(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    actions.take(found, by=viewer(), at=now())
    db.session.commit()
    flash(_("You have %(ref)s now.", ref=found.reference))
    return redirect(url_for("queue.show", reference=found.reference), 303)


@room.post("/queue/<reference>/assign")
@may("work the queue")
def assign(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    form = _assign_form(AssignForm())
    if form.validate():
        to = people.find_person(form.to.data) if form.to.data else None
        team = next((one for one in people.teams() if one.id == form.team.data), None)
        try:
            actions.assign(found, to=to, team=team, why=form.why.data or "", by=viewer(), at=now())
            db.session.commit()
            flash(_("%(ref)s is handed over.", ref=found.reference))
            return redirect(url_for("queue.show", reference=found.reference), 303)
        except Refusal as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return _show_page(found, status=422, assign=form)


@room.post("/queue/<reference>/priority")
@may("work the queue")
def priority(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    form = PriorityForm()
    if form.validate():
        try:
            actions.set_priority(found, priority=form.priority.data, by=viewer(), at=now())
            db.session.commit()
            flash(_("The priority of %(ref)s is set.", ref=found.reference))
            return redirect(url_for("queue.show", reference=found.reference), 303)
        except Refusal as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return _show_page(found, status=422, priority=form)
