"""One's own requests in the search: those that one asked for, and those that somebody asked for in one's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Integer, bindparam, select, union_all

from portal.extensions import db
from portal.people.models import Person
from portal.requests.drafts import newest_draft, throw_away
from portal.requests.models import ServiceRequest, reference_of
from portal.requests.queries import number_of
from portal.search.queries import holds
from portal.search.sources import Found, after_solving, source
from portal.search.words import Wanted, words_of

JUST_NOW = timedelta(hours=1)
MOST_LOOKED_AT = 1000
"""So many of somebody's open and of their ended requests are looked through, the newest first."""


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
        state=f"{reference}, {_state(row.state)}",
        words=row.search_words,
        is_exact=" ".join(words_of(row.summary)) == typed,
    )


def _state(value: str) -> str:
    return {
        "received": _("received"),
        "in_progress": _("in progress"),
        "waiting": _("waiting for you"),
        "resolved": _("resolved"),
        "closed": _("closed"),
    }.get(value, _("withdrawn"))
