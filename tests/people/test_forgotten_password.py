"""A forgotten password: a link by mail, once, for two hours, and no word about who has an account."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.jobs import run_due
from portal.mail.models import OutboxMessage
from portal.people.models import AuditEntry, PasswordReset, Person
from tests.builders import a_person
from tests.people.conftest import PASSWORD, sign_in
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
NEW = "a brand new one"


def letters() -> list[OutboxMessage]:
    run_due()
    db.session.expire_all()
    return db.session.query(OutboxMessage).order_by(OutboxMessage.id).all()


def mailed_link(browser: Visitor, email: str) -> str:
    browser.submit("/reset", {"email": email})
    found = re.search(r"http://127\.0\.0\.1:8000(/reset/\S+)", letters()[-1].body)
    assert found
    return found[1]


@pytest.mark.both_databases
def test_the_mailed_link_sets_a_new_password_once(visitor: Browser, anna: Person) -> None:
    browser, signed_in = visitor(), visitor(anna)
    link = mailed_link(browser, "Anna@example.com ")
    page = browser.submit(link, {"new": NEW})
    assert "Your new password is set." in browser.follow(page).words
    assert "does not work any more" in browser.get(link).words
    assert "does not work any more" in browser.post(link, {"new": "yet another one"}, expect=200).words
    signed_in.get("/me", expect=303)
    sign_in(visitor(), "anna@example.com", PASSWORD, expect=422)
    sign_in(visitor(), "anna@example.com", NEW)
    assert "password reset" in [entry.deed for entry in db.session.query(AuditEntry)]


def test_known_and_unknown_addresses_are_answered_alike_and_only_the_known_one_gets_mail(
    visitor: Browser, anna: Person
) -> None:
    def answer(email: str) -> tuple[int, str, str]:
        browser = visitor()
        page = browser.submit("/reset", {"email": email})
        return page.status, page.location, browser.follow(page).words

    assert answer("anna@example.com") == answer("stranger@example.com")
    assert [letter.to_address for letter in letters()] == ["anna@example.com"]


def test_a_disabled_account_gets_no_link(visitor: Browser, anna: Person) -> None:
    anna.active = False
    visitor().submit("/reset", {"email": "anna@example.com"})
    assert letters() == []


def test_the_link_is_kept_as_a_digest_and_long_enough(visitor: Browser, anna: Person) -> None:
    token = mailed_link(visitor(), "anna@example.com").rpartition("/")[2]
    assert len(token) >= 43
    assert token not in db.session.query(PasswordReset).one().token_sha256


def test_using_one_link_ends_every_other_one(visitor: Browser, anna: Person) -> None:
    older = mailed_link(visitor(), "anna@example.com")
    newer = mailed_link(visitor(), "anna@example.com")
    assert visitor().get(older).heading == visitor().get(newer).heading == "Set a new password"
    visitor().submit(older, {"new": NEW})
    assert "does not work any more" in visitor().get(newer).words


def test_a_link_works_for_two_hours(visitor: Browser, anna: Person) -> None:
    link = mailed_link(visitor(), "anna@example.com")
    from portal.people.actions import RESET_LASTS

    kept = db.session.query(PasswordReset).one()
    kept.expires_at -= RESET_LASTS
    assert "does not work any more" in visitor().get(link).words


def test_a_short_new_password_is_refused_and_the_link_still_works(visitor: Browser, anna: Person) -> None:
    browser = visitor()
    link = mailed_link(browser, "anna@example.com")
    assert "at least 10 characters" in browser.submit(link, {"new": "short"}, expect=422).words
    browser.submit(link, {"new": NEW})


def test_cve_2023_7028_a_second_address_in_the_form_gets_no_link(visitor: Browser, anna: Person) -> None:
    a_person("Thief", email="thief@example.com")
    both = ["anna@example.com", "thief@example.com"]
    visitor().post("/reset", {"email": both})
    visitor().post("/reset", {"email": "anna@example.com", "email[]": "thief@example.com"})
    visitor().post("/reset?email=thief@example.com", {"email": "anna@example.com"})
    assert {letter.to_address for letter in letters()} == {"anna@example.com"}
    visitor().post("/reset", {"email": "anna@example.com,thief@example.com"})
    visitor().post("/reset", {"email": "anna@example.com\r\nBcc: thief@example.com"})
    assert {letter.to_address for letter in letters()} == {"anna@example.com"}


def test_cve_2026_50635_a_forged_host_does_not_reach_the_mailed_link(visitor: Browser, anna: Person) -> None:
    for forged in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}):
        browser = visitor()
        token = browser.token()
        kept = browser.client.get_cookie("session")
        assert kept
        browser.client.set_cookie("session", kept.value, domain="evil.example")
        browser.post("/reset", {"email": "anna@example.com", "csrf_token": token}, headers=forged)
    assert len(letters()) == 3
    for letter in letters():
        assert "http://127.0.0.1:8000/reset/" in letter.body and "evil" not in letter.body


def test_the_page_of_the_link_does_not_pass_its_address_on(visitor: Browser, anna: Person) -> None:
    page = visitor().get(mailed_link(visitor(), "anna@example.com"))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_an_empty_address_is_asked_for_again(visitor: Browser) -> None:
    assert "Enter your e-mail address." in visitor().submit("/reset", {"email": ""}, expect=422).words


def test_asking_again_takes_nobodys_link_away_and_fills_nobodys_mailbox(visitor: Browser, anna: Person) -> None:
    first = mailed_link(visitor(), "anna@example.com")
    for _try in range(5):
        visitor().submit("/reset", {"email": "anna@example.com"})
    assert len(letters()) == 3
    visitor().submit(first, {"new": NEW})
    assert db.session.query(PasswordReset).count() == 0
    sign_in(visitor(), "anna@example.com", NEW)
