"""Delivery: each waiting message by SMTP, again and again for three days, then visible to the administrator.

A message is marked as sent after the server took it. Should the portal die in between, it is sent once more with the
same Message-ID, which mail programs show once. While a server is spoken to, however slowly, nothing is locked.
"""

from __future__ import annotations

import re
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from urllib.parse import urlsplit

from portal.extensions import db
from portal.mail import queries
from portal.mail.models import OutboxMessage

GIVE_UP_AFTER = timedelta(hours=72)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
TAKEN_FOR = timedelta(minutes=1)
BATCH = 50
LONGEST_NAME = 70
"""A name that fits on one line of a header needs no folding."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed over, and in whose name."""

    host: str
    port: int
    sender: str
    company: str
    base_url: str
    user: str | None = None
    password: str | None = None
    starttls: bool = False


def deliver_waiting(server: Server, *, at: datetime) -> tuple[int, int]:
    """One pass over what is due; returns (sent, failed). Commits message by message.

    A server that cannot be reached puts everything off; a connection that breaks puts off the message it broke at,
    which may be the reason, and the others are tried in the next pass.
    """
    numbers = queries.waiting_numbers(at=at, limit=BATCH)
    db.session.rollback()
    begun = time.monotonic()
    sent = failed = 0
    if not numbers:
        return 0, 0
    at_stake = numbers
    try:
        with _connected(server) as smtp:
            for number in numbers:
                at_stake = [number]
                until = at + timedelta(seconds=time.monotonic() - begun) + TAKEN_FOR
                good = _deliver(smtp, server, number, at, until)
                sent, failed, at_stake = sent + good, failed + (not good), []
    except (OSError, smtplib.SMTPException) as error:
        _put_off(at_stake, str(error), at)
        failed += len(at_stake)
    return sent, failed


@contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(server.host, server.port, timeout=15) as smtp:
        if server.starttls:
            smtp.starttls()
        if server.user:
            smtp.login(server.user, server.password or "")
        yield smtp


def _deliver(smtp: smtplib.SMTP, server: Server, number: int, at: datetime, until: datetime) -> bool:
    """Send one message and mark it. Taking it `until` then keeps two workers from sending it twice."""
    message = queries.take_waiting(number, at=at, until=until)
    if message is None:
        db.session.rollback()
        return True
    try:
        mail, address = as_email(message, server), message.to_address
        db.session.commit()
        smtp.send_message(mail, server.sender, [address])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError) as error:
        _note_failure(message, str(error), at)
        db.session.commit()
        return False
    message.sent_at, message.last_error = at, None
    db.session.commit()
    return True


def _put_off(numbers: list[int], reason: str, at: datetime) -> None:
    """Mail did not get through: these messages wait for their next try."""
    db.session.rollback()
    for message in queries.messages(numbers):
        _note_failure(message, reason, at)
    db.session.commit()


def _note_failure(message: OutboxMessage, reason: str, at: datetime) -> None:
    message.tries += 1
    message.last_error = reason[:500]
    message.next_try_at = at + min(FIRST_PAUSE * 2 ** min(message.tries - 1, 10), LONGEST_PAUSE)
    if at - message.written_at > GIVE_UP_AFTER:
        message.failed_at = at


AS_WRITTEN = frozenset(
    {"message-id", "references", "in-reply-to", "reply-to", "list-unsubscribe", "list-unsubscribe-post"}
)
"""Headers of our own making, whose addresses must not be broken over lines: mail programs do not mend them."""


class _Wire(EmailPolicy):
    """Mail as it goes over the wire, with those headers on one line each."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in AS_WRITTEN:
            return f"{name}: {value}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


WIRE = _Wire(linesep="\r\n")


def as_email(message: OutboxMessage, server: Server) -> EmailMessage:
    """The message as it goes over the wire."""
    mail = EmailMessage(policy=WIRE)
    mail["From"] = formataddr((name_text(f"{server.company} Helpdesk"), server.sender))
    mail["To"] = formataddr((name_text(message.to_name), message.to_address))
    mail["Subject"] = header_text(message.subject)
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = message_id(message, server)
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    if message.stop_link:
        mail["List-Unsubscribe"] = f"<{message.stop_link}>"
        # One click is a POST of the mail program, which may go over TLS only (RFC 8058).
        if message.stop_link.startswith("https://"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if message.thread:
        thread = f"<{message.thread.lower()}@{_domain(server)}>"
        mail["References"] = mail["In-Reply-To"] = thread
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.body)
    if message.calendar:
        _attach_calendar(mail, message.calendar)
    return mail


def _attach_calendar(mail: EmailMessage, words: str) -> None:
    """The object as calendars take it over: the method stands outside as it stands inside."""
    method = re.search(r"^METHOD:([A-Z]{1,20})\r?$", words, re.MULTILINE)
    mail.add_attachment(
        words.encode(),
        maintype="text",
        subtype="calendar",
        filename="invite.ics",
        params={"charset": "utf-8", "method": method.group(1) if method else "PUBLISH"},
    )


def message_id(message: OutboxMessage, server: Server) -> str:
    """The same at every try; the domain is the portal's own."""
    return message.message_id.replace("portal.invalid", _domain(server))


def _domain(server: Server) -> str:
    return urlsplit(server.base_url).hostname or "portal.invalid"


def header_text(words: str) -> str:
    """Text of people that is safe in a header: one line, and no encoded word that a mail program would unpack."""
    one_line = re.sub(r"[\r\n\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", words)
    return one_line.replace("=?", "= ?")[:200].strip()


def name_text(words: str) -> str:
    """A name that stands before an address: without the signs that make addresses, whose quotes get lost in folding."""
    return header_text(" ".join(re.sub(r'[][()<>@,:;"\\]', " ", words).split()))[:LONGEST_NAME].strip()
