"""One's own requests in the search: for oneself, asked by oneself, watched, or shared with one's department."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Integer, Select, bindparam, func, select, union_all

from portal.extensions import db
from portal.people.models import Person
from portal.requests.drafts import newest_draft, throw_away
from portal.requests.models import ServiceRequest, reference_of
from portal.requests.queries import number_of, readable
from portal.search.engine import on_sqlite
from portal.search.owned import found, matching, plain
from portal.search.sources import Found, Own, after_solving, source
from portal.search.words import Wanted, words_of

JUST_NOW = timedelta(hours=1)
MOST_COUNTED = 100

STATES = {
    "received": _l("received"),
    "in_progress": _l("in progress"),
    "waiting": _l("waiting for you"),
    "resolved": _l("resolved"),
    "closed": _l("closed"),
    "withdrawn": _l("withdrawn"),
    "held": _l("waiting for others"),
    "approval": _l("waiting for a yes"),
    "declined": _l("not approved"),
    "merged": _l("goes on in another request"),
}


@source("request")
def own_requests(viewer: Person, wanted: Sequence[Wanted], *, after: int = 0, size: int) -> Own:
    """Requests that hold every word, or that one whose reference was typed; without words, one's own open ones."""
    if not wanted:
        rows = db.session.execute(_STILL_OPEN, {"viewer": viewer.id, "size": size}).all()
        return Own(len(rows), [_found(row, "") for row in rows])
    values: dict[str, Any] = {"viewer": viewer.id, "department": viewer.department_id, "after": after, "size": size}
    values |= {"match": matching(db.session(), wanted, _marks_of(viewer)), "most": MOST_COUNTED}
    values |= {"number": _number_in(wanted)}
    rows = db.session.execute(_holding(on_sqlite(db.session())), values).all()
    typed = " ".join(one.word for one in wanted)
    return Own(rows[0].number if rows else 0, [_found(row, typed) for row in rows])


def _marks_of(viewer: Person) -> list[str]:
    """What `found_by` knows this person by."""
    return [str(viewer.id), *([f"d{viewer.department_id}"] if viewer.department_id else [])]


@after_solving
def forget_what_was_begun(viewer: Person, service: str, at: datetime) -> None:
    """Somebody who found the answer beside the form does not ask any more."""
    if draft := newest_draft(viewer, service, since=at - JUST_NOW):
        throw_away(draft, by=viewer)


def _number_in(wanted: Sequence[Wanted]) -> int:
    """The request whose reference was typed; 'req-1042' comes as two words."""
    return number_of("-".join(one.word for one in wanted)) or 0


_ABOUT = (ServiceRequest.id, ServiceRequest.summary, ServiceRequest.state, ServiceRequest.found_by)


@lru_cache(maxsize=2)
def _holding(sqlite: bool) -> Select[Any]:
    """A page of what fits, each with how many there are. Whose they are is asked of the requests themselves too."""
    fits = found(ServiceRequest.__tablename__, "found_by", sqlite=sqlite)
    numbers = union_all(select(fits.c.id), select(bindparam("number", type_=Integer)))
    mine = select(ServiceRequest.id).where(ServiceRequest.id.in_(numbers), readable()).cte("mine")
    number = select(func.count()).select_from(mine).scalar_subquery().label("number")
    query = select(*_ABOUT, number).where(ServiceRequest.id.in_(select(mine.c.id)))
    page = query.order_by(ServiceRequest.id.desc()).limit(bindparam("size", type_=Integer))
    return page.offset(bindparam("after", type_=Integer))


def _walk(who: Any) -> Any:
    """The newest of one's own that are open (ix_service_request_mine, ix_service_request_asked)."""
    newest = select(ServiceRequest.id).where(who == bindparam("viewer"), ServiceRequest.is_open.is_(True))
    return select(newest.order_by(ServiceRequest.id.desc()).limit(bindparam("size", type_=Integer)).subquery())


_STILL_OPEN = (
    select(*_ABOUT)
    .where(ServiceRequest.id.in_(union_all(_walk(ServiceRequest.customer_id), _walk(ServiceRequest.asked_by_id))))
    .order_by(ServiceRequest.id.desc())
    .limit(bindparam("size", type_=Integer))
)


def _found(row: Any, typed: str) -> Found:
    reference = reference_of(row.id)
    return Found(
        kind="request",
        key=reference,
        title=row.summary,
        summary="",
        address=f"/requests/{reference}",
        state=f"{reference}, {STATES.get(row.state, row.state)}",
        words=plain(row.found_by),
        is_exact=" ".join(words_of(row.summary)) == typed,
    )
