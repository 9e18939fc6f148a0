"""Pages of offers: the desk writes one, the customer compares and picks, here or from a mailed link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import once
from portal.choices import actions, queries
from portal.choices.forms import NoneForm, OfferForm, PickForForm, PickForm, WithdrawForm, begun_with
from portal.choices.models import Offer
from portal.choices.queries import Led
from portal.extensions import db
from portal.people.models import Person
from portal.people.visitor import viewer
from portal.refusal import Conflict
from portal.requests import actions as requests
from portal.requests import states
from portal.requests.letters import concerned
from portal.requests.models import ServiceRequest
from portal.requests.queries import find_for_desk, find_own, find_request, is_own
from portal.web.access import may, public, signed_in
from portal.web.forms import PortalForm, version_sent
from portal.web.headers import keep_secret
from portal.web.moment import now, portal_zone
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

room = Blueprint("choices", __name__)


# --- the desk offers ----------------------------------------------------------------------------------------------


@room.route("/choices/<reference>/new", methods=["GET", "POST"])
@may("work the queue")
def new(reference: str) -> Response:
    """A new offer; it takes the place of an open one."""
    found = find_for_desk(reference) or abort(404)
    earlier = queries.open_offer(found)
    begun = begun_with(found.service.options or [], earlier, portal_zone())
    form = OfferForm(data={**begun, "version": found.version})
    if request.method == "POST" and form.validate():
        if before := sent_before(form):
            return before
        with refusals_in(form, lambda: found.version):
            requests.check_version(found, version_sent(form))
            actions.offer(found, words=form.words.data or "", ways=form.ways(portal_zone()), by=viewer(), at=now())
            return _offered(found, form)
    return page(
        "choices/new.html",
        form.status,
        form=form,
        request_=found,
        earlier=queries.open_offer(found),
        possible=states.can("offer", found.state),
    )


def _offered(found: ServiceRequest, form: OfferForm) -> Response:
    address = url_for("queue.show", reference=found.reference)
    once.settle(form.once.data, address)
    db.session.commit()
    flash(_("%(ref)s: your offer is sent. The clock stands still until the answer.", ref=found.reference))
    return redirect(address, 303)


@room.route("/choices/<reference>/withdraw", methods=["GET", "POST"])
@may("work the queue")
def withdraw(reference: str) -> Response:
    """The offer is taken back; the customer is told why."""
    found = find_for_desk(reference) or abort(404)
    offer = queries.newest_offer(found) or abort(404)
    form = WithdrawForm(data={"version": found.version})
    if request.method == "POST" and form.validate():
        with refusals_in(form, lambda: found.version):
            requests.check_version(found, version_sent(form))
            actions.withdraw(offer, words=form.words.data or "", by=viewer(), at=now())
            db.session.commit()
            flash(_("%(ref)s: the options are taken back.", ref=found.reference))
            return redirect(url_for("queue.show", reference=found.reference), 303)
    return page("choices/withdraw.html", form.status, form=form, request_=found, offer=offer, at=now())


@room.route("/choices/<reference>/pick-for", methods=["GET", "POST"])
@may("work the queue")
def pick_for(reference: str) -> Response:
    """Noted for a customer who said on the phone what they choose."""
    found = find_for_desk(reference) or abort(404)
    offer = queries.newest_offer(found) or abort(404)
    form = PickForForm(data={"version": found.version, "offer": offer.id})
    form.choose_from(offer, concerned(found), now())
    if request.method == "POST" and form.validate():
        if before := sent_before(form):
            return before
        with refusals_in(form, lambda: found.version):
            requests.check_version(found, version_sent(form))
            return _picked_for(offer, form)
    return _pick_for_page(found, form)


def _picked_for(offer: Offer, form: PickForForm) -> Response:
    found = offer.request
    _check_shown(offer, form)
    chose = {person.id: person for person in concerned(found)}
    who = chose[form.who.data] if "who" in form else found.customer
    option = actions.pick_for(offer, form.option.data, who=who, words=form.words.data or "", by=viewer(), at=now())
    address = url_for("queue.show", reference=found.reference)
    once.settle(form.once.data, address)
    db.session.commit()
    flash(_("%(ref)s: noted that %(name)s chose %(label)s.", ref=found.reference, name=who.name, label=option.label))
    return redirect(address, 303)


def _pick_for_page(found: ServiceRequest, form: PickForForm) -> Response:
    """As the offer stands now, also after somebody else was quicker."""
    offer = queries.newest_offer(found) or abort(404)
    form.offer.data = offer.id
    form.choose_from(offer, concerned(found), now())
    possible = offer.is_open and states.can("offer", found.state) and not is_own(found, viewer())
    values = {"offer": offer, "request_": found, "possible": possible, "at": now()}
    return page("choices/pick_for.html", form.status, form=form, **values)


# --- the customer picks -------------------------------------------------------------------------------------------


@room.get("/choices/<reference>")
@signed_in
def show(reference: str) -> Response:
    """The options side by side; those who only read along see them without the buttons."""
    found = find_request(viewer(), reference) or abort(404)
    return _offer_page(queries.newest_offer(found) or abort(404))


@room.post("/choices/<reference>/pick")
@signed_in
def pick(reference: str) -> Response:
    offer = _own_offer(reference)
    form = PickForm()
    if form.validate():
        with refusals_in(form):
            _pick(offer, form, viewer())
            return redirect(url_for("requests.show", reference=offer.request.reference), 303)
    return _offer_page(_own_offer(reference), pick=form)


@room.post("/choices/<reference>/none")
@signed_in
def none(reference: str) -> Response:
    """None of these suits me."""
    offer = _own_offer(reference)
    form = NoneForm()
    if form.validate():
        if before := sent_before(form):
            return before
        with refusals_in(form):
            address = url_for("requests.show", reference=offer.request.reference)
            _decline(offer, form, viewer(), address)
            return redirect(address, 303)
    return _offer_page(_own_offer(reference), none=form)


def _own_offer(reference: str) -> Offer:
    found = find_own(viewer(), reference) or abort(404)
    return queries.newest_offer(found) or abort(404)


def _offer_page(offer: Offer, *, pick: PickForm | None = None, none: NoneForm | None = None) -> Response:
    wrong = pick or none
    return page(
        "choices/show.html",
        wrong.status if wrong else 200,
        **_offer_values(offer, viewer(), none),
        wrong=wrong,
        pick_at=url_for("choices.pick", reference=offer.request.reference),
        none_at=url_for("choices.none", reference=offer.request.reference),
    )


def _offer_values(offer: Offer, person: Person, none: NoneForm | None) -> dict[str, Any]:
    """What both pages show, the one behind the sign-in and the one behind the link."""
    found = offer.request
    return {
        "offer": offer,
        "request_": found,
        "none_form": none or NoneForm(None, offer=offer.id),
        "can_pick": offer.is_open and is_own(found, person) and states.can("offer", found.state),
        "you": person.id,
        "at": now(),
    }


def _pick(offer: Offer, form: PickForm, person: Person) -> None:
    _check_shown(offer, form)
    option = actions.pick(offer, whole_number(form.option.data), by=person, at=now())
    db.session.commit()
    flash(_("You chose: %(label)s. We go on with it now.", label=option.label))


def _decline(offer: Offer, form: NoneForm, person: Person, address: str) -> None:
    _check_shown(offer, form)
    actions.decline(offer, words=form.body.data or "", by=person, at=now())
    once.settle(form.once.data, address)
    db.session.commit()
    flash(_("Your message is sent. We come back to you with other ways."))


def _check_shown(offer: Offer, form: Any) -> None:
    """Whoever looked at an older offer must not pick the second of a newer one."""
    if form.offer.data != str(offer.id):
        raise Conflict(_("Other options stand here now. Nothing was chosen; please look again."))


# --- from a mailed link -------------------------------------------------------------------------------------------


@room.get("/choice/<token>")
@public
def link(token: str) -> Response:
    """Shows the options. Opening it chooses nothing, whoever or whatever opens it."""
    led = queries.find_by_link(token)
    return _link_page(led, token, named=whole_number(request.args.get("option"))) if led else _no_link()


@room.post("/choice/<token>")
@public
def choose(token: str) -> Response:
    led = queries.find_by_link(token)
    if led is None:
        return _no_link()
    form = PickForm()
    if form.validate():
        with refusals_in(form):
            _pick(led.offer, form, led.person)
            return keep_secret(redirect(url_for("choices.link", token=token), 303))
    return _link_page(queries.find_by_link(token) or led, token, wrong=form)


@room.post("/choice/<token>/none")
@public
def choose_none(token: str) -> Response:
    led = queries.find_by_link(token)
    if led is None:
        return _no_link()
    form = NoneForm()
    if form.validate():
        address = url_for("choices.link", token=token)
        if before := sent_before(form):
            return keep_secret(before)
        with refusals_in(form):
            _decline(led.offer, form, led.person, address)
            return keep_secret(redirect(address, 303))
    return _link_page(queries.find_by_link(token) or led, token, wrong=form, none=form)


def _link_page(
    led: Led, token: str, *, named: int | None = None, wrong: PortalForm | None = None, none: NoneForm | None = None
) -> Response:
    """`named` is the option whose link was followed: it stands first, and waits for its button."""
    values = _offer_values(led.offer, led.person, none)
    first = led.offer.find(named)
    shown = page(
        "choices/link.html",
        wrong.status if wrong else 200,
        **values,
        wrong=wrong,
        first=first if first and not first.is_over(values["at"]) else None,
        pick_at=url_for("choices.choose", token=token),
        none_at=url_for("choices.choose_none", token=token),
    )
    return keep_secret(shown)


def _no_link() -> Response:
    return keep_secret(page("choices/no_link.html", 404))
