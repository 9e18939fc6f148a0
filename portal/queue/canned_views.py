"""Keeping canned replies: the list, a new one, changes to one."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import settle
from portal.people.visitor import viewer
from portal.queue import canned
from portal.queue.blueprint import room
from portal.queue.keeping_forms import CannedForm
from portal.queue.models import CannedReply
from portal.refusal import Conflict
from portal.web.access import may
from portal.web.forms import version_sent
from portal.web.moment import now
from portal.web.page import page
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before


@room.get("/queue/replies")
@may("work the queue")
def replies() -> Response:
    return page("queue/replies.html", replies=canned.replies_for(viewer()))


@room.route("/queue/replies/new", methods=["GET", "POST"])
@may("work the queue")
def new_reply() -> Response:
    form = CannedForm()
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            return _kept(None, form)
    return _page(form, None)


@room.route("/queue/replies/<int:reply_number>", methods=["GET", "POST"])
@may("work the queue")
def edit_reply(reply_number: int) -> Response:
    reply = canned.find_reply(viewer(), reply_number) or abort(404)
    form = CannedForm(data=CannedForm.of(reply))
    if form.validate_on_submit():
        with refusals_in(form, lambda: reply.version):
            if version_sent(form) != reply.version:
                raise Conflict(_("Somebody changed this reply while you were writing."))
            return _kept(reply, form)
    return _page(form, reply)


def _page(form: CannedForm, reply: CannedReply | None) -> Response:
    names: dict[str, Any] = canned.NAMES
    return page("queue/reply.html", form.status, form=form, reply=reply, names=names)


def _kept(reply: CannedReply | None, form: CannedForm) -> Response:
    words = {"name": form.name.data or "", "body": form.body.data or ""}
    saved = canned.save_reply(reply, **words, is_shared=bool(form.is_shared.data), by=viewer(), at=now())
    address = url_for("queue.replies")
    if reply is None:
        settle(form.once.data, address)
    db.session.commit()
    flash(_("“%(name)s” is kept.", name=saved.name))
    return redirect(address, 303)


@room.post("/queue/replies/<int:reply_number>/remove")
@may("work the queue")
def remove_reply(reply_number: int) -> Response:
    reply = canned.find_reply(viewer(), reply_number) or abort(404)
    name = reply.name
    canned.remove_reply(reply, by=viewer())
    db.session.commit()
    flash(_("“%(name)s” is removed.", name=name))
    return redirect(url_for("queue.replies"), 303)
