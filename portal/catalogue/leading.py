"""Where the address of a service leads: to the service, to what took its place, or to why there is none."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.catalogue import queries
from portal.catalogue.models import Service
from portal.people.visitor import viewer
from portal.web.page import page


def service_here(slug: str, *, endpoint: str = "catalogue.show") -> Service:
    """The service with this address, live or (for those who keep the offer) still a draft.

    What is not there for the viewer is 404. The address of a retired service answers with the way to its successor,
    at the same `endpoint`, or with why it has ended.
    """
    service = queries.find_known(viewer(), slug) or abort(404)
    if service.state == "retired":
        abort(_away_from(service, endpoint))
    return service


def service_to_ask_for(slug: str, *, endpoint: str = "asking.ask") -> Service:
    """The service with this address that the viewer may ask for now; a draft is not there yet."""
    service = service_here(slug, endpoint=endpoint)
    return service if service.is_live else abort(404)


def _away_from(service: Service, endpoint: str) -> Response:
    successor = queries.successor_for(viewer(), service)
    if successor is None:
        return page("catalogue/retired.html", 410, service=service)
    flash(
        _(
            "“%(old)s” has retired: %(why)s “%(new)s” took its place.",
            old=service.name,
            why=as_sentence(service.retired_why or ""),
            new=successor.name,
        )
    )
    return redirect(url_for(endpoint, slug=successor.slug), 303)


def as_sentence(words: str) -> str:
    """The words with a stop at their end, so that others may follow."""
    words = words.strip()
    return words if not words or words[-1] in ".!?…" else f"{words}."
