"""How often something may be done in a while, counted by whoever does it."""

from __future__ import annotations

from limits import parse

from portal.extensions import limiter


def too_fast(limit: str, *whose: str) -> bool:
    """Count one more of it; was that one too many? `whose` names what is done and by whom."""
    return limiter.enabled and not limiter.limiter.hit(parse(limit), *whose)
