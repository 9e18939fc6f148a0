"""Pages of the register, and “you said, we did”."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from portal import once
from portal.catalogue.queries import services_to_name
from portal.extensions import db
from portal.focus_groups.queries import finding as find_finding
from portal.improvements import actions, queries
from portal.improvements.actions import Draft, Measured, Source
from portal.improvements.forms import CloseForm, ImprovementForm, MoveForm, PublishForm
from portal.improvements.models import Improvement
from portal.improvements.states import CAN_BE_TOLD, CLOSED, TRANSITIONS
from portal.improvements.words import STATE_WORDS, STEP_WORDS
from portal.people.queries import holders
from portal.people.visitor import viewer
from portal.web.access import may, signed_in
from portal.web.forms import PortalForm, version_sent
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import page_number, whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before
from portal.web.words import local_day

room = Blueprint("improvements", __name__)

REGISTER_SIZE = 50
PUBLIC_SIZE = 10


@room.get("/improvements")
@may("keep improvements")
def index() -> Response:
    view = _view(queries.VIEWS, "open")
    number = page_number()
    rows = queries.register(view, size=REGISTER_SIZE + 1, skip=(number - 1) * REGISTER_SIZE)
    return page(
        "improvements/index.html",
        rows=rows[:REGISTER_SIZE],
        more=len(rows) > REGISTER_SIZE,
        number=number,
        view=view,
        counts=queries.counts(),
        state_words=STATE_WORDS,
        today=local_day(now()),
    )


@room.route("/improvements/new", methods=["GET", "POST"])
@may("keep improvements")
def new() -> Response:
    source = _source()
    form = ImprovementForm(data=_begun_from(source))
    _offer(form)
    if request.method == "POST" and form.validate():
        at = now()
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            improvement = actions.raise_improvement(_draft(form), _source(form.figure.data), by=viewer(), at=at)
            address = url_for("improvements.show", reference=improvement.reference)
            once.settle(form.once.data, address)
            db.session.commit()
            flash(_("%(reference)s is in the register.", reference=improvement.reference))
            return redirect(address, 303)
        source = _source()
    return page(
        "improvements/new.html",
        form.status,
        form=form,
        source=source,
        earlier=queries.raised_from(
            answer_id=source.answer.id if source.answer else None,
            finding_id=source.finding.id if source.finding else None,
        ),
    )


@room.get("/improvements/<reference>")
@may("keep improvements")
def show(reference: str) -> Response:
    return _improvement_page(_improvement(reference))


@room.route("/improvements/<reference>/edit", methods=["GET", "POST"])
@may("keep improvements")
def edit(reference: str) -> Response:
    improvement = _improvement(reference)
    form = ImprovementForm(data=_written(improvement))
    _offer(form)
    if request.method == "POST" and form.validate():
        with refusals_in(form, lambda: improvement.version):
            actions.change(improvement, _draft(form), version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("%(reference)s is changed.", reference=improvement.reference))
            return _back_to(improvement)
    return page("improvements/edit.html", form.status, form=form, improvement=improvement)


@room.post("/improvements/<reference>/move")
@may("keep improvements")
def move(reference: str) -> Response:
    improvement = _improvement(reference)
    form = MoveForm()
    form.to.choices = [SelectChoice(state, STEP_WORDS[state]) for state in STEP_WORDS]
    if form.validate():
        with refusals_in(form, lambda: improvement.version):
            actions.move(
                improvement, form.to.data, reason=form.reason.data, version=version_sent(form), by=viewer(), at=now()
            )
            db.session.commit()
            flash(_("Now: %(state)s.", state=STATE_WORDS[improvement.state]))
            return _back_to(improvement)
    return _improvement_page(improvement, wrong=form, move=form)


@room.route("/improvements/<reference>/close", methods=["GET", "POST"])
@may("keep improvements")
def close(reference: str) -> Response:
    improvement = _improvement(reference)
    form = CloseForm(obj=improvement)
    if request.method == "POST" and form.validate():
        with refusals_in(form, lambda: improvement.version):
            actions.close(
                improvement,
                outcome=form.closure_code.data,
                words=form.outcome.data,
                measured=form.measured(),
                version=version_sent(form),
                by=viewer(),
                at=now(),
            )
            db.session.commit()
            flash(_("%(reference)s is closed. Now tell those who spoke.", reference=improvement.reference))
            return _back_to(improvement)
    return page(
        "improvements/close.html",
        form.status,
        form=form,
        improvement=improvement,
    )


@room.post("/improvements/<reference>/publish")
@may("keep improvements")
def publish(reference: str) -> Response:
    improvement = _improvement(reference)
    form = PublishForm()
    if form.validate():
        with refusals_in(form, lambda: improvement.version):
            actions.publish(
                improvement,
                you_said=form.you_said.data,
                we_did=form.we_did.data,
                version=version_sent(form),
                by=viewer(),
                at=now(),
            )
            db.session.commit()
            flash(_("Everybody can read it now under “You said, we did”."))
            return _back_to(improvement)
    return _improvement_page(improvement, wrong=form, publish=form)


@room.post("/improvements/<reference>/unpublish")
@may("keep improvements")
def unpublish(reference: str) -> Response:
    improvement = _improvement(reference)
    form = PublishForm(obj=improvement)
    with refusals_in(form, lambda: improvement.version):
        actions.unpublish(improvement, version=version_sent(form), by=viewer(), at=now())
        db.session.commit()
        flash(_("It is no longer published."))
        return _back_to(improvement)
    return _improvement_page(improvement, wrong=form)


@room.get("/you-said-we-did")
@signed_in
def you_said_we_did() -> Response:
    view = _view(queries.PUBLIC_VIEWS, "all")
    counts = queries.public_counts()
    last = max(1, -(-counts[view] // PUBLIC_SIZE))
    number = min(page_number(), last)
    skip = (number - 1) * PUBLIC_SIZE
    rows = queries.answers(view, size=PUBLIC_SIZE, skip=skip)
    return page(
        "improvements/you_said_we_did.html",
        rows=rows,
        view=view,
        counts=counts,
        number=number,
        near=[one for one in range(number - 2, number + 3) if 1 <= one <= last],
        last=last,
        first_row=skip + 1,
    )


def _improvement_page(improvement: Improvement, *, wrong: PortalForm | None = None, **forms: Any) -> Response:
    """The whole improvement, with a form that was refused in its place."""
    mover = forms.get("move") or MoveForm(formdata=None)
    mover.to.choices = [SelectChoice(to, STEP_WORDS[to]) for to in TRANSITIONS[improvement.state] if to != CLOSED]
    return page(
        "improvements/show.html",
        wrong.status if wrong else 200,
        improvement=improvement,
        history=queries.history(improvement),
        mover=mover,
        publisher=forms.get("publish") or PublishForm(formdata=None, obj=improvement),
        can_close=CLOSED in TRANSITIONS[improvement.state],
        can_be_told=improvement.state in CAN_BE_TOLD,
        wrong=wrong,
        state_words=STATE_WORDS,
        today=local_day(now()),
    )


def _improvement(reference: str) -> Improvement:
    return queries.find_improvement(reference) or abort(404)


def _back_to(improvement: Improvement) -> Response:
    return redirect(url_for("improvements.show", reference=improvement.reference), 303)


def _view(views: Any, usual: str) -> str:
    view = request.args.get("view", usual)
    return view if view in views else abort(404)


def _source(figure: str | None = None) -> Source:
    """Where a new improvement comes from, as the address says; what is not there or not readable is not found."""
    if number := request.values.get("answer"):
        return Source(answer=queries.find_comment(number) or abort(404))
    if number := request.values.get("finding"):
        return Source(finding=find_finding(whole_number(number) or 0) or abort(404))
    return Source(figure=figure or request.args.get("figure", "")[:200] or None)


def _begun_from(source: Source) -> dict[str, Any]:
    """What the source already tells."""
    if source.answer is not None:
        case = source.answer.response.case
        return {"service": case.service_id if case else None}
    if source.finding is not None:
        return {"title": source.finding.statement[:120], "service": source.finding.service_id}
    return {"figure": source.figure}


def _offer(form: ImprovementForm) -> None:
    form.offer(services_to_name(), holders("keep improvements"))


def _written(improvement: Improvement) -> dict[str, Any]:
    """What stands there, with keys for what is chosen from a list."""
    names = ("title", "description", "due_on", "version", *Measured.__dataclass_fields__)
    values = {name: getattr(improvement, name) for name in names}
    return {**values, "service": improvement.service_id, "owner": improvement.owner_id}


def _draft(form: ImprovementForm) -> Draft:
    """What the form says, with the things that its keys stand for."""
    services = {one.id: one for one in services_to_name()}
    owners = {one.id: one for one in holders("keep improvements")}
    return Draft(
        title=form.title.data,
        description=form.description.data,
        service=services.get(form.service.data),
        owner=owners.get(form.owner.data),
        due_on=form.due_on.data,
        measured=form.measured(),
    )
