"""Reading a message: whatever comes, something sensible is made of it, soon."""

from __future__ import annotations

import random
import time
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.inbound.folding import fold
from portal.inbound.html import words_of_html
from portal.inbound.parsing import MOST_BYTES, automatic_reason, headers_of, read_mail
from tests.inbound.conftest import a_mail


def test_headers_are_decoded_and_made_visible() -> None:
    mail = read_mail(
        b"From: =?utf-8?q?B=C3=A9rg=2C_Anna?= <Anna@Example.com>\nTo: Help <help+abc@desk.example>, x@y.example\n"
        b"Subject: =?utf-8?b?R3LDvMOfZQ==?= \n =?iso-8859-1?q?_aus_K=F6ln?=\nMessage-ID: <1@mail.example>\n"
        b"In-Reply-To: <b@c>\nReferences: <a@b> <b@c>\n\nHello\n"
    )
    assert (mail.from_address, mail.from_name) == ("anna@example.com", "Bérg, Anna")
    assert mail.subject == "Grüße aus Köln"
    assert mail.recipients == ("help+abc@desk.example", "x@y.example")
    assert mail.references[-1] == "b@c" and mail.message_id == "1@mail.example"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("anna@example.com", "anna@example.com"),
        ("anna@example.com (Anna)", "anna@example.com"),
        ('"Berg, Anna" <anna@example.com>', "anna@example.com"),
        ('"<thief@else.example>" <anna@example.com>', "anna@example.com"),
        ("=?utf-8?q?thief=40else.example?= <anna@example.com>", "anna@example.com"),
        ("anna@example.com, thief@else.example", ""),
        ("anna@example.com, <thief@else.example>", ""),
        ("<anna@example.com> <thief@else.example>", ""),
        ("Group: anna@example.com;", ""),
        ("anna@example.com\x00", ""),
        ("", ""),
    ],
)
def test_the_sender_is_exactly_one_address_or_nobody(value: str, address: str) -> None:
    assert read_mail(f"From: {value}\n\nHi".encode()).from_address == address


def test_two_senders_are_nobody() -> None:
    assert read_mail(b"From: anna@example.com\nFrom: thief@else.example\n\nHi").from_address == ""


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "koi8-r"])
def test_words_are_read_in_their_character_set(charset: str) -> None:
    words = "привет" if charset == "koi8-r" else "Grüße"
    mail = EmailMessage()
    mail.set_content(words, charset=charset)
    assert read_mail(mail.as_bytes()).text == words


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-16", "idna", "rot13", "undefined", '"', "utf-8\x00"])
def test_a_wrong_character_set_loses_no_message(charset: str) -> None:
    raw = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\n\nHello there".encode()
    assert read_mail(raw).trouble is None


def test_plain_text_is_preferred_and_html_is_read_where_it_stands_alone() -> None:
    both = EmailMessage()
    both.set_content("plain words")
    both.add_alternative("<p>html words</p>", subtype="html")
    assert read_mail(both.as_bytes()).text == "plain words"
    assert read_mail(a_mail(html="<p>One</p><p>Two &amp; <b>three</b></p>")).text == "One\n\nTwo & three"


def test_html_shows_where_links_lead_and_runs_nothing() -> None:
    words = words_of_html(
        '<style>p{}</style><p>See <a href="https://a.example/x">this</a> or '
        '<a href="https://b.example">https://b.example</a> <a href="javascript:alert(1)">now</a>'
        "<script>alert(1)</script><!-- hidden --><img src=x onerror=alert(1)></p>"
    )
    assert words == "See this (https://a.example/x) or https://b.example now"


def test_hidden_and_turning_characters_go() -> None:
    text = read_mail(a_mail(words="a\u202eb\u0007c\u2066d\n\te")).text
    assert text == "abcd\n\te"


def test_files_keep_their_names_and_those_sent_as_files_come_first() -> None:
    mail = EmailMessage()
    mail.set_content("See the picture.")
    mail.add_attachment(b"logo", maintype="image", subtype="png", filename="logo.png", disposition="inline")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="ünï.pdf")
    inside = EmailMessage()
    inside.set_content("inner")
    mail.add_attachment(inside)
    names = [one.name for one in read_mail(mail.as_bytes()).attachments]
    assert names == ["ünï.pdf", "message.eml", "logo.png"]
    assert read_mail(mail.as_bytes()).text == "See the picture."


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; type=x",
        "Precedence: bulk",
        "Precedence: LIST",
        "Precedence: junk",
        "X-Auto-Response-Suppress: All",
        "List-Id: <news.example>",
        "Return-Path: <>",
        "X-Autoreply: yes",
        "From: MAILER-DAEMON@mail.example",
        "From: No-Reply <no-reply@shop.example>",
        "Subject: Automatic reply: the printer",
        "Subject: =?utf-8?q?Abwesenheitsnotiz=3A_Urlaub?=",
    ],
)
def test_automatic_mail_is_known_by(header: str) -> None:
    assert automatic_reason(headers_of(f"{header}\n\nx".encode())) is not None


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Return-Path: <anna@example.com>",
        "Precedence: normal",
        "Subject: Automatic doors are stuck",
        "Subject: Out of office phone is broken",
        "From: nora@example.com",
    ],
)
def test_what_a_person_wrote_is_not_automatic(header: str) -> None:
    assert automatic_reason(headers_of(f"{header}\n\nx".encode())) is None


FOLDED = {
    "apple": ("Third floor.", "On 14 Apr 2026, at 10:00, Halden <h@x.example> wrote:\n\n> Which floor?"),
    "two lines": (
        "Third floor.",
        "On Tue, Apr 14, 2026 at 10:00 AM Halden Works\n<h@x.example> wrote:\n> Which?",
    ),
    "german": ("Dritter Stock.", "Am Di., 14. Apr. 2026 um 10:00 Uhr schrieb Halden <h@x.example>:\n\n> Welcher?"),
    "french": ("Au troisième.", "Le mar. 14 avr. 2026 à 10:00, Halden <h@x.example> a écrit :\n> Quel étage ?"),
    "outlook": ("Third floor.", "From: Halden\nSent: Tuesday\nTo: Anna\nSubject: a question\n\nWhich floor?"),
    "outlook german": ("Dritter.", "Von: Halden\nGesendet: Dienstag\nAn: Anna\nBetreff: Frage\n\nWelcher?"),
    "old outlook": ("Third floor.", "-----Original Message-----\nFrom: Halden\nSent: x\n\nWhich floor?"),
    "bare": ("Third floor.", "> Which floor?\n> Kyra"),
}


@pytest.mark.parametrize("name", FOLDED)
def test_repeated_history_is_found(name: str) -> None:
    new, repeated = FOLDED[name]
    assert fold(f"{new}\n\n{repeated}\n") == (new, repeated)


@pytest.mark.parametrize(
    "words",
    [
        "On Monday it broke.\nNobody wrote: nothing helps.",
        "> Which floor?\nThird.\n> Which room?\n12.",
        "On Tue, 14 Apr 2026, Halden wrote:\n> Which floor?\nThird.\n> Which room?\n12.",
        "> all of it is repeated",
        "",
        "From: the third floor I hear noise.",
    ],
)
def test_new_words_are_never_folded_away(words: str) -> None:
    assert fold(words) == (words, "")


@given(new=st.text(max_size=200), old=st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_folding_loses_no_word(new: str, old: str) -> None:
    text = f"{new}\n\nOn Tue, 14 Apr 2026, Halden wrote:\n> {old}"
    kept, repeated = fold(text)
    assert sorted(f"{kept}\n{repeated}".split()) == sorted(text.split())


HEAD = b"From: a@b.example\n"
HOSTILE = {
    "one line of 29 MB": HEAD + b"\n" + b"x" * 29_000_000,
    "more than is read": HEAD + b"\n" + b"x\n" * (MOST_BYTES // 2 + 10),
    "only headers": b"A: b\n" * 2_000_000,
    "5,000 nested parts": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(5000)),
    "40 nested parts and many lines": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(39))
    + b"x\n" * 3_000_000,
    "600,000 parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\nContent-Disposition: attachment\n\nhi\n" * 600_000,
    "5,000 messages in each other": HEAD + b"Content-Type: message/rfc822\n\n" * 5000,
    "a tree of tags": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 5_000_000,
    "half a tag": HEAD + b"Content-Type: text/html\n\n" + b"<a href='" * 1_000_000,
    "entities": HEAD + b"Content-Type: text/html\n\n" + b"&amp;" * 1_000_000,
    "quotes in the sender": b"From: " + b'"\\' * 100_000 + b"\n\nhi",
    "encoded words without end": b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\nhi",
    "parameters without end": b"Content-Type: a/b; " + b"x*0*=" * 40_000 + b"\n\nhi",
    "a transfer encoding that lies": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"====" * 1_000_000,
    "no mail": bytes(range(256)) * 1000,
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_read_within_seconds(name: str) -> None:
    begun = time.process_time()
    mail = read_mail(HOSTILE[name])
    assert time.process_time() - begun < 8
    assert mail.message_id and len(mail.text) <= 200_000 and len(mail.attachments) <= 20


@pytest.mark.parametrize("words", ["On " * 30_000, "> a\nb\n" * 20_000, "From: " * 20_000, "Am \n" * 20_000])
def test_folding_gives_up_instead_of_hanging(words: str) -> None:
    begun = time.process_time()
    fold(words)
    assert time.process_time() - begun < 3


@given(raw=st.binary(max_size=2000))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reading_never_raises(raw: bytes) -> None:
    assert read_mail(raw).message_id


def test_a_broken_message_is_read_as_far_as_it_goes() -> None:
    chance = random.Random(7)
    whole = a_mail(words="Hällo " * 50, files={"a.png": b"\x89PNG" * 50})
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(8):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        assert read_mail(bytes(broken[: chance.randrange(1, len(broken))])).message_id
