"""Addresses that travel: always of the configured portal, never of the Host that a request claims."""

from __future__ import annotations

from flask import current_app


def absolute(path: str) -> str:
    """The full address of a path of this portal, for mail."""
    return f"{current_app.config['BASE_URL']}{path}"


def helpdesk_address() -> str:
    """Where mail of the helpdesk comes from."""
    return str(current_app.config["MAIL_FROM"])


def company() -> str:
    """Whose helpdesk this is."""
    return str(current_app.config["COMPANY"])
