"""Signing in: it works, it tells nothing to strangers, and it leads nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from portal.extensions import db
from portal.people import actions, passwords
from portal.people.models import Person, SignInFailure
from tests.builders import a_person
from tests.people.conftest import PASSWORD, sign_in
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


def test_the_right_password_opens_the_first_page(visitor: Browser, anna: Person) -> None:
    browser = visitor()
    assert sign_in(browser, "anna@example.com", PASSWORD).location == "/"
    assert browser.get("/me").words.count("Anna Berg")


def test_the_address_is_taken_in_any_case_and_with_spaces_around_it(visitor: Browser, anna: Person) -> None:
    sign_in(visitor(), "  Anna@EXAMPLE.com ", PASSWORD)


def test_a_wrong_password_and_an_unknown_address_are_answered_with_the_same_page(
    visitor: Browser, anna: Person
) -> None:
    wrong = sign_in(visitor(), "anna@example.com", "not this one", expect=422)
    unknown = sign_in(visitor(), "nobody@example.com", "not this one", expect=422)
    assert wrong.words == unknown.words
    assert "do not match" in wrong.words
    assert wrong.value("email") == "anna@example.com"
    assert "not this one" not in wrong.html


def test_somebody_without_a_password_and_a_disabled_one_look_like_a_wrong_password(
    visitor: Browser, anna: Person
) -> None:
    a_person("No Password", email="none@example.com")
    disabled = actions.add_person(name="Off", email="off@example.com", password=PASSWORD, by=None, at=anna.created_at)
    disabled.active = False
    wrong = sign_in(visitor(), "anna@example.com", "not this one", expect=422).words
    assert sign_in(visitor(), "none@example.com", "", expect=422).status == 422
    assert sign_in(visitor(), "none@example.com", "not this one", expect=422).words == wrong
    assert sign_in(visitor(), "off@example.com", PASSWORD, expect=422).words == wrong


def test_an_unknown_address_costs_as_much_computing_as_a_wrong_password(app: object) -> None:
    kept = passwords.hash_password(PASSWORD)

    def cost(password_hash: str | None) -> float:
        times = []
        for _ in range(3):
            before = time.process_time()
            assert not passwords.matches(password_hash, "not this one")
            times.append(time.process_time() - before)
        return min(times)

    assert 0.5 < cost(None) / cost(kept) < 2


def test_a_password_over_1024_bytes_is_refused_unread(visitor: Browser, anna: Person) -> None:
    before = time.process_time()
    assert not passwords.matches(anna.password_hash, "ä" * 600)
    assert time.process_time() - before < 0.01
    assert "do not match" in sign_in(visitor(), "anna@example.com", "x" * 5000, expect=422).words


@pytest.mark.parametrize("missing", ["email", "password"])
def test_an_empty_field_is_named_and_the_other_one_kept(visitor: Browser, anna: Person, missing: str) -> None:
    values = {"email": "anna@example.com", "password": PASSWORD, missing: ""}
    page = visitor().post("/sign-in", values, expect=422)
    assert f"Enter your {'e-mail address' if missing == 'email' else 'password'}." in page.words


@pytest.mark.both_databases
def test_ten_failures_of_an_account_shut_it_for_strangers_only(visitor: Browser, anna: Person) -> None:
    other = a_person("Other", email="other@example.com", password_hash=passwords.hash_password(PASSWORD))
    known = visitor()
    sign_in(known, "anna@example.com", PASSWORD, address="10.0.0.1")
    for _ in range(10):
        sign_in(visitor(), "anna@example.com", "guess", address="10.9.9.9", expect=422)
    refused = sign_in(visitor(), "anna@example.com", PASSWORD, address="10.9.9.9", expect=429)
    assert "too many tries" in refused.words
    sign_in(visitor(), "anna@example.com", PASSWORD, address="10.0.0.2", expect=429)
    sign_in(known, "anna@example.com", PASSWORD, address="10.0.0.1")
    sign_in(visitor(), "other@example.com", PASSWORD, address="10.9.9.9")
    sign_in(visitor(), other.email or "", PASSWORD, address="10.0.0.3")


def test_an_unknown_account_is_shut_after_as_many_failures_as_a_known_one(visitor: Browser, anna: Person) -> None:
    for _ in range(10):
        sign_in(visitor(), "nobody@example.com", "guess", expect=422)
    unknown = sign_in(visitor(), "nobody@example.com", "guess", expect=429)
    for _ in range(10):
        sign_in(visitor(), "anna@example.com", "guess", address="10.0.0.7", expect=422)
    assert sign_in(visitor(), "anna@example.com", "guess", address="10.0.0.7", expect=429).words == unknown.words


def test_ten_accounts_tried_from_one_address_shut_that_address_only(visitor: Browser, anna: Person) -> None:
    for number in range(9):
        sign_in(visitor(), f"guess{number}@example.com", "guess", address="10.9.9.9", expect=422)
    sign_in(visitor(), "anna@example.com", PASSWORD, address="10.9.9.9")
    sign_in(visitor(), "guess9@example.com", "guess", address="10.9.9.9", expect=422)
    sign_in(visitor(), "anna@example.com", PASSWORD, address="10.9.9.9", expect=429)
    sign_in(visitor(), "anna@example.com", PASSWORD, address="10.0.0.1")


def test_failures_are_forgotten_after_a_quarter_of_an_hour(visitor: Browser, anna: Person) -> None:
    for _ in range(10):
        sign_in(visitor(), "anna@example.com", "guess", expect=422)
    for failure in db.session.query(SignInFailure):
        failure.failed_at -= actions.WINDOW
    sign_in(visitor(), "anna@example.com", PASSWORD)


def test_neither_address_nor_account_of_a_failure_is_kept_in_clear(visitor: Browser, anna: Person) -> None:
    sign_in(visitor(), "anna@example.com", "guess", address="10.1.2.3", expect=422)
    kept = db.session.query(SignInFailure).one()
    assert "anna" not in kept.account_digest and "10.1" not in kept.address_digest


def test_the_cookie_is_another_one_after_signing_in(app: Any, visitor: Browser, anna: Person) -> None:
    browser = visitor()
    browser.get("/sign-in")
    before = browser.client.get_cookie("session")
    sign_in(browser, "anna@example.com", PASSWORD)
    after = browser.client.get_cookie("session")
    assert before and after and before.value != after.value
    assert after.http_only and after.same_site == "Lax"
    planted = visitor()
    planted.client.set_cookie("session", before.value)
    planted.get("/me", expect=303)


def test_a_page_that_needs_an_account_is_reached_after_signing_in(visitor: Browser, anna: Person) -> None:
    browser = visitor()
    asked = browser.get("/services?q=printer", expect=303)
    assert asked.location == "/sign-in?next=/services?q%3Dprinter"
    form = browser.get(asked.location).form_for("/sign-in")
    page = sign_in(browser, "anna@example.com", PASSWORD, next=form["next"])
    assert page.location == "/services?q=printer"


OUTSIDE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\n//evil.example",
    " //evil.example",
    "https:evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "evil.example",
    "//[",
    "http://[::1",
    "/\u2028/evil.example",
    "/a\r\nLocation: //evil.example",
    "//evil.example/%2f..",
    "/" + "a" * 5000,
]


@pytest.mark.parametrize("wanted", OUTSIDE)
def test_signing_in_never_leads_out_of_the_portal(visitor: Browser, anna: Person, wanted: str) -> None:
    location = sign_in(visitor(), "anna@example.com", PASSWORD, next=wanted).location
    assert location.startswith("/") and not location.startswith(("//", "/\\"))
    assert "evil.example" not in location


def test_an_encoded_way_out_stays_a_path_of_the_portal(visitor: Browser, anna: Person) -> None:
    location = sign_in(visitor(), "anna@example.com", PASSWORD, next="/%2Fevil.example").location
    assert location == "/%2Fevil.example"
