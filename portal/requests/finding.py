"""One's own requests in the search: those that one asked for, and those that somebody asked for in one's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Integer, bindparam, select, union_all, update

from portal.extensions import db
from portal.people.models import Person
from portal.requests.drafts import newest_draft, throw_away
from portal.requests.models import UNFINDABLE, ServiceRequest, reference_of
from portal.requests.queries import number_of
from portal.search.queries import holds
from portal.search.sources import Found, after_solving, source
from portal.search.words import Wanted, for_index, words_of

JUST_NOW = timedelta(hours=1)
MOST_LOOKED_AT = 1000
"""So many of somebody's open and of their ended requests are looked through, the newest first."""

STATES = {
    "received": _l("received"),
    "in_progress": _l("in progress"),
    "waiting": _l("waiting for you"),
    "resolved": _l("resolved"),
    "closed": _l("closed"),
    "withdrawn": _l("withdrawn"),
}


@source("request")
def own_requests(viewer: Person, wanted: Sequence[Wanted], *, open_only: bool, size: int) -> list[Found]:
    """Requests that hold every word, or that one whose reference was typed, the newest first."""
    query = _ABOUT.where(ServiceRequest.id.in_(_OPEN if open_only else _OPEN_AND_ENDED))
    if wanted:
        query = query.where(holds(ServiceRequest.search_words, wanted) | (ServiceRequest.id == _number_in(wanted)))
    query = query.order_by(ServiceRequest.id.desc()).limit(size)
    rows = db.session.execute(query, {"viewer": viewer.id, "most": MOST_LOOKED_AT}).all()
    typed = " ".join(one.word for one in wanted)
    return [_found(row, typed) for row in rows]


@after_solving
def forget_what_was_begun(viewer: Person, service: str, at: datetime) -> None:
    """Somebody who found the answer beside the form does not ask any more."""
    if draft := newest_draft(viewer, service, since=at - JUST_NOW):
        throw_away(draft, by=viewer)


def make_findable(*, size: int) -> int:
    """Give the newest requests without words to be found by theirs (ix_service_request_unfindable); says how many.

    Straight to the column, because nothing happened to the request: who is writing about it has seen all there is.
    """
    rows = db.session.execute(_UNFINDABLE, {"size": size}).all()
    # Signs alone make no words, and must not be looked at for ever.
    words = [{"number": row.id, "words": for_index(row.summary, row.details) or "-"} for row in rows]
    if words:
        db.session.connection().execute(_MADE_FINDABLE, words)
    return len(words)


_UNFINDABLE = (
    select(ServiceRequest.id, ServiceRequest.summary, ServiceRequest.details)
    .where(UNFINDABLE)
    .order_by(ServiceRequest.id.desc())
    .limit(bindparam("size", type_=Integer))
)


_MADE_FINDABLE = (
    update(ServiceRequest.__table__)  # type: ignore[arg-type]
    .where(ServiceRequest.__table__.c.id == bindparam("number"))
    .values(search_words=bindparam("words"))
)


def _number_in(wanted: Sequence[Wanted]) -> int:
    """The request whose reference was typed; 'req-1042' comes as two words."""
    return number_of("-".join(one.word for one in wanted)) or 0


def _walk(who: Any, is_open: bool) -> Any:
    """The newest of one's own (ix_service_request_mine, ix_service_request_asked)."""
    newest = select(ServiceRequest.id).where(who == bindparam("viewer"), ServiceRequest.is_open.is_(is_open))
    return select(newest.order_by(ServiceRequest.id.desc()).limit(bindparam("most", type_=Integer)).subquery())


_WHOSE = (ServiceRequest.customer_id, ServiceRequest.asked_by_id)
_OPEN = union_all(*(_walk(who, True) for who in _WHOSE))
_OPEN_AND_ENDED = union_all(*(_walk(who, is_open) for who in _WHOSE for is_open in (True, False)))
_ABOUT = select(ServiceRequest.id, ServiceRequest.summary, ServiceRequest.state, ServiceRequest.search_words)


def _found(row: Any, typed: str) -> Found:
    reference = reference_of(row.id)
    return Found(
        kind="request",
        key=reference,
        title=row.summary,
        summary="",
        address=f"/requests/{reference}",
        state=f"{reference}, {STATES.get(row.state, row.state)}",
        words=row.search_words,
        is_exact=" ".join(words_of(row.summary)) == typed,
    )
