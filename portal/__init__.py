"""A self-service portal for an IT helpdesk, with surveys. Start reading in `rooms.py`, then any room's `views.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from click import Command, Context
from flask import Flask, g, request
from flask.cli import AppGroup
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.extensions import babel, csrf, db, end_reading, htmx, limiter, login_manager, read_only
from portal.settings import read_settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def create_app(overrides: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Flask:
    """The whole portal as one Flask application. `overrides` replace single settings, for tests."""
    app = Flask(__name__)
    app.cli = _Commands(app)
    # Mending `//` would answer with a whole address, built from whatever host the visitor named.
    app.url_map.merge_slashes = False
    app.config.update(read_settings(environment))
    app.config.update(overrides or {})
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=14)
    app.config["MAX_CONTENT_LENGTH"] = app.config["UPLOAD_LIMIT"] * 5 + 1_000_000
    app.config["MAX_FORM_MEMORY_SIZE"] = 1_000_000
    app.config["DATA_DIR"].mkdir(parents=True, exist_ok=True)
    if app.config["TRUSTED_PROXY"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    _start_libraries(app)
    _start_rooms(app)
    return app


def _start_libraries(app: Flask) -> None:
    from portal.people.visitor import load_visitor
    from portal.questions import words as answer_words
    from portal.web import access, errors, headers, language, links, readable, words
    from portal.web.templates import Templates

    app.jinja_environment = Templates
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    babel.init_app(app, default_locale=app.config["LOCALE"], default_timezone=app.config["TIME_ZONE"])
    htmx.init_app(app)
    login_manager.init_app(app)
    login_manager.user_loader(load_visitor)
    headers.init_app(app)
    errors.init_app(app)
    words.init_app(app)
    answer_words.init_app(app)
    language.init_app(app)
    links.init_app(app)
    # Our own hooks come before the libraries' that may refuse a request, so that they always have run.
    app.before_request(_read_only_for_reading)
    app.teardown_request(_forget_reading)
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        app.teardown_appcontext(_end_reading)
    readable.init_app(app)
    access.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)


def _start_rooms(app: Flask) -> None:
    from portal.rooms import open_rooms
    from portal.web import access

    open_rooms(app)
    access.check_marks(app)


class _Commands(AppGroup):
    """Brings the commands when one is asked for: a server needs none of them, and they are half of its start."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name=app.name)
        self._app: Flask | None = app

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        self._bring()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Context) -> list[str]:
        self._bring()
        return super().list_commands(ctx)

    def _bring(self) -> None:
        from portal.cli import offer_commands

        app, self._app = self._app, None
        if app is not None:
            offer_commands(app)


def _read_only_for_reading() -> None:
    """Whoever only reads cannot write by mistake, and waits for nobody."""
    g.only_reads = request.method in SAFE_METHODS
    read_only.set(g.only_reads)


def _forget_reading(_error: BaseException | None) -> None:
    read_only.set(False)


def _end_reading(error: BaseException | None) -> None:
    if error is None and g.get("only_reads"):
        end_reading()
