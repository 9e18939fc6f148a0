"""Ways to look at the queue that people keep: their address, their list, and counts that never look far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlencode

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, and_, bindparam, delete, false, func, or_, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.people.models import Person
from portal.queue.models import FirstFilter, SavedFilter
from portal.queue.queries import VIEWS, Filters
from portal.refusal import Refusal
from portal.web.paging import whole_number

MOST_KEPT = 20
"""So many of one's own."""
MOST_SHOWN = 40
LONGEST_WORDS, LONGEST_QUERY = 100, 2000


@dataclass(frozen=True)
class Kept:
    """A saved filter as the queue shows it."""

    id: int
    name: str
    query: str
    is_own: bool
    is_first: bool

    @property
    def filters(self) -> Filters:
        return filters_of(self.query)


def filters_of(query: str) -> Filters:
    """What an address asks for; anything unreadable narrows nothing."""
    asked = {name: values[0] for name, values in parse_qs(query[:LONGEST_QUERY]).items()}
    view = asked.get("view", "due")
    return Filters(
        view=view if view in VIEWS else "due",
        words=" ".join(asked.get("q", "")[:LONGEST_WORDS].split()),
        service_id=whole_number(asked.get("service")),
        segment_id=whole_number(asked.get("segment")),
        team_id=whole_number(asked.get("team")),
    )


def query_of(filters: Filters) -> str:
    """The one address of a filter, so that the same filter is known again."""
    parts = {
        "view": filters.view,
        "q": filters.words,
        "service": filters.service_id,
        "segment": filters.segment_id,
        "team": filters.team_id,
    }
    return urlencode({name: value for name, value in parts.items() if value})


def kept_for(viewer: Person) -> list[Kept]:
    """One's own and one's team's, by name, in one statement."""
    return [Kept(*row) for row in db.session.execute(_KEPT, {"viewer": viewer.id, "team": viewer.team_id})]


_viewer, _team = bindparam("viewer", type_=Integer), bindparam("team", type_=Integer)
_KEPT = (
    select(
        SavedFilter.id,
        SavedFilter.name,
        SavedFilter.query,
        func.coalesce(SavedFilter.person_id == _viewer, false()).label("is_own"),
        FirstFilter.person_id.is_not(None).label("is_first"),
    )
    .outerjoin(FirstFilter, and_(FirstFilter.saved_filter_id == SavedFilter.id, FirstFilter.person_id == _viewer))
    .where(or_(SavedFilter.person_id == _viewer, SavedFilter.team_id == _team))
    .order_by(SavedFilter.name, SavedFilter.id)
    .limit(MOST_SHOWN)
)
"""Built once, because the worklist is asked for all day."""


def _seen_by(viewer: Person) -> ColumnElement[bool]:
    own = SavedFilter.person_id == viewer.id
    return or_(own, SavedFilter.team_id == viewer.team_id) if viewer.team_id else own


def find_kept(viewer: Person, number: int) -> SavedFilter | None:
    """A filter that one sees: one's own, or one's team's."""
    query = select(SavedFilter).where(SavedFilter.id == number, _seen_by(viewer))
    return db.session.scalar(query.options(joinedload(SavedFilter.person)))


def keep(query: str, *, name: str, is_shared: bool, is_first: bool, by: Person, at: datetime) -> SavedFilter:
    """Keep a way to look at the queue under a name."""
    count = db.session.scalar(select(func.count(SavedFilter.id)).where(SavedFilter.person_id == by.id)) or 0
    if count >= MOST_KEPT:
        raise Refusal(_("You keep %(most)s filters already. Remove one first.", most=MOST_KEPT), field="name")
    kept = SavedFilter(person=by, query=query_of(filters_of(query)), kept_at=at)
    db.session.add(kept)
    change(kept, name=name, is_shared=is_shared, is_first=is_first, by=by)
    return kept


def change(kept: SavedFilter, *, name: str, is_shared: bool, is_first: bool, by: Person) -> None:
    """Another name, for me or my team, and whether my queue opens with it. Others' filters can only be opened with."""
    if is_shared and by.team_id is None:
        raise Refusal(_("You are in no team yet, so nobody else would see it."), field="is_shared")
    if kept.person_id in (None, by.id):
        kept.name, kept.team_id = name, by.team_id if is_shared else None
    db.session.flush()
    db.session.execute(delete(FirstFilter).where(_first_of(kept, by, any_of_mine=is_first)))
    if is_first:
        db.session.add(FirstFilter(person_id=by.id, saved_filter_id=kept.id))


def _first_of(kept: SavedFilter, by: Person, *, any_of_mine: bool) -> ColumnElement[bool]:
    mine = FirstFilter.person_id == by.id
    return mine if any_of_mine else and_(mine, FirstFilter.saved_filter_id == kept.id)


def remove(kept: SavedFilter, *, by: Person) -> None:
    """Only whoever keeps a filter throws it away."""
    if kept.person_id != by.id:
        raise Refusal(_("This filter belongs to %(name)s, who can remove it.", name=kept.person.name))
    db.session.delete(kept)


def named_counts(kept: Sequence[Kept]) -> Mapping[str, Filters]:
    """What to count, by the name under which the count comes back."""
    return {f"kept{one.id}": one.filters for one in kept}
