"""Putting right what one wrote to a customer or for colleagues."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import once
from portal.extensions import db
from portal.people.visitor import viewer
from portal.queue import queries
from portal.queue.blueprint import room
from portal.queue.joining_forms import CorrectForm
from portal.requests import correcting
from portal.requests import queries as requests
from portal.web.access import may
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before


@room.route("/queue/<reference>/events/<event>/correct", methods=["GET", "POST"])
@may("work the queue")
def correct(reference: str, event: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    written = requests.find_event(found, whole_number(event) or 0) or abort(404)
    if not correcting.can_correct(written, viewer()):
        abort(404)
    form = CorrectForm(body=requests.newest_words(written))
    address = url_for("queue.show", reference=found.reference, _anchor=f"event-{written.id}")
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            correcting.correct(found, written, words=form.body.data or "", by=viewer(), at=now())
            once.settle(form.once.data, address)
            db.session.commit()
            flash(_("It is put right. The first words stay readable below the new ones."))
            return redirect(address, 303)
    return page("queue/correct.html", form.status, request_=found, event=written, form=form)
