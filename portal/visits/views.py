"""Visits: planning them, the day of who makes them, and the customer's hand on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import groupby

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import settle
from portal.people.models import Person
from portal.people.queries import find_person, holders
from portal.people.visitor import viewer
from portal.requests import states as request_states
from portal.requests.models import ServiceRequest
from portal.requests.queries import find_for_desk
from portal.visits import actions, moving, queries
from portal.visits.forms import (
    MINUTES,
    CancelForm,
    ChangeForm,
    DoneForm,
    MissedForm,
    MoveForm,
    PlanForm,
    minutes_on_the_way,
)
from portal.visits.models import Visit
from portal.visits.telling import when_of
from portal.visits.windows import MOST_MOVES, Window
from portal.web.access import holds, may, signed_in
from portal.web.forms import version_sent
from portal.web.moment import now, portal_zone
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before
from portal.web.words import local_day, moment

room = Blueprint("visits", __name__)

room.add_app_template_filter(when_of)


@room.app_template_filter()
def dialled(phone: str) -> str:
    """A telephone number as a link wants it."""
    return "".join(sign for sign in phone if sign in "+0123456789*#")


@room.get("/visits")
@may("make visits")
def index() -> Response:
    """The day plan of one technician: one's own, or a colleague's."""
    people = holders("make visits")
    of = next((one for one in people if one.id == whole_number(request.args.get("of"))), viewer())
    on = _day(request.args.get("on"))
    begins, ends = (datetime.combine(on + timedelta(days=days), time(), portal_zone()) for days in (0, 1))
    return page(
        "visits/index.html",
        visits=queries.day_of(of, begins, ends),
        technician=of,
        people=people if of in people else [of, *people],
        on=on,
        today=local_day(now()),
        before=on - timedelta(days=1),
        after=on + timedelta(days=1),
        minutes=MINUTES,
    )


def _day(typed: str | None) -> date:
    """The day that the address asks for; today when it says nothing that makes sense."""
    try:
        on = date.fromisoformat(typed or "")
    except ValueError:
        return local_day(now())
    return on if 2000 <= on.year <= 2200 else local_day(now())


@room.route("/visits/new/<reference>", methods=["GET", "POST"])
@may("make visits")
def new(reference: str) -> Response:
    found = find_for_desk(reference) or abort(404)
    form = _offered(PlanForm(data={"place": found.customer.place, "technician": _usual(found)}))
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            visit = actions.plan_visit(found, form.plan(_technician(form)), by=viewer(), at=now())
            address = url_for("queue.show", reference=found.reference)
            settle(form.once.data, address)
            db.session.commit()
            flash(_("The visit is planned: %(when)s. The customer is told.", when=when_of(visit)))
            _warn_of_promise(visit)
            return redirect(address, 303)
    possible = request_states.can("plan_visit", found.state)
    return page("visits/new.html", form.status, request_=found, form=form, possible=possible)


def _warn_of_promise(visit: Visit) -> None:
    """A visit after what was promised is possible, but the customer should hear a new time as well."""
    promised_at = max((at for at in (visit.request.due_at, visit.request.said_due_at) if at), default=None)
    if promised_at and visit.ends_at > promised_at:
        flash(_("It ends after what we promised, %(when)s. Say a new time too.", when=moment(promised_at)), "warn")


def _usual(found: ServiceRequest) -> int:
    """Who has it goes, or who plans it."""
    return found.assignee_id or viewer().id


def _offered(form: PlanForm) -> PlanForm:
    form.offer(holders("make visits"))
    return form


def _technician(form: PlanForm) -> Person:
    return find_person(form.technician.data) or abort(404)


@room.route("/visits/<int:number>/change", methods=["GET", "POST"])
@may("make visits")
def change(number: int) -> Response:
    visit = _any(number)
    form = ChangeForm(data=ChangeForm.of(visit))
    _offered(form)
    if form.validate_on_submit():
        with refusals_in(form, lambda: visit.version):
            actions.change_visit(
                visit,
                form.plan(_technician(form)),
                version=version_sent(form),
                why=form.why.data or "",
                by=viewer(),
                at=now(),
            )
            db.session.commit()
            flash(_("The visit is changed: %(when)s. The customer is told.", when=when_of(visit)))
            _warn_of_promise(visit)
            return redirect(url_for("queue.show", reference=visit.request.reference), 303)
    return page("visits/change.html", form.status, visit=visit, form=form)


@room.route("/visits/<int:number>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(number: int) -> Response:
    """By the desk, or by whose request it is."""
    visit = _own_or_any(number)
    form = CancelForm(data={"version": str(visit.version)})
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form, lambda: visit.version):
            actions.cancel_visit(visit, words=form.words.data or "", version=version_sent(form), by=viewer(), at=now())
            address = _home_of(visit)
            settle(form.once.data, address)
            db.session.commit()
            flash(_("The visit is cancelled."))
            return redirect(address, 303)
    return page("visits/cancel.html", form.status, visit=visit, form=form, way_back=_home_of(visit))


@room.route("/visits/<int:number>/move", methods=["GET", "POST"])
@signed_in
def move(number: int) -> Response:
    """The customer chooses another of the free times."""
    visit = queries.find_own(viewer(), _key(number)) or abort(404)
    form = MoveForm(data={"version": str(visit.version)})
    if form.validate_on_submit():
        with refusals_in(form, lambda: visit.version):
            moving.move_visit(
                visit,
                starts_at=form.chosen_at,
                version=version_sent(form),
                zone=portal_zone(),
                by=viewer(),
                at=now(),
            )
            db.session.commit()
            flash(_("The visit is moved: %(when)s. We have told who comes.", when=when_of(visit)))
            return redirect(url_for("requests.show", reference=visit.request.reference), 303)
    movable = visit.may_move(now())
    times = moving.offered_times(visit, at=now(), zone=portal_zone()) if movable else []
    return page(
        "visits/move.html",
        form.status,
        visit=visit,
        form=form,
        days=_by_day(times),
        why_not=None if movable else moving.limits_reached(visit),
        left=MOST_MOVES - visit.moved_by_customer,
    )


def _by_day(times: Iterable[Window]) -> list[tuple[date, list[Window]]]:
    return [(day, list(of_day)) for day, of_day in groupby(times, lambda window: local_day(window[0]))]


@room.get("/visits/<int:number>.ics")
@signed_in
def calendar_file(number: int) -> Response:
    from portal.visits import calendar

    visit = queries.find_visit(viewer(), _key(number)) or abort(404)
    response = Response(calendar.as_file(visit, viewer()), content_type="text/calendar; charset=utf-8; method=PUBLISH")
    name = f"{visit.request.reference}-visit.ics"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@room.post("/visits/<int:number>/on-my-way")
@may("make visits")
def set_out(number: int) -> Response:
    visit = _any(number)
    minutes = minutes_on_the_way(request.form.get("minutes"))
    actions.set_out(visit, minutes=minutes, by=viewer(), at=now())
    db.session.commit()
    flash(_("%(name)s knows that you are on the way.", name=visit.request.customer.name))
    return redirect(_day_of(visit), 303)


@room.post("/visits/<int:number>/arrived")
@may("make visits")
def arrive(number: int) -> Response:
    visit = _any(number)
    actions.arrive(visit, by=viewer(), at=now())
    db.session.commit()
    flash(_("Noted: arrived at %(place)s.", place=visit.place))
    return redirect(_day_of(visit), 303)


@room.route("/visits/<int:number>/done", methods=["GET", "POST"])
@may("make visits")
def finish(number: int) -> Response:
    visit, form = _any(number), DoneForm()
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            resolves = bool(form.resolves.data)
            actions.finish(visit, words=form.words.data or "", resolves=resolves, by=viewer(), at=now())
            return _ended(visit, form, _("%(ref)s is resolved.") if resolves else _("The visit to %(ref)s is done."))
    can_resolve = request_states.can("resolve", visit.request.state)
    way_back = _day_of(visit)
    return page("visits/finish.html", form.status, visit=visit, form=form, can_resolve=can_resolve, way_back=way_back)


@room.route("/visits/<int:number>/nobody-there", methods=["GET", "POST"])
@may("make visits")
def miss(number: int) -> Response:
    visit, form = _any(number), MissedForm()
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            waits = bool(form.waits.data)
            actions.miss(visit, words=form.words.data or "", waits=waits, by=viewer(), at=now())
            return _ended(visit, form, _("Noted, and the customer of %(ref)s is told."))
    can_wait = request_states.can("ask_customer", visit.request.state)
    return page("visits/miss.html", form.status, visit=visit, form=form, can_wait=can_wait, way_back=_day_of(visit))


def _ended(visit: Visit, form: DoneForm | MissedForm, said: str) -> Response:
    address, reference = _day_of(visit), visit.request.reference
    settle(form.once.data, address)
    db.session.commit()
    flash(said % {"ref": reference})
    return redirect(address, 303)


def _any(number: int) -> Visit:
    return queries.find_any(_key(number)) or abort(404)


def _own_or_any(number: int) -> Visit:
    at_the_desk = holds(viewer().roles, "make visits")
    return (_any(number) if at_the_desk else queries.find_own(viewer(), _key(number))) or abort(404)


def _key(number: int) -> int:
    """A number that is too long is nobody's visit, and no database has a column for it."""
    return whole_number(str(number)) or 0


def _day_of(visit: Visit) -> str:
    """Back to the day plan that the visit stands in."""
    on, of = local_day(visit.starts_at).isoformat(), visit.technician_id
    return url_for("visits.index", on=on, of=None if of == viewer().id else of)


def _home_of(visit: Visit) -> str:
    """Back to the request, on the page that one reads it on."""
    mine = viewer().id in (visit.request.customer_id, visit.request.asked_by_id)
    return url_for("requests.show" if mine else "queue.show", reference=visit.request.reference)
