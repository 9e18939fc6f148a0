"""How long a request can be opened again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.requests import states
from portal.requests.models import ServiceRequest

REOPENS_FOR = timedelta(days=7)
"""How long after it was resolved a request can be opened again, also by those who said that it works."""


def reopens_until(request: ServiceRequest) -> datetime | None:
    """The moment until which it can be opened again; None of what is not resolved."""
    if not states.can("reopen", request.state) or request.resolved_at is None:
        return None
    return request.resolved_at + REOPENS_FOR


def can_reopen(request: ServiceRequest, at: datetime) -> bool:
    """Is it resolved, and not for longer than it can be opened again?"""
    until = reopens_until(request)
    return until is not None and at < until
