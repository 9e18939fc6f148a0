"""A picture of oneself: drawn anew, seen by few, gone when one wants it gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from portal.extensions import db
from portal.files.actions import forget_loose, path_of
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.web.moment import now
from tests.builders import a_person
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
GPS = 0x8825


def a_portrait(kind: str = "JPEG", size: tuple[int, int] = (900, 600), **more: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def send(browser: Visitor, content: bytes, name: str = "me.jpg", expect: int = 303) -> Any:
    return browser.post("/me/picture", {"picture": (BytesIO(content), name)}, expect=expect)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_a_small_square_whatever_it_was(visitor: Browser, kind: str) -> None:
    person = a_person()
    browser = visitor(person)
    assert "is your picture" in browser.follow(send(browser, a_portrait(kind))).html
    answer = browser.get(f"/people/{person.id}/picture")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    shown = Image.open(BytesIO(answer.data))
    assert (shown.format, shown.size) == ("JPEG", (320, 320))


def test_where_a_picture_was_taken_is_not_kept(visitor: Browser) -> None:
    person, exif = a_person(), Image.Exif()
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    exif[0x010E] = "a secret caption"
    browser = visitor(person)
    send(browser, a_portrait(exif=exif))
    kept = browser.get(f"/people/{person.id}/picture").data
    assert b"secret" not in kept and not Image.open(BytesIO(kept)).getexif()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        a_portrait()[:300],
        b"GIF89a" + b"0" * 40,
        a_portrait("PNG", (12_000, 12_000)),
    ],
    ids=["empty", "words", "svg", "half", "gif", "bomb"],
)
def test_what_is_no_picture_is_refused(visitor: Browser, content: bytes) -> None:
    browser = visitor(a_person())
    page = send(browser, content, expect=422)
    assert "not a picture" in page.words
    assert db.session.query(StoredFile).count() == 0


def test_nothing_chosen_and_too_large_are_said(app: Flask, visitor: Browser) -> None:
    browser = visitor(a_person())
    assert "Choose a picture first" in browser.post("/me/picture", {}, expect=422).words
    app.config["UPLOAD_LIMIT"] = 1000
    assert "at most" in send(browser, b"x" * 2000, expect=422).words


def test_a_face_is_shown_to_those_who_may_see_it(visitor: Browser) -> None:
    person = a_person()
    send(visitor(person), a_portrait())
    address = f"/people/{person.id}/picture"
    for role in ("agent", "specialist", "administrator"):
        visitor(a_person(roles=(role,))).get(address)
    for stranger in (a_person(), a_person(roles=("manager",))):
        visitor(stranger).get(address, expect=404)
        visitor(stranger).get("/people/999999/picture", expect=404)
        visitor(stranger).get(f"/people/{'9' * 25}/picture", expect=404)
    assert visitor().get(address, expect=303).location.startswith("/sign-in")


def test_a_picture_taken_away_is_gone_from_the_store_too(app: Flask, visitor: Browser) -> None:
    person = a_person()
    browser = visitor(person)
    send(browser, a_portrait())
    send(browser, a_portrait("PNG"))
    assert "initials" in browser.follow(browser.post("/me/picture/remove")).html
    browser.get(f"/people/{person.id}/picture", expect=404)
    browser.get("/me/picture/remove", expect=405)
    keys = list(db.session.scalars(db.select(StoredFile.key)))
    assert len(keys) == 2 and db.session.get(Person, person.id).picture is None
    later = now() + timedelta(days=3)
    forget_loose(folder=app.config["DATA_DIR"], before=later, at=later)
    assert not any(path_of(key, app.config["DATA_DIR"]).exists() for key in keys)


def test_initials_stand_where_there_is_no_picture() -> None:
    assert [Person(name=name).initials for name in ("Ada", "ben de vries", "")] == ["A", "BV", ""]
