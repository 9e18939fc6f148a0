"""Drafts: what somebody typed and has not sent. They are private, bounded, and go when sent or long untouched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Integer, bindparam, delete, exists, func, select
from sqlalchemy.orm import joinedload, undefer

from portal.catalogue.models import RequestForm, Service
from portal.extensions import db, insert
from portal.files.actions import hold_files
from portal.once import OnceKey
from portal.people.models import Person
from portal.refusal import Refusal
from portal.requests.models import DRAFTS_LAST, RequestDraft

MOST_DRAFTS = 20
MOST_FIELDS = 1000
LONGEST_DRAFT = 200_000
LONGEST_KEY = 64
SHOWN = ("version", "deal")
"""What a form says of itself; nobody typed it."""

Pairs = list[tuple[str, str]]
"""Names and texts as a browser sends them, in their order."""


def save_draft(
    *, service: Service, form_id: int | None, once: str, typed: Pairs, part: int, by: Person, at: datetime
) -> int | None:
    """Keep what was typed; the same form again is the same draft.

    None when nothing was typed yet, or when that form was sent already.
    """
    if len(typed) > MOST_FIELDS or sum(len(name) + len(text) for name, text in typed) > LONGEST_DRAFT:
        raise Refusal(_("That is too much for a draft. Put the long part into a file."))
    once = once[:LONGEST_KEY]
    sent, known, number = db.session.execute(_STANDING, {"once": once, "person": by.id}).one()
    if sent or not (known or any(text.strip() for name, text in typed if name not in SHOWN)):
        return None
    if not known and number >= MOST_DRAFTS:
        raise Refusal(_("You have begun %(n)s forms already. Send one or throw one away first.", n=MOST_DRAFTS))
    words = {
        "service_id": service.id,
        "request_form_id": form_id,
        "summary": next((text for name, text in typed if name == "summary"), "")[:200],
        "typed": [list(pair) for pair in typed],
        "part": part,
        "saved_at": at,
    }
    row = insert(RequestDraft).values(person_id=by.id, once=once, started_at=at, **words)
    row = row.on_conflict_do_update(index_elements=["person_id", "once"], set_=words).returning(RequestDraft.id)
    number = db.session.execute(row).scalar_one()
    hold_files(file_keys(typed), by_id=by.id, until=at + DRAFTS_LAST)
    return int(number)


_MINE = RequestDraft.person_id == bindparam("person")
_STANDING = select(
    exists().where(OnceKey.key == bindparam("once")),
    exists().where(_MINE, RequestDraft.once == bindparam("once")),
    select(func.count()).select_from(RequestDraft).where(_MINE).scalar_subquery(),
)
"""Was the form with this key sent, is there a draft of it, and how many drafts are there? Asked at every save."""


def file_keys(typed: Iterable[Sequence[str]]) -> list[str]:
    """The keys of the files that came with an earlier try of the form."""
    return [pair[1] for pair in typed if "kept" in pair[0].split("-")]


def find_draft(viewer: Person, number: int | None) -> RequestDraft | None:
    """The viewer's own draft with its words (primary key)."""
    return db.session.scalar(_DRAFT, {"number": number, "person": viewer.id}) if number else None


_DRAFT = (
    select(RequestDraft)
    .where(RequestDraft.id == bindparam("number"), _MINE)
    .options(joinedload(RequestDraft.service).load_only(Service.slug, Service.name, Service.state))
    .options(joinedload(RequestDraft.request_form).load_only(RequestForm.number), undefer(RequestDraft.typed))
)


def draft_of_form(viewer: Person, once: str | None) -> RequestDraft | None:
    """The draft of the form with this key (unique person_id, once)."""
    if not once:
        return None
    query = select(RequestDraft).where(RequestDraft.person_id == viewer.id, RequestDraft.once == once[:LONGEST_KEY])
    return db.session.scalar(query.options(joinedload(RequestDraft.service)))


def form_of(service: Service, number: int | None) -> int | None:
    """The key of a version of the service's questions (unique service_id, number)."""
    versions = select(RequestForm.id).where(RequestForm.service_id == service.id, RequestForm.number == number)
    return db.session.scalar(versions) if number else None


def drafts_of(viewer: Person, service: Service | None = None, size: int = MOST_DRAFTS) -> Sequence[RequestDraft]:
    """The viewer's drafts, of one service or of all, last touched first (ix_request_draft_mine)."""
    query = _DRAFTS.where(RequestDraft.service_id == service.id) if service else _DRAFTS
    return db.session.scalars(query, {"viewer": viewer.id, "size": size}).all()


_DRAFTS = (
    select(RequestDraft)
    .where(RequestDraft.person_id == bindparam("viewer"))
    .options(joinedload(RequestDraft.service).load_only(Service.slug, Service.name))
    .order_by(RequestDraft.saved_at.desc())
    .limit(bindparam("size", type_=Integer))
)
"""Built once, because the list of one's requests asks it each time."""


def discard_draft(once: str | None, *, by: Person) -> None:
    """The form with this key was sent or thrown away. Files that nothing holds now go by themselves."""
    if once:
        db.session.connection().execute(_GONE, {"person": by.id, "sent": once[:LONGEST_KEY]})


_rows: Any = RequestDraft.__table__
_GONE = delete(_rows).where(_rows.c.person_id == bindparam("person"), _rows.c.once == bindparam("sent"))


def throw_away(draft: RequestDraft, *, by: Person) -> None:
    """What was begun is not wanted any more."""
    hold_files(file_keys(draft.typed), by_id=by.id, until=None)
    discard_draft(draft.once, by=by)


def newest_draft(viewer: Person, slug: str, *, since: datetime) -> RequestDraft | None:
    """What the viewer has begun to ask of this service lately (ix_request_draft_mine)."""
    query = select(RequestDraft).join(RequestDraft.service).options(undefer(RequestDraft.typed))
    query = query.where(RequestDraft.person_id == viewer.id, RequestDraft.saved_at >= since, Service.slug == slug)
    return db.session.scalar(query.order_by(RequestDraft.saved_at.desc()).limit(1))


def forget_drafts(*, at: datetime) -> None:
    """Drafts that nobody has touched for their time go (ix_request_draft_old)."""
    db.session.execute(delete(RequestDraft).where(RequestDraft.saved_at < at - DRAFTS_LAST))
