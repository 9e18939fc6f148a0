"""Who has an account is nobody's business: known and unknown addresses cost the same work."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from portal.extensions import db
from portal.jobs import run_due
from portal.mail.models import OutboxMessage
from tests.builders import a_person
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]


def test_a_known_and_an_unknown_address_make_the_same_statements(app: Flask, visitor: Browser) -> None:
    a_person("Anna Berg", email="anna@example.com")
    asked = []
    for email in ("anna@example.com", "stranger@example.com"):
        browser = visitor()
        browser.get("/reset")
        with counted_statements() as statements:
            browser.post("/reset", {"email": email})
        asked.append(list(statements))
    assert asked[0] == asked[1]
    assert db.session.query(OutboxMessage).count() == 0
    run_due()
    assert [mail.to_address for mail in db.session.query(OutboxMessage)] == ["anna@example.com"]
