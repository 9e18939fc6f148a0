"""Questions for a file are asked in their own words, each with a field of its own."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask import Flask

from portal.extensions import db
from portal.requests.models import RequestFile, ServiceRequest
from tests.builders import a_person, a_service
from tests.visitor import Visitor

PICTURE = {
    "key": "photo",
    "kind": "file",
    "wording": "A photo of the label",
    "help": "The whole label.",
    "required": True,
}


def test_a_needed_file_is_asked_for_and_keeps_what_was_typed(app: Flask, visitor: Callable[..., Visitor]) -> None:
    service = a_service(questions=[PICTURE])
    priya = a_person()
    db.session.commit()
    page = f"/services/{service.slug}/ask"
    browser = visitor(priya)
    assert "A photo of the label" in browser.get(page).words and "The whole label." in browser.get(page).words
    refused = browser.submit(page, {"summary": "Label is crooked", "details": ""}, expect=422)
    assert "Add a picture or a file." in refused.words and refused.value("summary") == "Label is crooked"
    form = browser.get(page).form_for(page)
    sent = browser.post(
        page, {**form, "summary": "Crooked", "q_photo": (io.BytesIO(b"\x89PNG\r\n\x1a\nx"), "label.png")}
    )
    assert sent.location.endswith("/sent")
    assert db.session.query(RequestFile).count() == db.session.query(ServiceRequest).count() == 1
