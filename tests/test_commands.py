"""The commands of the portal, and what a backup brings back."""

from __future__ import annotations

import re
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import backup, create_app, schema
from portal.extensions import db
from portal.files.actions import path_of
from portal.files.models import StoredFile
from portal.people import passwords
from portal.people.models import Person
from portal.people.queries import find_by_email
from portal.requests.models import ServiceRequest
from portal.surveys.queries import find_wave
from portal.web.state import sqlite_is_risky
from tests.builders import TUESDAY_10, a_person, a_request

GOOD = "four-quiet-words-here"


def run(app: Flask, *words: Any, **more: Any) -> Any:
    return app.test_cli_runner().invoke(args=[str(word) for word in words], **more)


def another_portal(folder: Path) -> Flask:
    """A portal with a data folder of its own and no database yet."""
    folder.mkdir(parents=True)
    return create_app({"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'portal.db'}"}, {})


# --- people add ---------------------------------------------------------------------------------------------------


def test_people_add_makes_the_first_administrator(app: Flask) -> None:
    done = run(app, "people", "add", "Ada@Example.com", "--name", "Ada", "--role", "administrator", "--password", GOOD)
    assert done.exit_code == 0, done.output
    assert "ada@example.com" in done.stdout and "administrator" in done.stdout
    person = find_by_email("ada@example.com")
    assert person.roles == {"administrator"}
    assert passwords.matches(person.password_hash, GOOD)


def test_people_add_asks_twice_for_a_password_that_was_not_given(app: Flask) -> None:
    done = run(app, "people", "add", "ada@example.com", "--name", "Ada", input=f"{GOOD}\n{GOOD}\n")
    assert done.exit_code == 0, done.output
    assert GOOD not in done.output
    assert passwords.matches(find_by_email("ada@example.com").password_hash, GOOD)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ada@example.com", "--name", "Ada", "--password", "short"], "characters"),
        (["taken@example.com", "--name", "Ada", "--password", GOOD], "already"),
        (["ada@example.com", "--name", "Ada", "--password", GOOD, "--role", "emperor"], "emperor"),
        (["ada@example.com", "--password", GOOD], "--name"),
        (["no-address", "--name", "Ada", "--password", GOOD], "address"),
        (["ada@example.com", "--name", "  ", "--password", GOOD], "name"),
    ],
)
def test_people_add_says_in_a_sentence_what_it_cannot_do(app: Flask, words: list[str], says: str) -> None:
    a_person(email="taken@example.com")
    db.session.commit()
    done = run(app, "people", "add", *words)
    assert done.exit_code != 0
    assert says in done.stderr
    assert "Traceback" not in done.output
    assert find_by_email("ada@example.com") is None and find_by_email("no-address") is None


# --- backup and restore -------------------------------------------------------------------------------------------


def _something_to_keep(app: Flask) -> ServiceRequest:
    request = a_request(summary="Keep me")
    facts = {"name": "a.txt", "media_type": "text/plain", "size": 5, "sha256": "x", "loose": False}
    stored = StoredFile(key="abcdef0123456789", stored_at=TUESDAY_10, **facts)
    db.session.add(stored)
    db.session.commit()
    place = path_of(stored.key, app.config["DATA_DIR"])
    place.parent.mkdir(parents=True)
    place.write_bytes(b"hello")
    return request


def test_what_was_backed_up_comes_back_in_an_empty_folder(app: Flask, tmp_path: Path) -> None:
    _something_to_keep(app)
    archive = tmp_path / "kept" / "monday.tar.gz"
    done = run(app, "backup", archive)
    assert done.exit_code == 0, done.output
    assert str(archive) in done.stdout
    other = another_portal(tmp_path / "new")
    with other.app_context():
        backup.restore(archive)
        assert db.session.scalars(select(ServiceRequest.summary)).all() == ["Keep me"]
        assert path_of("abcdef0123456789", other.config["DATA_DIR"]).read_bytes() == b"hello"
        db.session.remove()
        db.engine.dispose()


def test_the_restore_command_brings_the_schema_up_to_date(tmp_path: Path) -> None:
    first = another_portal(tmp_path / "first")
    with first.app_context():
        schema.upgrade()
        a_person("Ada", email="ada@example.com")
        db.session.commit()
        assert run(first, "backup", tmp_path / "b.tar.gz").exit_code == 0
        db.session.remove()
        db.engine.dispose()
    second = another_portal(tmp_path / "second")
    with second.app_context():
        done = run(second, "restore", tmp_path / "b.tar.gz")
        assert done.exit_code == 0, done.output
        assert schema.current_revision() == schema.head_revision()
        assert find_by_email("ada@example.com").name == "Ada"
        db.session.rollback()
        found = run(second, "check")
        assert found.exit_code == 0, found.output
        db.session.remove()
        db.engine.dispose()


def test_only_whoever_made_a_backup_may_read_it(app: Flask, tmp_path: Path) -> None:
    run(app, "backup", tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0


def test_a_backup_never_overwrites(app: Flask, tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    target.write_text("precious")
    done = run(app, "backup", target)
    assert done.exit_code == 1
    assert "exists already" in done.stderr
    assert target.read_text() == "precious"


def test_a_backup_that_fails_leaves_nothing_behind(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "add", full)
    done = run(app, "backup", tmp_path / "kept" / "b.tar.gz")
    assert done.exit_code == 1
    assert "No space left" in done.stderr
    assert list((tmp_path / "kept").iterdir()) == []


def test_restore_touches_no_database_that_is_there(app: Flask, tmp_path: Path) -> None:
    _something_to_keep(app)
    run(app, "backup", tmp_path / "b.tar.gz")
    a_person("Added since")
    db.session.commit()
    done = run(app, "restore", tmp_path / "b.tar.gz")
    assert done.exit_code == 1
    assert "nothing was changed" in done.stderr
    assert "Added since" in db.session.scalars(select(Person.name)).all()


@pytest.mark.parametrize("content", [b"no archive at all", b""])
def test_restore_refuses_what_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.tar.gz").write_bytes(content)
    other = another_portal(tmp_path / "new")
    with other.app_context():
        done = run(other, "restore", tmp_path / "b.tar.gz")
    assert done.exit_code == 1
    assert "is not a backup" in done.stderr or "no whole database" in done.stderr
    assert not (tmp_path / "new" / "portal.db").exists()


def test_restore_refuses_a_backup_that_was_cut_off(app: Flask, tmp_path: Path) -> None:
    _something_to_keep(app)
    run(app, "backup", tmp_path / "b.tar.gz")
    whole = (tmp_path / "b.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    other = another_portal(tmp_path / "new")
    with other.app_context():
        done = run(other, "restore", tmp_path / "cut.tar.gz")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    assert not (tmp_path / "new" / "portal.db").exists()


def test_restore_puts_no_database_beside_the_journal_of_another(app: Flask, tmp_path: Path) -> None:
    run(app, "backup", tmp_path / "b.tar.gz")
    other = another_portal(tmp_path / "new")
    (tmp_path / "new" / "portal.db-wal").write_bytes(b"changes of a database that was moved away")
    with other.app_context():
        done = run(other, "restore", tmp_path / "b.tar.gz")
    assert done.exit_code == 1
    assert "portal.db-wal" in done.stderr


def test_restore_refuses_a_broken_database_and_files_that_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "portal.db").write_bytes(b"SQLite format 3\x00 and then nonsense" * 100)
    with tarfile.open(tmp_path / "broken.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "portal.db", "portal.db")
    with tarfile.open(tmp_path / "climbing.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "portal.db", "../portal.db")
    other = another_portal(tmp_path / "new")
    with other.app_context():
        for name in ("broken.tar.gz", "climbing.tar.gz"):
            done = run(other, "restore", tmp_path / name)
            assert done.exit_code == 1
            assert isinstance(done.exception, SystemExit), done.exception
    assert not (tmp_path / "new" / "portal.db").exists()


# --- check --------------------------------------------------------------------------------------------------------


@pytest.fixture
def upgraded(tmp_path: Path) -> Any:
    app = another_portal(tmp_path / "data")
    with app.app_context():
        schema.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_check_finds_nothing_wrong_with_a_fresh_portal(upgraded: Flask) -> None:
    done = run(upgraded, "check")
    assert done.exit_code == 0, done.output
    assert re.search(r"^SQLite 3\.", done.stdout)
    assert "Everything is in order." in done.stdout


def test_check_names_references_that_lead_nowhere(upgraded: Flask, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data" / "portal.db") as connection:
        connection.execute("INSERT INTO role_held (person_id, role) VALUES (77, 'agent')")
    connection.close()
    done = run(upgraded, "check")
    assert done.exit_code == 1
    assert "role_held" in done.stderr and "person" in done.stderr


def test_check_says_when_the_schema_is_another_one(tmp_path: Path) -> None:
    other = another_portal(tmp_path / "empty")
    with other.app_context():
        done = run(other, "check")
        db.engine.dispose()
    assert done.exit_code == 1
    assert "upgrade" in done.stderr


def test_the_versions_with_the_known_bug_are_told_from_those_without() -> None:
    assert [sqlite_is_risky(one) for one in ((3, 51, 2), (3, 46, 0), (3, 50, 6), (3, 44, 5))] == [True] * 4
    assert [sqlite_is_risky(one) for one in ((3, 51, 3), (3, 52, 0), (3, 50, 7), (3, 44, 6))] == [False] * 4


# --- worker, outbox, upgrade --------------------------------------------------------------------------------------


def test_worker_once_does_what_is_due_and_stops(app: Flask) -> None:
    done = run(app, "worker", "--once")
    assert done.exit_code == 0, done.output
    assert "Jobs run: 1" in done.stdout, "the first service of all reaches the notices"
    assert "Jobs run: 0" in run(app, "worker", "--once").stdout
    assert find_wave("how-did-we-do") is not None


def test_outbox_without_a_mail_server_says_where_mail_is_read(app: Flask) -> None:
    done = run(app, "outbox")
    assert done.exit_code == 0
    assert "PORTAL_SMTP_HOST" in done.stdout and "/mail" in done.stdout


def test_upgrade_twice_is_upgrade_once(upgraded: Flask) -> None:
    done = run(upgraded, "upgrade")
    assert done.exit_code == 0, done.output
    assert "up to date" in done.stdout


def test_the_first_command_on_an_empty_folder_lays_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'portal.db'}"
    app = create_app({"DATA_DIR": tmp_path, "SQLALCHEMY_DATABASE_URI": url, "TESTING": True}, {})
    adding = ["people", "add", "first@example.com", "--name", "First", "--password", "four plain words"]
    with app.app_context():
        result = app.test_cli_runner().invoke(args=adding)
        assert result.exit_code == 0, result.output
        db.session.remove()
        assert schema.current_revision() == schema.head_revision()
        db.engine.dispose()
