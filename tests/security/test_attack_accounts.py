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


def test_a_second_administrator_does_not_undo_what_the_first_one_changed(app: Flask, visitor: Browser) -> None:
    person = a_person("Anna Berg", email="anna@example.com")
    first, second = (visitor(a_person(roles=("administrator",))) for _ in range(2))
    address = f"/people/{person.id}"
    forms = [one.get(address).form_for(address) for one in (first, second)]
    first.post(address, {**forms[0], "roles": ["agent"]})
    refused = second.post(address, {**forms[1], "name": "Anna Maria Berg"}, expect=409)
    assert "Somebody changed this person while you wrote." in refused.words
    assert refused.form_for(address)["name"] == "Anna Maria Berg"
    second.post(address, {**refused.form_for(address), "roles": ["agent"]})
    db.session.expire_all()
    assert person.name == "Anna Maria Berg" and person.roles == {"agent"}
