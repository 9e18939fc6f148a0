"""The postman's round."""

from __future__ import annotations

from typing import Any

from flask import current_app

from portal.extensions import db, read_only
from portal.jobs import every
from portal.mail import queries
from portal.mail.delivery import Server, deliver_waiting
from portal.web.moment import now


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


def _anything_waits() -> bool:
    token = read_only.set(True)
    try:
        return bool(queries.waiting_numbers(at=now(), limit=1))
    finally:
        db.session.rollback()
        read_only.reset(token)
