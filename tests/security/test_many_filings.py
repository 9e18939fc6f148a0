"""The portal's own server, with its worker, while many people send requests at the same moment."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

import pytest
from flask import Flask

from portal.extensions import db
from portal.people import actions as people
from portal.schema import head_revision
from portal.web.moment import now
from tests.builders import a_service
from tests.conftest import ROOT
from tests.test_serve import free_port

AT_ONCE, EACH = 32, 3
PASSWORD = "three-words-in-a-row"
SLOWEST_P95 = 5.0
"""Seconds. Whoever waits longer for the line of writers is refused, so this is what the portal promises at most."""


class Browser:
    """One person's browser, with its cookies."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, ""

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        line.request(method, path, urlencode(fields) if fields else None, headers)
        answer = line.getresponse()
        given = answer.headers.get_all("Set-Cookie") or ()
        self.cookies = "; ".join(one.partition(";")[0] for one in given) or self.cookies
        body = answer.read().decode()
        line.close()
        return answer.status, body

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of a page."""
        found = re.findall(r'<input[^>]*type="hidden"[^>]*>', self.ask("GET", path)[1])
        pairs = (re.search(r'name="([^"]+)" value="([^"]*)"', one) for one in found)
        return {pair[1]: unescape(pair[2]) for pair in pairs if pair}


@pytest.fixture
def port(app: Flask, tmp_path: Path) -> Iterator[int]:
    """A running portal on a copy of the database of the test."""
    a_service(slug="printers")
    people.add_person(name="Ada", email="ada@example.com", roles=(), password=PASSWORD, by=None, at=now())
    db.session.commit()
    with sqlite3.connect(str(db.engine.url.database)) as connection:
        connection.execute(f"VACUUM INTO '{tmp_path / 'portal.db'}'")
    with sqlite3.connect(tmp_path / "portal.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", [head_revision()])
    number = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_BIND": f"127.0.0.1:{number}"}
    with (tmp_path / "said").open("w") as said:
        server = subprocess.Popen([sys.executable, "-m", "portal.serve"], env=environment, stderr=said, cwd=ROOT)
    try:
        wait_for(number)
        yield number
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if Browser(port).ask("GET", "/sign-in")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the portal did not start")


def test_32_people_send_at_once_and_nobody_is_locked_out(port: int, tmp_path: Path) -> None:
    first = Browser(port)
    first.ask("POST", "/sign-in", first.form("/sign-in") | {"email": "ada@example.com", "password": PASSWORD})
    start = threading.Barrier(AT_ONCE)

    def send(place: int) -> list[tuple[int, float]]:
        browser, answers = Browser(port), []
        browser.cookies = first.cookies
        form = browser.form("/services/printers/ask") | {"step": "send"}
        start.wait()
        for turn in range(EACH):
            began = time.monotonic()
            fields = form | {"once": f"key-{place}-{turn}", "summary": f"Printer {place} fails for the {turn}th time"}
            status, _body = browser.ask("POST", "/services/printers/ask", fields)
            answers.append((status, time.monotonic() - began))
        return answers

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [one for several in pool.map(send, range(AT_ONCE)) for one in several]
    assert [status for status, _seconds in answers] == [303] * (AT_ONCE * EACH)
    with sqlite3.connect(tmp_path / "portal.db") as connection:
        assert connection.execute("SELECT count(*) FROM service_request").fetchone() == (AT_ONCE * EACH,)
    assert "locked" not in (tmp_path / "said").read_text()
    assert quantiles((seconds for _status, seconds in answers), n=20)[-1] < SLOWEST_P95
