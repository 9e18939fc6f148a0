"""One demonstration for all tests here, told once; each test opens a copy of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal import create_app
from portal.extensions import db
from portal.people.queries import find_by_email
from portal.web.moment import as_if
from tests.visitor import Visitor

TODAY = "2026-04-14"
END = datetime(2026, 4, 14, 8, 30, tzinfo=UTC)
"""Half past ten in Berlin: where the story of that day ends."""


def opened(folder: Path) -> Flask:
    settings = {"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'portal.db'}"}
    return create_app({**settings, "TESTING": True, "RATELIMIT_ENABLED": False}, {})


@dataclass
class Told:
    """A portal with the demonstration in it, on the day on which its story ends."""

    app: Flask
    line: dict[str, Any]

    def visitor(self, part: str) -> Visitor:
        """The browser of the account with this part."""
        browser = Visitor(self.app)
        browser.sign_in(find_by_email(self.line["roles"][part]["login"]))
        return browser

    def run(self, *words: str) -> Any:
        return self.app.test_cli_runner().invoke(args=[*words])


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """The data folder after `demo --today`; the line it printed lies beside."""
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copy(empty_database, folder / "portal.db")
    app = opened(folder)
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["demo", "--today", TODAY])
        assert done.exit_code == 0, done.output
        (folder / "stdout").write_text(done.stdout, encoding="utf-8")
        (folder / "stderr").write_text(done.stderr, encoding="utf-8")
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def told(demonstration: Path, tmp_path: Path) -> Iterator[Told]:
    folder = tmp_path / "data"
    shutil.copytree(demonstration, folder)
    app = opened(folder)
    app.wsgi_app = _on_that_day(app.wsgi_app)  # type: ignore[method-assign]
    with app.app_context(), as_if(END):
        yield Told(app, json.loads((folder / "stdout").read_text(encoding="utf-8")))
        db.session.remove()
        db.engine.dispose()


def _on_that_day(serve: Any) -> Any:
    """Each answer is given on the day on which the story ends, so that links still live."""

    def answer(environ: Any, start_response: Any) -> Any:
        with as_if(END):
            return serve(environ, start_response)

    return answer
