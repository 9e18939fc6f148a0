"""Adding the people of a list. Commits nothing itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from portal.extensions import db
from portal.imports import queries
from portal.imports.actions import ImportedFile, taken_slug
from portal.imports.models import ImportRun
from portal.imports.people import Listed, Newcomer, PeopleMapping
from portal.people.actions import add_person
from portal.people.models import Department, Person, Segment, Team


class Added(NamedTuple):
    """What came of it."""

    made: int
    already_there: int


def preview_people(listed: Listed) -> Added:
    """What an import would do; writes nothing."""
    known = queries.people_by_email({one.email for one in listed.people})
    return Added(len(listed.people) - len(known), len(known))


def import_people(listed: Listed, mapping: PeopleMapping, file: ImportedFile, *, at: datetime) -> Added:
    """Add each person whose address nobody has yet; those who are there stay as they are."""
    known = queries.people_by_email({one.email for one in listed.people})
    new = [one for one in listed.people if one.email not in known]
    departments = _departments({one.department for one in new if one.department})
    teams = _teams({one.team for one in new if one.team})
    segments = ensure_segments({one.segment for one in new if one.segment})
    for one in new:
        person = add_person(
            name=one.name,
            email=one.email,
            roles=one.roles,
            department=departments.get(one.department or ""),
            segment=segments.get(one.segment or ""),
            team=teams.get(one.team or ""),
            place=one.place,
            by=None,
            at=at,
        )
        person.source, person.source_reference, person.device = mapping.source, one.email, one.device
    _set_managers(new)
    if new:
        run = ImportRun(source=mapping.source, kind="people", file_name=file.name, file_sha256=file.sha256, at=at)
        run.rows_read, run.made, run.refused = listed.rows_read, len(new), len(listed.refused)
        db.session.add(run)
        db.session.flush()
    return Added(len(new), len(known))


def _set_managers(new: Collection[Newcomer]) -> None:
    """The line managers of those who came in, by their addresses; one whom nobody knows is left out."""
    told = {one.email: one.manager for one in new if one.manager}
    known = queries.people_by_email({*told, *told.values()})
    rows = [{"number": known[email], "manager": known[by]} for email, by in told.items() if by in known]
    if rows:
        db.session.connection().execute(_MANAGER, rows)


_MANAGER = (
    update(Person.__table__)  # type: ignore[arg-type]
    .where(Person.__table__.c.id == bindparam("number"))
    .values(manager_id=bindparam("manager"))
)


def _departments(names: Collection[str]) -> dict[str, Department]:
    """The departments of these names, made where they are missing."""
    found = {one.name: one for one in db.session.scalars(select(Department))}
    for name in sorted(set(names) - found.keys()):
        found[name] = Department(name=name)
        db.session.add(found[name])
    return found


def _teams(names: Collection[str]) -> dict[str, Team]:
    """The teams of these names, made where they are missing."""
    found = {one.name: one for one in db.session.scalars(select(Team))}
    for name in sorted(set(names) - found.keys()):
        found[name] = Team(name=name)
        db.session.add(found[name])
    return found


def ensure_segments(names: Collection[str]) -> dict[str, Segment]:
    """The segments of these names, made where they are missing."""
    every = db.session.scalars(select(Segment)).all()
    found = {segment.name: segment for segment in every}
    slugs = {segment.slug for segment in every}
    for name in sorted(set(names) - found.keys()):
        found[name] = Segment(slug=taken_slug(name, slugs), name=name)
        db.session.add(found[name])
    return found
