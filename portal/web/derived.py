"""Secrets that are derived and not kept: the same purpose gives the same one again, and nobody else can compute it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from flask import current_app


def seal_for(purpose: bytes) -> bytes:
    """256 bits that only this portal can compute, always the same for the same purpose."""
    return hmac.new(current_app.config["SECRET_KEY"].encode(), purpose, hashlib.sha256).digest()


def secret_for(purpose: str) -> str:
    """The same as 43 characters that may stand in an address. The purpose is part of every link that was ever sent."""
    return base64.urlsafe_b64encode(seal_for(purpose.encode())).decode().rstrip("=")


def sealed(purpose: bytes, what: bytes) -> str:
    """These bytes and 136 bits that only this portal can compute for this purpose, as letters and digits."""
    return base64.b32encode(what + _seal(purpose, what)).decode().lower().rstrip("=")


def opened(purpose: bytes, token: str) -> bytes | None:
    """What was sealed for this purpose; None for everything else."""
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    what, seal = raw[:-SEAL_BYTES], raw[-SEAL_BYTES:]
    # The last letter holds spare bits: only the one way to write it is the link that was sent.
    genuine = hmac.compare_digest(seal, _seal(purpose, what)) and sealed(purpose, what) == token
    return what if genuine else None


SEAL_BYTES = 17


def _seal(purpose: bytes, what: bytes) -> bytes:
    return seal_for(purpose + what)[:SEAL_BYTES]
