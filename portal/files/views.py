"""Downloads: a file is sent as bytes that nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, send_file
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.files.actions import path_of
from portal.files.models import StoredFile
from portal.files.policy import SHOWN
from portal.web.access import signed_in

room = Blueprint("files", __name__)

Finder = Callable[[Any, str], StoredFile | None]
_finders: list[Finder] = []


def readable_by(finder: Finder) -> Finder:
    """Register how a room above finds one of its files: `finder(person, key)`, None when it is not theirs."""
    _finders.append(finder)
    return finder


@room.get("/files/<key>")
@signed_in
def download(key: str) -> Response:
    found = next((file for finder in _finders if (file := finder(current_user.person, key))), None) or abort(404)
    path = path_of(found.key, current_app.config["DATA_DIR"])
    if not path.is_file():
        abort(404)
    shown = found.media_type if found.media_type in SHOWN else "application/octet-stream"
    response = send_file(path, mimetype=shown, as_attachment=True, download_name=found.name, etag=False)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response
