"""Mail as it comes from outside, and a real mail store on this machine."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.catalogue.actions import ensure_basics
from portal.extensions import db
from portal.inbound.arriving import receive
from portal.inbound.fetching import Mailbox
from portal.inbound.models import InboundMessage
from portal.mail.addresses import reply_address
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service

HELP = "help@desk.example"
_numbers = count(1)


def a_mail(
    sender: str | None = "Anna Berg <anna@example.com>",
    words: str = "It is on the third floor.",
    *,
    to: str = HELP,
    subject: str = "The printer",
    files: dict[str, bytes] | None = None,
    html: str | None = None,
    **headers: str | None,
) -> bytes:
    """A message as mail programs write it. `auto_submitted="yes"` sets the header Auto-Submitted."""
    mail = EmailMessage()
    values = {"message_id": f"<{next(_numbers)}.{os.getpid()}@mail.example>", **headers}
    for name, value in {"from": sender, "to": to, "subject": subject, **values}.items():
        if value is not None:
            mail[name.replace("_", "-").title()] = value
    if html is None:
        mail.set_content(words)
    else:
        mail.set_content(html, subtype="html")
    for name, content in (files or {}).items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def last() -> InboundMessage:
    return db.session.query(InboundMessage).order_by(InboundMessage.id.desc()).first()  # type: ignore[return-value]


@dataclass
class Desk:
    """A customer, an agent and a request, in a portal that reads mail."""

    customer: Person
    agent: Person
    request: ServiceRequest
    app: Flask

    def address_of(self, person: Person) -> str:
        """Where this person answers about the request."""
        secret = self.app.config["SECRET_KEY"]
        return reply_address(HELP, secret, request_id=self.request.id, person_id=person.id)

    def take_in(self, *args: Any, **more: Any) -> InboundMessage:
        """Receive a message, and what was written down about it."""
        self.last_outcome = receive(a_mail(*args, **more))
        return last()

    def events(self) -> list[RequestEvent]:
        query = db.session.query(RequestEvent).filter_by(request_id=self.request.id)
        return query.order_by(RequestEvent.id).all()


@pytest.fixture
def desk(app: Flask) -> Desk:
    app.config.update(REPLY_ADDRESS=HELP, MAIL_FROM=HELP)
    ensure_basics(zone="Europe/Berlin", at=TUESDAY_10)
    customer = a_person("Anna Berg", email="anna@example.com")
    agent = a_person("Kyra Lind", roles=("agent",), email="kyra@example.com")
    request = a_request(customer, a_service("Printers", slug="printers"))
    db.session.commit()
    return Desk(customer, agent, request, app)


# --- a real mail store -------------------------------------------------------------------------------------------

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@pytest.fixture(scope="session")
def mail_store() -> Iterator[Mailbox]:
    """A dovecot of our own at a free port, with its files in a folder of its own; any user, one password."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("dovecot is not on this machine")
    # Not below pytest's own folder: that is closed to the user whose mail it is, and too long for sockets.
    folder = Path(tempfile.mkdtemp(prefix="imap-", dir="/tmp"))
    port = _free_port()
    settings = folder / "dovecot.conf"
    settings.write_text(CONFIGURATION.format(folder=folder, port=port, **_users(folder)))
    with subprocess.Popen([program, "-F", "-c", str(settings)]) as process:
        try:
            _wait_for(port, process, folder / "log")
            yield Mailbox("127.0.0.1", port, "desk", "secret", "INBOX", "no")
        finally:
            process.terminate()
            process.wait(10)
            shutil.rmtree(folder, ignore_errors=True)


def _users(folder: Path) -> dict[str, Any]:
    """As root, the users that the package brings; as anybody else, everything is oneself."""
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    if os.getuid() == 0:
        internal, login = pwd.getpwnam("dovecot"), pwd.getpwnam("dovenull")
        os.chown(folder / "mail", internal.pw_uid, internal.pw_gid)
        group = grp.getgrgid(internal.pw_gid).gr_name
        names = {"login_user": login.pw_name, "internal_user": internal.pw_name, "internal_group": group}
        return {**names, "uid": internal.pw_uid, "gid": internal.pw_gid}
    me, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    names = {"login_user": me, "internal_user": me, "internal_group": group}
    return {**names, "uid": os.getuid(), "gid": os.getgid()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"dovecot did not start: {log.read_text() if log.exists() else 'no log'}")


@pytest.fixture
def mailbox(mail_store: Mailbox, request: pytest.FixtureRequest) -> Mailbox:
    """An empty mailbox for this test alone."""
    from dataclasses import replace

    return replace(mail_store, user=f"desk{abs(hash(request.node.nodeid)) % 10**9}")


Put = Callable[[bytes], None]


@pytest.fixture
def put(mailbox: Mailbox) -> Put:
    """Lay a message into the mailbox, unseen."""
    from imap_tools import MailBoxUnencrypted

    def lay(raw: bytes) -> None:
        with MailBoxUnencrypted(mailbox.host, mailbox.port).login(mailbox.user, mailbox.password) as box:
            box.append(raw)

    return lay
