"""A real mail server on this machine, and short ways to write to the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from portal.extensions import db
from portal.mail.actions import write
from portal.mail.delivery import Server
from portal.mail.models import OutboxMessage
from tests.builders import TUESDAY_10


class PostOffice:
    """Keeps what it is given. `answer` decides what it says to each letter; None means that it takes it."""

    def __init__(self) -> None:
        self.raw: list[tuple[list[str], bytes]] = []
        self.answer: Callable[[str], str | None] = lambda _to: None
        self.hang_up_after = 0
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _options: Any) -> str:
        refusal = self.answer(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.raw.append((list(envelope.rcpt_tos), envelope.content))
        if self.hang_up_after:
            self.hang_up_after -= 1
            server.transport.close()
        return "250 OK"

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _to, content in self.raw]  # type: ignore[misc]


class AnyPort(Controller):
    """Listens at whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    handler = PostOffice()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    handler.port = controller.port
    yield handler
    controller.stop()


@pytest.fixture
def server(office: PostOffice) -> Server:
    return Server(
        host="127.0.0.1",
        port=office.port,
        sender="helpdesk@example.com",
        company="Halden Works",
        base_url="https://desk.example.com",
    )


def a_letter(key: str = "cause", **more: Any) -> OutboxMessage:
    values = {
        "to_address": "anna@example.com",
        "to_name": "Anna Berg",
        "subject": "REQ-1001: we have your request",
        "body": "Hello Anna,\n\nwe have it.\n",
        "at": TUESDAY_10,
    }
    write(key=key, **{**values, **more})
    db.session.commit()
    return db.session.query(OutboxMessage).filter_by(key=key).one()
