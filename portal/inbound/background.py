"""The rounds of incoming mail."""

from __future__ import annotations

import logging
from imaplib import IMAP4

from flask import current_app
from imap_tools import ImapToolsError

from portal.extensions import db
from portal.inbound.actions import forget_raw
from portal.inbound.arriving import receive
from portal.inbound.fetching import Mailbox, fetch_new
from portal.jobs import every
from portal.web.moment import now

log = logging.getLogger(__name__)


def configured_mailbox() -> Mailbox | None:
    """The mailbox of the settings, or None: then mail comes by the command `ingest`, or not at all."""
    config = current_app.config
    if not config["IMAP_HOST"]:
        return None
    return Mailbox(
        host=config["IMAP_HOST"],
        port=config["IMAP_PORT"],
        user=config["IMAP_USER"],
        password=config["IMAP_PASSWORD"],
        folder=config["IMAP_FOLDER"],
        tls=config["IMAP_TLS"],
    )


@every(30)
def fetch_mail() -> None:
    """Take in what lies unseen in the mailbox; a server that is away is asked again in half a minute."""
    mailbox = configured_mailbox()
    if mailbox is None:
        return
    try:
        fetch_new(mailbox, receive)
    except (OSError, ImapToolsError, IMAP4.error) as error:
        log.warning("the mailbox at %s could not be read: %s", mailbox.host, error)


@every(3600)
def tidy_inbound() -> None:
    """Bytes of old messages go."""
    forget_raw(at=now())
    db.session.commit()
