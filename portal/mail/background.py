"""The postman's rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

from portal.extensions import db, read_only
from portal.jobs import every
from portal.mail import queries
from portal.mail.actions import write_digest
from portal.mail.delivery import Server, deliver_waiting
from portal.web.moment import now, portal_zone

DIGEST_HOUR = 7
"""From this hour on, in the portal's zone, the digests of a day are written."""

Found = TypeVar("Found")


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
    while addresses := _look(lambda: queries.addresses_for_digest(day=today.date().isoformat(), size=100)):
        for address in addresses:
            write_digest(address, day=today.date(), at=at)
            db.session.commit()


def _anything_waits() -> bool:
    return bool(_look(lambda: queries.waiting_numbers(at=now(), limit=1)))


def _look(query: Callable[[], Found]) -> Found:
    """A look that takes no write lock, so an idle worker disturbs nobody."""
    token = read_only.set(True)
    try:
        return query()
    finally:
        db.session.rollback()
        read_only.reset(token)
