"""Following one's requests: the list, the page, the PDF and the table. What one does there is in the other views."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import IO

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response
from werkzeug.wsgi import FileWrapper

from portal.extensions import db
from portal.files.views import readable_by
from portal.people.visitor import viewer
from portal.requests import beside, deed_views, drafts, leave_views, papers, queries, watch_views
from portal.requests.blueprint import room
from portal.requests.forms import ReplyForm
from portal.requests.history import public_parts
from portal.requests.promise import drawn, drawn_small
from portal.requests.promise_told import why_waiting
from portal.requests.show_page import show_page
from portal.requests.telling import happened, name_of, request_csv, told
from portal.web.access import signed_in
from portal.web.moment import now
from portal.web.page import page
from portal.web.paging import cut, whole_number

__all__ = ["beside", "deed_views", "leave_views", "room", "watch_views"]

PAGE_SIZE = 20
IN_MEMORY, BLOCK = 500_000, 50_000
"""Bytes of a table that stay in memory, and that are sent at once."""

readable_by(queries.find_file)
room.add_app_template_filter(happened)
room.add_app_template_filter(told)
room.add_app_template_filter(why_waiting)
room.add_app_template_filter(name_of, "actor_name")


@room.get("/requests/<reference>/sent")
@signed_in
def sent(reference: str) -> Response:
    found = queries.find_request(viewer(), reference) or abort(404)
    return page("requests/sent.html", request_=found, facts=drawn(found, now()))


@room.get("/requests")
@signed_in
def index() -> Response:
    view, after = request.args.get("view"), whole_number(request.args.get("after"))
    if view == "shared":
        rows = queries.shared_with(viewer(), after=after, size=PAGE_SIZE + 1)
    else:
        rows = queries.requests_of(viewer(), is_open=view != "ended", after=after, size=PAGE_SIZE + 1)
    part = cut(rows, PAGE_SIZE, "id")
    lines = [(one, drawn_small(one.request, now())) for one in part.rows]
    counts = queries.counts_of(viewer())
    begun = drafts.drafts_of(viewer())
    view = view if view in ("ended", "shared") else None
    return page("requests/index.html", lines=lines, after=part.after, view=view, counts=counts, drafts=begun)


@room.get("/requests/<reference>")
@signed_in
def show(reference: str) -> Response:
    return show_page(queries.find_request(viewer(), reference) or abort(404), _begun_reply())


def _begun_reply() -> ReplyForm:
    """An empty box, or what was begun as a new request and belongs to this one."""
    draft = drafts.find_draft(viewer(), whole_number(request.args.get("draft")))
    if draft is None:
        return ReplyForm()
    typed = dict(draft.typed)
    words = [typed.get(name, "").strip() for name in ("summary", "details")]
    return ReplyForm(body="\n\n".join(part for part in words if part), draft=draft.id)


@room.get("/requests/<reference>.csv")
@signed_in
def table(reference: str) -> Response:
    found = queries.find_request(viewer(), reference) or abort(404)
    name, file = f"{found.reference}.csv", _room_for_much()
    for part in request_csv(found, public_parts(found)):
        file.write(part.encode())
    size = file.tell()
    file.seek(0)
    response = _file(FileWrapper(file, BLOCK), "text/csv; charset=utf-8", name)
    response.content_length = size
    return response


def _room_for_much() -> IO[bytes]:
    """On disk when it is long: what fails half way is no half file, and a slow reader keeps no transaction open."""
    return SpooledTemporaryFile(IN_MEMORY)


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


def _file(data: bytes | FileWrapper, kind: str, name: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
