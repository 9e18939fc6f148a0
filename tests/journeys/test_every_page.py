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
from portal.web.access import PUBLIC, access_of, holds
from portal.web.moment import now
from tests.conftest import copied_database
from tests.journeys.conftest import faults_of, serve
from tests.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE = {"width": 1280, "height": 900}
ROLES = ("customer", "agent", "liaison", "manager", "administrator")


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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_a_person_can_reach_is_accessible(
    busy_portal: tuple[Flask, str], chromium: Browser, role: str
) -> None:
    app, address = busy_portal
    context = chromium.new_context(viewport=WIDE, reduced_motion="reduce")
    context.add_cookies([{"name": "session", "value": _cookie(app, role), "url": address}])
    page = context.new_page()
    faults: list[str] = []
    for path, endpoint in _reachable(app, page, address):
        if path == "/" or role == "customer" or not _customers_may_see(app, endpoint):
            faults += [f"{path}: {fault}" for fault in faults_of(page)]
    context.close()
    assert not faults, "\n".join(faults)


def _customers_may_see(app: Flask, endpoint: str) -> bool:
    """What everybody sees is looked at once, as a customer; the first page also with each one's ways beside it."""
    access = access_of(app, endpoint)
    return access == PUBLIC or (access is not None and holds(frozenset({"customer"}), access))


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


def _reachable(app: Flask, page: Page, address: str) -> Iterator[tuple[str, str]]:
    """One page of each kind with its endpoint, found by following links; the page is open while it is yielded."""
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
        yield path, endpoint
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        waiting += [link.removeprefix(address) for link in links if urljoin(address, link).startswith(address)]


def _leads_to_page(path: str) -> bool:
    place = urlsplit(path).path
    return not place.startswith(("/files/", "/static/")) and not place.endswith((".pdf", ".csv", ".json"))
