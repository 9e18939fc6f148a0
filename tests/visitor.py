"""A test client that reviews each page it is given, as a strict colleague would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.people.models import Person
from portal.people.visitor import start_session
from portal.web.moment import now

CONTROLS = {"input", "select", "textarea"}
Element = Any


class Page:
    """A parsed answer: find things in it as a reader would."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.data = response.get_data()
        text = response.mimetype.startswith("text/")
        self.html = self.data.decode(errors="strict" if text else "replace")
        self.location = response.headers.get("Location", "")
        self._tree: Element = None

    @property
    def tree(self) -> Element:
        if self._tree is None:
            self._tree = html5lib.parse(self.html, namespaceHTMLElements=False)
        return self._tree

    @property
    def words(self) -> str:
        """All the words of the main part, with single spaces."""
        main = self.tree.find(".//main")
        return " ".join("".join((self.tree if main is None else main).itertext()).split()).replace("\u00a0", " ")

    @property
    def heading(self) -> str:
        found = self.tree.find(".//h1")
        return "" if found is None else " ".join("".join(found.itertext()).split())

    def links(self) -> list[str]:
        return [a.get("href") for a in self.tree.iter("a") if a.get("href")]

    def forms(self) -> list[Element]:
        return list(self.tree.iter("form"))

    def form_for(self, action: str) -> dict[str, str]:
        """The values that the form with this action would send as it stands."""
        form = next(f for f in self.forms() if f.get("action", "").split("?")[0] == action)
        return dict(_filled(form))

    def value(self, name: str) -> str:
        return next(value for form in self.forms() for key, value in _filled(form) if key == name)


def _filled(form: Element) -> Iterator[tuple[str, str]]:
    for control in form.iter():
        name, kind = control.get("name"), control.get("type")
        if control.tag == "input" and name and kind not in {"submit", "file"}:
            if kind not in {"checkbox", "radio"} or control.get("checked") is not None:
                yield name, control.get("value", "")
        elif control.tag == "textarea" and name:
            yield name, (control.text or "")
        elif control.tag == "select" and name:
            options = list(control.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            yield from ((name, o.get("value", "")) for o in chosen)


class Visitor:
    """Somebody at a browser. Every page they get is reviewed, and no GET may change the database."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def sign_in(self, person: Person) -> None:
        """A session as after signing in, without the cost of a password."""
        with self.app.test_request_context():
            from flask import session

            start_session(person, browser="test browser", address="127.0.0.1", at=now())
            db.session.commit()
            values = dict(session)
        with self.client.session_transaction() as cookie:
            cookie.update(values)

    def get(
        self, address: str, *, expect: int = 200, review: bool = True, headers: dict[str, str] | None = None
    ) -> Page:
        page = self._answer(self._send(address, headers=headers), expect)
        if review and page.status == 200 and "text/html" in page.headers["Content-Type"]:
            review_page(page)
        return page

    def post(self, address: str, data: dict[str, Any] | None = None, *, expect: int = 303, **more: Any) -> Page:
        """Send a form. The token is added when a test does not bring its own."""
        values = {"csrf_token": self.token(), **(data or {})}
        page = self._answer(self._send(address, method="POST", data=values, **more), expect)
        if page.status == 422:
            review_page(page)
            assert page.tree.find(".//*[@role='alert']") is not None, "a refused form has no error summary"
        return page

    def submit(
        self, address: str, data: dict[str, Any] | None = None, *, at: str | None = None, expect: int = 303
    ) -> Page:
        """Open the page, fill its form in over what it already holds, and send it."""
        form = self.get(at or address).form_for(address)
        return self.post(address, {**form, **(data or {})}, expect=expect)

    def follow(self, page: Page) -> Page:
        return self.get(page.location)

    def token(self) -> str:
        with self.app.test_request_context():
            from flask import g, session
            from flask_wtf.csrf import generate_csrf

            with self.client.session_transaction() as cookie:
                session.update(cookie)
                g.pop("csrf_token", None)
                token = generate_csrf()
                cookie.update(session)
        return token

    def _send(self, address: str, **more: Any) -> TestResponse:
        """As from outside: what the test did so far is committed, and nothing of its contexts or session is shared."""
        db.session.commit()
        return Context().run(self.client.open, address, **more)

    def _answer(self, response: TestResponse, expect: int) -> Page:
        page = Page(response)
        response.close()
        assert page.status == expect, f"answered {page.status} {page.location}, expected {expect}: {page.words[:600]}"
        return page


def review_page(page: Page) -> None:
    """What must hold on every page."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page._tree = parser.parse(page.html)
    faults = [error for error in parser.errors if error[1] not in {"expected-doctype-but-got-start-tag"}]
    assert not faults, f"invalid HTML: {faults[:3]}"
    _review_headings(page)
    _review_ids(page)
    _review_controls(page)


def _review_headings(page: Page) -> None:
    headings = list(page.tree.iter("h1"))
    assert len(headings) == 1, f"{len(headings)} h1"
    title = "".join(page.tree.find(".//title").itertext())
    assert page.heading in " ".join(title.split()), f"the title “{title}” does not repeat “{page.heading}”"
    assert page.tree.get("lang"), "no language"


def _review_ids(page: Page) -> None:
    ids = [element.get("id") for element in page.tree.iter() if element.get("id")]
    twice = {one for one in ids if ids.count(one) > 1}
    assert not twice, f"ids used twice: {twice}"
    known = set(ids)
    for element in page.tree.iter():
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            missing = set((element.get(attribute) or "").split()) - known
            assert not missing, f"{attribute} leads nowhere: {missing}"
        href = element.get("href") or ""
        assert not (href.startswith("#") and len(href) > 1 and href[1:] not in known), f"{href} leads nowhere"
        assert element.get("style") is None, f"inline style on {element.tag}"


def _review_controls(page: Page) -> None:
    labelled = {label.get("for") for label in page.tree.iter("label")}
    inside = {id(control) for label in page.tree.iter("label") for control in label.iter()}
    for form in page.forms():
        assert form.get("action") and form.get("method", "").lower() in {"get", "post"}, (
            "a form without action or method"
        )
        names = {control.get("name") for control in form.iter()}
        assert form.get("method") == "get" or "csrf_token" in names, f"no token in {form.get('action')}"
    for control in page.tree.iter():
        if control.tag in CONTROLS and control.get("type") not in {"hidden", "submit", "button"}:
            named = control.get("id") in labelled or id(control) in inside or control.get("aria-label")
            assert named, f"no label for {control.get('name')}"


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The SQL statements sent inside, transaction control left out."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.upper().startswith(("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
