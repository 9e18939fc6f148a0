"""A slow mail server is nobody's trouble but the mail's."""

from __future__ import annotations

import smtplib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.mail import delivery
from portal.mail.actions import write
from portal.mail.delivery import TAKEN_FOR, WIRE, Server, as_email, deliver_waiting
from portal.mail.models import OutboxMessage
from tests.builders import TUESDAY_10

SERVER = Server("mail.example", 25, "helpdesk@example.com", "Halden Works", "http://127.0.0.1:8000")


class Listener:
    """A mail server that looks, at each step, whether the database can be written meanwhile."""

    def __init__(self, app: Flask) -> None:
        self.database = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
        self.taken: list[Any] = []

    def look(self) -> None:
        with sqlite3.connect(self.database, timeout=0, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")

    def send_message(self, mail: Any, sender: str, to: list[str]) -> None:
        self.look()
        self.taken.append((mail["Message-ID"], to))


@pytest.fixture
def listener(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Listener:
    if not app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite:///"):
        pytest.skip("locks of the whole database are SQLite's")
    there = Listener(app)

    @contextmanager
    def connected(_server: Server) -> Iterator[Listener]:
        there.look()
        yield there

    monkeypatch.setattr(delivery, "_connected", connected)
    write(key="one", to_address="a@example.com", to_name="A", subject="One", body="Words", at=TUESDAY_10)
    db.session.commit()
    return there


def test_nothing_is_locked_while_the_mail_server_is_spoken_to(app: Flask, listener: Listener) -> None:
    assert deliver_waiting(SERVER, at=TUESDAY_10) == (1, 0)
    assert len(listener.taken) == 1
    assert db.session.query(OutboxMessage).one().sent_at == TUESDAY_10


def test_a_message_that_another_worker_is_sending_is_left_to_it(app: Flask, listener: Listener) -> None:
    taken = delivery.queries.take_waiting(1, at=TUESDAY_10, until=TUESDAY_10 + TAKEN_FOR)
    assert taken is not None
    db.session.commit()
    assert deliver_waiting(SERVER, at=TUESDAY_10) == (0, 0)
    assert listener.taken == []


def test_a_message_whose_worker_died_is_sent_a_little_later(app: Flask, listener: Listener) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    there, listener.send_message = listener.send_message, die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        deliver_waiting(SERVER, at=TUESDAY_10)
    db.session.rollback()
    listener.send_message = there  # type: ignore[method-assign]
    assert deliver_waiting(SERVER, at=TUESDAY_10 + TAKEN_FOR + timedelta(seconds=5)) == (1, 0)


def test_a_server_that_breaks_off_puts_the_message_off_as_before(app: Flask, listener: Listener) -> None:
    def break_off(*_: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    listener.send_message = break_off  # type: ignore[method-assign]
    assert deliver_waiting(SERVER, at=TUESDAY_10) == (0, 1)
    assert db.session.query(OutboxMessage).one().tries == 1


NAMES = [
    "é x@evil.example,",
    "é<x@evil.example>",
    "Ann <x@evil.example>",
    "é\r\nBcc: x@evil.example",
    "日本: x@evil.example;",
    "a" * 90 + "\\",
    "=?utf-8?q?a=0d=0aBcc:_x@evil.example?=",
    "Zoë (x@evil.example) “Bee”,",
    "J. " + "é" * 80,
    "J. " + "a" * 90,
    "a" * 90 + " " + "a" * 90,
    '"',
    "@",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_becomes_an_address_of_its_own(app: Flask, name: str) -> None:
    write(key="one", to_address="a@example.com", to_name=name, subject=name, body="Words", at=TUESDAY_10)
    mail = as_email(db.session.query(OutboxMessage).one(), SERVER)
    read = message_from_bytes(mail.as_bytes(policy=WIRE), policy=policy.default)
    assert [one.addr_spec for one in read["To"].addresses] == ["a@example.com"]
    assert read["Bcc"] is None


def test_usual_names_stay_readable(app: Flask) -> None:
    for name, said in (("Jörg O'Neil-Müller", "Jörg O'Neil-Müller"), ("Nair, Priya", "Nair Priya")):
        write(key=name, to_address="a@example.com", to_name=name, subject="One", body="Words", at=TUESDAY_10)
        mail = as_email(db.session.query(OutboxMessage).filter_by(key=name).one(), SERVER)
        assert mail["To"].addresses[0].display_name == said
