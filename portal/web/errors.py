"""Error pages: what happened and what to do next. They lean on no session and no database."""

from __future__ import annotations

import errno
import logging
from typing import Any

from flask import Flask, current_app, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.refusal import Refusal
from portal.web.crossing import crossed

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Answer each error with its page."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(Exception, _unexpected)


def words_for(status: int) -> tuple[str, str]:
    """(heading, what to do) for a status."""
    table = {
        400: (_("We could not read that"), _("Go back, reload the page and try once more.")),
        403: (_("This page is not open to you"), _("If you think it should be, ask the helpdesk.")),
        404: (_("There is nothing here"), _("The address may be mistyped, or what was here is not yours to see.")),
        405: (_("That cannot be done this way"), _("Please use the buttons on the page.")),
        409: (_("Somebody was quicker"), _("Go back and look at what stands there now.")),
        413: (_("That is too large"), _("Send smaller files, or fewer at a time.")),
        429: (_("Too many tries"), _("Wait a quarter of an hour, then try again.")),
        503: (_("We are busy for a moment"), _("Nothing was changed. Please try again in a few seconds.")),
    }
    unexpected = (_("Something went wrong on our side"), _("It has been noted. Please try again in a moment."))
    return table.get(status, unexpected if status >= 500 else table[400])


def error_page(status: int, heading: str | None = None, advice: str | None = None) -> Response:
    """The page for `status`, with its usual words unless others are given."""
    usual_heading, usual_advice = words_for(status)
    body = _rendered(heading or usual_heading, advice or usual_advice)
    response = Response(body, status, content_type="text/html; charset=utf-8")
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _rendered(heading: str, advice: str) -> str:
    """Without the names that other pages get: some of them ask who is looking, and the database may be what failed."""
    return current_app.jinja_env.get_template("error.html").render(
        heading=heading,
        advice=advice,
        company=current_app.config["COMPANY"],
        phone=current_app.config["PHONE"],
        page_language=str(get_locale()).partition("_")[0],
    )


def _stale_form(error: CSRFError) -> Response:
    log.info("form token refused at %s: %s", request.path, error.description)
    heading = _("This form was open for too long")
    return error_page(400, heading, _("Go back, reload the page and send it once more. Copy what you typed first."))


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    response = error_page(error.code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _refusal(refusal: Refusal) -> Response:
    return error_page(refusal.status, str(refusal.reason), _("Go back to the page and choose what is offered there."))


def _unexpected(error: Exception) -> Response:
    """A busy or full database or disk, and a row that changed meanwhile, are said as such; the rest is logged whole."""
    db.session.rollback()
    if crossed(error):
        return error_page(409)
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        log.error("the disk is full: %s", error)
        return error_page(503)
    words = str(error).lower()
    busy = any(sign in words for sign in ("database is locked", "disk is full", "disk i/o", "connection", "readonly"))
    if type(error).__name__ == "OperationalError" and busy:
        log.error("the database did not answer: %s", error)
        return error_page(503)
    log.exception("unexpected error at %s", request.path)
    return error_page(500)
