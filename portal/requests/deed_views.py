"""What customers do with their requests: write, confirm, open again, withdraw."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import settle
from portal.people.visitor import viewer
from portal.refusal import Refusal
from portal.requests import actions, drafts, queries, states, watching
from portal.requests.arrivals import files_of
from portal.requests.blueprint import room
from portal.requests.forms import ReplyForm, WithdrawForm
from portal.requests.models import ServiceRequest
from portal.requests.reopening import can_reopen
from portal.requests.show_page import show_page
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.pace import too_fast
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

TOO_MANY_REQUESTS = 429


@room.post("/requests/<reference>/replies")
@signed_in
def reply(reference: str) -> Response:
    found = queries.find_request(viewer(), reference) or abort(404)
    said = _("Your message is sent.")
    if watching.joins_by_writing(found, viewer()):
        said = _("Your message is sent. You get the messages about this request from now on; you can stop that below.")
    return _write(found, watching.reply, said, possible=states.can("reply", found.state))


@room.post("/requests/<reference>/reopen")
@signed_in
def reopen(reference: str) -> Response:
    found = queries.find_own(viewer(), reference) or abort(404)
    said = _("Your request is open again. We look at it at once.")
    return _write(found, actions.reopen, said, possible=can_reopen(found, now()))


def _write(found: ServiceRequest, deed: Any, said: str, *, possible: bool) -> Response:
    """A message with files, as a reply or to open the request again. What is not possible needs no mending first."""
    form = ReplyForm()
    files, fits = files_of(form, by=viewer())
    if possible and not (fits and form.validate()):
        return show_page(found, form, 422, files)
    if earlier := sent_before(form):
        return earlier
    if too_fast(f"{current_app.config['MESSAGE_LIMIT']} per 15 minutes", "messages", str(viewer().id)):
        db.session.rollback()
        form.refuse(Refusal(_too_many(), field="body"))
        return show_page(found, form, TOO_MANY_REQUESTS, files)
    with refusals_in(form):
        deed(found, words=form.body.data or "", by=viewer(), at=now(), files=files)
        if draft := drafts.find_draft(viewer(), whole_number(form.draft.data)):
            drafts.throw_away(draft, by=viewer())
        address = url_for("requests.show", reference=found.reference)
        settle(form.once.data, address)
        db.session.commit()
        flash(said)
        return redirect(address, 303)
    return show_page(found, form, form.status, files)


def _too_many() -> str:
    return _(
        "You sent many messages in a short time, so this one was not sent; your words are kept. Wait a quarter of an "
        "hour, then send it. Is it urgent? Then call %(phone)s.",
        phone=current_app.config["PHONE"],
    )


@room.post("/requests/<reference>/confirm")
@signed_in
def confirm(reference: str) -> Response:
    found = queries.find_own(viewer(), reference) or abort(404)
    actions.confirm(found, by=viewer(), at=now())
    db.session.commit()
    flash(_("Thank you. The request is closed."))
    return redirect(url_for("requests.show", reference=found.reference), 303)


@room.route("/requests/<reference>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(reference: str) -> Response:
    found = queries.find_own(viewer(), reference) or abort(404)
    form = WithdrawForm()
    if form.validate_on_submit():
        try:
            actions.withdraw(found, words=form.body.data or "", by=viewer(), at=now())
            db.session.commit()
            flash(_("%(ref)s is withdrawn. Nothing more happens.", ref=found.reference))
            return redirect(url_for("requests.show", reference=found.reference), 303)
        except Refusal as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return page("requests/withdraw.html", 422 if form.is_submitted() else 200, request_=found, form=form)
