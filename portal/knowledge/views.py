"""Help articles: reading them, saying whether they helped, and writing them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import once
from portal.extensions import db
from portal.knowledge import actions, queries
from portal.knowledge.actions import Written
from portal.knowledge.compare import compared
from portal.knowledge.forms import ArticleForm, LookAgainForm, MissingForm, PublishForm, RetireForm
from portal.knowledge.models import TEXT, Article
from portal.knowledge.queries import Reading
from portal.people.queries import holders, segments
from portal.people.visitor import digest, viewer
from portal.search.queries import avoided_by_document
from portal.web.access import may, signed_in
from portal.web.forms import version_sent
from portal.web.markdown import marked_up
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import whole_number
from portal.web.refusals import refusals_in
from portal.web.remember import remembered
from portal.web.sent import sent_before
from portal.web.words import local_day

room = Blueprint("knowledge", __name__)

LATELY = timedelta(days=90)
SIZE = 30
WRITERS_SIZE = 50
DRAFT_ITSELF = "draft"


@room.get("/knowledge")
@signed_in
def index() -> Response:
    category, service = request.args.get("category"), request.args.get("about")
    after = min(whole_number(request.args.get("after")) or 0, 10_000)
    found = queries.articles_for(viewer(), category=category, service=service, after=after, size=SIZE + 1)
    return page(
        "knowledge/index.html",
        rows=found[:SIZE],
        shelves=remembered(("articles", viewer().segment_id), lambda: queries.shelves_for(viewer())),
        category=category,
        about=service,
        beginning=after == 0,
        after=after + SIZE if len(found) > SIZE else None,
    )


@room.get("/knowledge/<slug>")
@signed_in
def show(slug: str) -> Response:
    reading = _reading(slug)
    return _article_page(reading, MissingForm(formdata=None))


def _article_page(reading: Reading, form: MissingForm) -> Response:
    article, text = reading
    services = queries.services_about(viewer(), article)
    if not article.is_published:
        return page("knowledge/gone.html", 410, article=article, text=text, services=services)
    vote = queries.vote_of(viewer(), text)
    if vote and not form.is_submitted():
        form.missing.data = vote.missing
    return page(
        "knowledge/show.html",
        form.status,
        article=article,
        text=text,
        markup=marked_up(text.body),
        vote=vote,
        services=services,
        form=form,
    )


@room.post("/knowledge/<slug>/solved")
@signed_in
def solved(slug: str) -> Response:
    reading, form = _reading(slug), MissingForm()
    answer = request.form.get("solved")
    if answer not in ("yes", "no"):
        abort(400)
    if not reading.article.is_published:
        return _article_page(reading, form)
    if whole_number(request.form.get("number")) != reading.text.number:
        flash(_("The article was changed while you read it. Here it is as it stands now."))
    elif not form.validate():
        return _article_page(reading, form)
    else:
        words, at = form.missing.data, now()
        actions.say(reading, solved=answer == "yes", missing=words, once=_once(slug), by=viewer(), at=at)
        db.session.commit()
        if words:
            flash(_("Thank you. Whoever writes the article will read it."))
    return redirect(url_for("knowledge.show", slug=slug, _anchor="solved"), 303)


def _once(slug: str) -> str:
    """As in the search: the same answer counts once a day, and nobody can tell whose it is."""
    return digest(f"{current_app.config['SECRET_KEY']}:{viewer().id}:{actions.KIND}:{slug}:{local_day(now())}")


@room.get("/knowledge/writing")
@may("write articles")
def writing() -> Response:
    today = local_day(now())
    view = request.args.get("view", "published")
    if view not in queries.VIEWS:
        abort(404)
    number = min(max(1, whole_number(request.args.get("page")) or 1), 10_000)
    rows = queries.register(view, today=today, size=WRITERS_SIZE + 1, skip=(number - 1) * WRITERS_SIZE)
    return page(
        "knowledge/writing.html",
        rows=rows[:WRITERS_SIZE],
        more=len(rows) > WRITERS_SIZE,
        number=number,
        view=view,
        counts=queries.counts(today),
        enough=queries.ENOUGH,
        today=today,
        avoided=avoided_by_document("article", now() - LATELY),
    )


@room.route("/knowledge/new", methods=["GET", "POST"])
@may("write articles")
def new() -> Response:
    form = ArticleForm(data={"owner": viewer().id})
    _offer(form)
    if request.method == "POST" and form.validate():
        at = now()
        if earlier := sent_before(form):
            return earlier
        article = actions.begin(_written(form), by=viewer(), at=at)
        address = url_for("knowledge.preview", slug=article.slug)
        once.settle(form.once.data, address)
        db.session.commit()
        flash(_("The draft is kept. Only those who write articles see it."))
        return redirect(address, 303)
    return page("knowledge/new.html", form.status, form=form)


@room.route("/knowledge/<slug>/edit", methods=["GET", "POST"])
@may("write articles")
def edit(slug: str) -> Response:
    article = _article(slug)
    form = ArticleForm(data=_standing(article))
    _offer(form)
    if request.method == "POST" and form.validate():
        with refusals_in(form, lambda: article.version):
            actions.save(article, _written(form), version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("The draft is kept. Customers read it once it is published."))
            return redirect(url_for("knowledge.preview", slug=slug), 303)
    return page(
        "knowledge/edit.html",
        form.status,
        form=form,
        article=article,
        conflict=bool(form.conflict),
        changes=compared(form.body.data or "", article.body) if form.conflict else [],
    )


@room.get("/knowledge/<slug>/preview")
@may("write articles")
def preview(slug: str) -> Response:
    return _preview_page(_article(slug))


def _preview_page(article: Article, *, form: PublishForm | None = None) -> Response:
    form = form or PublishForm(formdata=None)
    current = actions.find_current(article)
    return page(
        "knowledge/preview.html",
        form.status,
        article=article,
        markup=marked_up(article.body),
        current=current,
        to_publish=not article.is_published or current is None or actions.differs(article, current),
        services=queries.services_called(article.services),
        segments=queries.segments_called(article.segments),
        form=form,
        conflict=bool(form.conflict),
    )


@room.post("/knowledge/<slug>/publish")
@may("write articles")
def publish(slug: str) -> Response:
    article, form = _article(slug), PublishForm()
    if form.validate():
        with refusals_in(form, lambda: article.version):
            actions.publish(article, note=form.note.data, version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("It is published. Everybody it is meant for can find it now."))
            return _to_versions(article)
    return _preview_page(article, form=form)


@room.get("/knowledge/<slug>/versions")
@may("write articles")
def versions(slug: str) -> Response:
    return _versions_page(_article(slug))


def _versions_page(article: Article, *, wrong: Any = None) -> Response:
    current = actions.find_current(article)
    next_year = local_day(now()) + timedelta(days=365)
    return page(
        "knowledge/versions.html",
        wrong.status if wrong else 200,
        article=article,
        current=current,
        changed=current is not None and actions.differs(article, current),
        versions=queries.versions(article),
        judged=queries.judgements(article),
        missing=queries.missing_words(article, article.number or 0),
        enough=queries.ENOUGH,
        again=wrong if isinstance(wrong, LookAgainForm) else LookAgainForm(formdata=None, review_on=next_year),
        retiring=wrong if isinstance(wrong, RetireForm) else RetireForm(formdata=None),
        wrong=wrong,
        conflict=bool(wrong and wrong.conflict),
        today=local_day(now()),
    )


@room.post("/knowledge/<slug>/look-again")
@may("write articles")
def look_again(slug: str) -> Response:
    article, form = _article(slug), LookAgainForm()
    if form.validate():
        with refusals_in(form, lambda: article.version):
            actions.look_again(
                article, review_on=form.review_on.data, version=version_sent(form), by=viewer(), at=now()
            )
            db.session.commit()
            flash(_("Thank you. Readers see that it was checked today."))
            return _to_versions(article)
    return _versions_page(article, wrong=form)


@room.post("/knowledge/<slug>/retire")
@may("write articles")
def retire(slug: str) -> Response:
    article, form = _article(slug), RetireForm()
    if form.validate():
        with refusals_in(form, lambda: article.version):
            actions.retire(article, why=form.why.data, version=version_sent(form), by=viewer(), at=now())
            db.session.commit()
            flash(_("It is retired. Nobody finds it any more, and its address says why."))
            return _to_versions(article)
    return _versions_page(article, wrong=form)


@room.get("/knowledge/<slug>/compare")
@may("write articles")
def compare(slug: str) -> Response:
    article = _article(slug)
    newer = request.args.get("new", DRAFT_ITSELF)
    new = article if newer == DRAFT_ITSELF else _numbered(article, newer)
    old = _numbered(article, request.args.get("old") or str(article.number))
    names = ("title", "summary", "language", "segments", "services", "body")
    parts = {name: compared(_as_lines(getattr(old, name)), _as_lines(getattr(new, name))) for name in names}
    return page(
        "knowledge/compare.html",
        article=article,
        old=old,
        new=new if new is not article else None,
        parts={name: lines for name, lines in parts.items() if lines},
    )


def _as_lines(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else value or ""


def _numbered(article: Article, number: str | None) -> Any:
    return queries.find_version(article, whole_number(number)) or abort(404)


def _reading(slug: str) -> Reading:
    return queries.find_reading(viewer(), slug) or abort(404)


def _article(slug: str) -> Article:
    return queries.find_article(slug) or abort(404)


def _to_versions(article: Article) -> Response:
    return redirect(url_for("knowledge.versions", slug=article.slug), 303)


def _offer(form: ArticleForm) -> None:
    form.offer(services=queries.services_to_name(), segments=segments(), owners=holders("write articles"))


def _standing(article: Article) -> dict[str, Any]:
    """What stands in the draft, with keys for what is chosen from a list."""
    values = {name: getattr(article, name) for name in TEXT}
    return {**values, "owner": article.owner_id, "review_on": article.review_on, "version": article.version}


def _written(form: ArticleForm) -> Written:
    """What the form says, with the things that its keys stand for."""
    owners = {one.id: one for one in holders("write articles")}
    added = [form.another.data] if form.another.data else []
    return Written(
        title=form.title.data,
        summary=form.summary.data,
        body=form.body.data.replace("\r\n", "\n"),
        language=form.language.data or None,
        segments=form.segments.data or [],
        services=[*(form.services.data or []), *added],
        owner=owners.get(form.owner.data),
        review_on=form.review_on.data,
    )
