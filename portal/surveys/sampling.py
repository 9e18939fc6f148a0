"""Who is asked: a decision that an audit can repeat. Pure."""

from __future__ import annotations

import hashlib
import hmac


def is_drawn(seed: str, request_id: int, closure_seq: int, rate: float) -> bool:
    """Whether this closing falls into the sample: the same seed draws the same ones, in whatever order they come."""
    mac = hmac.new(seed.encode(), f"{request_id}:{closure_seq}".encode(), hashlib.sha256)
    return int.from_bytes(mac.digest()[:8]) < rate * 2**64
