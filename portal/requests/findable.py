"""Who finds a request by which words: kept with the request itself, in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, Integer, bindparam, select, update

from portal.extensions import db
from portal.requests.models import UNFINDABLE, RequestWatcher, ServiceRequest
from portal.search.owned import owned
from portal.search.words import for_index


def found_by(summary: str, details: str, *, readers: Iterable[int | None], department: int | None = None) -> str:
    """What stands in `found_by` for these readers, and for the colleagues of a department."""
    marks = [str(one) for one in dict.fromkeys(readers) if one] + ([f"d{department}"] if department else [])
    # Signs alone make no words, and must not be looked at for ever.
    return owned(for_index(summary, details), marks) or "-"


def put_findable(request: ServiceRequest) -> None:
    """Let those who may read it now find it, and nobody else: for whoever changes that, in the same transaction."""
    db.session.flush()
    _write_words([request.id])


def make_findable(*, size: int) -> int:
    """Give the newest requests without words to be found by theirs (ix_service_request_unfindable); says how many."""
    numbers = db.session.scalars(_UNFINDABLE, {"size": size}).all()
    if numbers:
        _write_words(numbers)
    return len(numbers)


def _write_words(numbers: Sequence[int]) -> None:
    """Straight to the column, because nothing happened to the request: who is writing has seen all there is."""
    watchers: dict[int, list[int]] = defaultdict(list)
    for request, person in db.session.execute(_WATCHERS, {"numbers": numbers}):
        watchers[request].append(person)
    rows = db.session.execute(_TEXTS, {"numbers": numbers}).all()
    words = [
        {
            "number": row.id,
            "words": found_by(
                row.summary,
                row.details,
                readers=(row.customer_id, row.asked_by_id, *watchers[row.id]),
                department=row.shared_department_id,
            ),
        }
        for row in rows
    ]
    db.session.connection().execute(_FOUND_BY, words)


_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_UNFINDABLE = (
    select(ServiceRequest.id)
    .where(UNFINDABLE)
    .order_by(ServiceRequest.id.desc())
    .limit(bindparam("size", type_=Integer))
)
_WATCHERS = select(RequestWatcher.request_id, RequestWatcher.person_id).where(RequestWatcher.request_id.in_(_NUMBERS))
_TEXTS = select(
    ServiceRequest.id,
    ServiceRequest.summary,
    ServiceRequest.details,
    ServiceRequest.customer_id,
    ServiceRequest.asked_by_id,
    ServiceRequest.shared_department_id,
).where(ServiceRequest.id.in_(_NUMBERS))
_FOUND_BY = (
    update(ServiceRequest.__table__)  # type: ignore[arg-type]
    .where(ServiceRequest.__table__.c.id == bindparam("number"))
    .values(found_by=bindparam("words"))
)
