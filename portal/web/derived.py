"""Secrets that are derived and not kept: the same purpose gives the same one again, and nobody else can compute it."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app


def seal_for(purpose: bytes) -> bytes:
    """256 bits that only this portal can compute, always the same for the same purpose."""
    return hmac.new(current_app.config["SECRET_KEY"].encode(), purpose, hashlib.sha256).digest()


def secret_for(purpose: str) -> str:
    """The same as 43 characters that may stand in an address. The purpose is part of every link that was ever sent."""
    return base64.urlsafe_b64encode(seal_for(purpose.encode())).decode().rstrip("=")
