"""What may be attached: the rules by themselves, and the same rules wherever a file is taken."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.files.models import StoredFile
from portal.files.policy import ALLOWED, LONGEST_NAME, clean_name, media_type
from portal.people.models import Person
from tests.builders import a_person, a_request, a_service
from tests.files.uploads import PDF, PNG, ask_with, file_links, many, reference_in
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]
Send = Callable[..., Page]

GOOD = {
    "screen.png": PNG,
    "SCREEN.PNG": PNG,
    "photo.jpg": b"\xff\xd8\xff\xe0rest",
    "photo.jpeg": b"\xff\xd8\xff\xe0rest",
    "moving.gif": b"GIF89a rest",
    "small.webp": b"RIFF\x10\x00\x00\x00WEBPrest",
    "invoice.pdf": PDF,
    "notes.txt": "Grüße".encode(),
    "system.log": b"line\nline\n",
    "table.csv": b"a;b\n1;2\n",
    "a.php.png": PNG,
    "Überblick – März (2).png": PNG,
}

BAD = {
    "page.html": b"<script>alert(1)</script>",
    "page.htm": b"<script>alert(1)</script>",
    "page.xhtml": b"<html/>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "picture.xml": b"<?xml version='1.0'?>",
    "program.exe": b"MZ",
    "script.js": b"alert(1)",
    "shell.php": b"<?php",
    "archive.zip": b"PK\x03\x04",
    "letter.docx": b"PK\x03\x04",
    "noending": b"text",
    ".htaccess": b"AddType text/html .png",
    ".png": PNG,
    "screen.png.php": PNG,
    "screen.png\x00.exe": PNG,
    "html.png": b"<html><script>alert(1)</script>",
    "wrong.jpg": PNG,
    "wrong.pdf": b"<html>%PDF-1.7",
    "wrong.webp": b"RIFF\x10\x00\x00\x00WAVErest",
    "binary.txt": b"text\x00text",
    "empty.png": b"",
    "empty.txt": b"",
    "\u202egnp.exe": PNG,
    "x." + "y" * 400: b"text",
}


@pytest.fixture(params=["ask", "reply", "answer"])
def send(request: pytest.FixtureRequest, visitor: Browser) -> Send:
    """Send files at one of the places where files are taken."""
    customer, agent, service = a_person(), a_person(roles=("agent",)), a_service()
    place = request.param
    if place == "ask":
        browser = visitor(customer)
        return lambda *uploads, expect=303: ask_with(browser, service.slug, *uploads, expect=expect)
    asked = a_request(customer, service)
    browser = visitor(customer if place == "reply" else agent)
    address = {"reply": f"/requests/{asked.reference}/replies", "answer": f"/queue/{asked.reference}/write"}[place]
    values = {"body": "See the file.", "deed": place}
    return lambda *uploads, expect=303: browser.post(address, {**values, **many(*uploads)}, expect=expect)


def test_every_place_takes_and_refuses_the_same_files(app: Flask, send: Send) -> None:
    app.config["UPLOAD_LIMIT"] = 100_000
    for name, content in BAD.items():
        page = send((name, content), expect=422)
        said = "is empty" if not content else "cannot be sent"
        assert said in page.words, name
    page = send(*[(f"{number}.png", PNG) for number in range(6)], expect=422)
    assert "at most 5 files" in page.words
    page = send(("large.png", PNG + b"0" * 100_000), expect=422)
    assert "“large.png” is larger than" in page.words
    assert db.session.query(StoredFile).count() == 0
    first = list(GOOD.items())[:5]
    send(*first)
    assert {file.name for file in db.session.query(StoredFile)} == {name for name, _content in first}


def test_each_kind_of_the_printed_policy_is_taken(visitor: Browser) -> None:
    service, browser = a_service(), visitor(a_person())
    form = browser.get(f"/services/{service.slug}/ask")
    assert "Pictures, PDF, TXT, LOG or CSV; up to 10 MB each, 5 at once." in form.words
    for name, content in GOOD.items():
        made = ask_with(browser, service.slug, (name, content))
        page = browser.get(f"/requests/{reference_in(made)}")
        assert name in page.words
        response = browser.client.get(file_links(page)[0])
        assert response.data == content
        response.close()


def test_the_same_policy_is_printed_at_every_place(visitor: Browser) -> None:
    customer = a_person()
    asked = a_request(customer)
    policy = "Programs and archives are refused."
    assert policy in visitor(customer).get(f"/services/{asked.service.slug}/ask").words
    assert policy in visitor(customer).get(f"/requests/{asked.reference}").words
    assert policy in visitor(a_person(roles=("agent",))).get(f"/queue/{asked.reference}").words


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\system.txt", "system.txt"),
        ("/abs/olute.png", "olute.png"),
        ("evil\u202egnp.txt", "evilgnp.txt"),
        ("zero\u200bwidth\u2066.png", "zerowidth.png"),
        ("new\r\nline\x00.png", "newline.png"),
        ("  .hidden.png ", "hidden.png"),
        ("...", "file"),
        ("", "file"),
        ("\u202e\u202d", "file"),
        ("ｆｕｌｌ.png", "ｆｕｌｌ.png"),
        ("Zu\u0308rich.png", "Zürich.png"),
        ("📎.png", "📎.png"),
    ],
)
def test_cve_2026_28289_a_hostile_name_becomes_a_plain_one(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert clean_name("a" * 500 + ".png") == "a" * (LONGEST_NAME - 4) + ".png"
    assert len(clean_name("x." + "y" * 500)) <= LONGEST_NAME


@given(st.text(max_size=300))
def test_no_name_leaves_its_folder_or_hides_or_turns_the_reading_direction(sent: str) -> None:
    kept = clean_name(sent)
    assert 0 < len(kept) <= LONGEST_NAME
    assert not kept.startswith(".") and "/" not in kept and "\\" not in kept
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} for sign in kept)
    assert clean_name(kept) == kept


@given(st.text(max_size=40), st.binary(max_size=40))
def test_only_what_the_policy_names_has_a_type(name: str, start: bytes) -> None:
    kind = media_type(clean_name(name), start)
    assert kind is None or kind in {media for media, _signatures in ALLOWED.values()}


def test_a_name_never_chooses_the_place_in_the_store(app: Flask, visitor: Browser) -> None:
    service, browser = a_service(), visitor(a_person())
    ask_with(browser, service.slug, ("../../outside.txt", b"x"))
    folder: Path = app.config["DATA_DIR"]
    stored = [path for path in (folder / "files").rglob("*") if path.is_file()]
    assert len(stored) == 1 and "outside" not in str(stored[0])
    assert not list(folder.rglob("*outside*"))


def test_the_first_line_of_the_refusal_names_the_file_and_nothing_is_live(visitor: Browser, app: Flask) -> None:
    person: Person = a_person()
    page = ask_with(visitor(person), a_service().slug, ("<img src=x onerror=alert(1)>.svg", b"x"), expect=422)
    assert "<img src=x onerror=alert(1)>.svg" in page.words and "<img" not in page.html
