"""The page on which customers change what they asked, before anybody works on it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.asking import amending
from portal.asking.blueprint import room
from portal.extensions import db
from portal.once import settle
from portal.people.visitor import viewer
from portal.questions.forms import only_reshaped
from portal.requests import actions, queries, states
from portal.requests.models import ServiceRequest
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before


@room.route("/requests/<reference>/amend", methods=["GET", "POST"])
@signed_in
def amend(reference: str) -> Response:
    found = queries.find_own(viewer(), reference) or abort(404)
    if request.method != "POST" and not states.can("amend", found.state):
        flash(_("Somebody works on it already. Write to us here what should be different."))
        return redirect(url_for("requests.show", reference=found.reference), 303)
    form = amending.opened(found, viewer(), sent=request.method == "POST")
    if request.method != "POST" or only_reshaped(request.form) or request.form.get("step") == "look":
        return _amend_page(found, form)
    valid = form.validate()
    if new := amending.new_in(form):
        return _forgiven(found, form, new)
    return (_save(found, form) if valid else None) or _amend_page(found, form)


def _forgiven(found: ServiceRequest, form: Any, new: list[Any]) -> Response:
    """Nobody has done anything wrong by answers that bring up more questions."""
    for one in form:
        one.errors = []
    return _amend_page(found, form, new=new)


def _save(found: ServiceRequest, form: Any) -> Response | None:
    """Change it, once; None when it is refused, with the reason in the form."""
    if earlier := sent_before(form):
        return earlier
    address = url_for("requests.show", reference=found.reference)
    with refusals_in(form):
        actions.require("amend", found)
        actions.check_version(found, whole_number(form.seen.data))
        amending.amend(
            found,
            summary=form.summary.data or "",
            details=form.details.data or "",
            answers=amending.answers_sent(form),
            by=viewer(),
            at=now(),
        )
        settle(form.once.data, address)
        db.session.commit()
        flash(_("Your request is changed. What you wrote first stays readable below."))
        return redirect(address, 303)
    form.seen.data = str(found.version)
    return None


def _amend_page(found: ServiceRequest, form: Any, new: Any = ()) -> Response:
    fields, keys = amending.fields_of(form), amending.keys_of(form)
    return page("asking/amend.html", form.status, request_=found, form=form, fields=fields, keys=keys, new=new)
