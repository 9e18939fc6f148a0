"""Whether what is stored of promises still is what the pure clock computes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.requests.clock import moments_of
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest

SAMPLE = 500


def drifted(*, sample: int = SAMPLE) -> list[str]:
    """The references of requests whose due moments are others than computed: of those due first and the newest."""
    return [one.reference for one in _sample(sample) if not _fits(one)]


def _sample(size: int) -> Sequence[ServiceRequest]:
    """Half of them open, what is due first (ix_service_request_queue), the others the newest there are."""
    query = select(ServiceRequest).options(joinedload(ServiceRequest.hours_plan))
    first = query.where(ServiceRequest.is_open).order_by(ServiceRequest.next_due_at, ServiceRequest.id)
    newest = query.order_by(ServiceRequest.id.desc())
    found = [*db.session.scalars(first.limit(size // 2)), *db.session.scalars(newest.limit(size // 2))]
    return list(dict.fromkeys(found))


def _fits(request: ServiceRequest) -> bool:
    moments = moments_of(request)
    stored = request.first_answer_due_at, request.due_at, request.next_due_at
    return stored == (moments.first_answer_due_at, moments.due_at, moments.next_due_at or CLOCK_STOPPED_AT)
