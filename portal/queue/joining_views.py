"""Merging, splitting and linking requests, and linking them to a known problem."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.catalogue import queries as catalogue
from portal.extensions import db
from portal.notices import queries as notices
from portal.notices.models import Notice
from portal.once import settle
from portal.people.visitor import viewer
from portal.queue import queries
from portal.queue.blueprint import room
from portal.queue.joining_forms import IncidentForm, LinkForm, MergeForm, SplitForm
from portal.queue.way_back import address_of, back_to
from portal.refusal import Refusal
from portal.requests import actions, incidents, joining, states
from portal.requests import queries as requests
from portal.requests.models import ServiceRequest
from portal.web.access import may
from portal.web.forms import PortalForm, options
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

MOST_SHOWN = 200


@room.route("/queue/<reference>/merge", methods=["GET", "POST"])
@may("work the queue")
def merge(reference: str) -> Response:
    """It goes on in another request; the page says who could not read that one."""
    found = _possible("merge", reference)
    form = MergeForm(version=found.version, into=request.args.get("into", "")[:40])
    other = queries.find_any(form.into.data or "") if form.into.data else None
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form, lambda: found.version):
            into = other or _refuse(_("There is no request %(ref)s.", ref=form.into.data), "into")
            actions.check_version(found, whole_number(form.version.data))
            joining.merge(found, into, let_read=form.let_read.data, by=viewer(), at=now())
            settle(form.once.data, address_of(into))
            db.session.commit()
            return back_to(into, _("%(ref)s goes on in %(into)s.", ref=found.reference, into=into.reference))
    outside = joining.cannot_read(found, other) if other and other.id != found.id else []
    return page("queue/merge.html", form.status, request_=found, other=other, outside=outside, form=form)


@room.route("/queue/<reference>/unmerge", methods=["GET", "POST"])
@may("work the queue")
def unmerge(reference: str) -> Response:
    found = _possible("unmerge", reference)
    form = PortalForm()
    if form.validate_on_submit():
        with refusals_in(form):
            joining.unmerge(found, by=viewer(), at=now())
            db.session.commit()
            return back_to(found, _("%(ref)s is a request of its own again.", ref=found.reference))
    return page("queue/unmerge.html", form.status, request_=found, form=form)


@room.route("/queue/<reference>/split", methods=["GET", "POST"])
@may("work the queue")
def split(reference: str) -> Response:
    found = _possible("split", reference)
    chosen = requests.find_event(found, whole_number(request.args.get("event")) or 0)
    words = (chosen.body if chosen and chosen.public else None) or found.details
    form = SplitForm(details=words, service=found.service_id)
    live = [one for one in catalogue.all_services() if one.is_live]
    form.service.choices = options([(one.id, one.name) for one in live])
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            made = joining.split(
                found,
                service=next(one for one in live if one.id == form.service.data),
                summary=form.summary.data or "",
                details=form.details.data or "",
                by=viewer(),
                at=now(),
            )
            settle(form.once.data, address_of(made))
            db.session.commit()
            return back_to(made, _("%(ref)s is a request of its own now.", ref=made.reference))
    return page("queue/split.html", form.status, request_=found, form=form)


@room.route("/queue/<reference>/link", methods=["GET", "POST"])
@may("work the queue")
def link(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    form = LinkForm()
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            other = queries.find_any(form.other.data or "") or _refuse(
                _("There is no request %(ref)s.", ref=form.other.data), "other"
            )
            joining.link(found, other, by=viewer(), at=now())
            settle(form.once.data, address_of(found))
            db.session.commit()
            return back_to(found, _("%(ref)s is linked to %(other)s.", ref=found.reference, other=other.reference))
    linked = [one for one in requests.joined_with(found, None) if one.kind in LINKS]
    return page("queue/link.html", form.status, request_=found, linked=linked, form=form)


LINKS = (joining.RELATED, joining.MADE_OF_IT, joining.MADE_FROM)


@room.post("/queue/<reference>/unlink")
@may("work the queue")
def unlink(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    other = queries.find_any(request.form.get("other", "")[:40]) or abort(404)
    joining.unlink(found, other, by=viewer(), at=now())
    db.session.commit()
    return back_to(found, _("%(ref)s is not linked to %(other)s any more.", ref=found.reference, other=other.reference))


@room.route("/queue/incident", methods=["GET", "POST"])
@may("work the queue")
def incident() -> Response:
    """Link the requests that are named as `chosen`, many at once, to a known problem."""
    return _incident_page(request.values.getlist("chosen"), "")


@room.route("/queue/<reference>/incident", methods=["GET", "POST"])
@may("work the queue")
def link_incident(reference: str) -> Response:
    """Link one request to a known problem."""
    found = queries.find_any(reference) or abort(404)
    return _incident_page([found.reference], found.reference)


def _incident_page(named: list[str], reference: str) -> Response:
    chosen = queries.find_several(named[: incidents.MOST_CHOSEN])
    current = incidents.current_incidents()
    form = IncidentForm()
    form.notice.choices = options([(one.id, f"{one.title}, {one.reference}") for one in current])
    if request.method == "POST" and not current:
        form.refuse(Refusal(_("No known problem is open at the moment.")))
    elif form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            notice = next(one for one in current if one.id == form.notice.data)
            if not chosen:
                raise Refusal(_("Choose at least one request."))
            number = incidents.link_to_incident(chosen, notice, by=viewer(), at=now())
            words = ngettext("%(num)d request is linked.", "%(num)d requests are linked.", number)
            address = url_for("queue.about_incident", notice=notice.reference)
            told = _("Every customer concerned is told.")
            settle(form.once.data, address)
            db.session.commit()
            flash(f"{words} {told}" if number else NOTHING_NEW)
            return redirect(address, 303)
    return page(
        "queue/incident.html",
        form.status,
        chosen=chosen,
        current=current,
        form=form,
        reference=reference,
        states=states,
    )


NOTHING_NEW = _l("These are linked to it already, or have ended.")


@room.get("/queue/incidents/<notice>")
@may("work the queue")
def about_incident(notice: str) -> Response:
    """The requests about a known problem."""
    about: Notice = notices.find_to_work_on(notice) or abort(404)
    rows = incidents.linked_to(about, size=MOST_SHOWN + 1)
    more = len(rows) > MOST_SHOWN
    return page("queue/about_incident.html", notice=about, rows=rows[:MOST_SHOWN], more=more)


@room.post("/queue/<reference>/incident/away")
@may("work the queue")
def unlink_incident(reference: str) -> Response:
    found = queries.find_any(reference) or abort(404)
    incidents.unlink_from_incident(found, by=viewer(), at=now())
    db.session.commit()
    return back_to(
        found, _("%(ref)s is not linked to the known problem any more. Its customer is told.", ref=found.reference)
    )


# --- small steps -------------------------------------------------------------------------------------------------


def _possible(deed: str, reference: str) -> ServiceRequest:
    """A request with which this can be done; where it cannot any more, its page is the place to see why."""
    found: ServiceRequest = queries.find_any(reference) or abort(404)
    if request.method != "POST" and not states.can(deed, found.state):
        abort(back_to(found, _("This is not possible any more: the request has moved on.")))
    return found


def _refuse(words: str, field: str) -> Any:
    raise Refusal(words, field=field)
