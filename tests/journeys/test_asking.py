"""From the first word to a sent request that was left alone in between: by mouse, without script, and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from portal.catalogue.actions import ensure_something_else, index_service
from portal.extensions import db
from portal.people.models import SignInSession
from portal.people.passwords import hash_password
from portal.requests.models import RequestDraft, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_service, desk_hours
from tests.journeys.conftest import sign_in
from tests.journeys.test_the_whole_walk import PASSWORD, PNG

pytestmark = pytest.mark.browser

QUESTIONS: list[dict[str, Any]] = [
    {"key": "kind", "kind": "choice", "wording": "Which kind?", "required": True, "choices": ["Laptop", "Screen"]},
    {
        "key": "model",
        "kind": "text",
        "wording": "Which laptop would you like?",
        "required": True,
        "shown_if": {"question": "kind", "is": "equals", "value": "Laptop"},
    },
    {
        "key": "size",
        "kind": "number",
        "wording": "How many inches?",
        "required": True,
        "shown_if": {"question": "kind", "is": "equals", "value": "Screen"},
    },
]
MOST_TABS = 150


class Mouse:
    """Somebody who points at things."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, field: Locator, words: str) -> None:
        field.fill(words)

    def press(self, control: Locator) -> None:
        control.click()

    def choose(self, radio: Locator) -> None:
        radio.check()

    def attach(self, field: Locator) -> None:
        field.set_input_files({"name": "warning.png", "mimeType": "image/png", "buffer": PNG})


class Keyboard(Mouse):
    """Somebody who has no mouse: everything is reached with the tab key, and the focus is always seen."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        # The browser must know long before a key is pressed that its dialogue for files is not to be opened.
        page.on("filechooser", lambda _chooser: None)

    def reach(self, control: Locator, key: str = "Tab") -> None:
        expect(control).to_be_attached()
        for _ in range(MOST_TABS):
            if control.evaluate("element => element === document.activeElement"):
                expect(control).to_be_in_viewport()
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{control} was not reached in {MOST_TABS} steps")

    def write(self, field: Locator, words: str) -> None:
        self.reach(field)
        self.page.keyboard.type(words)

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def choose(self, radio: Locator) -> None:
        """The first of a group is reached with the tab key and chosen with the space bar."""
        self.reach(radio)
        self.page.keyboard.press("Space")

    def attach(self, field: Locator) -> None:
        self.reach(field)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files({"name": "warning.png", "mimeType": "image/png", "buffer": PNG})


@pytest.fixture
def offer(app: Flask) -> None:
    hours = desk_hours("UTC")
    hours.windows = [[day, 0, 1440] for day in range(7)]
    ensure_something_else(hours_plan=hours, at=TUESDAY_10)
    service = a_service(
        "New computer", slug="new-computer", summary="A laptop or a screen", hours_plan=hours, questions=QUESTIONS
    )
    index_service(service, at=TUESDAY_10)
    a_person("Priya", email="priya@example.com").password_hash = hash_password(PASSWORD)
    db.session.commit()


@pytest.mark.parametrize(
    ("javascript", "hands"),
    [(True, Mouse), (False, Mouse), (True, Keyboard), (False, Keyboard)],
    ids=["with_javascript", "without_javascript", "keyboard_with_javascript", "keyboard_without_javascript"],
)
@pytest.mark.timeout(180)
def test_what_was_typed_outlives_session_and_browser(
    app: Flask, offer: None, address: str, open_browser: Callable[..., Page], javascript: bool, hands: type[Mouse]
) -> None:
    page = open_browser(javascript=javascript, width=390)
    sign_in(page, address, "priya@example.com", PASSWORD)
    someone = hands(page)

    someone.write(page.get_by_role("searchbox"), "computers")
    page.keyboard.press("Enter")
    someone.press(page.get_by_role("link", name="New computer").first)
    someone.press(page.get_by_role("link", name="Ask for this"))
    someone.write(page.get_by_label("In a few words"), "A computer for the new desk")
    someone.choose(page.get_by_label("Laptop", exact=True))
    if not javascript:
        someone.press(page.get_by_role("button", name="Check my answers"))
        expect(page.locator("main")).to_contain_text("one more question")
    expect(page.get_by_label("How many inches?")).to_have_count(0)
    someone.write(page.get_by_label("Which laptop would you like?"), "A light one")
    someone.attach(page.get_by_label("Pictures or files"))
    if javascript:
        expect(page.locator("#kept-files, .kept").first).to_contain_text("warning.png")
        expect(page.locator("#draft-status")).to_contain_text("Kept")
    else:
        someone.press(page.get_by_role("button", name="Keep for later"))
        expect(page.locator("main")).to_contain_text("Kept")

    db.session.query(SignInSession).delete()
    db.session.commit()
    page.context.close()
    page = open_browser(javascript=javascript, width=390)
    sign_in(page, address, "priya@example.com", PASSWORD)
    someone = hands(page)
    someone.press(page.get_by_role("link", name=re.compile("New computer|A computer for the new desk")).first)
    expect(page.get_by_label("In a few words")).to_have_value("A computer for the new desk")
    expect(page.get_by_label("Laptop", exact=True)).to_be_checked()
    expect(page.get_by_label("Which laptop would you like?")).to_have_value("A light one")
    expect(page.locator("main")).to_contain_text("warning.png")

    someone.press(page.get_by_role("button", name="Check my answers"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    for words in ("A computer for the new desk", "Laptop", "A light one", "warning.png"):
        expect(page.locator("main")).to_contain_text(words)
    someone.press(page.get_by_role("button", name="Send the request"))
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    someone.press(page.get_by_role("link", name="Follow it"))
    expect(page.locator("main")).to_contain_text("A light one")

    request = db.session.query(ServiceRequest).one()
    assert request.answers == {"kind": "Laptop", "model": "A light one"}
    assert db.session.query(RequestDraft).count() == 0, "what was sent is no draft any more"
