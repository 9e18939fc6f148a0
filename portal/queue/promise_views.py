"""What the desk says about a promise: how much a request matters, that we wait for others, when we expect it."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.measures.priority import URGENCIES, priority_of
from portal.once import settle
from portal.people.visitor import viewer
from portal.queue import queries
from portal.queue.blueprint import room
from portal.queue.promise_forms import (
    IMPACT_WORDS,
    PRIORITY_WORDS,
    URGENCY_WORDS,
    GoOnForm,
    HoldForm,
    NewTimeForm,
    PriorityForm,
)
from portal.queue.way_back import address_of, back_to
from portal.requests import actions, states
from portal.requests.clock import expected_after_miss, would_promise
from portal.requests.models import ServiceRequest
from portal.web.access import may
from portal.web.forms import version_sent
from portal.web.moment import now
from portal.web.page import page
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before
from portal.web.words import local


@room.route("/queue/<reference>/priority", methods=["GET", "POST"])
@may("work the queue")
def priority(reference: str) -> Response:
    found = _possible("set_priority", reference)
    form = PriorityForm(impact=found.impact, urgency=found.urgency, version=found.version)
    if form.validate_on_submit():
        with refusals_in(form, lambda: found.version):
            actions.check_version(found, version_sent(form))
            actions.set_priority(found, impact=form.impact.data, urgency=form.urgency.data, by=viewer(), at=now())
            db.session.commit()
            return back_to(found, _("The priority of %(ref)s is %(n)s.", ref=found.reference, n=found.priority))
    return page(
        "queue/priority.html",
        form.status,
        form=form,
        request_=found,
        matrix=[(words, [priority_of(impact, urgency) for urgency in URGENCIES]) for impact, words in IMPACT_WORDS],
        urgencies=[words for _urgency, words in URGENCY_WORDS],
        promises=[(words, would_promise(found, number, now())) for number, words in PRIORITY_WORDS.items()],
    )


@room.route("/queue/<reference>/hold", methods=["GET", "POST"])
@may("work the queue")
def hold(reference: str) -> Response:
    found = _possible("hold", reference)
    form = HoldForm(version=found.version)
    if form.validate_on_submit():
        return _done(found, form, actions.hold, _told_hold, words=form.words.data) or _form_page("hold", found, form)
    return _form_page("hold", found, form)


@room.route("/queue/<reference>/go-on", methods=["GET", "POST"])
@may("work the queue")
def go_on(reference: str) -> Response:
    found = _possible("go_on", reference)
    form = GoOnForm(version=found.version)
    if form.validate_on_submit():
        words = form.words.data or ""
        return _done(found, form, actions.go_on, _told_go_on, words=words) or _form_page("go_on", found, form)
    return _form_page("go_on", found, form)


@room.route("/queue/<reference>/new-time", methods=["GET", "POST"])
@may("work the queue")
def new_time(reference: str) -> Response:
    found = _possible("say_new_time", reference)
    form = NewTimeForm(version=found.version)
    if request.method != "POST":
        form.expected.data = local(expected_after_miss(found, max(now(), found.due_at or now()), answer=False))
    if form.validate_on_submit():
        values = {"expected_at": form.expected_at, "why": form.why.data}
        done = _done(found, form, actions.say_new_time, _told_new_time, **values)
        return done or _form_page("new_time", found, form)
    return _form_page("new_time", found, form)


def _possible(deed: str, reference: str) -> ServiceRequest:
    """The request, when it is there; the page of a deed that is not possible any more says so when it is sent."""
    found = queries.find_any(reference) or abort(404)
    if request.method != "POST" and not states.can(deed, found.state):
        abort(404)
    return found


def _done(found: ServiceRequest, form: Any, deed: Any, told: Any, **values: Any) -> Response | None:
    """Do it once and go back to the request; None when it was refused, which the form then says."""
    if earlier := sent_before(form):
        return earlier
    with refusals_in(form, lambda: found.version):
        actions.check_version(found, version_sent(form))
        deed(found, **values, by=viewer(), at=now())
        settle(form.once.data, address_of(found))
        db.session.commit()
        return back_to(found, told(found))
    return None


def _form_page(name: str, found: ServiceRequest, form: Any) -> Response:
    return page(f"queue/{name}.html", form.status, form=form, request_=found)


def _told_hold(found: ServiceRequest) -> str:
    return _("%(ref)s is on hold. The clock stands still, and the customer knows why.", ref=found.reference)


def _told_go_on(found: ServiceRequest) -> str:
    return _("%(ref)s goes on. The clock runs again.", ref=found.reference)


def _told_new_time(found: ServiceRequest) -> str:
    return _("%(ref)s: the customer knows the new time.", ref=found.reference)
