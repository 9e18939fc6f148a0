"""Every page that a person can reach by following links: accessible, and no wider than a small phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from portal import create_app
from portal.demo.telling import tell
from portal.extensions import db
from portal.people.models import Person, RoleHeld
from portal.web.moment import now
from tests.conftest import copied_database
from tests.journeys.conftest import faults_of, serve
from tests.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE = {"width": 1280, "height": 900}
ROLES = ("customer", "agent", "liaison", "manager", "administrator")

Kind = tuple[str, bool]
"""The endpoint of a page, and whether its address asks for something."""


@pytest.fixture(scope="module")
def busy_portal(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[tuple[Flask, str]]:
    """The demonstration, served: full lists, long words, every state."""
    folder = tmp_path_factory.mktemp("busy")
    app = create_app(copied_database(empty_database, folder), {})
    with app.app_context():
        tell(now())
        db.session.remove()
        for address in serve(app):
            yield app, address
        db.engine.dispose()


@pytest.mark.timeout(400)
def test_every_page_that_somebody_can_reach_is_accessible(busy_portal: tuple[Flask, str], chromium: Browser) -> None:
    """Each kind of page as the first of them who comes to it; the first page with each one's ways beside it."""
    app, address = busy_portal
    faults: list[str] = []
    looked_at: set[Kind] = set()
    for role in ROLES:
        context = chromium.new_context(viewport=WIDE, reduced_motion="reduce")
        context.add_cookies([{"name": "session", "value": _cookie(app, role), "url": address}])
        page = context.new_page()
        for path, kind in _reachable(app, page, address):
            if path == "/" or kind not in looked_at:
                looked_at.add(kind)
                faults += [f"{role} at {path}: {fault}" for fault in faults_of(page)]
        context.close()
    assert not faults, "\n".join(faults)


def _cookie(app: Flask, role: str) -> str:
    """A signed-in session of somebody with this role, as their browser would hold it."""
    query = select(Person).where(Person.email.is_not(None), Person.active)
    if role == "customer":
        query = query.where(~Person.held.any())
    else:
        query = query.where(Person.held.any(RoleHeld.role == role))
    person = db.session.scalars(query.order_by(Person.id).limit(1)).one()
    visitor = Visitor(app)
    visitor.sign_in(person)
    db.session.remove()
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    return cookie.value


def _reachable(app: Flask, page: Page, address: str) -> Iterator[tuple[str, Kind]]:
    """One page of each kind, found by following links from the first page; the page is open while it is yielded."""
    waiting, seen = ["/"], set()
    adapter = app.url_map.bind("localhost")
    while waiting:
        path = waiting.pop(0)
        endpoint = adapter.match(urlsplit(path).path, method="GET")[0] if _leads_to_page(path) else None
        kind = (endpoint, bool(urlsplit(path).query))
        if endpoint is None or kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(address + path)
        assert answer is not None and answer.ok, f"{path} answered {answer.status if answer else 'nothing'}"
        yield path, kind
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        waiting += [link.removeprefix(address) for link in links if urljoin(address, link).startswith(address)]


def _leads_to_page(path: str) -> bool:
    place = urlsplit(path).path
    return not place.startswith(("/files/", "/static/")) and not place.endswith((".pdf", ".csv", ".json"))
