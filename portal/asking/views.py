"""Asking: the form, step by step, its check page, sending it, and what is kept until then."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.asking import amend_views, open_form
from portal.asking.arrivals import find_files_of, take_files_of
from portal.asking.blueprint import room
from portal.asking.going_on import elsewhere
from portal.asking.open_form import OpenForm
from portal.asking.pages import ask_page, check_page
from portal.asking.queries import Askable, find_askable
from portal.catalogue.leading import service_to_ask_for
from portal.extensions import db
from portal.once import settle
from portal.people.models import Person
from portal.people.visitor import viewer
from portal.questions.forms import only_reshaped
from portal.refusal import Refusal
from portal.requests import actions, drafts
from portal.requests.queries import find_request
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.paging import whole_number
from portal.web.sent import sent_before

__all__ = ["amend_views", "room"]


@room.route("/services/<slug>/ask", methods=["GET", "POST"])
@signed_in
def ask(slug: str) -> Response:
    """The form, step by step, its check page (`step` is check) and, with no step or any other, sending it."""
    askable = _askable(slug)
    if request.method != "POST":
        return _opened(askable)
    opened = open_form.sent(askable, viewer(), request.form, now())
    fits = take_files_of(opened, by=viewer())
    step = request.form.get("step") or "send"
    if fits and (only_reshaped(request.form) or step in STAYS):
        return _stay(opened, step)
    valid = fits and opened.form.validate()
    customer = open_form.customer_of(opened, viewer())
    if step == "next":
        return _go_on(opened)
    if new := opened.new_here():
        opened.forgive()
        return ask_page(_kept(opened), new=new)
    if not valid or customer is None:
        opened.go_to_first_mistake()
        return ask_page(_kept(opened), 422)
    return check_page(_kept(opened), customer) if step == "check" else _send(opened, customer)


STAYS = ("edit", "back")
"""Ways to the form again that ask for nothing to be right."""


def _askable(slug: str) -> Askable:
    """The service; one that has retired leads to what took its place, and what is not offered is not there."""
    found = find_askable(viewer(), slug)
    if found is None:
        if way := elsewhere(slug):
            abort(way)
        service_to_ask_for(slug)
        abort(404)
    return found


def _opened(askable: Askable) -> Response:
    """A fresh form, one that was begun before, or one that an old request fills in."""
    if number := whole_number(request.args.get("draft")):
        return _resumed(askable, number)
    if reference := request.args.get("again"):
        old = find_request(viewer(), reference) or abort(404)
        opened, taken = open_form.again(askable, viewer(), old)
        return ask_page(opened, taken=taken)
    return ask_page(open_form.begin(askable, viewer()), begun=drafts.drafts_of(viewer(), askable.service, size=3))


def _resumed(askable: Askable, number: int) -> Response:
    draft = drafts.find_draft(viewer(), number) or abort(404)
    if draft.service_id == askable.service.id:
        opened = open_form.resumed(askable, viewer(), draft, now())
    elif find_askable(viewer(), draft.service.slug) is None:
        opened = open_form.moved(askable, viewer(), draft)
    else:
        abort(404)
    find_files_of(opened, by=viewer())
    return ask_page(opened)


def _stay(opened: OpenForm, step: str) -> Response:
    if step == "back":
        opened.part = opened.number - 1
    return ask_page(_kept(opened))


def _go_on(opened: OpenForm) -> Response:
    """To the next step, when nothing on this one is new or left to mend."""
    if new := opened.new_here():
        opened.forgive()
        return ask_page(_kept(opened), new=new)
    if opened.is_wrong_so_far():
        opened.go_to_first_mistake()
        return ask_page(_kept(opened), 422)
    opened.part = opened.number + 1
    return ask_page(_kept(opened))


def _kept(opened: OpenForm) -> OpenForm:
    """Each step keeps what was typed, also where no script runs; that it cannot be kept holds nobody up."""
    try:
        number = _save(opened)
    except Refusal:
        db.session.rollback()
        return opened
    db.session.commit()
    opened.draft = drafts.find_draft(viewer(), number)
    return opened


def _save(opened: OpenForm) -> int | None:
    return drafts.save_draft(
        service=opened.service,
        form_id=opened.published.id if opened.published else None,
        once=opened.form.once.data or "",
        typed=opened.typed,
        part=opened.number,
        by=viewer(),
        at=now(),
    )


def _send(opened: OpenForm, customer: Person) -> Response:
    form = opened.form
    if earlier := sent_before(form):
        return earlier
    made = actions.submit_request(
        service=opened.service,
        form=opened.published,
        summary=form.summary.data or "",
        details=form.details.data or "",
        answers=opened.answers,
        by=viewer(),
        customer=customer,
        deal=opened.deal,
        at=now(),
        files=opened.files_to_send,
    )
    drafts.discard_draft(form.once.data, by=viewer())
    address = url_for("requests.sent", reference=made.reference)
    settle(form.once.data, address)
    db.session.commit()
    return redirect(address, 303)


@room.post("/services/<slug>/draft")
@signed_in
def keep(slug: str) -> Response:
    """Keep what is in the form, while somebody types or because they leave it for later."""
    askable = _askable(slug)
    opened = open_form.sent(askable, viewer(), request.form, now())
    fits = take_files_of(opened, by=viewer())
    try:
        number = _save(opened)
    except Refusal as refusal:
        db.session.rollback()
        opened.forgive()
        opened.form.refuse(refusal)
        return ask_page(opened, refusal.status, not_kept=refusal.reason)
    db.session.commit()
    if not fits:
        opened.forgive(but_files=True)
        return ask_page(opened, 422)
    return redirect(url_for("asking.ask", slug=slug, draft=number), 303)


@room.post("/services/<slug>/draft/away")
@signed_in
def throw_away(slug: str) -> Response:
    """What was begun is not wanted any more."""
    draft = drafts.find_draft(viewer(), whole_number(request.form.get("draft"))) or abort(404)
    drafts.throw_away(draft, by=viewer())
    db.session.commit()
    flash(_("What you had begun is thrown away."))
    return redirect(url_for("asking.ask", slug=slug), 303)
