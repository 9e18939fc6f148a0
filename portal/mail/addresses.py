"""Addresses that carry a secret: an answer sent there says which request it is about and who was written to. Pure.

`help+<token>@company.example` is the mailbox `help@company.example` with a token of forty letters and digits: the
request, the person, and 136 bits that only this portal can compute. Mail systems may change the case of an address, so
case means nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable

TOKEN_LENGTH = 40
_SEAL_BYTES = 17


def reply_address(base: str, secret: str, *, request_id: int, person_id: int) -> str:
    """Where this person answers about this request."""
    local, _at, domain = base.lower().partition("@")
    return f"{local}+{reply_token(secret, request_id=request_id, person_id=person_id)}@{domain}"


def reply_token(secret: str, *, request_id: int, person_id: int) -> str:
    """The token for a request and a person; the same each time."""
    who = request_id.to_bytes(4, "big") + person_id.to_bytes(4, "big")
    return base64.b32encode(who + _seal(secret, who)).decode().lower()


def read_token(secret: str, token: str) -> tuple[int, int] | None:
    """(request, person) of a token that this portal made, or None."""
    try:
        raw = base64.b32decode(token.upper())
    except (binascii.Error, ValueError):
        return None
    who, seal = raw[:8], raw[8:]
    if len(raw) != 8 + _SEAL_BYTES or not hmac.compare_digest(seal, _seal(secret, who)):
        return None
    return int.from_bytes(who[:4], "big"), int.from_bytes(who[4:], "big")


def token_among(addresses: Iterable[str], base: str | None) -> str | None:
    """The first token that stands in one of these addresses of ours."""
    local, _at, domain = (base or "").lower().partition("@")
    if not domain:
        return None
    pattern = re.compile(rf"{re.escape(local)}\+([a-z2-7]{{{TOKEN_LENGTH}}})@{re.escape(domain)}")
    found = (pattern.fullmatch(address.strip().lower()) for address in addresses)
    return next((one.group(1) for one in found if one), None)


def is_ours(address: str, *own: str | None) -> bool:
    """Is this one of the portal's own addresses, with a token or without?"""
    local, _at, domain = address.strip().lower().partition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return bool(domain) and plain in {one.lower() for one in own if one}


def _seal(secret: str, who: bytes) -> bytes:
    key = hashlib.sha256(b"reply address\x00" + secret.encode()).digest()
    return hmac.new(key, who, hashlib.sha256).digest()[:_SEAL_BYTES]
