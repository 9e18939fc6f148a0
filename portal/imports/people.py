"""People from a list, such as the personnel department keeps: its mapping and its rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from portal.imports.incoming import NotUsable, Refused, one_line
from portal.imports.mapping import Layout, good_source, read_layout
from portal.imports.reading import Row, Table
from portal.imports.sections import MappingError, Section, read_toml
from portal.imports.story import ADDRESS, LONGEST_NAME
from portal.web.access import ROLES

PEOPLE_FIELDS = ("email", "name", "department", "segment", "team", "place", "device", "roles", "manager")
NEEDED = ("email", "name")


@dataclass(frozen=True)
class PeopleMapping:
    """Which column is what, and which words are which role."""

    source: str
    layout: Layout
    columns: Mapping[str, str]
    roles: Mapping[str, str]
    between_roles: str


class Newcomer(NamedTuple):
    """Somebody as the list describes them."""

    row: int
    email: str
    name: str
    department: str | None
    segment: str | None
    team: str | None
    place: str | None
    device: str | None
    roles: tuple[str, ...]
    manager: str | None = None


class Listed(NamedTuple):
    """What a list comes to."""

    rows_read: int
    people: list[Newcomer]
    refused: list[Refused]


def read_people_mapping(path: Path) -> PeopleMapping:
    """The mapping in that file. Raises MappingError with every problem that was found."""
    return parse_people_mapping(read_toml(path))


def parse_people_mapping(data: Mapping[str, Any]) -> PeopleMapping:
    """The same from plain data."""
    top = Section(data, "", [])
    file, roles, values = top.section("file"), top.section("roles"), top.section("values")
    mapping = PeopleMapping(
        source=top.text("source", "", check=good_source),
        layout=read_layout(file),
        columns=top.section("columns").table(PEOPLE_FIELDS),
        roles=values.section("roles").translation(ROLES),
        between_roles=roles.text("between", ","),
    )
    for section in (file, roles, values, top):
        section.done()
    missing = [field for field in NEEDED if field not in mapping.columns]
    problems = top.problems + [f"[columns] must say which column is the {field}." for field in missing]
    if "roles" in mapping.columns and not mapping.roles:
        problems.append("[columns] names roles, so [values.roles] must say what its words mean.")
    if problems:
        raise MappingError(problems)
    return mapping


def read_people(table: Table, mapping: PeopleMapping) -> Listed:
    """The people of that table, in its order. Raises FileError."""
    names = tuple(dict.fromkeys(mapping.columns.values()))
    place = dict(zip(names, table.positions(names), strict=True))
    found: dict[str, Newcomer] = {}
    refused, rows_read = [], 0
    for row in table:
        rows_read += 1
        try:
            person = _newcomer(row, mapping, place)
            if person.email in found:
                raise NotUsable(f"its address stands already in row {found[person.email].row}")
            found[person.email] = person
        except NotUsable as error:
            refused.append(Refused(row.number, "", str(error)))
    return Listed(rows_read, list(found.values()), refused)


def _newcomer(row: Row, mapping: PeopleMapping, place: Mapping[str, int]) -> Newcomer:
    if row.problem:
        raise NotUsable(row.problem)
    said = {field: _cell(row, place[column], mapping) for field, column in mapping.columns.items()}
    email = said["email"].lower()
    if not ADDRESS.fullmatch(email):
        raise NotUsable(f"“{email[:60]}” is no e-mail address" if email else "has no e-mail address")
    if not said["name"]:
        raise NotUsable("has no name")
    more = {key: said.get(key) or None for key in ("department", "segment", "team", "place", "device")}
    manager = said.get("manager", "").lower()
    if manager and (not ADDRESS.fullmatch(manager) or manager == email):
        raise NotUsable(f"“{manager[:60]}” is not the e-mail address of a line manager")
    return Newcomer(row.number, email, said["name"], **more, roles=_roles(said, mapping), manager=manager or None)


def _cell(row: Row, position: int, mapping: PeopleMapping) -> str:
    text = one_line(row.cells[position])[:LONGEST_NAME]
    return "" if text in mapping.layout.missing else text


def _roles(said: Mapping[str, str], mapping: PeopleMapping) -> tuple[str, ...]:
    words = [word.strip() for word in said.get("roles", "").split(mapping.between_roles)]
    for word in words:
        if word and word not in mapping.roles:
            raise NotUsable(f"role “{word[:40]}” is not in the mapping's [values.roles]")
    return tuple(sorted({mapping.roles[word] for word in words if word}))
