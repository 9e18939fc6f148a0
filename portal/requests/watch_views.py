"""Who reads along: the list with those who may be taken out, inviting, and leaving."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import settle
from portal.people.visitor import viewer
from portal.refusal import Refusal
from portal.requests import queries, watching
from portal.requests.blueprint import room
from portal.requests.forms import InviteForm, LeaveForm
from portal.requests.models import ServiceRequest
from portal.web.access import holds, signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.sent import sent_before


@room.route("/requests/<reference>/watchers", methods=["GET", "POST"])
@signed_in
def watchers(reference: str) -> Response:
    """Those who read along; one more is invited here."""
    found, form = _invitable(reference), InviteForm()
    if not form.validate_on_submit():
        return _watchers_page(found, form)
    if earlier := sent_before(form):
        return earlier
    try:
        person = watching.invite(found, words=form.whom.data or "", by=viewer(), at=now())
    except Refusal as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _watchers_page(found, form)
    address = url_for("requests.watchers", reference=found.reference)
    settle(form.once.data, address)
    db.session.commit()
    flash(_("%(name)s can read %(ref)s now, and is told so.", name=person.name, ref=found.reference))
    return redirect(address, 303)


def _invitable(reference: str) -> ServiceRequest:
    """A request to which the viewer may invite: one's own, and every one for the desk."""
    own = queries.find_own(viewer(), reference)
    if own is None and holds(viewer().roles, "work the queue"):
        own = queries.find_for_desk(reference)
    return own or abort(404)


def _watchers_page(found: ServiceRequest, form: InviteForm) -> Response:
    return page(
        "requests/watchers.html",
        form.status,
        request_=found,
        form=form,
        people=queries.watchers(found),
        own=queries.is_own(found, viewer()),
        colleagues=found.shared_department,
        most=queries.MOST_WATCHERS,
    )


@room.post("/requests/<reference>/watchers/<int:number>/out")
@signed_in
def take_out(reference: str, number: int) -> Response:
    found = _invitable(reference)
    person = next((one for one in queries.watchers(found) if one.id == number), None) or abort(404)
    watching.take_out(found, person, by=viewer(), at=now())
    db.session.commit()
    flash(_("%(name)s no longer reads along.", name=person.name))
    return redirect(url_for("requests.watchers", reference=found.reference), 303)


@room.route("/requests/<reference>/leave", methods=["GET", "POST"])
@signed_in
def leave(reference: str) -> Response:
    """The page that a mail leads to, and its one button."""
    found = queries.find_request(viewer(), reference) or abort(404)
    if not watching.is_watching(found, viewer()):
        return redirect(url_for("requests.show", reference=found.reference), 303)
    form = LeaveForm()
    if not form.validate_on_submit():
        return page("requests/leave.html", request_=found)
    watching.leave(found, by=viewer(), at=now())
    db.session.commit()
    flash(_("You no longer read %(ref)s along.", ref=found.reference))
    return redirect(url_for("requests.index"), 303)
