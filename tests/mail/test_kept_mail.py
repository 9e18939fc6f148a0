"""The kept mail: readable by administrators, harmless to read."""

from __future__ import annotations

from collections.abc import Callable

from portal.extensions import db
from portal.mail.models import OutboxMessage
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.mail.conftest import a_letter
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


def test_without_a_server_mail_is_kept_and_readable(visitor: Browser) -> None:
    a_request(a_person("Anna Berg", email="anna@example.com"), a_service("Printers"))
    browser = visitor(a_person(roles=("administrator",)))
    page = browser.get("/mail")
    assert "No mail server is set" in page.words and "waits" in page.words
    letter = db.session.query(OutboxMessage).one()
    shown = browser.get(f"/mail/{letter.id}")
    assert shown.heading == "REQ-1001: we have your request"
    assert "Anna Berg, anna@example.com" in shown.words
    assert "http://127.0.0.1:8000/requests/REQ-1001" in shown.links()


def test_an_empty_outbox_says_when_mail_will_appear(visitor: Browser) -> None:
    assert "No mail yet" in visitor(a_person(roles=("administrator",))).get("/mail").words


def test_kept_mail_shows_what_was_sent_and_what_waits(visitor: Browser) -> None:
    sent, waits = a_letter("a"), a_letter("b")
    sent.sent_at = TUESDAY_10
    waits.tries, waits.last_error = 3, "Connection refused"
    words = visitor(a_person(roles=("administrator",))).get("/mail").words
    assert "sent" in words and "tried again" in words and "Connection refused" in words


def test_words_of_people_are_not_live_in_kept_mail(visitor: Browser) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} http://evil.example/"
    letter = a_letter(subject=nasty, to_name=nasty, body=nasty)
    browser = visitor(a_person(roles=("administrator",)))
    for address in ("/mail", f"/mail/{letter.id}"):
        page = browser.get(address)
        assert nasty in page.words
        assert "<script>alert" not in page.html and "<img" not in page.html
        assert not any("evil" in link for link in page.links())


def test_kept_mail_is_paged_newest_first(visitor: Browser) -> None:
    for number in range(120):
        a_letter(f"cause{number}", subject=f"Letter {number}.")
    browser = visitor(a_person(roles=("administrator",)))
    seen: list[str] = []
    address: str | None = "/mail"
    while address:
        page = browser.get(address)
        seen += [link for link in page.links() if link.startswith("/mail/")]
        address = next((link for link in page.links() if "after=" in link), None)
    numbers = [int(link.rpartition("/")[2]) for link in seen]
    assert len(numbers) == 120 and numbers == sorted(numbers, reverse=True)


def test_a_letter_that_is_not_there_is_not_found(visitor: Browser) -> None:
    browser = visitor(a_person(roles=("administrator",)))
    for number in (77, 2**31, 10**30):
        browser.get(f"/mail/{number}", expect=404)
