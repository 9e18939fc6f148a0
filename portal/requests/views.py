"""What customers do with requests: ask, follow, write, confirm, reopen, withdraw."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.catalogue import queries as catalogue
from portal.catalogue.models import RequestForm, Service
from portal.catalogue.promises import promise_now
from portal.extensions import db
from portal.files.arrivals import policy_in_words
from portal.files.models import StoredFile
from portal.files.views import readable_by
from portal.once import claim, settle
from portal.people.visitor import viewer
from portal.questions.forms import answers_in, ask_for_files, question_fields, with_questions
from portal.questions.rules import answered
from portal.refusal import Refusal
from portal.requests import actions, queries, states
from portal.requests.arrivals import files_of
from portal.requests.forms import AskForm, ReplyForm, WithdrawForm
from portal.requests.models import ServiceRequest
from portal.requests.promise import drawn, drawn_small
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import cut, whole_number

room = Blueprint("requests", __name__)

PAGE_SIZE = 20

readable_by(queries.find_file)


@room.route("/services/<slug>/ask", methods=["GET", "POST"])
@signed_in
def ask(slug: str) -> Response:
    """The form, its check page (`step` is check) and, with any other step, sending it."""
    service = catalogue.find_service(viewer(), slug) or abort(404)
    published = catalogue.current_form(service)
    questions = published.questions if published else ()
    form = with_questions(AskForm, questions)()
    ask_for_files(form.files, questions)
    if not form.is_submitted():
        return _ask_page(service, published, form, [])
    files, fits = files_of(form, by=viewer())
    valid = fits and form.validate()
    if fits and form.files.flags.required and not files:
        form.files.errors = [_("Add a picture or a file.")]
        valid = False
    step = request.form.get("step")
    if not valid or step == "edit":
        return _ask_page(service, published, form, files, 200 if valid else 422)
    if step == "check":
        return _check_page(service, published, form, files)
    return _send(service, published, form, files)


def _ask_page(
    service: Service, published: RequestForm | None, form: Any, files: list[StoredFile], status: int = 200
) -> Response:
    fields = question_fields(form, published.questions if published else ())
    promise = promise_now(service, now())
    words = policy_in_words()
    return page(
        "requests/ask.html",
        status,
        service=service,
        form=form,
        fields=fields,
        promise=promise,
        files=files,
        policy=words,
        deal=catalogue.current_deal(),
    )


def _check_page(service: Service, published: RequestForm | None, form: Any, files: list[StoredFile]) -> Response:
    questions = published.questions if published else ()
    return page(
        "requests/check.html",
        service=service,
        form=form,
        fields=question_fields(form, questions),
        answers=answered(questions, answers_in(form, questions)),
        promise=promise_now(service, now()),
        files=files,
    )


def _send(service: Service, published: RequestForm | None, form: Any, files: list[StoredFile]) -> Response:
    if earlier := claim(form.once.data, at=now()):
        db.session.rollback()
        return redirect(earlier, 303)
    made = actions.submit_request(
        service=service,
        form=published,
        summary=form.summary.data or "",
        details=form.details.data or "",
        answers=answers_in(form, published.questions if published else ()),
        by=viewer(),
        at=now(),
        files=files,
    )
    address = url_for("requests.sent", reference=made.reference)
    settle(form.once.data, address)
    db.session.commit()
    return redirect(address, 303)


@room.get("/requests/<reference>/sent")
@signed_in
def sent(reference: str) -> Response:
    found = queries.find_request(viewer(), reference) or abort(404)
    return page("requests/sent.html", request_=found, facts=drawn(found, now()))


@room.get("/requests")
@signed_in
def index() -> Response:
    is_open = request.args.get("view") != "ended"
    rows = queries.requests_of(
        viewer(), is_open=is_open, after=whole_number(request.args.get("after")), size=PAGE_SIZE + 1
    )
    part = cut(rows, PAGE_SIZE, "id")
    lines = [(one, drawn_small(one, now())) for one in part.rows]
    counts = queries.counts_of(viewer())
    return page("requests/index.html", lines=lines, after=part.after, is_open=is_open, counts=counts)


@room.get("/requests/<reference>")
@signed_in
def show(reference: str) -> Response:
    return _show_page(queries.find_request(viewer(), reference) or abort(404), ReplyForm())


def _show_page(
    found: ServiceRequest, form: ReplyForm, status: int = 200, files: list[StoredFile] | None = None
) -> Response:
    questions = found.request_form.questions if found.request_form else ()
    return page(
        "requests/show.html",
        status,
        request_=found,
        # The state that the page was opened with: its panel refreshes itself, and says when the rest is older.
        seen=whole_number(request.args.get("seen")) or found.version,
        facts=drawn(found, now()),
        events=queries.public_events(found),
        event_files=queries.files_by_event(found),
        answers=answered(questions, found.answers),
        form=form,
        files=files or [],
        policy=policy_in_words(),
        can={deed: states.can(deed, found.state) for deed in ("reply", "confirm", "reopen", "withdraw")},
    )


@room.post("/requests/<reference>/replies")
@signed_in
def reply(reference: str) -> Response:
    return _write(reference, actions.reply, _("Your message is sent."))


@room.post("/requests/<reference>/reopen")
@signed_in
def reopen(reference: str) -> Response:
    return _write(reference, actions.reopen, _("Your request is open again. We look at it at once."))


def _write(reference: str, deed: Any, said: str) -> Response:
    """A message with files, as a reply or to open the request again."""
    found = queries.find_request(viewer(), reference) or abort(404)
    form = ReplyForm()
    files, fits = files_of(form, by=viewer())
    if not (fits and form.validate()):
        return _show_page(found, form, 422, files)
    if earlier := claim(form.once.data, at=now()):
        db.session.rollback()
        return redirect(earlier, 303)
    try:
        deed(found, words=form.body.data or "", by=viewer(), at=now(), files=files)
    except Refusal as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _show_page(found, form, refusal.status, files)
    address = url_for("requests.show", reference=found.reference)
    settle(form.once.data, address)
    db.session.commit()
    flash(said)
    return redirect(address, 303)


@room.post("/requests/<reference>/confirm")
@signed_in
def confirm(reference: str) -> Response:
    found = queries.find_request(viewer(), reference) or abort(404)
    actions.confirm(found, by=viewer(), at=now())
    db.session.commit()
    flash(_("Thank you. The request is closed."))
    return redirect(url_for("requests.show", reference=found.reference), 303)


@room.route("/requests/<reference>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(reference: str) -> Response:
    found = queries.find_request(viewer(), reference) or abort(404)
    form = WithdrawForm()
    if form.validate_on_submit():
        try:
            actions.withdraw(found, words=form.body.data or "", by=viewer(), at=now())
            db.session.commit()
            flash(_("%(ref)s is withdrawn. Nothing more happens.", ref=found.reference))
            return redirect(url_for("requests.show", reference=found.reference), 303)
        except Refusal as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return page("requests/withdraw.html", 422 if form.is_submitted() else 200, request_=found, form=form)
