"""Leaving a request from a letter: by its link, without signing in."""

from __future__ import annotations

from flask import abort, request
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.requests import watching
from portal.requests.blueprint import room
from portal.web.access import public
from portal.web.headers import keep_secret
from portal.web.moment import now
from portal.web.one_click import ends_by_one_click, not_too_often
from portal.web.page import page


@room.route("/leave/<code>", methods=["GET", "POST"])
@public
@ends_by_one_click
def leave_by_link(code: str) -> Response:
    """Looking changes nothing; the button, or one click in a mail program, leaves. What is asked there is not shown."""
    found, person = watching.find_reader(code) or abort(404)
    if request.method == "POST":
        not_too_often(code)
        watching.leave_by_link(found, person, at=now())
        db.session.commit()
    still = watching.is_watching(found, person)
    return keep_secret(page("requests/leave_by_link.html", code=code, reference=found.reference, still=still))
