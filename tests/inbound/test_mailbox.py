"""Fetching mail from a real mailbox: once each, whatever breaks in between."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from imap_tools import AND, MailBoxUnencrypted

from portal.extensions import db
from portal.inbound import actions
from portal.inbound.arriving import receive
from portal.inbound.background import configured_mailbox, fetch_mail
from portal.inbound.fetching import BATCH, Mailbox, fetch_new
from portal.inbound.models import InboundMessage
from portal.requests.models import ServiceRequest
from tests.inbound.conftest import Desk, Put, a_mail


def unseen(mailbox: Mailbox) -> int:
    with MailBoxUnencrypted(mailbox.host, mailbox.port).login(mailbox.user, mailbox.password) as box:
        return len(box.uids(AND(seen=False)))


def outcomes() -> list[str]:
    db.session.rollback()
    return [row.outcome for row in db.session.query(InboundMessage).order_by(InboundMessage.id)]


def test_what_lies_unseen_is_taken_in_and_marked(desk: Desk, mailbox: Mailbox, put: Put) -> None:
    put(a_mail(to=desk.address_of(desk.customer), words="Grüße vom dritten Stock"))
    put(a_mail("A stranger <who@else.example>"))
    assert fetch_new(mailbox, receive) == 2
    assert outcomes() == ["reply", "unknown"] and unseen(mailbox) == 0
    assert desk.events()[-1].body == "Grüße vom dritten Stock"
    assert fetch_new(mailbox, receive) == 0


def test_the_round_fetches_from_the_mailbox_of_the_settings(desk: Desk, mailbox: Mailbox, put: Put) -> None:
    put(a_mail(subject="A new screen"))
    assert configured_mailbox() is None
    fetch_mail()
    assert unseen(mailbox) == 1
    desk.app.config.update(
        IMAP_HOST=mailbox.host,
        IMAP_PORT=mailbox.port,
        IMAP_USER=mailbox.user,
        IMAP_PASSWORD=mailbox.password,
        IMAP_TLS="no",
    )
    fetch_mail()
    assert unseen(mailbox) == 0 and outcomes() == ["request"]
    assert db.session.query(ServiceRequest).filter_by(summary="A new screen").count() == 1


def test_killed_between_keeping_and_marking_a_message_is_handled_once(desk: Desk, mailbox: Mailbox, put: Put) -> None:
    put(a_mail(to=desk.address_of(desk.customer)))

    def keep_and_die(raw: bytes) -> str:
        receive(raw)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_new(mailbox, keep_and_die)
    assert unseen(mailbox) == 1
    seen: list[str] = []
    fetch_new(mailbox, lambda raw: seen.append(receive(raw)) or "")  # type: ignore[func-returns-value]
    assert seen == ["known"] and unseen(mailbox) == 0
    assert [event.kind for event in desk.events()] == ["asked", "replied"]


def test_a_message_that_breaks_stops_no_other(
    desk: Desk, mailbox: Mailbox, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(a_mail(subject="poison"))
    put(b"\x00\xff no mail at all")
    put(a_mail(subject="A new screen"))
    summary = actions._summary

    def fragile(mail: actions.IncomingMail) -> str:
        if mail.subject == "poison":
            raise RuntimeError("a fault of ours")
        return summary(mail)

    monkeypatch.setattr(actions, "_summary", fragile)
    assert fetch_new(mailbox, receive) == 3
    assert outcomes() == ["failed", "junk", "request"]
    kept = db.session.query(InboundMessage).filter_by(outcome="failed").one()
    assert "a fault of ours" in kept.detail and kept.is_to_sort and kept.raw


def test_more_than_a_batch_is_fetched_in_several_rounds(desk: Desk, mailbox: Mailbox, put: Put) -> None:
    with MailBoxUnencrypted(mailbox.host, mailbox.port).login(mailbox.user, mailbox.password) as box:
        for _ in range(BATCH + 5):
            box.append(a_mail("A stranger <who@else.example>"))
    assert fetch_new(mailbox, receive) == BATCH
    assert fetch_new(mailbox, receive) == 5


def test_a_mailbox_that_is_away_or_refuses_us_is_asked_again_later(
    desk: Desk, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    where = {"IMAP_HOST": "127.0.0.1", "IMAP_USER": "desk", "IMAP_TLS": "no"}
    for more in ({"IMAP_PORT": port}, {"IMAP_PORT": mailbox.port, "IMAP_PASSWORD": "wrong"}):
        desk.app.config.update(**where, **more)
        fetch_mail()
    assert caplog.text.count("could not be read") == 2
    assert "wrong" not in caplog.text


def test_a_folder_of_its_own_can_be_read(desk: Desk, mailbox: Mailbox) -> None:
    with MailBoxUnencrypted(mailbox.host, mailbox.port).login(mailbox.user, mailbox.password) as box:
        box.folder.create("Helpdesk")
        box.append(a_mail(), "Helpdesk")
    assert fetch_new(mailbox, receive) == 0
    assert fetch_new(replace(mailbox, folder="Helpdesk"), receive) == 1
