"""Where the desk's deeds lead: back to the request, whose page says what was just done."""

from __future__ import annotations

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from portal.requests.models import ServiceRequest


def address_of(shown: ServiceRequest) -> str:
    """Its page at the desk."""
    return url_for("queue.show", reference=shown.reference)


def back_to(shown: ServiceRequest, words: str) -> Response:
    """To its page, with what was done said there."""
    flash(words)
    return redirect(address_of(shown), 303)
