"""Pages of calls: what is owed and done, one call, and the rules that make them."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import once
from portal.callbacks import actions, queries
from portal.callbacks.forms import RecordForm, RuleForm
from portal.callbacks.models import Callback
from portal.callbacks.states import MOST_TRIES
from portal.callbacks.words import OUTCOME_WORDS, rule_in_words, within_in_words
from portal.catalogue.queries import services_to_name
from portal.extensions import db
from portal.people.visitor import viewer
from portal.requests.queries import timeline
from portal.requests.reopening import can_reopen
from portal.web.access import may, signed_in, viewer_may
from portal.web.forms import version_sent
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

room = Blueprint("callbacks", __name__)

PAGE_SIZE = 50
VIEWS = ("owed", "done")
STORY = 8
"""So many things that happened last tell what the call is about."""


@room.get("/callbacks")
@may("make callbacks")
def index() -> Response:
    view = request.args.get("view", "owed")
    if view not in VIEWS:
        abort(404)
    listed = queries.owed if view == "owed" else queries.done
    rows = listed(private=_sees_names(), after=_after(), size=PAGE_SIZE + 1)
    shown, at = rows[:PAGE_SIZE], now()
    number, late = queries.counts(private=_sees_names(), at=at)
    return page(
        "callbacks/index.html",
        rows=shown,
        after=_place(shown[-1], view) if len(rows) > PAGE_SIZE else None,
        view=view,
        number=number,
        late=late,
        bound=queries.MOST_COUNTED,
        outcomes=OUTCOME_WORDS,
        at=at,
    )


def _place(last: Callback, view: str) -> str:
    moment = last.due_at if view == "owed" else last.done_at
    assert moment is not None
    return f"{moment.isoformat()}~{last.id}"


def _after() -> queries.Place | None:
    """The place to go on from; anything unreadable starts at the top."""
    moment, _tilde, number = request.args.get("after", "").partition("~")
    key = whole_number(number)
    try:
        at = datetime.fromisoformat(moment)
        return (at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC), key) if key else None
    except (ValueError, OverflowError):
        return None


@room.get("/callbacks/<int(max=999999999):number>")
@may("make callbacks")
def show(number: int) -> Response:
    return _call_page(_callback(number))


@room.post("/callbacks/<int(max=999999999):number>/record")
@may("make callbacks")
def record(number: int) -> Response:
    """Write down what the call came to."""
    found = _callback(number)
    form = RecordForm()
    if form.validate():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form, lambda: found.version):
            actions.record(
                found,
                outcome=form.outcome.data,
                words=form.words.data or "",
                reopen=form.reopen.data,
                version=version_sent(form),
                by=viewer(),
                at=now(),
            )
            return _recorded(found, form)
    return _call_page(found, form)


def _recorded(found: Callback, form: RecordForm) -> Response:
    address = url_for("callbacks.show", number=found.id) if found.is_open else url_for("callbacks.index")
    once.settle(form.once.data, address)
    db.session.commit()
    reference = found.request.reference
    if found.is_open:
        flash(_("%(ref)s: the try is noted. Call again later.", ref=reference))
    elif form.reopen.data:
        flash(_("%(ref)s: the call is noted, and the request is open again.", ref=reference))
    else:
        flash(_("%(ref)s: the call is noted.", ref=reference))
    return redirect(address, 303)


def _callback(number: int) -> Callback:
    return queries.find_callback(number, private=_sees_names()) or abort(404)


def _sees_names() -> bool:
    """Whoever sees survey answers with their names may see whom we call because of one."""
    return viewer_may("run surveys")


def _call_page(found: Callback, form: RecordForm | None = None) -> Response:
    return page(
        "callbacks/show.html",
        form.status if form else 200,
        callback=found,
        request_=found.request,
        form=form or RecordForm(None, version=found.version),
        events=timeline(found.request).events[-STORY:],
        can_reopen=can_reopen(found.request, now()),
        tries_left=MOST_TRIES - found.tries,
        outcomes=OUTCOME_WORDS,
        why=rule_in_words(found.rule) if viewer_may("keep callback rules") else "",
        at=now(),
    )


@room.post("/callbacks/<int(max=999999999):number>/no-need")
@signed_in
def no_need(number: int) -> Response:
    """The customer need not be called."""
    found = queries.find_own(viewer(), number) or abort(404)
    actions.say_no_need(found, by=viewer(), at=now())
    db.session.commit()
    flash(_("Thank you. We do not call you about %(ref)s.", ref=found.request.reference))
    return redirect(url_for("requests.show", reference=found.request.reference), 303)


# --- rules --------------------------------------------------------------------------------------------------------


@room.route("/callbacks/rules", methods=["GET", "POST"])
@may("keep callback rules")
def rules() -> Response:
    """The rules there are, and a new one."""
    form = RuleForm()
    services = services_to_name()
    form.offer(services)
    if request.method == "POST" and form.validate():
        address = url_for("callbacks.rules")
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            actions.make_rule(
                which=form.which.data,
                share=form.share,
                service=next((one for one in services if one.id == form.service.data), None),
                within_hours=form.within_hours.data or 0,
                by=viewer(),
                at=now(),
            )
            once.settle(form.once.data, address)
            db.session.commit()
            flash(_("The rule stands from now on."))
            return redirect(address, 303)
    return page(
        "callbacks/rules.html",
        form.status,
        form=form,
        rules=queries.rules(),
        rule_in_words=rule_in_words,
        within_in_words=within_in_words,
    )


@room.post("/callbacks/rules/<int(max=999999999):number>/end")
@may("keep callback rules")
def end_rule(number: int) -> Response:
    rule = queries.find_rule(number) or abort(404)
    actions.end_rule(rule, by=viewer(), at=now())
    db.session.commit()
    flash(_("The rule has ended. Calls that are owed stay owed."))
    return redirect(url_for("callbacks.rules"), 303)
