"""Real Chromium against a real server: each journey with and without JavaScript."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

CHROMIUM = os.environ.get("PORTAL_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
GRAVE = {"serious", "critical"}
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The portal of this test, served on a free port."""
    yield from serve(app)


def serve(app: Flask) -> Iterator[str]:
    """Serve the application from a thread and give its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["BASE_URL"] = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app.config["BASE_URL"]
    server.shutdown()
    thread.join()


@pytest.fixture
def open_browser(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """`open_browser(javascript=…, width=…)` is somebody's own browser; errors in its console fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(*, javascript: bool = True, width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            accept_downloads=True,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    # The browser itself notes each answer of 422 and 409 as an error; those are expected of refused forms.
    faults = [words for words in complaints if "status of 422" not in words and "status of 409" not in words]
    assert not faults, faults


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    """As a person does it."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")


ONLY_FAULTS = {"resultTypes": ["violations"]}
ONLY_COLOURS = ONLY_FAULTS | {"runOnly": ["color-contrast"]}


def faults_of(page: Page) -> list[str]:
    """What axe finds in both colour schemes, and whether the page is wider than a small phone."""
    size, found = page.viewport_size, []
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found += _grave("light", Axe().run(page, options=ONLY_FAULTS).response)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    # Only colours differ in the dark, and the page has axe by now.
    found += _grave("dark", page.evaluate("options => axe.run(document, options)", ONLY_COLOURS))
    page.emulate_media(color_scheme="light", reduced_motion="null")
    page.set_viewport_size({"width": 320, "height": 800})
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wider > 0:
        found.append(f"{wider} px too wide at 320 px")
    if size:
        page.set_viewport_size(size)
    return found


def _grave(scheme: str, told: dict[str, Any]) -> list[str]:
    return [
        f"{scheme}: {one['id']}: " + "; ".join(node["html"][:120] for node in one["nodes"][:2])
        for one in told["violations"]
        if one["impact"] in GRAVE
    ]
