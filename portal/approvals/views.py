"""Answering by the mailed page or signed in, the list of what one is asked for, and asking from the desk."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from portal.approvals import actions, queries
from portal.approvals.forms import SAID_YES, AskApprovalForm, TakeBackForm, VerdictForm
from portal.approvals.letters import promised_in, took
from portal.approvals.models import ApprovalLink
from portal.approvals.stages import WAITING
from portal.extensions import db
from portal.once import settle
from portal.people.visitor import viewer
from portal.refusal import Conflict
from portal.requests import actions as requests
from portal.requests import states
from portal.requests.queries import find_for_desk
from portal.requests.telling import answers_in_words
from portal.web.access import may, public, signed_in
from portal.web.errors import error_page
from portal.web.forms import version_sent
from portal.web.headers import keep_secret
from portal.web.moment import now
from portal.web.pace import too_fast
from portal.web.page import page
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

room = Blueprint("approvals", __name__)

MOST_WAITING, MOST_ANSWERED = 200, 50
PACE = "30 per 15 minutes"
"""Tries with one link, so that many who answer behind one address do not shut each other out; guesses are counted as
one."""


# --- answering ----------------------------------------------------------------------------------------------------


@room.route("/approvals/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> Response:
    """The mailed page: whoever holds the link may answer. Opening it decides nothing."""
    link = queries.find_by_token(token)
    if request.method == "POST" and too_fast(PACE, "approval", get_remote_address(), link.token_sha256 if link else ""):
        return keep_secret(error_page(429))
    if link is None:
        return keep_secret(page("approvals/no_link.html"))
    if link.expires_at <= now() and link.approval.stage == WAITING:
        return keep_secret(page("approvals/run_out.html", number=link.approval_id))
    return keep_secret(_answer(link, url_for("approvals.answer", token=token), mailed=True))


@room.route("/approvals/<int:number>", methods=["GET", "POST"])
@signed_in
def show(number: int) -> Response:
    """The same for those who are signed in."""
    link = queries.find_mine(viewer(), number) or abort(404)
    return _answer(link, url_for("approvals.show", number=number), mailed=False)


def _answer(link: ApprovalLink, address: str, *, mailed: bool) -> Response:
    form = VerdictForm(seen=actions.what_is_asked(link.approval.request))
    if request.method == "POST" and _waits(link) and form.validate():
        with refusals_in(form):
            yes = form.verdict.data == SAID_YES
            words, seen = form.words.data or "", form.seen.data
            actions.decide(link.approval, yes=yes, words=words, by=link.person, at=now(), seen=seen)
            db.session.commit()
            return redirect(address, 303)
        db.session.refresh(link.approval)
        form.seen.data = actions.what_is_asked(link.approval.request)
    if request.method == "POST" and link.approval.decided_by_id == link.person_id:
        return redirect(address, 303)  # the same button twice
    return _page_of(link, form, address, mailed=mailed)


def _waits(link: ApprovalLink) -> bool:
    return link.approval.stage == WAITING and link.approval.request.state == states.APPROVAL


def _page_of(link: ApprovalLink, form: VerdictForm, address: str, *, mailed: bool) -> Response:
    """What is asked, while it is asked; afterwards only what was answered."""
    asked, waits = link.approval.request, _waits(link)
    late = request.method == "POST" and not waits
    return page(
        "approvals/answer.html" if waits else "approvals/answered.html",
        Conflict.status if late else form.status,
        approval=link.approval,
        request_=asked,
        person=link.person,
        form=form,
        address=address,
        mailed=mailed,
        link=link,
        answers=answers_in_words(asked) if waits else [],
        files=queries.file_names(asked) if waits else [],
        promised=promised_in(asked),
        took=took,
        late=late,
    )


@room.get("/approvals")
@signed_in
def index() -> Response:
    return page(
        "approvals/index.html",
        waiting=queries.asked_of(viewer(), waiting=True, size=MOST_WAITING),
        answered=queries.asked_of(viewer(), waiting=False, size=MOST_ANSWERED),
    )


# --- asking -------------------------------------------------------------------------------------------------------


@room.route("/approvals/ask/<reference>", methods=["GET", "POST"])
@may("work the queue")
def new(reference: str) -> Response:
    """The desk names somebody who has to say yes, or somebody else than was asked."""
    found = find_for_desk(reference) or abort(404)
    form = AskApprovalForm()
    if request.method != "POST":
        form.version.data = str(found.version)
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form, lambda: found.version):
            requests.check_version(found, version_sent(form))
            question = form.question.data or ""
            person = actions.ask_named(found, words=form.whom.data or "", question=question, by=viewer(), at=now())
            address = url_for("queue.show", reference=found.reference)
            settle(form.once.data, address)
            db.session.commit()
            flash(_("%(name)s is asked for a yes. The clock stands still until the answer.", name=person.name))
            return redirect(address, 303)
    waiting = queries.waiting_of(found) if found.state == states.APPROVAL else None
    possible = found.state == states.APPROVAL or states.can("ask_approval", found.state)
    return page("approvals/new.html", form.status, form=form, request_=found, waiting=waiting, possible=possible)


@room.route("/approvals/take-back/<reference>", methods=["GET", "POST"])
@may("work the queue")
def take_back(reference: str) -> Response:
    """The desk takes its question back; the mailed link says so from then on."""
    found = find_for_desk(reference) or abort(404)
    form = TakeBackForm(data={"version": found.version})
    if request.method == "POST" and form.validate():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form, lambda: found.version):
            requests.check_version(found, version_sent(form))
            actions.take_back(found, words=form.words.data or "", by=viewer(), at=now())
            address = url_for("queue.show", reference=found.reference)
            settle(form.once.data, address)
            db.session.commit()
            flash(_("%(ref)s: the question is taken back, and everybody is told.", ref=found.reference))
            return redirect(address, 303)
    waiting = queries.waiting_of(found) if found.state == states.APPROVAL else None
    return page("approvals/take_back.html", form.status, form=form, request_=found, waiting=waiting)
