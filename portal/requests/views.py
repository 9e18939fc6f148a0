"""What customers do with requests: ask, follow, write, confirm, reopen, withdraw."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.catalogue.leading import service_to_ask_for
from portal.catalogue.models import Service
from portal.extensions import db
from portal.files.arrivals import policy_in_words
from portal.files.models import StoredFile
from portal.files.views import readable_by
from portal.once import claim, settle
from portal.people.models import Person
from portal.people.visitor import viewer
from portal.questions.forms import only_reshaped
from portal.refusal import Refusal
from portal.requests import actions, asking, drafts, papers, queries, states
from portal.requests.arrivals import files_of, find_files_of, take_files_of
from portal.requests.ask_pages import ask_page, check_page
from portal.requests.asking import OpenForm
from portal.requests.forms import ReplyForm, WithdrawForm
from portal.requests.going_on import elsewhere
from portal.requests.models import ServiceRequest
from portal.requests.panels import panels_of
from portal.requests.promise import drawn, drawn_small
from portal.requests.queries import Askable
from portal.requests.telling import answers_of, happened, request_csv
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import cut, whole_number

room = Blueprint("requests", __name__)

PAGE_SIZE = 20

readable_by(queries.find_file)
room.add_app_template_filter(happened)


@room.route("/services/<slug>/ask", methods=["GET", "POST"])
@signed_in
def ask(slug: str) -> Response:
    """The form, step by step, its check page (`step` is check) and, with no step or any other, sending it."""
    askable = _askable(slug)
    if request.method != "POST":
        return _opened(askable)
    opened = asking.sent(askable, viewer(), request.form, now())
    fits = take_files_of(opened, by=viewer())
    step = request.form.get("step") or "send"
    if fits and (only_reshaped(request.form) or step in STAYS):
        return _stay(opened, step)
    valid = fits and opened.form.validate()
    customer = asking.customer_of(opened, viewer())
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
    found = queries.find_askable(viewer(), slug)
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
        old = queries.find_request(viewer(), reference) or abort(404)
        opened, taken = asking.again(askable, viewer(), old)
        return ask_page(opened, taken=taken)
    return ask_page(asking.begin(askable, viewer()), begun=drafts.drafts_of(viewer(), askable.service, size=3))


def _resumed(askable: Askable, number: int) -> Response:
    draft = drafts.find_draft(viewer(), number) or abort(404)
    if draft.service_id == askable.service.id:
        opened = asking.resumed(askable, viewer(), draft, now())
    elif queries.find_askable(viewer(), draft.service.slug) is None:
        opened = asking.moved(askable, viewer(), draft)
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
    if earlier := claim(form.once.data, at=now()):
        db.session.rollback()
        return redirect(earlier, 303)
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
    opened = asking.sent(askable, viewer(), request.form, now())
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
    return redirect(url_for("requests.ask", slug=slug, draft=number), 303)


@room.post("/services/<slug>/draft/away")
@signed_in
def throw_away(slug: str) -> Response:
    """What was begun is not wanted any more."""
    draft = drafts.find_draft(viewer(), whole_number(request.form.get("draft"))) or abort(404)
    drafts.throw_away(draft, by=viewer())
    db.session.commit()
    flash(_("What you had begun is thrown away."))
    return redirect(url_for("requests.ask", slug=slug), 303)


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
    begun = drafts.drafts_of(viewer())
    return page("requests/index.html", lines=lines, after=part.after, is_open=is_open, counts=counts, drafts=begun)


@room.get("/requests/<reference>")
@signed_in
def show(reference: str) -> Response:
    return _show_page(queries.find_request(viewer(), reference) or abort(404), ReplyForm())


def _show_page(
    found: ServiceRequest, form: ReplyForm, status: int = 200, files: list[StoredFile] | None = None
) -> Response:
    return page(
        "requests/show.html",
        status,
        request_=found,
        # The state that the page was opened with: its panel refreshes itself, and says when the rest is older.
        seen=whole_number(request.args.get("seen")) or found.version,
        facts=drawn(found, now()),
        panels=panels_of(found, viewer()),
        own=queries.is_own(found, viewer()),
        events=queries.public_events(found),
        event_files=queries.files_by_event(found),
        answers=answers_of(found),
        form=form,
        files=files or [],
        policy=policy_in_words(),
        for_other=found.asked_by_id is not None,
        again=_again(found),
        can={deed: states.can(deed, found.state) for deed in ("reply", "confirm", "reopen", "withdraw")},
    )


def _again(found: ServiceRequest) -> str | None:
    """Where the same can be asked once more: at the service, or at what took its place."""
    service: Service | None = found.service
    if found.service.state == "retired":
        service = found.service.successor
    if service is None or not service.is_live:
        return None
    return url_for("requests.ask", slug=service.slug, again=found.reference)


@room.get("/requests/<reference>.csv")
@signed_in
def table(reference: str) -> Response:
    found = queries.find_request(viewer(), reference) or abort(404)
    return _file(request_csv(found).encode(), "text/csv; charset=utf-8", f"{found.reference}.csv")


@room.get("/requests/<reference>.pdf")
@signed_in
def paper(reference: str) -> Response:
    """The PDF when it shows the request as it stands; otherwise the page that has it made."""
    found = queries.find_request(viewer(), reference) or abort(404)
    made = papers.find_paper(found)
    if made is None or not papers.is_ready(made, found):
        return redirect(url_for("requests.make_paper", reference=found.reference), 303)
    return _file(papers.body_of(made), "application/pdf", f"{found.reference}.pdf")


@room.route("/requests/<reference>/pdf", methods=["GET", "POST"])
@signed_in
def make_paper(reference: str) -> Response:
    """Have the PDF made, and wait for it without holding anybody up: the worker draws it."""
    found = queries.find_request(viewer(), reference) or abort(404)
    if request.method == "POST":
        papers.ask_for_paper(found, at=now())
        db.session.commit()
        return redirect(url_for("requests.make_paper", reference=found.reference), 303)
    made = papers.find_paper(found)
    return page(
        "requests/make_paper.html",
        request_=found,
        made=made,
        ready=papers.is_ready(made, found),
        under_way=papers.is_under_way(made, now()),
    )


def _file(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


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
