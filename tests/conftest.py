"""What every test stands on: a fresh database, a signed-in visitor, and the real data where it is present."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import create_engine, text

from portal import create_app
from portal.extensions import db
from portal.people.models import Person
from tests.visitor import Visitor

ROOT = Path(__file__).resolve().parent.parent

# A machine that is busy with other tests must not make one of them fail.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("empty")
    app = create_app({"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'portal.db'}"}, {})
    with app.app_context():
        import_module("portal.imports.models")  # only the commands load this room, and its table belongs to all
        db.create_all()
        db.session.remove()
        db.engine.dispose()
    return folder / "portal.db"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[Flask]:
    """The portal on a database of its own, with an application context open.

    Tests marked `both_databases` run a second time on PostgreSQL where PORTAL_TEST_POSTGRES_URL names a server.
    """
    if getattr(request, "param", "sqlite") == "postgresql":
        yield from _on_postgresql(tmp_path, request.node.name)
        return
    yield from _opened(copied_database(empty_database, tmp_path))


def copied_database(empty: Path, folder: Path) -> dict[str, Any]:
    """The settings of a portal on a copy of the empty database in this folder."""
    shutil.copy(empty, folder / "portal.db")
    return settings_for(folder, f"sqlite:///{folder / 'portal.db'}")


def settings_for(folder: Path, url: str) -> dict[str, Any]:
    """The settings of a portal under test: nothing is remembered and nothing is limited by count."""
    quiet = {"TESTING": True, "REMEMBER_SECONDS": 0, "RATELIMIT_ENABLED": False}
    return {"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": url, **quiet}


def _opened(settings: dict[str, Any]) -> Iterator[Flask]:
    app = create_app(settings, {})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _on_postgresql(folder: Path, name: str) -> Iterator[Flask]:
    server = os.environ["PORTAL_TEST_POSTGRES_URL"]
    database = f"t{os.getpid()}_{abs(hash(name)) % 10**8}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{database}"'))
    try:
        for app in _opened(settings_for(folder, server.rpartition("/")[0] + "/" + database)):
            db.create_all()
            yield app
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{database}" WITH (FORCE)'))
        admin.dispose()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_databases") and os.environ.get("PORTAL_TEST_POSTGRES_URL"):
        metafunc.parametrize("app", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def visitor(app: Flask) -> Callable[..., Visitor]:
    """`visitor(person)` is that person at a browser; `visitor()` is a stranger."""

    def open_browser(person: Person | None = None) -> Visitor:
        browser = Visitor(app)
        if person is not None:
            browser.sign_in(person)
        return browser

    return open_browser


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; tests that need it run only where it is."""
    folder = Path(os.environ.get("PORTAL_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the real data sets are not on this machine (set PORTAL_TEST_DATA)")
    return folder
