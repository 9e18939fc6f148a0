"""How pages answer: whole or in part, to people and to machines, once for one form, and when something is wrong."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from contextvars import Context
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import schema
from portal.extensions import db
from portal.jobs import enqueue
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web import health, state
from portal.web.moment import now
from tests.builders import a_person, a_request, a_service
from tests.conftest import ROOT
from tests.visitor import Visitor


def browser(app: Flask, person: Person | None = None) -> Visitor:
    visitor = Visitor(app)
    if person:
        visitor.sign_in(person)
    return visitor


# --- whole or in part --------------------------------------------------------------------------------------------


@pytest.fixture
def queue(app: Flask) -> Visitor:
    a_request()
    return browser(app, a_person(roles=("agent",)))


def test_a_wanted_fragment_comes_alone_with_title_and_messages(queue: Visitor) -> None:
    asked = {"HX-Request": "true", "HX-Target": "worklist"}
    with queue.client.session_transaction() as session:
        session["_flashes"] = [("message", "It is taken.")]
    page = queue.get("/queue", review=False, headers=asked)
    assert page.html.lstrip().startswith('<div id="worklist">')
    assert "<title>Queue – Halden Works Helpdesk</title>" in page.html
    assert 'data-hx-swap-oob="true"' in page.html and "It is taken." in page.html
    assert "HX-Retarget" not in page.headers


def test_a_fragment_without_a_message_leaves_what_was_said_before(queue: Visitor) -> None:
    page = queue.get("/queue", review=False, headers={"HX-Request": "true", "HX-Target": "worklist"})
    assert 'id="flash"' not in page.html, "a page that looks for news by itself would wipe it away"


@pytest.mark.parametrize("target", ["", "nothing", "../error", "flash", "main", "masthead", "WORKLIST", "x" * 2000])
def test_any_other_target_gets_the_whole_page_and_is_told_where_it_belongs(queue: Visitor, target: str) -> None:
    page = queue.get("/queue", headers={"HX-Request": "true", "HX-Target": target})
    assert "<html" in page.html
    assert page.headers["HX-Retarget"] == "body"


def test_without_htmx_headers_there_is_only_the_page(queue: Visitor) -> None:
    page = queue.get("/queue", headers={"HX-Target": "worklist"})
    assert "<html" in page.html and "HX-Retarget" not in page.headers


def test_going_back_gets_the_whole_page(queue: Visitor) -> None:
    headers = {"HX-Request": "true", "HX-Target": "worklist", "HX-History-Restore-Request": "true"}
    page = queue.get("/queue", headers=headers)
    assert "<html" in page.html and "HX-Retarget" not in page.headers


# --- one form, one thing -----------------------------------------------------------------------------------------


class Sent(NamedTuple):
    status: int
    location: str


@pytest.mark.both_databases
def test_ten_parallel_posts_of_one_form_make_one_request(app: Flask) -> None:
    customer, service = a_person(), a_service()
    visitor = browser(app, customer)
    address = f"/services/{service.slug}/ask"
    form = visitor.get(address).form_for(address)
    data = {**form, "summary": "The screen is black", "details": "Since today", "step": "send"}
    answers = send_at_once(visitor, address, data, 10)
    assert {answer.status for answer in answers} == {303}
    assert {answer.location for answer in answers} == {"/requests/REQ-1001/sent"}
    assert len(db.session.scalars(select(ServiceRequest)).all()) == 1
    assert len(db.session.scalars(select(OutboxMessage)).all()) == 1


@pytest.mark.both_databases
def test_ten_parallel_replies_of_one_form_make_one_reply(app: Flask) -> None:
    customer = a_person()
    asked = a_request(customer)
    visitor = browser(app, customer)
    address = f"/requests/{asked.reference}/replies"
    form = visitor.get(f"/requests/{asked.reference}").form_for(address)
    answers = send_at_once(visitor, address, {**form, "body": "It still smokes"}, 10)
    assert Counter(answer.status for answer in answers) == {303: 10}
    kinds = Counter(db.session.scalars(select(RequestEvent.kind)))
    assert kinds["replied"] == 1


def send_at_once(visitor: Visitor, address: str, data: dict[str, Any], number: int) -> list[Sent]:
    """The same form from so many browser tabs, all with the visitor's cookie."""
    db.session.commit()
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    answers: list[Sent] = []
    start = threading.Barrier(number)

    def send() -> None:
        client = visitor.app.test_client()
        client.set_cookie("session", cookie.value)
        start.wait(30)
        response = Context().run(client.post, address, data=data)
        answers.append(Sent(response.status_code, response.headers.get("Location", "")))
        response.close()

    threads = [threading.Thread(target=send) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return answers


# --- errors ------------------------------------------------------------------------------------------------------


def test_an_error_page_needs_no_session_and_no_database(app: Flask) -> None:
    visitor = browser(app, a_person())
    db.session.commit()
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE sign_in_session RENAME TO gone"))
    page = visitor.get("/requests", expect=500)
    assert page.heading == "Something went wrong on our side"
    assert visitor.get("/nowhere", expect=404).heading == "There is nothing here"
    assert visitor.post("/sign-in", {"csrf_token": "made-up"}, expect=400).heading == "This form was open for too long"


def test_an_error_names_no_table_and_no_file(app: Flask) -> None:
    db.session.commit()
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE service_deal"))
    page = browser(app).get("/how-it-works", expect=500)
    for word in ("service_deal", "sqlite", "Traceback", "portal/", "SELECT"):
        assert word not in page.html


@pytest.mark.parametrize("cookie", ["", "x", ".eJwNzEE", "a" * 3000, "ü", "session=1"])
def test_a_cookie_that_cannot_be_read_is_no_cookie(app: Flask, cookie: str) -> None:
    visitor = browser(app)
    visitor.client.set_cookie("session", cookie)
    visitor.get("/sign-in")
    visitor.get("/requests", expect=303)


def test_the_address_of_this_portal_is_not_the_senders_to_choose(app: Flask) -> None:
    page = browser(app).get("/requests", expect=303, headers={"Host": "evil.example"})
    assert page.location == "/sign-in?next=/requests"


# --- for machines ------------------------------------------------------------------------------------------------


@pytest.fixture
def migrated(app: Flask) -> Flask:
    """A database that the migrations made."""
    db.session.remove()
    db.drop_all()
    schema.upgrade()
    return app


def test_alive_asks_nothing_of_the_database(app: Flask) -> None:
    db.session.remove()
    db.engine.dispose()
    Path(db.engine.url.database or "").unlink()
    assert browser(app).get("/healthz").html == "ok\n"


@pytest.mark.both_databases
def test_ready_with_the_schema_of_this_release(migrated: Flask) -> None:
    assert browser(migrated).get("/readyz").html.startswith("ready")


def test_not_ready_while_the_schema_is_behind(app: Flask) -> None:
    page = browser(app).get("/readyz", expect=503)
    assert "another schema than this release; run: flask --app wsgi upgrade" in page.html


def test_not_ready_after_the_schema_of_a_later_release(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    browser(migrated).get("/readyz", expect=503)


def test_not_ready_while_the_database_does_not_answer(app: Flask) -> None:
    db.session.remove()
    db.engine.dispose()
    file = Path(db.engine.url.database or "")
    for part in file.parent.glob(file.name + "*"):
        part.unlink()
    file.mkdir()
    page = browser(app).get("/readyz", expect=503)
    file.rmdir()
    assert "the database does not answer" in page.html


def test_not_ready_when_the_disk_is_nearly_full(migrated: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        total: int = 100
        used: int = 96
        free: int = 4

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage())
    assert health.shutil is shutil
    assert "5 % of the disk" in browser(migrated).get("/readyz", expect=503).html


def test_metrics_are_closed_without_their_token(app: Flask) -> None:
    visitor = browser(app)
    visitor.get("/metrics", expect=404)
    app.config["METRICS_TOKEN"] = "s" * 20
    visitor.get("/metrics", expect=404)
    visitor.get("/metrics", expect=404, headers={"Authorization": "Bearer wrong"})
    visitor.get("/metrics", expect=404, headers={"Authorization": "Bearer ü"})
    enqueue("note", {}, at=now())
    page = visitor.get("/metrics", headers={"Authorization": "Bearer " + "s" * 20})
    assert "portal_jobs_waiting 1\n" in page.html


@pytest.mark.parametrize(
    ("version", "risky"),
    [
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 50, 7), False),
        ((3, 50, 6), True),
        ((3, 44, 6), False),
    ],
)
def test_a_sqlite_that_may_lose_data_is_known_by_its_version(version: tuple[int, ...], risky: bool) -> None:
    assert state.sqlite_is_risky(version) is risky


def test_the_start_needs_no_pdf_library_and_no_spreadsheet() -> None:
    """They take long to load and are needed by few requests."""
    import subprocess
    import sys

    code = "import sys, wsgi; print([m for m in ('weasyprint', 'xlsxwriter', 'playwright') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
