"""Pages of focus groups: planning and running them, and the invitation as the invited see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal import once
from portal.catalogue.queries import services_to_name
from portal.extensions import db
from portal.focus_groups import actions, queries
from portal.focus_groups.actions import Found, Plan
from portal.focus_groups.forms import AnswerForm, AttendanceForm, CancelForm, FindingForm, InviteForm, PlanForm
from portal.focus_groups.models import Finding, Invitee, Session
from portal.focus_groups.states import DECLINED, invitations_for
from portal.people.queries import holders, segments
from portal.people.visitor import viewer
from portal.web.access import may, public, signed_in
from portal.web.forms import version_sent
from portal.web.headers import keep_secret
from portal.web.moment import now, portal_zone
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

room = Blueprint("focus_groups", __name__)

PAGE_SIZE = 50


@room.get("/focus-groups")
@may("run focus groups")
def index() -> Response:
    at = now()
    counts = queries.counts(at=at)
    view = request.args.get("view", "coming")
    if view not in queries.VIEWS:
        abort(404)
    number = min(whole_number(request.args.get("page")) or 1, 1000)
    rows = queries.calendar(view, at=at, size=PAGE_SIZE + 1, skip=(number - 1) * PAGE_SIZE)
    return page(
        "focus_groups/index.html",
        rows=rows[:PAGE_SIZE],
        more=len(rows) > PAGE_SIZE,
        number=number,
        view=view,
        counts=counts,
    )


@room.route("/focus-groups/new", methods=["GET", "POST"])
@may("run focus groups")
def new() -> Response:
    form = PlanForm()
    form.offer(segments(), holders("run focus groups"))
    if request.method != "POST":
        form.moderator.data = viewer().id
    elif form.validate():
        at = now()
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            session = actions.plan_session(_plan(form), by=viewer(), at=at)
            address = url_for("focus_groups.invite", reference=session.reference)
            once.settle(form.once.data, address)
            db.session.commit()
            flash(_("%(reference)s is planned. Now invite people.", reference=session.reference))
            return redirect(address, 303)
    return page("focus_groups/new.html", form.status, form=form)


@room.get("/focus-groups/<reference>")
@may("run focus groups")
def show(reference: str) -> Response:
    return _session_page(_session(reference))


@room.route("/focus-groups/<reference>/edit", methods=["GET", "POST"])
@may("run focus groups")
def edit(reference: str) -> Response:
    session = _session(reference)
    form = PlanForm(data=_planned(session))
    form.offer(segments(), holders("run focus groups"))
    if request.method == "POST" and form.validate():
        with refusals_in(form, lambda: session.version):
            actions.change_session(session, _plan(form), version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("%(reference)s is changed.", reference=session.reference))
            return redirect(url_for("focus_groups.show", reference=session.reference), 303)
    return page("focus_groups/edit.html", form.status, form=form, session=session)


@room.route("/focus-groups/<reference>/invite", methods=["GET", "POST"])
@may("run focus groups")
def invite(reference: str) -> Response:
    session = _session(reference)
    words = request.values.get("words", "").strip()[:100]
    form = InviteForm()
    chosen = request.form.getlist("people", type=int)
    people = {one.id: one for one in [*queries.pickable(session, chosen), *queries.candidates(session, words)]}
    form.offer(people.values())
    if request.method == "POST" and form.validate():
        at = now()
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            picked = [people[number] for number in form.people.data]
            made = actions.invite(session, picked, by=viewer(), at=at)
            address = url_for("focus_groups.show", reference=session.reference)
            once.settle(form.once.data, address)
            db.session.commit()
            flash(ngettext("%(num)d person is invited.", "%(num)d people are invited.", len(made)))
            return redirect(address, 303)
    return page(
        "focus_groups/invite.html",
        form.status,
        form=form,
        session=session,
        people=people.values(),
        chosen=chosen,
        words=words,
        wanted=invitations_for(session.seats),
        invited=len(queries.invitees(session)),
    )


@room.post("/focus-groups/<reference>/attendance")
@may("run focus groups")
def attendance(reference: str) -> Response:
    session = _session(reference)
    form = AttendanceForm()
    form.offer(queries.invitees(session))
    if form.validate():
        with refusals_in(form):
            actions.record_attendance(session, came=form.came.data or [], by=viewer(), at=now())
            db.session.commit()
            flash(_("Written down who came."))
            return _back_to(session)
    return _session_page(_session(reference), wrong=form, attendance=form)


@room.post("/focus-groups/<reference>/findings")
@may("run focus groups")
def add_finding(reference: str) -> Response:
    session = _session(reference)
    form = FindingForm()
    form.offer(services_to_name())
    if form.validate():
        at = now()
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            actions.record_finding(session, _found(form), by=viewer(), at=at)
            once.settle(form.once.data, url_for("focus_groups.show", reference=session.reference))
            db.session.commit()
            flash(_("The finding is kept."))
            return _back_to(session)
    return _session_page(_session(reference), wrong=form, finding=form)


@room.route("/focus-groups/<reference>/findings/<int(max=999999999):number>/edit", methods=["GET", "POST"])
@may("run focus groups")
def edit_finding(reference: str, number: int) -> Response:
    session = _session(reference)
    finding = queries.find_finding(session, number) or abort(404)
    form = FindingForm(data=_written(finding))
    form.offer(services_to_name())
    if request.method == "POST" and form.validate():
        with refusals_in(form, lambda: finding.version):
            actions.correct_finding(finding, _found(form), version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("The finding is corrected."))
            return _back_to(session)
    return page(
        "focus_groups/edit_finding.html",
        form.status,
        form=form,
        session=session,
        finding=finding,
    )


@room.post("/focus-groups/<reference>/cancel")
@may("run focus groups")
def cancel(reference: str) -> Response:
    session = _session(reference)
    form = CancelForm()
    if form.validate():
        with refusals_in(form):
            actions.cancel_session(session, reason=form.reason.data, by=viewer(), at=now())
            db.session.commit()
            flash(_("%(reference)s is cancelled, and everybody invited is told.", reference=session.reference))
            return _back_to(session)
    return _session_page(_session(reference), wrong=form, cancel=form)


@room.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> Response:
    """What the mailed link opens. GET writes nothing, since programs that read mail open links too."""
    invitee = queries.find_invitation(token)
    if invitee is None:
        return keep_secret(page("focus_groups/no_invitation.html", 404))
    return keep_secret(_answer(invitee, url_for("focus_groups.invitation", token=token)))


@room.route("/focus-groups/<reference>/seat", methods=["GET", "POST"])
@signed_in
def seat(reference: str) -> Response:
    """The same page for somebody who is signed in: their own invitation, without the link."""
    invitee = queries.find_invitation_of(viewer(), reference) or abort(404)
    return _answer(invitee, url_for("focus_groups.seat", reference=invitee.session.reference))


def _answer(invitee: Invitee, address: str) -> Response:
    form = AnswerForm(data={"access_needs": invitee.access_needs, "answer": "accept"})
    if request.method == "POST" and form.validate():
        with refusals_in(form):
            _take_answer(invitee, form)
            db.session.commit()
            return redirect(address, 303)
    at = now()
    return page(
        "focus_groups/invitation.html",
        form.status,
        form=form,
        invitee=invitee,
        session=invitee.session,
        address=address,
        at=at,
    )


def _take_answer(invitee: Invitee, form: AnswerForm) -> None:
    if form.answer.data == "decline":
        actions.decline(invitee, at=now())
    else:
        actions.accept(invitee, access_needs=form.access_needs.data, at=now())


def _session(reference: str) -> Session:
    return queries.find_session(reference) or abort(404)


def _session_page(session: Session, *, wrong: Any = None, **forms: Any) -> Response:
    """The whole session, with a form that was refused in its place."""
    people = queries.invitees(session)
    finding = forms.get("finding") or FindingForm(formdata=None)
    if "finding" not in forms:
        finding.offer(services_to_name())
    return page(
        "focus_groups/show.html",
        wrong.status if wrong else 200,
        session=session,
        people=people,
        may_have_come=[one for one in people if one.state != DECLINED],
        findings=queries.findings(session),
        begun=session.begun(now()),
        wrong=wrong,
        finding_form=finding,
        attendance_form=forms.get("attendance"),
        cancel_form=forms.get("cancel") or CancelForm(formdata=None),
        wanted=invitations_for(session.seats),
    )


def _back_to(session: Session) -> Response:
    return redirect(url_for("focus_groups.show", reference=session.reference), 303)


def _moment(typed: datetime | None) -> datetime:
    """What somebody typed is meant on the portal's clock."""
    assert typed is not None
    return typed.replace(tzinfo=portal_zone())


def _plan(form: PlanForm) -> Plan:
    """What the form says, with the things that its keys stand for."""
    by_id = {one.id: one for one in segments()}
    moderators = {one.id: one for one in holders("run focus groups")}
    return Plan(
        title=form.title.data,
        objective=form.objective.data,
        decision_informed=form.decision_informed.data,
        segment=by_id.get(form.segment.data),
        attribution_rule=form.attribution_rule.data,
        starts_at=_moment(form.starts_at.data),
        planned_minutes=form.planned_minutes.data,
        place=form.place.data,
        seats=form.seats.data,
        moderator=moderators[form.moderator.data],
    )


def _planned(session: Session) -> dict[str, Any]:
    study = session.study
    return {
        "title": study.title,
        "objective": study.objective,
        "decision_informed": study.decision_informed,
        "segment": study.segment_id,
        "attribution_rule": study.attribution_rule,
        "starts_at": session.starts_at.astimezone(portal_zone()).replace(tzinfo=None),
        "planned_minutes": session.planned_minutes,
        "place": session.place,
        "seats": session.seats,
        "moderator": session.moderator_id,
        "version": session.version,
    }


def _found(form: FindingForm) -> Found:
    services = {one.id: one for one in services_to_name()}
    return Found(form.statement.data, form.sentiment.data, services.get(form.service.data), form.quote.data)


def _written(finding: Finding) -> dict[str, Any]:
    return {
        "statement": finding.statement,
        "sentiment": finding.sentiment,
        "service": finding.service_id,
        "quote": finding.quote,
        "version": finding.version,
    }
