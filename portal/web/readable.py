"""What no person can have typed is refused before any room sees it."""

from __future__ import annotations

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

from portal.web.paging import LONGEST_KEY


class Key(IntegerConverter):
    """A number in an address, no longer than the keys of the database."""

    regex = rf"\d{{1,{LONGEST_KEY}}}"


def init_app(app: Flask) -> None:
    """Take this place before the rooms declare their addresses."""
    app.url_map.converters["int"] = Key
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    """A NUL ends a text in some databases and is refused by others; no browser sends one that was typed."""
    if "\x00" in request.path or any("\x00" in text for text in _texts()):
        abort(400)


def _texts() -> list[str]:
    values = [*request.args.items(multi=True), *request.form.items(multi=True)]
    return [text for pair in values for text in pair]
