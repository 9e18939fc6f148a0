"""What the people who run the portal may set: environment variables, read once at the start."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LONGEST_MAILBOX_NAME = 23
"""Of a local part's 64 characters, a token and its plus sign take 41."""

DEVELOPMENT_SECRET = "development-only-secret-that-everybody-knows"


class SettingsError(RuntimeError):
    """A setting that the portal will not start with; its words say what to change."""


def read_settings(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The application's configuration from `environment` (by default the process's own).

    Raises SettingsError when a setting cannot be used.
    """
    env = os.environ if environment is None else environment
    folder = Path(env.get("PORTAL_DATA_DIR") or Path(__file__).resolve().parent.parent / "instance").resolve()
    base_url = (env.get("PORTAL_BASE_URL") or "http://127.0.0.1:8000").rstrip("/")
    secure = urlsplit(base_url).scheme == "https"
    return {
        "DATA_DIR": folder,
        "SQLALCHEMY_DATABASE_URI": _database(env.get("PORTAL_DATABASE_URL"), folder),
        "BASE_URL": base_url,
        "SECRET_KEY": _secret(env.get("PORTAL_SECRET_KEY"), base_url),
        "TLS": secure,
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # The row behind the cookie ends at a fixed moment, so the cookie need not be written anew for each page.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "SMTP_HOST": env.get("PORTAL_SMTP_HOST") or None,
        "SMTP_PORT": _number(env, "PORTAL_SMTP_PORT", 25),
        "SMTP_USER": env.get("PORTAL_SMTP_USER") or None,
        "SMTP_PASSWORD": env.get("PORTAL_SMTP_PASSWORD") or None,
        "SMTP_STARTTLS": _yes(env, "PORTAL_SMTP_STARTTLS"),
        "MAIL_FROM": env.get("PORTAL_MAIL_FROM") or "helpdesk@localhost",
        "REPLY_ADDRESS": _reply_address(env.get("PORTAL_REPLY_ADDRESS")),
        "IMAP_HOST": env.get("PORTAL_IMAP_HOST") or None,
        "IMAP_PORT": _number(env, "PORTAL_IMAP_PORT", 993),
        "IMAP_USER": env.get("PORTAL_IMAP_USER") or "",
        "IMAP_PASSWORD": env.get("PORTAL_IMAP_PASSWORD") or "",
        "IMAP_FOLDER": env.get("PORTAL_IMAP_FOLDER") or "INBOX",
        "IMAP_TLS": _one_of(env, "PORTAL_IMAP_TLS", ("yes", "starttls", "no")),
        "UPLOAD_LIMIT": _number(env, "PORTAL_UPLOAD_LIMIT", 10 * 1024 * 1024),
        "SIGN_IN_LIMIT": _number(env, "PORTAL_SIGN_IN_LIMIT", 10),
        "MESSAGE_LIMIT": _number(env, "PORTAL_MESSAGE_LIMIT", 30),
        "TIME_ZONE": env.get("PORTAL_TIME_ZONE") or "Europe/Berlin",
        "LOCALE": env.get("PORTAL_LOCALE") or "en_GB",
        "COMPANY": env.get("PORTAL_COMPANY") or "Halden Works",
        "PHONE": env.get("PORTAL_PHONE") or "5555",
        "CURRENCY": (env.get("PORTAL_CURRENCY") or "EUR").upper(),
        "HOUR_COST": _number(env, "PORTAL_HOUR_COST", 0, least=0),
        "METRICS_TOKEN": env.get("PORTAL_METRICS_TOKEN") or None,
        "TRUSTED_PROXY": _yes(env, "PORTAL_TRUSTED_PROXY"),
        "REMEMBER_SECONDS": 30,
        "WTF_CSRF_TIME_LIMIT": None,
        # Pages behind a secret link tell nobody their address, so a form of theirs names no page that it comes from.
        # The token is bound to the session, and the name of the cookie keeps other hosts from setting one.
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_STORAGE_URI": "memory://",
        # A connection to a server may have died in the meantime; one to a file cannot.
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": bool(env.get("PORTAL_DATABASE_URL"))},
    }


def _database(url: str | None, folder: Path) -> str:
    return url or f"sqlite:///{folder / 'portal.db'}"


def _secret(given: str | None, base_url: str) -> str:
    address = urlsplit(base_url)
    at_home = address.scheme == "http" and address.hostname in {"127.0.0.1", "localhost", "::1"}
    if given and given != DEVELOPMENT_SECRET:
        if len(given) < 16:
            raise SettingsError("PORTAL_SECRET_KEY is too short. Use at least 16 random characters.")
        return given
    if at_home:
        return DEVELOPMENT_SECRET
    raise SettingsError(
        "PORTAL_SECRET_KEY is not set, and the portal is reachable as "
        f"{base_url}. Set it to a long random text, for example the output of: "
        "python3 -c 'import secrets; print(secrets.token_hex(32))'"
    )


def _number(env: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        bound = "above 0" if least else "from 0 up"
        raise SettingsError(f"{name} must be a whole number {bound}, not “{text}”.")
    return int(text)


def _reply_address(given: str | None) -> str | None:
    """The mailbox that answers come to, with room for a token in its local part."""
    if given and not re.fullmatch(rf"[A-Za-z0-9._-]{{1,{LONGEST_MAILBOX_NAME}}}@[A-Za-z0-9.-]{{1,190}}", given):
        raise SettingsError(
            "PORTAL_REPLY_ADDRESS must look like help@company.example, "
            f"with at most {LONGEST_MAILBOX_NAME} letters, digits, dots or dashes before the @, not “{given}”."
        )
    return given.lower() if given else None


def _one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of a few words; the first is the default."""
    given = (env.get(name) or choices[0]).lower()
    if given not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, not “{given}”.")
    return given


def _yes(env: Mapping[str, str], name: str) -> bool:
    return (env.get(name) or "").lower() in {"1", "yes", "true", "on"}
