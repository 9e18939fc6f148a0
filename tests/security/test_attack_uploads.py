"""Uploads as no browser sends them: refused or ignored, and never an error of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.files.models import StoredFile
from portal.people.models import Person
from tests.builders import a_person, a_request, a_service
from tests.files.uploads import many
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def anna(app: object) -> Person:
    return a_person("Anna Berg")


@pytest.fixture
def address(anna: Person) -> str:
    return f"/requests/{a_request(anna, a_service()).reference}"


def test_words_in_the_place_of_a_file_are_no_file(visitor: Browser, anna: Person, address: str) -> None:
    page = visitor(anna).post(f"{address}/replies", {"body": "Hello", "files": "these are words"})
    assert page.status == 303
    assert db.session.query(StoredFile).count() == 0


def test_a_file_beside_words_of_the_same_name_is_kept(visitor: Browser, anna: Person, address: str) -> None:
    both = [*many(("a.txt", b"hi"))["files"], "these are words"]
    page = visitor(anna).post(f"{address}/replies", {"body": "Hello", "files": both})
    assert page.status == 303
    assert [file.name for file in db.session.query(StoredFile)] == ["a.txt"]


def test_a_file_name_that_breaks_its_line_is_no_error_of_ours(visitor: Browser, anna: Person, address: str) -> None:
    browser = visitor(anna)
    parts = {"csrf_token": browser.token(), "once": "line", "body": "Hello"}
    head = "".join(f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{parts[key]}\r\n' for key in parts)
    file = '--x\r\nContent-Disposition: form-data; name="files"; filename="a\r\nX-Evil: 1.txt"\r\n\r\nhi\r\n--x--\r\n'
    answer = browser.client.post(
        f"{address}/replies", data=(head + file).encode(), content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code in {303, 422}
    assert "X-Evil" not in answer.headers
