"""Mail that came in: what became of each message, and what waits for somebody to look at it."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.inbound import actions, queries
from portal.inbound.arriving import configured_office
from portal.inbound.forms import MakeRequestForm
from portal.inbound.models import InboundMessage
from portal.once import settle
from portal.people.visitor import viewer
from portal.web.access import may
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import cut, whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

room = Blueprint("inbound", __name__)

PAGE_SIZE = 50


@room.get("/inbound")
@may("sort incoming mail")
def index() -> Response:
    unsorted = request.args.get("view") != "all"
    rows = queries.arrived(unsorted=unsorted, after=whole_number(request.args.get("after")), size=PAGE_SIZE + 1)
    config = current_app.config
    return page(
        "inbound/index.html",
        messages=cut(rows, PAGE_SIZE, "id"),
        unsorted=unsorted,
        count=queries.unsorted_count(),
        mailbox=config["IMAP_HOST"],
    )


@room.get("/inbound/<int:number>")
@may("sort incoming mail")
def show(number: int) -> Response:
    return _show_page(_found(number), MakeRequestForm())


def _found(number: int) -> InboundMessage:
    return queries.find_message(number) or abort(404)


def _show_page(message: InboundMessage, form: MakeRequestForm) -> Response:
    return page("inbound/show.html", form.status, message=message, form=form)


@room.post("/inbound/<int:number>/request")
@may("sort incoming mail")
def make_request(number: int) -> Response:
    """The message becomes a request of the person it is for."""
    found, form = _found(number), MakeRequestForm()
    if form.validate():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            made = actions.make_request(
                found, for_address=form.address.data or "", office=configured_office(), by=viewer(), at=now()
            )
            address = url_for("inbound.show", number=number)
            settle(form.once.data, address)
            db.session.commit()
            flash(_("The message is now the request %(ref)s.", ref=made.reference))
            return redirect(address, 303)
    return _show_page(_found(number), form)


@room.post("/inbound/<int:number>/aside")
@may("sort incoming mail")
def set_aside(number: int) -> Response:
    """Nothing is to be done about it."""
    found, form = _found(number), MakeRequestForm(None)
    with refusals_in(form):
        actions.set_aside(found, by=viewer(), at=now())
        db.session.commit()
        flash(_("The message is set aside."))
        return redirect(url_for("inbound.index"), 303)
    return _show_page(_found(number), form)
