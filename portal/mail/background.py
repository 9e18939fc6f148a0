"""The postman's rounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import current_app

from portal.extensions import db, reading
from portal.jobs import every
from portal.mail import queries
from portal.mail.actions import write_digest
from portal.mail.delivery import Server, deliver_waiting
from portal.web.moment import now, portal_zone

DIGEST_HOUR = 7
"""From this hour on, in the portal's zone, the digests of a day are written."""


def configured_server() -> Server | None:
    """The mail server of the settings, or None: then mail is kept and readable in the portal."""
    config: Any = current_app.config
    if not config["SMTP_HOST"]:
        return None
    return Server(
        host=config["SMTP_HOST"],
        port=config["SMTP_PORT"],
        sender=config["MAIL_FROM"],
        company=config["COMPANY"],
        base_url=config["BASE_URL"],
        user=config["SMTP_USER"],
        password=config["SMTP_PASSWORD"],
        starttls=config["SMTP_STARTTLS"],
    )


@every(3)
def deliver() -> None:
    """Hand over what waits, when there is a server and anything to hand over."""
    server = configured_server()
    if server and _anything_waits():
        deliver_waiting(server, at=now())


@every(120)
def write_digests() -> None:
    """Each morning one message for each reader of digests, each in a transaction of its own."""
    at = now()
    today = at.astimezone(portal_zone())
    if today.hour < DIGEST_HOUR:
        return
    while addresses := _readers_of_digests(today.date()):
        for address in addresses:
            write_digest(address, day=today.date(), at=at)
            db.session.commit()


def _readers_of_digests(day: date) -> Sequence[str]:
    with reading():
        return queries.addresses_for_digest(day=day.isoformat(), size=100)


def _anything_waits() -> bool:
    with reading():
        return bool(queries.waiting_numbers(at=now(), limit=1))
