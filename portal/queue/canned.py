"""Replies that are written once and used again. Names in braces stand for what differs each time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.people.models import Person
from portal.queue.models import CannedReply
from portal.refusal import Refusal
from portal.requests.models import ServiceRequest
from portal.web.words import in_full

NAMES = {
    "name": _l("the customer’s name"),
    "first_name": _l("the customer’s first name"),
    "reference": _l("the reference, such as REQ-1042"),
    "summary": _l("what was asked, in the customer’s few words"),
    "due": _l("when it is done, such as 14 April, 16:30"),
    "agent": _l("your own name"),
}
IN_BRACES = re.compile(r"\{\s*(\w+)\s*\}")
MOST_REPLIES = 200


def filled(body: str, request: ServiceRequest, by: Person) -> str:
    """The words with each known name replaced, in one pass: what a customer typed is never read as a name again."""
    values = {
        "name": request.customer.name,
        "first_name": request.customer.first_name,
        "reference": request.reference,
        "summary": request.summary,
        "due": in_full(request.due_at) if request.due_at else _("as soon as we can"),
        "agent": by.name,
    }
    return IN_BRACES.sub(lambda found: values.get(found[1], found[0]), body)


def check_names(body: str) -> None:
    """Refuse a name that nothing stands for, so that no customer ever reads it."""
    unknown = [name for name in dict.fromkeys(IN_BRACES.findall(body)) if name not in NAMES]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in NAMES)
        raise Refusal(
            _("{%(name)s} is not known. These are: %(known)s.", name=unknown[0], known=known),
            field="body",
        )


def replies_for(viewer: Person) -> Sequence[CannedReply]:
    """One's own and those that are shared, by name."""
    query = select(CannedReply).where(_seen_by(viewer)).options(joinedload(CannedReply.owner))
    return db.session.scalars(query.order_by(CannedReply.name, CannedReply.id).limit(MOST_REPLIES)).all()


def names_for(viewer: Person) -> list[tuple[int, str]]:
    """The same without their words, to choose from."""
    return [(number, name) for number, name in db.session.execute(_NAMES, {"viewer": viewer.id})]


_NAMES = (
    select(CannedReply.id, CannedReply.name)
    .where(or_(CannedReply.owner_id == bindparam("viewer"), CannedReply.is_shared))
    .order_by(CannedReply.name, CannedReply.id)
    .limit(MOST_REPLIES)
)
"""Built once, because every request that somebody works on asks it."""


def _seen_by(viewer: Person) -> ColumnElement[bool]:
    return or_(CannedReply.owner_id == viewer.id, CannedReply.is_shared)


def find_reply(viewer: Person, number: int | None) -> CannedReply | None:
    """A reply that one may use; who may use a shared one may also mend it."""
    return db.session.scalar(select(CannedReply).where(CannedReply.id == number, _seen_by(viewer)))


def save_reply(
    reply: CannedReply | None, *, name: str, body: str, is_shared: bool, by: Person, at: datetime
) -> CannedReply:
    """A new reply, or changes to one. Only its owner decides whether others see it."""
    check_names(body)
    if reply is None:
        if _count(by) >= MOST_REPLIES:
            raise Refusal(_("You keep %(most)s replies already. Remove one first.", most=MOST_REPLIES))
        reply = CannedReply(owner=by)
        db.session.add(reply)
    if reply.owner_id in (None, by.id):
        reply.is_shared = is_shared
    reply.name, reply.body, reply.changed_at = name, body, at
    db.session.flush()
    return reply


def _count(by: Person) -> int:
    return db.session.scalar(select(func.count(CannedReply.id)).where(CannedReply.owner_id == by.id)) or 0


def remove_reply(reply: CannedReply, *, by: Person) -> None:
    """Only its owner throws a reply away."""
    if reply.owner_id != by.id:
        raise Refusal(_("This reply belongs to %(name)s, who can remove it.", name=reply.owner.name))
    db.session.delete(reply)
