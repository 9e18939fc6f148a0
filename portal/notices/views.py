"""The status page, notices, their lists, and the desk of those who write and release them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import once
from portal.catalogue.models import Service
from portal.catalogue.queries import find_service
from portal.extensions import db
from portal.notices import actions, audience, queries
from portal.notices.filling import notice_form, wording, written
from portal.notices.forms import (
    MoveForm,
    SendBackForm,
    VersionForm,
    WordsForm,
    as_moment,
    as_typed,
)
from portal.notices.history import LENGTH, history_of
from portal.notices.models import Notice
from portal.notices.pages import notice_page, release_page, work_page
from portal.notices.panels import panels_of
from portal.notices.status import status_page
from portal.notices.words import KIND_WORDS, STATE_WORDS, when_words
from portal.people.visitor import viewer
from portal.refusal import Refusal
from portal.web.access import may, signed_in, viewer_may
from portal.web.forms import version_sent
from portal.web.moment import now, portal_zone
from portal.web.page import page
from portal.web.paging import page_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

room = Blueprint("notices", __name__)

DESK_SIZE = 50
REMEMBERED_PRESSES = 20


# --- what customers read -----------------------------------------------------------------------------------------


@room.get("/notices")
@signed_in
def index() -> Response:
    return page(
        "notices/index.html",
        shown=status_page(viewer(), number=page_number(), at=now()),
        to_release=queries.to_release() if viewer_may("release notices") else (),
        kind_words=KIND_WORDS,
        when_words=when_words,
        length=LENGTH,
    )


@room.get("/notices/<reference>")
@signed_in
def show(reference: str) -> Response:
    return notice_page(_readable(reference))


@room.post("/notices/<reference>/me-too")
@signed_in
def me_too(reference: str) -> Response:
    notice = _readable(reference)
    return _deed(
        notice,
        lambda: actions.me_too(notice, by=viewer(), at=now()),
        _("Thank you. We write to you when there is news, and when it is over."),
        pressed=True,
    )


@room.post("/notices/<reference>/not-me")
@signed_in
def not_me(reference: str) -> Response:
    notice = _readable(reference)
    return _deed(
        notice, lambda: actions.not_me(notice, by=viewer()), _("You have taken your “me too” back."), pressed=False
    )


@room.post("/notices/<reference>/join")
@signed_in
def join(reference: str) -> Response:
    notice = _readable(reference)
    return _deed(notice, lambda: actions.join(notice, by=viewer(), at=now()), _("We write to you when there is news."))


@room.route("/notices/<reference>/leave", methods=["GET", "POST"])
@signed_in
def leave(reference: str) -> Response:
    notice = _readable(reference)
    if request.method != "POST":
        return page("notices/leave.html", notice=notice, standing=audience.standing(viewer(), notice))
    words = _("You get no more messages about it.")
    return _deed(notice, lambda: actions.leave(notice, by=viewer(), at=now()), words)


@room.get("/notices/services/<slug>")
@signed_in
def service(slug: str) -> Response:
    about, at = _service(slug), now()
    spells = queries.spells_of(viewer(), [about.id], at=at)[about.id]
    return page(
        "notices/service.html",
        service=about,
        history=history_of(spells, at=at, zone=portal_zone()),
        notices=queries.lately_about(viewer(), about, at=at),
        follows=queries.follows(viewer(), about),
        kind_words=KIND_WORDS,
        when_words=when_words,
        length=LENGTH,
    )


@room.post("/notices/services/<slug>/subscribe")
@signed_in
def subscribe(slug: str) -> Response:
    about = _service(slug)
    actions.subscribe(about, by=viewer(), at=now())
    db.session.commit()
    flash(_("We write to you about each notice for “%(name)s”.", name=about.name))
    return redirect(url_for("notices.service", slug=slug), 303)


@room.post("/notices/services/<slug>/unsubscribe")
@signed_in
def unsubscribe(slug: str) -> Response:
    about = _service(slug)
    actions.unsubscribe(about, by=viewer())
    db.session.commit()
    flash(_("You do not follow “%(name)s” any more.", name=about.name))
    return redirect(url_for("notices.subscriptions"), 303)


@room.get("/notices/subscriptions")
@signed_in
def subscriptions() -> Response:
    return page(
        "notices/subscriptions.html", services=queries.subscriptions_of(viewer()), lists=queries.lists_of(viewer())
    )


# --- the desk ----------------------------------------------------------------------------------------------------


@room.get("/notices/desk")
@may("write notices")
def desk() -> Response:
    view, number = request.args.get("view", "open"), page_number()
    if view not in queries.VIEWS:
        abort(404)
    rows = queries.desk(view, size=DESK_SIZE + 1, skip=(number - 1) * DESK_SIZE)
    return page(
        "notices/desk.html",
        rows=rows[:DESK_SIZE],
        more=len(rows) > DESK_SIZE,
        number=number,
        view=view,
        kind_words=KIND_WORDS,
        state_words=STATE_WORDS,
        when_words=when_words,
    )


@room.route("/notices/new", methods=["GET", "POST"])
@may("write notices")
def new() -> Response:
    form = notice_form()
    if request.method == "POST" and form.validate():
        at = now()
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            notice = actions.write_notice(wording(form), by=viewer(), at=at)
            address = url_for("notices.work", reference=notice.reference)
            once.settle(form.once.data, address)
            db.session.commit()
            flash(_("%(reference)s is a draft. Nobody else reads it yet.", reference=notice.reference))
            return redirect(address, 303)
    return page("notices/new.html", form.status, form=form)


@room.get("/notices/<reference>/work")
@may("write notices")
def work(reference: str) -> Response:
    return work_page(_workable(reference), WordsForm())


@room.route("/notices/<reference>/edit", methods=["GET", "POST"])
@may("write notices")
def edit(reference: str) -> Response:
    notice = _workable(reference)
    form = notice_form(**written(notice))
    if request.method == "POST" and form.validate():
        with refusals_in(form, lambda: notice.version):
            actions.change(notice, wording(form), version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("%(reference)s is changed. It is a draft until you propose it again.", reference=notice.reference))
            return redirect(url_for("notices.work", reference=reference), 303)
    return page("notices/edit.html", form.status, form=form, notice=notice)


@room.post("/notices/<reference>/propose")
@may("write notices")
def propose(reference: str) -> Response:
    notice, form = _workable(reference), VersionForm()
    try:
        actions.propose(notice, version=version_sent(form), by=viewer(), at=now())
        db.session.commit()
        flash(
            _("%(reference)s waits for a second pair of eyes. Those who can release it have mail.", reference=reference)
        )
        return redirect(url_for("notices.work", reference=reference), 303)
    except Refusal as refusal:
        return work_page(notice, WordsForm(formdata=None), refusal=refusal)


@room.route("/notices/<reference>/release", methods=["GET", "POST"])
@may("release notices")
def release(reference: str) -> Response:
    notice, form = _workable(reference), VersionForm()
    if request.method != "POST" or not form.validate():
        return release_page(notice, form)
    try:
        actions.release(notice, version=version_sent(form), by=viewer(), at=now())
        number = audience.how_many_told_first(notice)
        db.session.commit()
        flash(_("%(reference)s is released. People who are told by mail: %(n)s.", reference=reference, n=number))
        return redirect(url_for("notices.index"), 303)
    except Refusal as refusal:
        return release_page(notice, form, refusal=refusal)


@room.post("/notices/<reference>/send-back")
@may("release notices")
def send_back(reference: str) -> Response:
    notice, form = _workable(reference), SendBackForm()
    if not form.validate():
        return release_page(notice, VersionForm(formdata=None), back=form)
    try:
        actions.send_back(notice, words=form.words.data, version=version_sent(form), by=viewer(), at=now())
        db.session.commit()
        flash(_("%(reference)s is with %(name)s again.", reference=reference, name=notice.changed_by.name))
        return redirect(url_for("notices.index"), 303)
    except Refusal as refusal:
        return release_page(notice, VersionForm(formdata=None), back=form, refusal=refusal)


@room.post("/notices/<reference>/update")
@may("write notices")
def update(reference: str) -> Response:
    notice, form = _workable(reference), WordsForm()
    if form.validate():
        words = form.words.data
        told = _telling(form, notice, lambda: actions.post_update(notice, words=words, by=viewer(), at=now()))
        if told:
            return told
    return work_page(notice, form)


@room.route("/notices/<reference>/solve", methods=["GET", "POST"])
@may("write notices")
def solve(reference: str) -> Response:
    return _last_words(reference, actions.solve)


@room.route("/notices/<reference>/cancel", methods=["GET", "POST"])
@may("write notices")
def cancel(reference: str) -> Response:
    return _last_words(reference, actions.cancel)


@room.route("/notices/<reference>/move", methods=["GET", "POST"])
@may("write notices")
def move(reference: str) -> Response:
    notice = _workable(reference)
    form = MoveForm(data={"starts_at": as_typed(notice.starts_at), "ends_at": as_typed(notice.ends_at)})

    def moved() -> None:
        starts_at, ends_at = as_moment(form.starts_at.data), as_moment(form.ends_at.data)
        assert starts_at and ends_at
        actions.move(notice, starts_at=starts_at, ends_at=ends_at, words=form.words.data, by=viewer(), at=now())

    if request.method == "POST" and form.validate() and (told := _telling(form, notice, moved)):
        return told
    return page("notices/move.html", form.status, form=form, notice=notice)


# --- small steps -------------------------------------------------------------------------------------------------


def _readable(reference: str) -> Notice:
    return queries.find_notice(viewer(), reference) or abort(404)


def _workable(reference: str) -> Notice:
    return queries.find_to_work_on(reference) or abort(404)


def _service(slug: str) -> Service:
    return find_service(viewer(), slug) or abort(404)


def _deed(notice: Notice, act: Callable[[], None], words: str, *, pressed: bool | None = None) -> Response:
    """A reader's one button: do it, say so, and go to the notice."""
    try:
        act()
        db.session.commit()
    except Refusal as refusal:
        db.session.rollback()
        return notice_page(notice, refusal=refusal)
    if pressed is not None:
        _remember_press(notice, pressed)
    flash(words)
    return redirect(url_for("notices.show", reference=notice.reference), 303)


def _remember_press(notice: Notice, pressed: bool) -> None:
    """The first page remembers who said me too for a while; this browser must know its own deed at once."""
    presses = {**session.get("me_too", {}), str(notice.id): pressed}
    session["me_too"] = dict(list(presses.items())[-REMEMBERED_PRESSES:])


def _last_words(reference: str, act: Callable[..., None]) -> Response:
    """The page that ends a notice with a few words to everybody on its list."""
    notice, form = _workable(reference), WordsForm()
    if request.method == "POST" and form.validate():
        told = _telling(form, notice, lambda: act(notice, words=form.words.data, by=viewer(), at=now()))
        if told:
            return told
    solving = act is actions.solve
    warned = [words for panel in panels_of(notice) for words in panel.when_solved] if solving else []
    return page("notices/ending.html", form.status, form=form, notice=notice, solving=solving, warned=warned)


def _telling(form: Any, notice: Notice, act: Callable[[], None]) -> Response | None:
    """Do it once and go back to the notice's desk; None when it is refused, with the reason in the form."""
    address = url_for("notices.work", reference=notice.reference)
    if earlier := sent_before(form):
        return earlier
    with refusals_in(form):
        act()
        once.settle(form.once.data, address)
        db.session.commit()
        flash(_("Done. Everybody on the list is told."))
        return redirect(address, 303)
    return None
