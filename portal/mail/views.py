"""The kept mail, for administrators: what was sent, what waits and what could not be delivered."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, request
from werkzeug.wrappers import Response

from portal.mail import queries
from portal.web.access import may
from portal.web.page import page
from portal.web.paging import cut, whole_number

room = Blueprint("mail", __name__)

PAGE_SIZE = 50


@room.get("/mail")
@may("read kept mail")
def index() -> Response:
    rows = queries.kept(after=whole_number(request.args.get("after")), size=PAGE_SIZE + 1)
    return page("mail/index.html", messages=cut(rows, PAGE_SIZE, "id"), server=current_app.config["SMTP_HOST"])


@room.get("/mail/<int:number>")
@may("read kept mail")
def show(number: int) -> Response:
    return page("mail/show.html", message=queries.find_message(number) or abort(404))
