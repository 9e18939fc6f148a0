"""Files as browsers send them."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from tests.visitor import Page, Visitor

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
PDF = b"%PDF-1.7\n" + b"0" * 40

Upload = tuple[BytesIO, str]


def a_file(name: str = "screen.png", content: bytes = PNG) -> Upload:
    return BytesIO(content), name


def many(*uploads: tuple[str, bytes]) -> dict[str, Any]:
    return {"files": [a_file(name, content) for name, content in uploads]}


def file_links(page: Page) -> list[str]:
    return [link for link in page.links() if link.startswith("/files/")]


def file_of(page: Page) -> str:
    [link] = file_links(page)
    return link


def ask_with(browser: Visitor, slug: str, *uploads: tuple[str, bytes], expect: int = 303, **more: str) -> Page:
    """Send a request with files; without a step it is sent at once."""
    values = {"summary": "The screen is black", "details": "Since this morning.", **more}
    return browser.post(f"/services/{slug}/ask", {**values, **many(*uploads)}, expect=expect)


def reference_in(page: Page) -> str:
    found = re.search(r"REQ-\d+", page.location)
    assert found, page.location
    return found[0]
