"""The pages of the form designer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.asking.forms import AskForm
from portal.catalogue.models import Service
from portal.catalogue.promises import promise_now
from portal.designer import actions, asked_when, queries
from portal.designer.arranging import Questions, depending_on, find, removed, siblings_of
from portal.designer.compare import compared, summary
from portal.designer.forms import CopyForm, DeedForm, MoveForm, PublishForm, QuestionForm, question_form
from portal.designer.queries import WorkingCopy
from portal.designer.words import KIND_WORDS, verdicts
from portal.extensions import db
from portal.files.arrivals import policy_in_words
from portal.once import settle
from portal.people.visitor import viewer
from portal.questions.forms import answers_in, question_fields, with_questions
from portal.questions.rules import IN_ROWS, KINDS, Question, visible
from portal.questions.saying import said
from portal.questions.trouble import trouble
from portal.questions.words import spoken
from portal.refusal import Conflict, Refusal
from portal.requests.whom import people_for
from portal.web.access import may
from portal.web.forms import PortalForm, version_sent
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

room = Blueprint("designer", __name__)

PAGE_SIZE = 50


@room.get("/designer")
@may("keep the offer")
def index() -> Response:
    words = " ".join(request.args.get("q", "")[:100].split())
    skip = min(whole_number(request.args.get("after")) or 0, 100_000)
    lines = queries.services(words, skip=skip, size=PAGE_SIZE + 1)
    after = skip + PAGE_SIZE if len(lines) > PAGE_SIZE else None
    return page("designer/index.html", lines=lines[:PAGE_SIZE], words=words, after=after)


@room.get("/designer/<slug>")
@may("keep the offer")
def show(slug: str) -> Response:
    return _list_page(_service(slug))


def _list_page(service: Service, refusal: Refusal | None = None) -> Response:
    """The questions in their order; above them what was refused, when something was."""
    copy = queries.working_copy(service)
    form = MoveForm(formdata=None)
    if refusal:
        form.refuse(refusal)
    return page(
        "designer/show.html",
        refusal.status if refusal else 200,
        service=service,
        copy=copy,
        form=form,
        questions=copy.questions,
        wrong=trouble(copy.draft.questions_data) if copy.draft else [],
        changes=summary(compared(copy.published_questions, copy.questions)) if copy.is_changed else "",
        kinds=KIND_WORDS,
        said=said,
    )


# --- questions ---------------------------------------------------------------------------------------------------


@room.route("/designer/<slug>/new", methods=["GET", "POST"])
@may("keep the offer")
def new(slug: str) -> Response:
    """A new question of the kind that was chosen, or a column where `in` names repeating rows."""
    service = _service(slug)
    kind, parent = request.values.get("kind", "text"), request.values.get("in", "")
    copy = queries.working_copy(service)
    if kind not in (IN_ROWS if parent else KINDS) or (parent and not siblings_of(copy.questions, parent)):
        abort(404)
    form = question_form(kind)
    if not form.is_submitted():
        form.version.data = str(copy.version)
    elif form.validate():
        with _refusals(form, service):
            return _added(service, form, parent)
    after = request.values.get("after", "")
    return page(
        "designer/new.html",
        form.status,
        service=service,
        form=form,
        kind=kind,
        kinds=KIND_WORDS,
        rows=find(copy.questions, parent) if parent else None,
        after=after,
    )


def _added(service: Service, form: QuestionForm, parent: str) -> Response:
    if before := sent_before(form):
        return before
    made = actions.add_question(
        service,
        form.question(),
        parent=parent,
        after=request.form.get("after", ""),
        version=version_sent(form),
        by=viewer(),
        at=now(),
    )
    address = url_for("designer.show", slug=service.slug, _anchor=f"q-{parent or made.key}")
    if parent or made.columns:
        address = url_for("designer.edit", slug=service.slug, key=parent or made.key)
    settle(form.once.data, address)
    db.session.commit()
    flash(_("“%(name)s” is in the working copy.", name=made.wording))
    return redirect(address, 303)


@room.route("/designer/<slug>/questions/<key>", methods=["GET", "POST"])
@may("keep the offer")
def edit(slug: str, key: str) -> Response:
    service = _service(slug)
    copy = queries.working_copy(service)
    question = find(copy.questions, key)
    if question is None:
        return _gone(service, key)
    form = question_form(question.kind, question)
    if not form.is_submitted():
        form.version.data = str(copy.version)
    elif form.validate():
        with _refusals(form, service):
            made = form.question()
            actions.change_question(service, key, made, version=version_sent(form), by=viewer(), at=now())
            return _done(service, _("“%(name)s” is changed.", name=made.wording), key)
        question = find(queries.working_copy(service).questions, key) or question
    parent = key.rpartition(".")[0]
    return page(
        "designer/edit.html",
        form.status,
        service=service,
        form=form,
        key=key,
        question=question,
        questions=copy.questions,
        rows=find(copy.questions, parent) if parent else None,
        kinds=KIND_WORDS,
        in_rows=[one for one in KIND_WORDS if one in IN_ROWS],
        copy=copy,
        copier=CopyForm(formdata=None),
        said=said,
    )


def _gone(service: Service, key: str) -> Response:
    """Somebody removed the question meanwhile: what was typed is kept as a new one, which nobody has saved yet."""
    kind, parent = request.form.get("kind", ""), key.rpartition(".")[0]
    if request.method != "POST" or kind not in KINDS:
        abort(404)
    form = question_form(kind)
    form.version.data = str(queries.working_copy(service).version)
    form.conflict = _("Somebody removed this question while you were writing. Sending it adds it as a new question.")
    return page(
        "designer/new.html",
        form.status,
        service=service,
        form=form,
        kind=kind,
        kinds=KIND_WORDS,
        rows=find(queries.working_copy(service).questions, parent) if parent else None,
        after="",
    )


@room.post("/designer/<slug>/questions/<key>/move")
@may("keep the offer")
def move(slug: str, key: str) -> Response:
    """One place up or down, or to a numbered place."""
    service = _service(slug)
    form = MoveForm()
    copy = queries.working_copy(service)
    siblings = [one.key for one in siblings_of(copy.questions, key.rpartition(".")[0])]
    own = key.rpartition(".")[2]
    if own not in siblings or not form.validate():
        return _list_page(service, Conflict(_("This question is not in the form any more.")))
    place = {"up": siblings.index(own), "down": siblings.index(own) + 2}.get(form.to.data or "")
    try:
        wanted = place if place is not None else whole_number(form.to.data) or -1
        actions.move_question(service, key, wanted, version=version_sent(form), by=viewer(), at=now())
    except Refusal as refusal:
        db.session.rollback()
        return _list_page(service, refusal)
    name = find(copy.questions, key)
    wording = name.wording if name else key
    return _done(service, _("“%(name)s” is number %(place)d now.", name=wording, place=wanted), key)


@room.post("/designer/<slug>/questions/<key>/duplicate")
@may("keep the offer")
def duplicate(slug: str, key: str) -> Response:
    service = _service(slug)
    form = CopyForm()
    if before := sent_before(form):
        return before
    try:
        made = actions.duplicate_question(service, key, version=version_sent(form), by=viewer(), at=now())
    except Refusal as refusal:
        db.session.rollback()
        return _list_page(service, refusal)
    parent = key.rpartition(".")[0]
    address = f"{parent}.{made.key}" if parent else made.key
    settle(form.once.data, url_for("designer.edit", slug=slug, key=address))
    db.session.commit()
    flash(_("This is the copy. Change what is different."))
    return redirect(url_for("designer.edit", slug=slug, key=address), 303)


@room.route("/designer/<slug>/questions/<key>/remove", methods=["GET", "POST"])
@may("keep the offer")
def remove(slug: str, key: str) -> Response:
    """What goes with the question, before it goes."""
    service = _service(slug)
    copy = queries.working_copy(service)
    question = find(copy.questions, key) or abort(404)
    form = DeedForm()
    if not form.is_submitted():
        form.version.data = str(copy.version)
    elif form.validate():
        with _refusals(form, service):
            actions.remove_question(service, key, version=version_sent(form), by=viewer(), at=now())
            return _done(service, _("“%(name)s” is no longer in the working copy.", name=question.wording))
    return page(
        "designer/remove.html",
        form.status,
        service=service,
        form=form,
        key=key,
        question=question,
        dependent=_dependent(copy.questions, key),
    )


def _dependent(questions: Questions, key: str) -> list[tuple[Question, str, str]]:
    """(question, its condition now, its condition then) of those that depend on the one to remove."""
    if "." in key:
        return []
    after = {one.key: one for one in removed(questions, key)}
    return [
        (one, said(one.shown_if, questions), said(after[one.key].shown_if, questions))
        for one in depending_on(questions, key)
    ]


# --- conditions --------------------------------------------------------------------------------------------------


@room.route("/designer/<slug>/questions/<key>/condition", methods=["GET", "POST"])
@may("keep the offer")
def condition(slug: str, key: str) -> Response:
    """Rows of comparisons. Each button but the last shows the page again with what was typed, and keeps nothing."""
    service = _service(slug)
    copy = queries.working_copy(service)
    question = next((one for one in copy.questions if one.key == key), None) or abort(404)
    earlier = asked_when.can_be_asked_about(copy.questions, key)
    known = {one.key: one for one in earlier}
    rows = asked_when.as_rows(question.shown_if, known)
    form = DeedForm()
    if not form.is_submitted():
        form.version.data = str(copy.version)
    else:
        deed = request.form.get("deed", "save")
        sent = request.form.to_dict(flat=False)
        rows = asked_when.read_rows(sent)
        if deed != "save":
            rows = asked_when.altered(rows, deed, sent, known)
        elif form.validate():
            with _refusals(form, service):
                return _conditioned(service, key, rows, form, known)
    return page(
        "designer/condition.html",
        form.status,
        service=service,
        form=form,
        question=question,
        rows=rows,
        now_said=said(question.shown_if, copy.questions),
        earlier=earlier,
        known=known,
        how=asked_when.HOW,
        comparisons_for=asked_when.comparisons_for,
    )


def _conditioned(
    service: Service, key: str, rows: asked_when.Rows, form: DeedForm, known: dict[str, Question]
) -> Response:
    made = asked_when.as_condition(rows, known)
    actions.set_condition(service, key, made, version=version_sent(form), by=viewer(), at=now())
    return _done(service, _("The condition is kept.") if made else _("It is always asked now."), key)


# --- trying it ---------------------------------------------------------------------------------------------------


@room.route("/designer/<slug>/preview", methods=["GET", "POST"])
@may("keep the offer")
def preview(slug: str) -> Response:
    """The form as a customer sees it, with why each question is asked or not. Nothing is kept or sent."""
    service = _service(slug)
    copy = queries.working_copy(service)
    number = request.values.get("number") or "copy"
    questions = spoken(_questions_of(copy, number))
    form = with_questions(AskForm, questions, people=people_for(viewer()))()
    tried = request.form.get("step") == "try" and not form.validate()
    segments = queries.segments()
    segment = next((one for one in segments if str(one.id) == request.values.get("segment")), None)
    kept = answers_in(form, questions)
    return page(
        "designer/preview.html",
        service=service,
        copy=copy,
        number=number,
        form=form,
        fields=question_fields(form, questions),
        verdicts=verdicts(questions, visible(questions, kept), kept),
        wrong=form.listed_errors() if tried else [],
        tried=request.form.get("step") == "try",
        segments=segments,
        segment=segment,
        entitled=segment is None or service.for_everyone or segment in service.for_segments,
        promise=promise_now(service, now()),
        policy=policy_in_words(),
    )


# --- publishing --------------------------------------------------------------------------------------------------


@room.route("/designer/<slug>/publish", methods=["GET", "POST"])
@may("keep the offer")
def publish(slug: str) -> Response:
    service = _service(slug)
    form = PublishForm()
    if form.is_submitted() and form.validate():
        with _refusals(form, service):
            return _published(service, form)
    copy = queries.working_copy(service)
    if not form.is_submitted():
        form.version.data, form.over.data = str(copy.version), str(copy.number)
    elif form.conflict:
        form.over.data = str(copy.number)
    return page(
        "designer/publish.html",
        form.status,
        service=service,
        form=form,
        copy=copy,
        wrong=trouble(copy.draft.questions_data) if copy.draft else [],
        changes=compared(copy.published_questions, copy.questions) if copy.is_changed else [],
        summary=summary,
    )


def _published(service: Service, form: PublishForm) -> Response:
    if before := sent_before(form):
        return before
    made = actions.publish(
        service,
        note=form.note.data,
        public=bool(form.public.data),
        over=whole_number(form.over.data) or 0,
        version=version_sent(form),
        by=viewer(),
        at=now(),
    )
    address = url_for("designer.history", slug=service.slug)
    settle(form.once.data, address)
    db.session.commit()
    seen = _("Customers see it from now on.") if service.is_live else _("Customers see it once the service is offered.")
    flash(_("Form %(number)d is published. %(seen)s", number=made.number, seen=seen))
    return redirect(address, 303)


@room.route("/designer/<slug>/throw-away", methods=["GET", "POST"])
@may("keep the offer")
def throw_away(slug: str) -> Response:
    service = _service(slug)
    copy = queries.working_copy(service)
    form = DeedForm()
    if not form.is_submitted():
        form.version.data = str(copy.version)
    elif form.validate():
        with _refusals(form, service):
            actions.throw_away(service, version=version_sent(form), by=viewer(), at=now())
            return _done(service, _("The working copy is thrown away. Here is what customers see."))
    changes = summary(compared(copy.published_questions, copy.questions))
    return page(
        "designer/throw_away.html",
        form.status,
        service=service,
        form=form,
        copy=copy,
        changes=changes,
    )


@room.get("/designer/<slug>/history")
@may("keep the offer")
def history(slug: str) -> Response:
    service = _service(slug)
    forms = queries.forms_of(service)
    return page(
        "designer/history.html",
        service=service,
        forms=forms,
        asked=queries.asked_under(service),
        copy=queries.working_copy(service),
    )


@room.get("/designer/<slug>/compare")
@may("keep the offer")
def compare(slug: str) -> Response:
    """Two published forms, or one and the working copy."""
    service = _service(slug)
    forms = queries.forms_of(service)
    copy = queries.working_copy(service)
    new = request.args.get("new") or ("copy" if copy.is_changed else str(copy.number))
    old = request.args.get("old") or str(copy.number if new == "copy" else max(copy.number - 1, 1))
    return page(
        "designer/compare.html",
        service=service,
        names=[*_names_of(copy), *((str(one.number), _("Form %(number)d", number=one.number)) for one in forms)],
        old=old,
        new=new,
        changes=compared(_questions_of(copy, old), _questions_of(copy, new)),
        summary=summary,
        kinds=KIND_WORDS,
    )


def _names_of(copy: WorkingCopy) -> list[tuple[str, Any]]:
    return [("copy", _("Working copy"))] if copy.draft else []


def _questions_of(copy: WorkingCopy, name: str) -> Questions:
    if name == "copy":
        return copy.questions
    form = queries.find_form(copy.service, whole_number(name) or 0)
    return form.questions if form else abort(404)


# --- small things ------------------------------------------------------------------------------------------------


def _service(slug: str) -> Service:
    return queries.find_service(slug) or abort(404)


def _refusals(form: PortalForm, service: Service) -> AbstractContextManager[None]:
    """What is refused inside comes back in the form, with the version of the working copy as it stands then."""
    return refusals_in(form, lambda: queries.working_copy(service).version)


def _done(service: Service, words: str, key: str = "") -> Response:
    """Keep it, say so, and go back to where the question stands."""
    db.session.commit()
    flash(words)
    parent = key.rpartition(".")[0]
    if parent:
        return redirect(url_for("designer.edit", slug=service.slug, key=parent), 303)
    return redirect(url_for("designer.show", slug=service.slug, _anchor=f"q-{key}" if key else None), 303)
