"""The ground that every room stands on: transactions, moments, settings, forms and pages of lists."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import OperationalError
from wtforms import RadioField, StringField

from portal import create_app
from portal.extensions import db, read_only
from portal.once import OnceKey, claim, forget_before, new_key, settle
from portal.people.models import Person
from portal.refusal import Conflict, Refusal
from portal.settings import DEVELOPMENT_SECRET, SettingsError, read_settings
from portal.web.access import public
from portal.web.forms import CreatingForm, PortalForm, at_most, needed, options
from portal.web.paging import cut, whole_number
from tests.builders import a_person
from tests.visitor import Visitor

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)

# --- transactions ------------------------------------------------------------------------------------------------


@pytest.mark.own_portal
def test_a_page_that_is_only_looked_at_cannot_write(app: Flask) -> None:
    a_person("Maria")
    db.session.commit()

    @public
    def careless() -> str:
        db.session.execute(update(Person).values(name="Nobody"))
        db.session.commit()
        return "written"

    app.add_url_rule("/careless", "careless", careless, methods=["GET", "POST"])
    for method in ("GET", "HEAD"):
        response = Visitor(app)._send("/careless", method=method)
        assert response.status_code >= 500
    db.session.rollback()
    assert db.session.scalar(select(Person.name)) == "Maria"
    assert Visitor(app).post("/careless", expect=200).html == "written"


def test_reading_waits_for_nobody_and_writing_stands_in_line(app: Flask) -> None:
    a_person("Maria")
    db.session.commit()
    with db.engine.connect() as writer:
        writer.execute(text("UPDATE person SET name = 'Marta'"))
        token = read_only.set(True)
        try:
            assert db.session.scalar(select(Person.name)) == "Maria"
            with pytest.raises(OperationalError, match="readonly"):
                db.session.execute(delete(Person))
            db.session.rollback()
        finally:
            read_only.reset(token)
        writer.commit()
    assert db.session.scalar(select(Person.name)) == "Marta"


@pytest.mark.both_databases
def test_no_update_is_lost_when_many_count_at_once(app: Flask) -> None:
    person_id = a_person("0").id
    db.session.commit()

    def count_up() -> None:
        with app.app_context():
            for _ in range(10):
                person = db.session.get(Person, person_id, with_for_update=True)
                assert person is not None
                person.name = str(int(person.name) + 1)
                db.session.commit()
            db.session.remove()

    run_at_once(count_up, 4)
    db.session.expire_all()
    assert db.session.scalar(select(Person.name)) == "40"


def run_at_once(work: object, number: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.mark.own_portal
def test_the_database_keeps_what_was_promised_to_it(app: Flask) -> None:
    with db.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 5000


@pytest.mark.both_databases
def test_a_moment_comes_back_aware_and_in_utc(app: Flask) -> None:
    person = a_person()
    person.created_at = datetime(2026, 4, 14, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    db.session.commit()
    db.session.expire_all()
    assert person.created_at == NOON
    assert person.created_at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(Exception, match="needs a time zone"):
        db.session.execute(select(Person).where(Person.created_at == datetime(2026, 4, 14)))


# --- one-time keys -----------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_key_leads_the_second_to_what_the_first_made(app: Flask) -> None:
    key = new_key()
    assert claim(key, at=NOON) is None
    settle(key, "/requests/REQ-1001/sent")
    db.session.commit()
    assert claim(key, at=NOON) == "/requests/REQ-1001/sent"


def test_a_key_whose_deed_failed_is_free_again(app: Flask) -> None:
    key = new_key()
    assert claim(key, at=NOON) is None
    db.session.rollback()
    assert claim(key, at=NOON) is None


def test_a_form_without_a_key_is_let_through(app: Flask) -> None:
    assert claim(None, at=NOON) is None and claim("", at=NOON) is None
    settle(None, "/")
    assert not db.session.scalars(select(OnceKey)).all()


def test_an_endless_key_is_cut_and_still_found(app: Flask) -> None:
    assert claim("k" * 5000, at=NOON) is None
    settle("k" * 5000, "/there")
    assert claim("k" * 5000, at=NOON) == "/there"


def test_old_keys_are_forgotten(app: Flask) -> None:
    claim("old", at=NOON)
    claim("new", at=NOON + timedelta(days=2))
    forget_before(NOON + timedelta(days=1))
    assert list(db.session.scalars(select(OnceKey.key))) == ["new"]


# --- settings ----------------------------------------------------------------------------------------------------


def test_the_development_secret_serves_at_home_only() -> None:
    assert read_settings({})["SECRET_KEY"] == DEVELOPMENT_SECRET
    for address in ("http://localhost:5000", "http://127.0.0.1", "http://[::1]:8000"):
        assert read_settings({"PORTAL_BASE_URL": address})["SECRET_KEY"] == DEVELOPMENT_SECRET
    for address in (
        "https://help.example.com",
        "http://help.example.com",
        "https://localhost",
        "http://localhost.evil",
    ):
        for secret in ({}, {"PORTAL_SECRET_KEY": DEVELOPMENT_SECRET}):
            with pytest.raises(SettingsError, match="PORTAL_SECRET_KEY is not set"):
                read_settings({"PORTAL_BASE_URL": address, **secret})


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="too short"):
        read_settings({"PORTAL_SECRET_KEY": "short"})


@pytest.mark.parametrize(
    "name", ["PORTAL_UPLOAD_LIMIT", "PORTAL_SIGN_IN_LIMIT", "PORTAL_MESSAGE_LIMIT", "PORTAL_SMTP_PORT"]
)
@pytest.mark.parametrize("value", ["0", "-1", "ten", "1.5", "٣"])
def test_a_number_that_is_none_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be a whole number above 0"):
        read_settings({name: value})


def test_an_empty_setting_is_as_good_as_none() -> None:
    given = read_settings({"PORTAL_UPLOAD_LIMIT": "", "PORTAL_SMTP_HOST": "", "PORTAL_DATABASE_URL": ""})
    assert given == read_settings({})


def test_behind_tls_cookies_are_bound_to_it() -> None:
    found = read_settings({"PORTAL_BASE_URL": "https://help.example.com/", "PORTAL_SECRET_KEY": "k" * 32})
    assert found["SESSION_COOKIE_NAME"] == "__Host-session"
    assert found["SESSION_COOKIE_SECURE"] and found["TLS"]
    assert found["BASE_URL"] == "https://help.example.com"


def test_the_application_refuses_to_start_with_a_setting_it_cannot_use(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        create_app({}, {"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_BASE_URL": "https://help.example.com"})


# --- forms and lists ---------------------------------------------------------------------------------------------


class LunchForm(PortalForm):
    dish = StringField("Dish", [needed("Say what you like."), at_most(10)])
    size = RadioField("Size", choices=options([("s", "Small"), ("l", "Large")]))


def test_errors_are_listed_in_the_order_of_the_fields_and_lead_to_their_controls(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"dish": ""}):
        form = LunchForm(meta={"csrf": False})
        assert not form.validate()
        form.refuse(Refusal("The kitchen is closed."))
        form.refuse(Refusal("No soup today.", field="dish"))
        form.refuse(Refusal("Nobody knows this field.", field="nowhere"))
        assert form.listed_errors() == [
            ("", "The kitchen is closed."),
            ("", "Nobody knows this field."),
            ("dish", "Say what you like."),
            ("dish", "No soup today."),
            ("size-0", "Not a valid choice."),
        ]


def test_too_long_is_said_with_the_bound(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"dish": "x" * 11, "size": "s"}):
        form = LunchForm(meta={"csrf": False})
        assert not form.validate()
        assert form.listed_errors() == [("dish", "Use at most 10 characters.")]


def test_each_new_form_has_a_key_of_its_own(app: Flask) -> None:
    with app.test_request_context():
        first, second = CreatingForm(), CreatingForm()
        assert first.once.data and first.once.data != second.once.data


def test_a_refusal_names_its_status() -> None:
    assert (Refusal("no").status, Conflict("no").status) == (422, 409)


def test_a_list_is_cut_where_one_more_was_found() -> None:
    rows = [SimpleNamespace(id=n) for n in range(5, 0, -1)]
    part = cut(rows, 4, "id")
    assert ([row.id for row in part.rows], part.after) == ([5, 4, 3, 2], "2")
    assert cut(rows, 5, "id").after is None
    assert cut([], 5, "id").rows == []


@pytest.mark.parametrize("given", [None, "", "-1", "1.5", "x", "٣", "²", " 1", "9" * 40])
def test_what_is_no_key_is_none(given: str | None) -> None:
    assert whole_number(given) is None


def test_a_key_is_a_number() -> None:
    assert whole_number("1042") == 1042
