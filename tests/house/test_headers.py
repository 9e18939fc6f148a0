"""The headers of a careful portal are on every answer: pages, errors, redirects and static files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from portal import create_app
from portal.extensions import db
from portal.web.access import public
from tests.house.furniture import House, reading_rules
from tests.house.test_access import look
from tests.house.test_pages import nothing_is_live
from tests.visitor import Page, Visitor

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=()",
}


def check_headers(page: Page, *, secret: bool = False, download: bool = False, static: bool = False) -> None:
    """What every answer must say of itself."""
    headers = page.headers
    for name, value in ALWAYS.items():
        assert headers.get_all(name) == [value], f"{name}: {headers.get_all(name)}"
    policy = "default-src 'none'; sandbox" if download else POLICY
    assert headers.get_all("Content-Security-Policy") == [policy]
    assert headers.get_all("Referrer-Policy") == ["no-referrer" if secret else "same-origin"]
    if not static:
        assert headers["Cache-Control"] == "no-store"
        vary = {one.strip() for one in headers["Vary"].split(",")}
        assert {"Cookie", "HX-Request", "HX-Target"} <= vary
    assert "Server" not in headers or "Werkzeug" not in headers["Server"]


@pytest.mark.parametrize("role", ["anonymous", "customer", "manager"])
def test_every_address_answers_with_them(app: Flask, house: House, role: str) -> None:
    visitor = browser_of(app, house, role)
    for rule in reading_rules(app):
        address = house.address(rule)
        page = look(visitor, "GET", address, {})
        try:
            check_headers(
                page,
                secret=page.headers["Referrer-Policy"] == "no-referrer",
                download=rule.endpoint in {"files.download", "people.picture"} and page.status == 200,
                static=rule.endpoint == "static",
            )
        except AssertionError as fault:
            raise AssertionError(f"{address} as {role} ({page.status}): {fault}") from fault


def browser_of(app: Flask, house: House, role: str) -> Visitor:
    visitor = Visitor(app)
    if role != "anonymous":
        visitor.sign_in(house.people[role])
    return visitor


def test_pages_behind_a_secret_link_send_no_address_on(app: Flask, house: House) -> None:
    answer, seat = house.places["surveys.token"], house.places["focus_groups.token"]
    for address in (f"/answer/{answer}", f"/answer/{answer}/stop", f"/invitation/{seat}", "/reset/no-such-token"):
        page = Visitor(app).get(address)
        check_headers(page, secret=True)
        assert "noindex" in page.headers["X-Robots-Tag"]


def test_a_download_is_an_attachment_that_nothing_runs(app: Flask, house: House) -> None:
    page = browser_of(app, house, "customer").get(f"/files/{house.places['key']}")
    check_headers(page, download=True)
    assert page.headers["Content-Disposition"].startswith("attachment")
    assert page.headers["Content-Type"].partition(";")[0] in {"text/plain", "application/octet-stream"}


def test_static_files_named_by_their_content_are_kept_for_good(app: Flask) -> None:
    page = Visitor(app).get("/static/site.css?v=1", review=False)
    assert page.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    check_headers(page, static=True)


# --- errors ------------------------------------------------------------------------------------------------------


def post_plain(visitor: Visitor, address: str, data: dict[str, str]) -> Page:
    """Send exactly this, whatever is answered."""
    response = visitor._send(address, method="POST", data=data)
    page = Page(response)
    response.close()
    return page


def check_error(page: Page, status: int) -> None:
    assert page.status == status, f"{page.status}: {page.words[:200]}"
    check_headers(page)
    nothing_is_live(page)
    assert page.heading
    assert page.headers["Content-Type"].startswith("text/html")


def test_400_for_a_form_without_its_token(app: Flask, house: House) -> None:
    for role in ("anonymous", "customer"):
        visitor = browser_of(app, house, role)
        for data in ({}, {"csrf_token": "made-up"}):
            check_error(post_plain(visitor, "/sign-in" if role == "anonymous" else "/sign-out", data), 400)


def test_403_404_and_405(app: Flask, house: House) -> None:
    visitor = browser_of(app, house, "customer")
    check_error(visitor.get("/people", expect=403), 403)
    check_error(visitor.get("/nowhere", expect=404), 404)
    check_error(Visitor(app).get("/nowhere", expect=404), 404)
    page = visitor.get("/sign-out", expect=405)
    check_error(page, 405)
    assert "POST" in page.headers["Allow"]


def test_413_for_too_much(app: Flask, house: House) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    page = browser_of(app, house, "customer").post("/me/password", {"new": "x" * 2000}, expect=413)
    check_error(page, 413)


def test_422_for_a_form_that_needs_a_second_look(app: Flask, house: House) -> None:
    page = browser_of(app, house, "customer").post("/me/password", expect=422)
    check_headers(page)


def test_429_after_too_many_tries(app: Flask) -> None:
    app.config["SIGN_IN_LIMIT"] = 1
    visitor = Visitor(app)
    visitor.post("/sign-in", {"email": "maria@example.com", "password": "wrong"}, expect=422)
    page = visitor.post("/sign-in", {"email": "maria@example.com", "password": "wrong"}, expect=429)
    check_headers(page)


def test_429_where_one_address_asks_too_often(tmp_path: Path) -> None:
    """In a portal of its own, because limits are switched on for the whole process."""
    settings = {"DATA_DIR": tmp_path, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'x.db'}"}
    app = create_app({**settings, "RATELIMIT_ENABLED": True}, {})
    try:
        with app.app_context():
            db.create_all()
            visitor = Visitor(app)
            form = {"csrf_token": visitor.token(), "email": "maria@example.com"}
            pages = [post_plain(visitor, "/reset", form) for _ in range(21)]
            db.engine.dispose()
        assert [page.status for page in pages[:20]] == [303] * 20
        check_error(pages[20], 429)
    finally:
        create_app({**settings, "RATELIMIT_ENABLED": False}, {})


@pytest.mark.own_portal
def test_500_tells_nothing_of_the_inside(app: Flask) -> None:
    @public
    def broken() -> str:
        raise ValueError("secret detail")

    app.add_url_rule("/broken", "broken", broken)
    page = Visitor(app).get("/broken", expect=500)
    check_error(page, 500)
    assert "secret" not in page.html


def test_503_while_somebody_else_holds_the_database(app: Flask, house: House) -> None:
    visitor = browser_of(app, house, "customer")
    token = visitor.token()
    with somebody_writes(app):
        page = post_plain(visitor, "/sign-out", {"csrf_token": token})
        reading = visitor.get("/requests")
    check_error(page, 503)
    assert int(page.headers["Retry-After"]) > 0
    assert reading.status == 200, "reading goes on"
    visitor.get("/me")


@contextmanager
def somebody_writes(app: Flask) -> Iterator[None]:
    """Another program is in the middle of a long write, and nobody is patient."""

    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    db.session.commit()
    db.engine.dispose()
    event.listen(db.engine, "connect", impatient)
    other = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
        event.remove(db.engine, "connect", impatient)


# --- behind TLS --------------------------------------------------------------------------------------------------


def test_behind_tls_the_cookie_and_the_browser_stay_with_it(tmp_path: Path, empty_database: Path) -> None:
    environment = {"PORTAL_BASE_URL": "https://help.example.com", "PORTAL_SECRET_KEY": "k" * 32}
    settings = {"DATA_DIR": tmp_path, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{empty_database}", "TESTING": True}
    secure = create_app({**settings, "RATELIMIT_ENABLED": False}, environment)
    with secure.app_context():
        response = secure.test_client().get("/sign-in", base_url="https://help.example.com")
        db.engine.dispose()
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
