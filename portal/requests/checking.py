"""Whether what is stored of promises still is what the pure clock computes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.requests.clock import moments_of
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest

SAMPLE = 500
OPEN_ONLY: ColumnElement[bool] = literal_column("service_request.is_open")
"""Written as the partial indexes are, so that the database uses them."""


def drifted(*, sample: int = SAMPLE) -> list[str]:
    """The references of requests whose due moments are others than computed: of those due first and the newest."""
    return [one.reference for one in _sample(sample) if not _fits(one)]


def _sample(size: int) -> Sequence[ServiceRequest]:
    """Half of them open, what is due first (ix_service_request_queue), the others the newest there are."""
    query = select(ServiceRequest).options(joinedload(ServiceRequest.hours_plan))
    first = query.where(OPEN_ONLY).order_by(ServiceRequest.next_due_at, ServiceRequest.id)
    newest = query.order_by(ServiceRequest.id.desc())
    found = [*db.session.scalars(first.limit(size // 2)), *db.session.scalars(newest.limit(size // 2))]
    return list(dict.fromkeys(found))


def _fits(request: ServiceRequest) -> bool:
    moments = moments_of(request)
    stored = request.first_answer_due_at, request.due_at, request.next_due_at
    return stored == (moments.first_answer_due_at, moments.due_at, moments.next_due_at or CLOCK_STOPPED_AT)
