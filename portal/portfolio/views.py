"""Keeping the offer (every service, whatever its state) and reviewing it (what to keep, improve, merge, retire)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.catalogue import keeping
from portal.catalogue import queries as catalogue
from portal.catalogue.closures import own_closures, parts_of
from portal.catalogue.models import STATES, Category, HoursPlan, Service
from portal.extensions import db
from portal.once import settle
from portal.people import queries as people
from portal.people.visitor import viewer
from portal.portfolio import actions, queries, written
from portal.portfolio.drawing import drawn
from portal.portfolio.export import review_csv
from portal.portfolio.forms import (
    NEXT_REVIEW,
    DecisionForm,
    HoursForm,
    LiveForm,
    RetireForm,
    ServiceForm,
    as_written,
    day_names,
)
from portal.portfolio.words import OUTCOME_WORDS, STATE_WORDS, money
from portal.search.queries import avoided_since
from portal.web.access import may
from portal.web.forms import named, version_sent
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import page_number, whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before
from portal.web.words import local_day

room = Blueprint("portfolio", __name__)

LATELY = timedelta(days=90)
LIST_SIZE = 50
PICTURE_SIZE = 60


# --- the review ---------------------------------------------------------------------------------------------------


@room.get("/portfolio")
@may("review the portfolio")
def index() -> Response:
    sort = _one_of(queries.SORTS, "sort", "asked")
    up = _one_of(("kept", "rated"), "up", "kept")
    number = page_number()
    size, count = PICTURE_SIZE, queries.live_count()
    rows = queries.reviewed(
        sort=sort, hour_cost_cents=_hour_cost(), since=now() - LATELY, skip=(number - 1) * size, size=size
    )
    level = catalogue.kept_lately() if up == "kept" else queries.rated_lately()
    return page(
        "portfolio/index.html",
        rows=rows,
        drawn=drawn(rows, up, level),
        sort=sort,
        up=up,
        number=number,
        count=count,
        first=(number - 1) * size + 1,
        more=count > number * size,
        hour_cost=_hour_cost(),
        today=local_day(now()),
        money=money,
        outcome_words=OUTCOME_WORDS,
        avoided=avoided_since(now() - LATELY),
    )


@room.get("/portfolio/figures.csv")
@may("review the portfolio")
def table() -> Response:
    sort = _one_of(queries.SORTS, "sort", "asked")
    rows = queries.reviewed(sort=sort, hour_cost_cents=_hour_cost(), since=now() - LATELY)
    response = current_app.response_class(review_csv(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="portfolio.csv"'
    return response


@room.get("/portfolio/services/<slug>")
@may("review the portfolio")
def show(slug: str) -> Response:
    return _service_page(_service(slug))


@room.post("/portfolio/services/<slug>/decide")
@may("decide on the portfolio")
def decide(slug: str) -> Response:
    service, form = _service(slug), _decision_form(_service(slug), DecisionForm())
    if not form.validate():
        return _service_page(service, form)
    if earlier := sent_before(form):
        return earlier
    with refusals_in(form):
        actions.decide(
            service,
            outcome=form.outcome.data,
            into=_live(form.into.data),
            reason=form.reason.data,
            review_on=form.review_on.data,
            figures=queries.figures_of(service, _hour_cost()),
            by=viewer(),
            at=now(),
        )
        ends = form.outcome.data in ("merge", "retire")
        address = url_for("portfolio.retire" if ends else "portfolio.show", slug=slug)
        settle(form.once.data, address)
        db.session.commit()
        flash(_("The decision about “%(name)s” is written down.", name=service.name))
        return redirect(address, 303)
    return _service_page(service, form)


def _service_page(service: Service, form: DecisionForm | None = None) -> Response:
    """The figures of a service, and what was decided and done about it."""
    if form is None:
        form = _decision_form(service, DecisionForm(formdata=None, review_on=local_day(now()) + NEXT_REVIEW))
    return page(
        "portfolio/show.html",
        form.status,
        service=service,
        figures=queries.figures_of(service, _hour_cost()),
        decisions=queries.decisions_of(service),
        history=catalogue.history_of(service),
        form=form,
        hour_cost=_hour_cost(),
        today=local_day(now()),
        money=money,
        outcome_words=OUTCOME_WORDS,
        state_words=STATE_WORDS,
    )


def _decision_form(service: Service, form: DecisionForm) -> DecisionForm:
    form.into.choices = named(catalogue.possible_successors(service), _("None"))
    return form


# --- keeping the offer --------------------------------------------------------------------------------------------


@room.get("/portfolio/services")
@may("keep the offer")
def services() -> Response:
    state = _one_of(STATES, "state", "live")
    words = " ".join(request.args.get("q", "")[:100].split())
    shelf, number = request.args.get("category") or None, page_number()
    rows = catalogue.kept_services(
        state, words=words, category=shelf, skip=(number - 1) * LIST_SIZE, size=LIST_SIZE + 1
    )
    return page(
        "portfolio/services.html",
        rows=rows[:LIST_SIZE],
        more=len(rows) > LIST_SIZE,
        number=number,
        state=state,
        states=STATE_WORDS,
        counts=catalogue.counts_by_state(),
        categories=catalogue.categories(),
        words=words,
        shelf=shelf,
        form_designer="designer.show" in current_app.view_functions,
    )


@room.route("/portfolio/services/new", methods=["GET", "POST"])
@may("keep the offer")
def new() -> Response:
    form = _offered(ServiceForm())
    if request.method != "POST":
        form.hours.data = catalogue.usual_hours()
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            service = keeping.draft_service(_as_offer(form), by=viewer(), at=now())
            address = url_for("catalogue.show", slug=service.slug)
            settle(form.once.data, address)
            db.session.commit()
            flash(_("“%(name)s” is a draft. Only those who keep the offer see it.", name=service.name))
            return redirect(address, 303)
    return page("portfolio/new.html", form.status, form=form)


@room.route("/portfolio/services/<slug>/edit", methods=["GET", "POST"])
@may("keep the offer")
def edit(slug: str) -> Response:
    service = _service(slug)
    form = _offered(ServiceForm(data=as_written(service)))
    if form.validate_on_submit():
        with refusals_in(form, lambda: service.version):
            keeping.edit_service(
                service, _as_offer(form), version=version_sent(form), note=form.note.data or "", by=viewer(), at=now()
            )
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=service.name))
            return redirect(_page_of(service), 303)
        _offered(form)
    return page(
        "portfolio/edit.html",
        form.status,
        form=form,
        service=service,
        now_written=as_written(service),
    )


@room.route("/portfolio/services/<slug>/publish", methods=["GET", "POST"])
@may("keep the offer")
def publish(slug: str) -> Response:
    service = _service(slug)
    form = LiveForm(version=service.version)
    if form.validate_on_submit():
        with refusals_in(form, lambda: service.version):
            keeping.go_live(service, note=form.note.data, version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("“%(name)s” is offered now.", name=service.name))
            return redirect(_page_of(service), 303)
    return page("portfolio/publish.html", form.status, form=form, service=service)


@room.route("/portfolio/services/<slug>/retire", methods=["GET", "POST"])
@may("keep the offer")
def retire(slug: str) -> Response:
    service = _service(slug)
    form = RetireForm(data={**_as_decided(service), "version": service.version})
    form.successor.choices = named(catalogue.possible_successors(service), _("Nothing"))
    if form.validate_on_submit():
        with refusals_in(form, lambda: service.version):
            successor = _live(form.successor.data)
            keeping.retire(
                service, why=form.why.data, successor=successor, version=version_sent(form), by=viewer(), at=now()
            )
            db.session.commit()
            flash(_("“%(name)s” has retired.", name=service.name))
            return redirect(url_for("portfolio.services", state="retired"), 303)
    return page("portfolio/retire.html", form.status, form=form, service=service)


def _as_decided(service: Service) -> dict[str, Any]:
    """The reason and the successor of the newest decision, when it was to merge or to retire."""
    last = queries.last_decisions([service.id]).get(service.id)
    if last is None or last.outcome not in ("merge", "retire"):
        return {}
    return {"why": last.reason, "successor": last.into_id}


# --- hours --------------------------------------------------------------------------------------------------------


@room.get("/portfolio/hours")
@may("keep the offer")
def hours() -> Response:
    return page("portfolio/hours.html", plans=catalogue.hours_plans())


@room.route("/portfolio/hours/new", methods=["GET", "POST"])
@may("keep the offer")
def new_hours() -> Response:
    form = HoursForm(data=_hours_like(_one_plan(request.args.get("like"))))
    form.offer_places()
    if "regions" in request.form:
        return page("portfolio/new_hours.html", form=form)
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            keeping.add_hours(
                name=form.name.data,
                zone=form.zone.data,
                windows=form.windows(),
                closed_on=written.read_days(form.closed_on.data or ""),
                in_words=form.in_words.data or _in_words(form),
                holidays=form.place,
                year=local_day(now()).year,
            )
            settle(form.once.data, url_for("portfolio.hours"))
            db.session.commit()
            flash(_("“%(name)s” can be chosen for services now.", name=form.name.data))
            return redirect(url_for("portfolio.hours"), 303)
    return page("portfolio/new_hours.html", form.status, form=form)


def _in_words(form: HoursForm) -> str:
    words = written.hours_in_words(form.windows(), day_names(), to=_("to"), and_=_("and"))
    return _("%(hours)s, except public holidays", hours=words) if form.place else words


def _one_plan(number: str | None) -> HoursPlan | None:
    wanted = whole_number(number)
    return next((one for one in catalogue.hours_plans() if one.id == wanted), None)


def _hours_like(plan: HoursPlan | None) -> dict[str, Any]:
    """New hours often differ from the ones before by a day only."""
    if plan is None:
        return {"zone": current_app.config["TIME_ZONE"]}
    spans = written.spans_by_day(plan.windows)
    days = {f"day_{number}": written.written_day(spans[number], _("to")) for number in range(7)}
    country, region = parts_of(plan.holidays)
    place = {"country": country, "region": region}
    return {"name": plan.name, "zone": plan.zone, "closed_on": "\n".join(own_closures(plan)), **place, **days}


# --- what they share ----------------------------------------------------------------------------------------------


def _service(slug: str) -> Service:
    return catalogue.find_any(slug) or abort(404)


def _live(number: int | None) -> Service | None:
    """The service with this key; whether it is offered is asked where it matters."""
    return db.session.get(Service, number) if number else None


def _page_of(service: Service) -> str:
    """Back to what customers see; whoever may not ask for it goes back to the list."""
    known = catalogue.find_known(viewer(), service.slug) and service.state != "retired"
    return url_for("catalogue.show", slug=service.slug) if known else url_for("portfolio.services", state=service.state)


def _offered(form: ServiceForm) -> ServiceForm:
    form.offer_choices(catalogue.categories(), catalogue.hours_plans(), people.segments(), _keepers())
    return form


def _keepers() -> Sequence[Any]:
    """Those who can be named as keeping a service: managers, administrators and the desk."""
    return people.holders("keep the offer", "work the queue")


def _as_offer(form: ServiceForm) -> keeping.Offer:
    plan = next(one for one in catalogue.hours_plans() if one.id == form.hours.data)
    owner = next((one for one in _keepers() if one.id == form.owner.data), None)
    return form.as_offer(hours=plan, category=_category(form), segments=people.segments(), owner=owner)


def _category(form: ServiceForm) -> Category | None:
    if form.new_category.data:
        return keeping.category_named(form.new_category.data)
    return next((one for one in catalogue.categories() if one.id == form.category.data), None)


def _one_of(possible: tuple[str, ...], name: str, usual: str) -> str:
    wanted = request.args.get(name, usual)
    return wanted if wanted in possible else abort(404)


def _hour_cost() -> int:
    """What an hour of work costs, in cents; 0 when nobody has said so."""
    cents: int = current_app.config["HOUR_COST"]
    return cents
