"""What the desk does with one request: write, take, hand over."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.files.models import StoredFile
from portal.once import claim, settle
from portal.people import queries as people
from portal.people.visitor import viewer
from portal.queue import queries
from portal.queue.blueprint import room
from portal.queue.forms import AssignForm, WriteForm
from portal.queue.show_page import assign_form, show_page
from portal.refusal import Refusal
from portal.requests import actions
from portal.requests.arrivals import files_of
from portal.requests.models import ServiceRequest
from portal.web.access import may
from portal.web.moment import now
from portal.web.paging import whole_number


@room.post("/queue/<reference>/write")
@may("work the queue")
def write(reference: str) -> Response:
    """Answer, ask, note or resolve, as the form says."""
    found = queries.find_any(reference) or abort(404)
    form = WriteForm()
    files, fits = files_of(form, by=viewer())
    if not (fits and form.validate()):
        return show_page(found, form, 422, files=files)
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
        return show_page(found, form, refusal.status, files=files)
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
    form = assign_form(AssignForm())
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
    return show_page(found, status=422, assign=form)
