"""What the desk does with one request: write, take, hand over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.files.models import StoredFile
from portal.once import settle
from portal.people import queries as people
from portal.people.visitor import viewer
from portal.queue import actions as desk
from portal.queue import queries
from portal.queue.blueprint import room
from portal.queue.forms import AssignForm, EscalateForm, MinutesForm, WriteForm
from portal.queue.show_page import assign_form, escalate_form, show_page
from portal.queue.way_back import address_of, back_to
from portal.refusal import Refusal
from portal.requests import actions
from portal.requests.arrivals import files_of
from portal.requests.models import ServiceRequest
from portal.web.access import may
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before


@room.post("/queue/<reference>/write")
@may("work the queue")
def write(reference: str) -> Response:
    """Answer, ask, note, resolve or open again, as the form says; go on with what is due next, if asked to."""
    found = queries.find_any(reference) or abort(404)
    form = WriteForm()
    files, fits = files_of(form, by=viewer())
    if not (fits and form.validate()):
        return show_page(found, form, 422, files=files)
    if earlier := sent_before(form):
        return earlier
    with refusals_in(form, lambda: found.version):
        actions.check_version(found, whole_number(form.version.data))
        place = (found.next_due_at, found.id)
        unknown = _write(found, form, files)
        address, ended = _next_address(found, place)
        settle(form.once.data, address)
        db.session.commit()
        flash(" ".join([_told(form.deed.data, found.reference), *_nobody(unknown), *ended]))
        return redirect(address, 303)
    return show_page(found, form, form.status, files=files)


def _next_address(found: ServiceRequest, place: tuple[datetime, int]) -> tuple[str, list[str]]:
    """Where to go on, and what to say when nothing is left."""
    if request.form.get("then") != "next":
        return address_of(found), []
    db.session.flush()
    following = queries.next_due(viewer(), *place)
    if following is None:
        return url_for("queue.index", view="mine"), [_("Nothing else waits for you.")]
    return url_for("queue.show", reference=following.reference), []


def _nobody(unknown: tuple[str, ...]) -> list[str]:
    """A name that means nobody may be a slip, and whoever wrote it waits for nothing."""
    return [_("Nobody here is called %(names)s, so nobody was told.", names=", ".join(unknown))] if unknown else []


def _told(deed: str, reference: str) -> str:
    """What has just been done, so that nobody wonders whether the customer reads it."""
    return {
        "answer": _("%(ref)s: your answer is sent.", ref=reference),
        "ask": _("%(ref)s: your question is sent. The clock stands still until the answer.", ref=reference),
        "note": _("%(ref)s: your note is kept. Only colleagues read it.", ref=reference),
        "resolve": _("%(ref)s is resolved.", ref=reference),
        "reopen": _("%(ref)s is open again.", ref=reference),
    }[deed]


DEEDS: dict[str, Any] = {
    "answer": actions.answer,
    "ask": actions.ask_customer,
    "resolve": actions.resolve,
    "reopen": actions.reopen,
}


def _write(found: ServiceRequest, form: WriteForm, files: list[StoredFile]) -> tuple[str, ...]:
    """Do it; returns the names in a note that mean nobody."""
    words = form.body.data or ""
    unknown: tuple[str, ...] = ()
    if form.deed.data == "note":
        unknown = desk.note(found, words=words, by=viewer(), at=now(), files=files)
    else:
        DEEDS[form.deed.data](found, words=words, by=viewer(), at=now(), files=files)
    actions.spend(found, minutes=form.minutes.data or 0, by=viewer(), at=now())
    return unknown


@room.post("/queue/<reference>/take")
@may("work the queue")
def take(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    actions.take(found, by=viewer(), at=now())
    db.session.commit()
    return back_to(found, _("You have %(ref)s now.", ref=found.reference))


@room.post("/queue/<reference>/assign")
@may("work the queue")
def assign(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    form = assign_form(AssignForm())
    if form.validate():
        to = people.find_person(form.to.data) if form.to.data else None
        team = people.find_team(form.team.data) if form.team.data else None
        try:
            actions.assign(found, to=to, team=team, why=form.why.data or "", by=viewer(), at=now())
            db.session.commit()
            return back_to(found, _("%(ref)s is handed over.", ref=found.reference))
        except Refusal as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return show_page(found, status=422, assign=form)


@room.post("/queue/<reference>/proposal")
@may("work the queue")
def follow_proposal(reference: str) -> Response:
    """Give it to the team that a rule proposed."""
    found = queries.find_any(reference) or abort(404)
    team = found.proposed_team.name if found.proposed_team else ""
    desk.follow_proposal(found, by=viewer(), at=now())
    db.session.commit()
    return back_to(found, _("%(team)s has %(ref)s now.", team=team, ref=found.reference))


@room.route("/queue/<reference>/escalate", methods=["GET", "POST"])
@may("work the queue")
def escalate(reference: str) -> Response:
    """To the second level, with the reason."""
    found = _possible("escalate", reference)
    form = escalate_form(EscalateForm())
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            desk.escalate(found, **_receivers(form), why=form.reason.data or "", by=viewer(), at=now())
            settle(form.once.data, address_of(found))
            db.session.commit()
            return back_to(found, _("%(ref)s is with the second level now.", ref=found.reference))
    return page("queue/escalate.html", form.status, form=form, request_=found, teams=people.teams())


@room.route("/queue/<reference>/minutes", methods=["GET", "POST"])
@may("work the queue")
def minutes(reference: str) -> Response:
    """Working time without writing, or some of it taken back."""
    found = queries.find_any(reference) or abort(404)
    form = MinutesForm()
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            number, why = form.spent.data or 0, form.what_for.data or ""
            desk.log_minutes(found, minutes=number, why=why, by=viewer(), at=now())
            total = ngettext("%(num)s minute", "%(num)s minutes", found.minutes_spent)
            settle(form.once.data, address_of(found))
            db.session.commit()
            return back_to(found, _("%(ref)s: %(total)s are written down.", ref=found.reference, total=total))
    return page("queue/minutes.html", form.status, form=form, request_=found)


def _possible(deed: str, reference: str) -> ServiceRequest:
    """The request, when this can be done with it."""
    found = queries.find_any(reference) or abort(404)
    actions.require(deed, found)
    return found


def _receivers(form: EscalateForm) -> dict[str, Any]:
    """The specialist and the team that were chosen."""
    to = people.find_person(form.specialist.data) if form.specialist.data else None
    return {"to": to, "team": people.find_team(form.level_team.data) if form.level_team.data else None}
