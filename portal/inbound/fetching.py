"""Fetching mail from an IMAP mailbox: unseen messages in batches, each marked as seen after it is committed.

A round that ends in the middle fetches a message again, and that is known by its Message-ID. Messages are looked at
without marking them, so nothing is lost when this process is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags

from portal.inbound.parsing import MOST_BYTES

log = logging.getLogger(__name__)

BATCH = 50
TIMEOUT = 15


@dataclass(frozen=True)
class Mailbox:
    """Where mail is fetched from."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: str


def fetch_new(mailbox: Mailbox, receive: Callable[[bytes], str]) -> int:
    """Hand what is unseen to `receive`, oldest first; returns how many were taken in."""
    taken = 0
    with _opened(mailbox) as box:
        for uid in sorted(box.uids(AND(seen=False)), key=int)[:BATCH]:
            try:
                receive(_whole(box, uid))
            except Exception:
                # It stays unseen and is tried again; those behind it must not wait for it.
                log.exception("the message %s of the mailbox could not be taken in", uid)
                continue
            box.flag(uid, MailMessageFlags.SEEN, True)
            taken += 1
    return taken


@contextmanager
def _opened(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    box: BaseMailBox
    if mailbox.tls == "yes":
        box = MailBox(mailbox.host, mailbox.port, timeout=TIMEOUT)
    elif mailbox.tls == "starttls":
        box = MailBoxStartTls(mailbox.host, mailbox.port, timeout=TIMEOUT)
    else:
        box = MailBoxUnencrypted(mailbox.host, mailbox.port, timeout=TIMEOUT)
    try:
        with box.login(mailbox.user, mailbox.password, initial_folder=mailbox.folder):
            yield box
    finally:
        # A login that is refused leaves the connection open.
        with suppress(OSError):
            box.client.shutdown()


def _whole(box: BaseMailBox, uid: str) -> bytes:
    """The message as it lies there; of one that is too large, so much that its size is seen."""
    return _literal(box.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES + 1}>)"))


def _literal(answer: Any) -> bytes:
    parts = [part[1] for part in answer[1] or [] if isinstance(part, tuple)]
    if not parts:
        raise ValueError("the mail server sent no message")
    return bytes(parts[0])
