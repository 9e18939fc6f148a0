"""Mail on its way: to a real server, again when it is away, once in the reader's eyes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.mail.background import deliver
from portal.mail.delivery import GIVE_UP_AFTER, Server, as_email, deliver_waiting, header_text
from portal.mail.models import OutboxMessage
from tests.builders import TUESDAY_10, a_person
from tests.mail.conftest import PostOffice, a_letter
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def nobody_listens() -> int:
    """A port at which no server answers."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return int(closed.getsockname()[1])


def test_a_letter_arrives_as_it_was_written(app: Flask, office: PostOffice, server: Server) -> None:
    words = "Grüße aus Łódź 🙂\n\nZweite Zeile; a line of %s\n.\nafter a dot\n"
    a_letter(subject="REQ-1001: wir haben es – ja", body=words, thread="REQ-1001")
    assert deliver_waiting(server, at=TUESDAY_10) == (1, 0)
    [(to, _raw)], [mail] = office.raw, office.letters
    assert to == ["anna@example.com"]
    assert mail["To"] == "Anna Berg <anna@example.com>"
    assert mail["From"] == "Halden Works Helpdesk <helpdesk@example.com>"
    assert mail["Subject"] == "REQ-1001: wir haben es – ja"
    assert mail["References"] == "<req-1001@desk.example.com>"
    assert mail.get_content().replace("\r\n", "\n") == words


def test_no_machine_answers_our_mail(app: Flask, office: PostOffice, server: Server) -> None:
    a_letter()
    deliver_waiting(server, at=TUESDAY_10)
    [mail] = office.letters
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Message-ID"].endswith("@desk.example.com>")
    assert mail["Date"]


def test_what_was_sent_is_not_sent_again(app: Flask, office: PostOffice, server: Server) -> None:
    letter = a_letter()
    deliver_waiting(server, at=TUESDAY_10)
    assert deliver_waiting(server, at=TUESDAY_10 + timedelta(days=1)) == (0, 0)
    assert len(office.raw) == 1
    assert letter.sent_at == TUESDAY_10 and letter.last_error is None


def test_the_same_cause_writes_one_letter(app: Flask) -> None:
    a_letter("REQ-1001:event1:1")
    a_letter("REQ-1001:event1:1", subject="again")
    assert [one.subject for one in db.session.query(OutboxMessage)] == ["REQ-1001: we have your request"]


@pytest.mark.parametrize("address", [None, ""])
def test_somebody_without_an_address_gets_no_mail(app: Flask, address: str | None) -> None:
    from portal.mail.actions import write

    write(key="x", to_address=address, to_name="Imported", subject="s", body="b", at=TUESDAY_10)
    assert db.session.query(OutboxMessage).count() == 0


HOSTILE = [
    "Printer\r\nBcc: thief@example.com",
    "Printer\nBcc: thief@example.com",
    "Printer\rBcc: thief@example.com",
    "Printer\u2028Bcc: thief@example.com",
    "Printer\u2029Bcc: thief@example.com",
    "Printer\u0085Bcc: thief@example.com",
    "Printer\x0bBcc: thief@example.com\x0c\x00",
    "=?utf-8?q?Printer=0ABcc:_thief=40example.com?=",
    "=?utf-8?b?UHJpbnRlcg0KQmNjOiB0aGllZkBleGFtcGxlLmNvbQ==?=",
    "= ?=?utf-8?q?=0D=0ABcc:_thief=40example.com?=",
    "=\r?utf-8?q?=0ABcc:_thief=40example.com?=",
    'Anna" <thief@example.com>, "x',
    "Printer" + " long" * 400,
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("place", ["subject", "to_name"])
def test_cve_2012_4730_and_cve_2026_1299_words_of_people_add_no_header(
    app: Flask, office: PostOffice, server: Server, hostile: str, place: str
) -> None:
    a_letter(**{place: hostile})
    deliver_waiting(server, at=TUESDAY_10)
    [(to, _raw)], [mail] = office.raw, office.letters
    assert to == ["anna@example.com"]
    assert [one.addr_spec for one in mail["To"].addresses] == ["anna@example.com"]
    assert mail["Bcc"] is None and "thief" not in str(mail["Cc"] or "")
    assert mail.get_content().replace("\r\n", "\n") == "Hello Anna,\n\nwe have it.\n"
    assert {name.lower() for name in mail} <= {
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "x-auto-response-suppress",
        "content-type",
        "content-transfer-encoding",
        "mime-version",
    }


@given(words=st.text())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_subject_or_name_the_headers_stay_ours(server: Server, words: str) -> None:
    letter = OutboxMessage(
        key="k",
        message_id="<k@portal.invalid>",
        to_address="anna@example.com",
        to_name=words,
        subject=words,
        body="body",
        thread="REQ-1001",
        written_at=TUESDAY_10,
    )
    parsed = message_from_bytes(as_email(letter, server).as_bytes())
    assert len(parsed.keys()) == len(set(parsed.keys())) == 12
    assert parsed["Bcc"] is None and parsed.get_payload().strip() == "body"
    assert "=?" not in header_text(words) and "\n" not in header_text(words)


def test_a_server_that_is_away_is_tried_again_after_growing_pauses(
    app: Flask, server: Server, nobody_listens: int
) -> None:
    letter, away = a_letter(), replace(server, port=nobody_listens)
    at, pauses = TUESDAY_10, []
    for _ in range(10):
        assert deliver_waiting(away, at=at) == (0, 1)
        pauses.append((letter.next_try_at - at).total_seconds() / 60)
        assert deliver_waiting(away, at=at) == (0, 0)
        at = letter.next_try_at
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120, 120]
    assert letter.last_error and letter.sent_at is None
    assert deliver_waiting(server, at=at) == (1, 0)


def test_after_three_days_it_is_given_up_where_the_administrator_sees_it(
    app: Flask, visitor: Browser, server: Server, nobody_listens: int
) -> None:
    letter, away = a_letter(), replace(server, port=nobody_listens)
    at = TUESDAY_10
    while letter.failed_at is None:
        assert at - TUESDAY_10 < timedelta(days=4)
        deliver_waiting(away, at=at)
        last, at = at, letter.next_try_at
    assert GIVE_UP_AFTER < last - TUESDAY_10 <= GIVE_UP_AFTER + timedelta(hours=2)
    assert deliver_waiting(server, at=at) == (0, 0)
    page = visitor(a_person(roles=("administrator",))).get("/mail")
    assert "given up" in page.words and "refused" in page.words


def test_filing_a_request_works_while_the_mail_server_is_away(
    app: Flask, visitor: Browser, nobody_listens: int
) -> None:
    from tests.builders import a_service

    app.config.update(SMTP_HOST="127.0.0.1", SMTP_PORT=nobody_listens)
    service = a_service()
    browser = visitor(a_person())
    browser.submit(f"/services/{service.slug}/ask", {"summary": "Screen is black", "step": "send"})
    deliver()
    kept = db.session.query(OutboxMessage).one()
    assert kept.tries == 1 and kept.sent_at is None


def test_the_round_delivers_through_the_server_of_the_settings(app: Flask, office: PostOffice) -> None:
    app.config.update(SMTP_HOST="127.0.0.1", SMTP_PORT=office.port)
    a_letter()
    deliver()
    assert len(office.raw) == 1
    app.config.update(SMTP_HOST=None)
    a_letter("kept")
    deliver()
    assert len(office.raw) == 1


@pytest.mark.both_databases
def test_a_connection_that_breaks_costs_at_most_one_copy_with_the_same_number(
    app: Flask, office: PostOffice, server: Server
) -> None:
    for number in range(4):
        a_letter(f"cause{number}", body=f"letter {number}")
    office.hang_up_after = 1
    passes, at = 0, TUESDAY_10
    while db.session.query(OutboxMessage).filter_by(sent_at=None).count():
        deliver_waiting(server, at=at)
        passes, at = passes + 1, at + timedelta(minutes=5)
        assert passes < 5
    numbers = [mail["Message-ID"] for mail in office.letters]
    assert len(numbers) == 5 and len(set(numbers)) == 4
    assert {mail.get_content().strip() for mail in office.letters} == {f"letter {number}" for number in range(4)}


def test_one_refused_address_keeps_no_other_letter_back(app: Flask, office: PostOffice, server: Server) -> None:
    office.answer = lambda to: "550 no such person" if to.startswith("gone") else None
    refused = a_letter("first", to_address="gone@example.com")
    for number in range(3):
        a_letter(f"cause{number}")
    assert deliver_waiting(server, at=TUESDAY_10) == (3, 1)
    assert "no such person" in (refused.last_error or "") and refused.sent_at is None


@pytest.mark.parametrize("unmailable", ["jürgen@example.com", "no address", "two@example.com, three@example.com"])
def test_an_address_that_cannot_be_mailed_keeps_no_other_letter_back(
    app: Flask, office: PostOffice, server: Server, unmailable: str
) -> None:
    a_letter("first", to_address=unmailable)
    for number in range(3):
        a_letter(f"cause{number}")
    at = TUESDAY_10
    for _ in range(3):
        deliver_waiting(server, at=at)
        at += timedelta(minutes=5)
    delivered = [to for to, _raw in office.raw if to == ["anna@example.com"]]
    assert len(delivered) == 3


def test_a_letter_at_which_the_server_hangs_up_keeps_no_other_letter_back(
    app: Flask, office: PostOffice, server: Server
) -> None:
    poison = a_letter("first", body="poison")
    for number in range(3):
        a_letter(f"cause{number}")

    async def hang_up(smtp: object, session: object, envelope: object) -> str:
        if b"poison" in envelope.content:  # type: ignore[attr-defined]
            smtp.transport.close()  # type: ignore[attr-defined]
        office.raw.append((["kept"], envelope.content))  # type: ignore[attr-defined]
        return "250 OK"

    office.handle_DATA = hang_up  # type: ignore[method-assign,assignment]
    at: datetime = TUESDAY_10
    for _ in range(3):
        deliver_waiting(server, at=at)
        at += timedelta(seconds=3)
    assert db.session.query(OutboxMessage).filter(OutboxMessage.sent_at.is_not(None)).count() == 3
    assert poison.sent_at is None and poison.tries == 1


def test_more_than_one_batch_is_delivered_in_several_passes(app: Flask, office: PostOffice, server: Server) -> None:
    for number in range(60):
        a_letter(f"cause{number}")
    assert deliver_waiting(server, at=TUESDAY_10) == (50, 0)
    assert deliver_waiting(server, at=TUESDAY_10) == (10, 0)
