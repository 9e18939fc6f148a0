"""What every test stands on: a fresh database, a signed-in visitor, and the real data where it is present."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from portal import create_app
from portal.extensions import db, limiter
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
        _make_all_tables()
    # What is loaded by now stays until the end, so nobody need look through it again and again.
    gc.collect()
    gc.freeze()
    return folder / "portal.db"


def _make_all_tables() -> None:
    import_module("portal.imports.models")  # only the commands load this room, and its table belongs to all
    db.create_all()
    db.session.remove()
    db.engine.dispose()


def copied_database(empty: Path, folder: Path) -> dict[str, Any]:
    """The settings of a portal on a copy of the empty database in this folder."""
    shutil.copy(empty, folder / "portal.db")
    return settings_for(folder, f"sqlite:///{folder / 'portal.db'}")


def settings_for(folder: Path, url: str) -> dict[str, Any]:
    """The settings of a portal under test: nothing is remembered and nothing is limited by count."""
    quiet = {"TESTING": True, "REMEMBER_SECONDS": 0, "RATELIMIT_ENABLED": False}
    return {"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": url, **quiet}


class Workshop:
    """One portal that many tests use, each with an empty database, for its start costs more than most tests.

    Its settings are put back after each test. A test that changes more of it is marked `own_portal`.
    """

    def __init__(self, folder: Path, url: str, renew: Callable[[], None]) -> None:
        self._url, self._renew = url, renew
        self._shared = self._started(folder)
        with self._shared.app_context():
            event.listen(db.engine, "connect", _never_flush)
        self._config, self._extensions = dict(self._shared.config), dict(self._shared.extensions)

    def _started(self, folder: Path) -> Flask:
        return create_app(
            {**settings_for(folder, self._url), "SQLALCHEMY_ENGINE_OPTIONS": {"query_cache_size": 5000}}, {}
        )

    def open(self, folder: Path, *, own: bool) -> Iterator[Flask]:
        """The portal on an empty database, with an application context open."""
        self._renew()
        app = self._started(folder) if own else self._shared
        app.config["DATA_DIR"] = folder
        limiter.enabled = False  # a portal that a test started for itself may have switched it on for all
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
        self._tidy()

    def _tidy(self) -> None:
        self._shared.config.clear()
        self._shared.config.update(self._config)
        self._shared.extensions.clear()
        self._shared.extensions.update(self._extensions)
        vars(self._shared).pop("wsgi_app", None)


def _never_flush(connection: Any, _record: Any) -> None:
    """What a test has written need not outlive the machine; what does is tested in programs of its own."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def workshop_on_sqlite(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Workshop:
    folder = tmp_path_factory.mktemp("shared")

    def renew() -> None:
        # A new file each time, so that whoever still holds the old one cannot touch it.
        shutil.rmtree(folder)
        folder.mkdir()
        shutil.copy(empty_database, folder / "portal.db")

    return Workshop(folder, f"sqlite:///{folder / 'portal.db'}", renew)


@pytest.fixture(scope="session")
def workshop_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A database of this process, made anew for each test from one that has all tables."""
    folder, name = tmp_path_factory.mktemp("postgresql"), f"t{os.getpid()}"
    server = make_url(os.environ["PORTAL_TEST_POSTGRES_URL"])
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    _say(admin, f'CREATE DATABASE "{name}_empty"')
    app = create_app(settings_for(folder, _address(server, f"{name}_empty")), {})
    with app.app_context():
        _make_all_tables()

    def renew() -> None:
        _say(admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _say(admin, f'CREATE DATABASE "{name}" TEMPLATE "{name}_empty"')

    yield Workshop(folder, _address(server, name), renew)
    for database in (name, f"{name}_empty"):
        _say(admin, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    admin.dispose()


def _address(server: Any, database: str) -> str:
    return server.set(database=database).render_as_string(hide_password=False)


def _say(admin: Engine, statement: str) -> None:
    with admin.connect() as connection:
        connection.execute(text(statement))


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The portal on a database of its own, with an application context open.

    Tests marked `both_databases` run a second time on PostgreSQL where PORTAL_TEST_POSTGRES_URL names a server.
    """
    workshop = request.getfixturevalue(f"workshop_on_{getattr(request, 'param', 'sqlite')}")
    yield from workshop.open(tmp_path, own=request.node.get_closest_marker("own_portal") is not None)


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


@pytest.fixture
def paced(app: Flask) -> Iterator[None]:
    """Limits by count are switched on, and nothing has been counted yet."""
    counting = Flask("counting")
    counting.config.update(RATELIMIT_ENABLED=True, RATELIMIT_STORAGE_URI="memory://")
    limiter.init_app(counting)
    limiter.reset()
    yield
    limiter.enabled = False
