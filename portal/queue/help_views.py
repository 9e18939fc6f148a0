"""What helps the desk on a request's page: canned replies put into the box, who else has it open, keys."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.people.visitor import viewer
from portal.queue import canned, presence, queries
from portal.queue.blueprint import room
from portal.queue.forms import WriteForm
from portal.queue.show_page import KEYS_COOKIE, keys_are_on, show_page
from portal.refusal import Refusal
from portal.requests.arrivals import files_of
from portal.web.access import may
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number

A_YEAR = 365 * 24 * 3600


@room.post("/queue/<reference>/canned")
@may("work the queue")
def put_in(reference: str) -> Response:
    """The box again, with a canned reply after what was typed; nothing is sent or kept of it."""
    found = queries.find_any(reference) or abort(404)
    form = WriteForm()
    files, _fits = files_of(form, by=viewer())
    reply = canned.find_reply(viewer(), whole_number(form.canned.data))
    if reply is None:
        form.refuse(Refusal(_("Choose a reply first."), field="canned"))
        return show_page(found, form, 422, files=files)
    typed = (form.body.data or "").rstrip()
    words = canned.filled(reply.body, found, viewer())
    form.body.data = f"{typed}\n\n{words}" if typed else words
    return show_page(found, form, files=files)


@room.post("/queue/<reference>/here")
@may("work the queue")
def be_here(reference: str) -> Response:
    """A sign of life from an open page. What is typed is not sent, only whether something is."""
    found = queries.find_any(reference) or abort(404)
    presence.be_here(found, viewer(), writing=bool(request.form.get("writing")), at=now())
    db.session.commit()
    return redirect(url_for("queue.here", reference=found.reference), 303)


@room.get("/queue/<reference>/here")
@may("work the queue")
def here(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    return page("queue/here.html", request_=found, present=presence.others_here(found, viewer(), at=now()))


@room.route("/queue/keys", methods=["GET", "POST"])
@may("work the queue")
def keys() -> Response:
    """The keys that work at the desk, and whether they do in this browser."""
    if request.method != "POST":
        return page("queue/keys.html", are_on=keys_are_on())
    on = request.form.get("are_on") == "yes"
    flash(_("Single keys work in this browser.") if on else _("Single keys do nothing in this browser any more."))
    response = redirect(url_for("queue.keys"), 303)
    safe = bool(current_app.config.get("SESSION_COOKIE_SECURE"))
    response.set_cookie(
        KEYS_COOKIE, "on" if on else "off", max_age=A_YEAR, httponly=True, samesite="Lax", secure=safe, path="/"
    )
    return response
