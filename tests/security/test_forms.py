"""Forms: each needs its own token, changes nothing by GET, and stands whatever is sent to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.routing import Rule

from portal.extensions import csrf, db
from portal.people.mail_off import token_of as token_of_stop_link
from portal.people.models import Person
from portal.web.access import PUBLIC, ROLES, access_of
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.mail.conftest import a_letter
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
SAFE = {"GET", "HEAD", "OPTIONS"}
OTHERS = {"static", "health.ready"}
"""Files, and the one page that may say with a 503 that the database of a test has no migrations."""


@pytest.fixture
def everybody(app: Flask) -> Person:
    """Somebody who holds every role, with something to look at in each room."""
    person = a_person("All Roles", roles=ROLES[1:], password_hash="x")
    a_request(person, a_service(slug="printers"), at=TUESDAY_10)
    a_letter()
    return person


def rules(app: Flask, *, changing: bool) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OTHERS and bool((rule.methods or set()) - SAFE) == changing:
            yield rule


def address_of(rule: Rule, **values: Any) -> str:
    """An address that the rule answers, with something that exists where we know it."""
    known = {"reference": "REQ-1001", "slug": "printers", "number": 1, "token": "token", "key": "key"}
    built = {}
    for name in rule.arguments:
        number = type(rule._converters[name]).__name__ in ("Key", "IntegerConverter")
        built[name] = values.get(name, known.get(name, 1 if number else "x"))
    result = rule.build(built)
    assert result
    return str(result[1])


def send(browser: Visitor, address: str, **more: Any) -> Any:
    return Context().run(browser.client.open, address, **more)


def test_every_form_that_changes_something_needs_its_token(app: Flask, visitor: Browser, everybody: Person) -> None:
    browser, looked_at = visitor(everybody), 0
    for rule in rules(app, changing=True):
        for values in ({}, {"csrf_token": "forged"}, {"csrf_token": browser.token()[:-3] + "abc"}):
            changed = []
            with statements_that_change(changed):
                answer = send(browser, address_of(rule), method="POST", data={**values, "body": "x", "summary": "x"})
            assert answer.status_code == 400, f"{rule.rule}: {answer.status_code}"
            assert changed == [], rule.rule
            answer.close()
        looked_at += 1
    assert looked_at >= 15
    # Those two still ask for a token, unless it is one click of a mail program, which their address proves.
    assert csrf._exempt_views == {"portal.people.views.mail_off", "portal.requests.leave_views.leave_by_link"}
    assert not csrf._exempt_blueprints


def test_a_token_of_one_visitor_is_worth_nothing_to_another(visitor: Browser) -> None:
    thief, victim = visitor(a_person()), visitor(a_person())
    token = thief.token()
    answer = send(victim, "/sign-out", method="POST", data={"csrf_token": token})
    assert answer.status_code == 400


def test_addresses_that_only_change_something_do_not_answer_a_get(
    app: Flask, visitor: Browser, everybody: Person
) -> None:
    browser = visitor(everybody)
    for rule in rules(app, changing=True):
        if "GET" not in (rule.methods or set()):
            others = [one for one in app.url_map.iter_rules() if one.rule == rule.rule and "GET" in (one.methods or ())]
            answer = send(browser, address_of(rule))
            assert others or answer.status_code == 405, rule.rule


def test_looking_at_any_address_changes_nothing(app: Flask, visitor: Browser, everybody: Person) -> None:
    browser = visitor(everybody)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint in OTHERS:
            continue
        changed: list[str] = []
        with statements_that_change(changed):
            answer = send(browser, address_of(rule))
            head = send(browser, address_of(rule), method="HEAD")
        assert changed == [], f"{rule.rule}: {changed}"
        assert answer.status_code < 500 and head.status_code == answer.status_code, rule.rule
        answer.close(), head.close()


class statements_that_change:
    """Notes each INSERT, UPDATE and DELETE while it is open."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def __enter__(self) -> None:
        event.listen(Engine, "before_cursor_execute", self._note)

    def __exit__(self, *_: Any) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # A browser that comes back is noted as seen before its form is judged; that row is its own.
        if statement.startswith(("INSERT", "UPDATE", "DELETE")) and "sign_in_session" not in statement:
            self.seen.append(statement)


ODD_TEXTS = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=30).map(lambda raw: raw.decode("latin-1")),
    st.sampled_from(
        [
            "\x00",
            "0",
            "-1",
            "1e309",
            "9" * 30,
            "9" * 5000,
            "NaN",
            "²",
            "١٢",
            "2026-13-45",
            "0000-00-00",
            "9999-12-31",
            "9999-12-31T23:59:59-23:59~1",
            "../" * 30,
            "%",
            "%%s%n",
            "' OR 1=1--",
            "\u202e\u2028\ufeff",
            "\U0010ffff",
            "[]",
            "{}",
            "null",
            "x" * 20000,
            "~" * 400,
        ]
    ),
)
ODD_BYTES = st.one_of(
    st.binary(max_size=24),
    st.sampled_from(
        [b"\x00", b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\xaf", b"9" * 30, b"9" * 5000, b"..%2f", b"\xf4\x90\x80\x80"]
    ),
)
FIELDS = ["q", "view", "after", "service", "segment", "team", "category", "next", "email", "password", "summary"]
FIELDS += ["details", "body", "deed", "version", "once", "step", "kept-0", "kept-²", "to", "why", "priority", "name"]
FIELDS += ["roles", "active", "department_id", "segment_id", "team_id", "current", "new", "score", "comment"]
ODD = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.both_databases
@given(data=st.data())
@ODD
def test_odd_addresses_are_never_an_error_of_ours(app: Flask, everybody: Person, visitor: Browser, data: Any) -> None:
    browser = _browser(app, visitor, everybody)
    rule = data.draw(st.sampled_from([rule for rule in app.url_map.iter_rules() if rule.endpoint not in OTHERS]))
    parts = [part if "<" not in part else quote_from_bytes(data.draw(ODD_BYTES)) for part in rule.rule.split("/")]
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(FIELDS), ODD_BYTES), max_size=3))
    query = "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in pairs)
    answer = send(
        browser, "/".join(parts) or "/", query_string=query, method=data.draw(st.sampled_from(["GET", "HEAD"]))
    )
    assert answer.status_code < 500, (rule.rule, parts, query)
    answer.close()


@pytest.mark.both_databases
@given(data=st.data())
@ODD
def test_odd_forms_are_never_an_error_of_ours(app: Flask, everybody: Person, visitor: Browser, data: Any) -> None:
    browser = _browser(app, visitor, everybody)
    choice = [rule for rule in rules(app, changing=True) if rule.endpoint != "people.sign_out"]
    rule = data.draw(st.sampled_from(choice))
    values = data.draw(st.dictionaries(st.sampled_from(FIELDS), st.one_of(ODD_TEXTS, st.lists(ODD_TEXTS, max_size=2))))
    answer = send(browser, address_of(rule), method="POST", data={**values, "csrf_token": browser.token()})
    assert answer.status_code < 500, (rule.rule, values)
    answer.close()


def _browser(app: Flask, visitor: Browser, person: Person) -> Visitor:
    """The same browser for each example, signed in again when an example has signed it out."""
    browser: Visitor | None = app.extensions.get("test browser")
    if browser is None or send(browser, "/me").status_code != 200:
        db.session.expire_all()
        browser = app.extensions["test browser"] = visitor(person)
    return browser


@pytest.mark.parametrize(
    "body",
    [b"", b"not a form", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="files"; filename="a\r\n\r\n'],
)
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "application/json"]
)
def test_a_body_that_is_no_form_is_refused_kindly(visitor: Browser, everybody: Person, body: bytes, kind: str) -> None:
    answer = send(visitor(everybody), "/services/printers/ask", method="POST", data=body, content_type=kind)
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("fields", [[("body", "x" * 1_200_000)], [(f"f{number}", "x") for number in range(1200)]])
def test_a_form_with_endless_fields_or_text_is_too_large(
    visitor: Browser, everybody: Person, fields: list[tuple[str, str]]
) -> None:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    body = ("".join(parts) + "--x--\r\n").encode()
    kind = "multipart/form-data; boundary=x"
    answer = send(visitor(everybody), "/services/printers/ask", method="POST", data=body, content_type=kind)
    assert answer.status_code == 413
    answer.close()


def test_public_addresses_are_few_and_known(app: Flask) -> None:
    public = {rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) == PUBLIC}
    ours = {"people", "home", "mail", "files", "catalogue", "requests", "queue"}
    assert {endpoint for endpoint in public if endpoint.partition(".")[0] in ours} == {
        "people.sign_in",
        "people.forgotten",
        "people.mail_off",
        "people.reset",
        "requests.leave_by_link",
        "home.how_it_works",
        "home.accessibility",
        "home.your_data",
    }


def test_a_page_behind_a_secret_link_can_be_sent_over_tls(visitor: Browser) -> None:
    """Its address does not travel on, so the browser names no page that the form came from; the token is the proof."""
    page = f"/mail-off/{token_of_stop_link(a_person(email='eva@example.com').id)}"
    outside = visitor()
    db.session.commit()
    there = {"base_url": "https://localhost"}
    assert send(outside, page, method="POST", data={"csrf_token": "forged"}, **there).status_code == 400
    assert send(outside, page, method="POST", data={"csrf_token": outside.token()}, **there).status_code == 200
