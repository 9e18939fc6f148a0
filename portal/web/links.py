"""The addresses that a page links to, quickly: a page has some fifty, and most are the same on every page."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, has_request_context, request


def init_app(app: Flask) -> None:
    """Take the place of the library's function in templates, which puts every address together anew."""

    @lru_cache(maxsize=1024)
    def kept(_root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return app.url_for(endpoint, **dict(values))

    def url_for(endpoint: str, **values: Any) -> str:
        """The address within this portal; one that depends on the page it stands on is put together anew."""
        keeps = endpoint[0] != "." and has_request_context()
        if keeps and all(type(value) in _PLAIN and name[0] != "_" for name, value in values.items()):
            return kept(request.script_root, endpoint, tuple(values.items()))
        return app.url_for(endpoint, **values)

    app.jinja_env.globals["url_for"] = url_for


_PLAIN = (str, int)
"""Values that are the same address whenever they are equal; True is not 1 here."""
