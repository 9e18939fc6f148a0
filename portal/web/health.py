"""Is the portal alive, is it ready, and how is it doing: addresses for machines."""

from __future__ import annotations

import hmac
import shutil

from flask import Blueprint, Response, abort, current_app, request

from portal.web import state
from portal.web.access import public

room = Blueprint("health", __name__)


@room.get("/healthz")
@public
def alive() -> Response:
    """The process lives. Asks nothing of the database."""
    return Response("ok\n", content_type="text/plain")


@room.get("/readyz")
@public
def ready() -> Response:
    """200 when the database can be written, its schema is this release's, and the disk has room; else 503."""
    troubles = [*state.database_troubles(), *_disk_troubles()]
    words = "\n".join(troubles or ["ready", *state.remarks()]) + "\n"
    return Response(words, 503 if troubles else 200, content_type="text/plain")


@room.get("/metrics")
@public
def metrics() -> Response:
    """For Prometheus, with the token that PORTAL_METRICS_TOKEN sets; closed without one."""
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        abort(404)
    return Response(state.metrics_text(), content_type="text/plain; version=0.0.4")


def _disk_troubles() -> list[str]:
    usage = shutil.disk_usage(current_app.config["DATA_DIR"])
    return ["less than 5 % of the disk is free"] if usage.free < usage.total * 0.05 else []
