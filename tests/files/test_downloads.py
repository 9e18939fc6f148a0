"""Downloads: the right people, and nothing that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.http import parse_options_header

from portal.extensions import db
from portal.files.actions import path_of
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.requests.models import ServiceRequest
from tests.builders import a_person, a_request
from tests.files.uploads import PDF, PNG, file_of, many
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@dataclass
class Desk:
    customer: Person
    agent: Person
    request: ServiceRequest


@pytest.fixture
def desk(app: Flask) -> Desk:
    customer = a_person()
    return Desk(customer, a_person(roles=("agent",)), a_request(customer))


def sent_by_customer(visitor: Browser, desk: Desk, name: str, content: bytes) -> str:
    browser = visitor(desk.customer)
    browser.post(f"/requests/{desk.request.reference}/replies", {"body": "See.", **many((name, content))})
    return file_of(browser.get(f"/requests/{desk.request.reference}"))


@pytest.mark.parametrize(
    ("name", "content", "served"),
    [
        ("screen.png", PNG, "image/png"),
        ("notes.txt", b"<script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("invoice.pdf", PDF, "application/octet-stream"),
        ("table.csv", b"=1+1;2", "application/octet-stream"),
    ],
)
def test_cve_2026_40496_a_file_is_downloaded_as_bytes_that_nothing_runs(
    visitor: Browser, desk: Desk, name: str, content: bytes, served: str
) -> None:
    link = sent_by_customer(visitor, desk, name, content)
    response = visitor(desk.agent).client.get(link)
    assert response.data == content
    assert response.headers["Content-Type"] == served
    assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "no-store"
    response.close()


def test_a_name_with_quotes_stays_inside_its_header(visitor: Browser, desk: Desk) -> None:
    link = sent_by_customer(visitor, desk, "a; filename=b.html; ü.png", PNG)
    response = visitor(desk.agent).client.get(link)
    said = response.headers["Content-Disposition"]
    assert said.startswith("attachment; filename=") and parse_options_header(said)[1]["filename"].endswith("ü.png")
    response.close()


def test_cve_2026_48810_a_foreign_file_and_a_missing_one_look_the_same(visitor: Browser, desk: Desk) -> None:
    link = sent_by_customer(visitor, desk, "screen.png", PNG)
    stranger = visitor(a_person())
    stranger.get("/me")  # the first answer of a session may set its cookie
    foreign = stranger.get(link, expect=404)
    missing = stranger.get("/files/" + "x" * 22, expect=404)
    assert foreign.html == missing.html
    assert dict(foreign.headers) == dict(missing.headers)
    visitor().get(link, expect=303)
    visitor(a_person(roles=("liaison", "manager", "analyst", "administrator"))).get(link, expect=404)


def test_the_file_of_a_note_stays_among_colleagues(visitor: Browser, desk: Desk) -> None:
    agent = visitor(desk.agent)
    reference = desk.request.reference
    agent.post(f"/queue/{reference}/write", {"body": "Look", "deed": "note", **many(("secret.txt", b"x"))})
    link = file_of(agent.get(f"/queue/{reference}"))
    agent.get(link, review=False)
    customer = visitor(desk.customer)
    customer.get(link, expect=404)
    assert "secret" not in customer.get(f"/requests/{reference}").html


def test_the_customer_reads_the_file_of_an_answer(visitor: Browser, desk: Desk) -> None:
    reference = desk.request.reference
    visitor(desk.agent).post(
        f"/queue/{reference}/write", {"body": "Look", "deed": "answer", **many(("guide.pdf", PDF))}
    )
    customer = visitor(desk.customer)
    customer.get(file_of(customer.get(f"/requests/{reference}")), review=False)


def test_a_file_whose_bytes_are_gone_is_not_found(app: Flask, visitor: Browser, desk: Desk) -> None:
    link = sent_by_customer(visitor, desk, "screen.png", PNG)
    path_of(db.session.query(StoredFile).one().key, app.config["DATA_DIR"]).unlink()
    visitor(desk.customer).get(link, expect=404)


@pytest.mark.parametrize("key", ["..%2f..%2fportal.db", "%2e%2e", "..", "a" * 3000, "%00", "é", "'"])
def test_no_key_leads_out_of_the_store(visitor: Browser, desk: Desk, key: str) -> None:
    status = visitor(desk.agent).client.get(f"/files/{key}").status_code
    assert status in (400, 404)
