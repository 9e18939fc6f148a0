"""A list of services, such as another desk's catalogue: its mapping and its rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from portal.imports.incoming import NotUsable, Refused, one_line
from portal.imports.mapping import Layout, good_source, read_layout, read_windows
from portal.imports.reading import Row, Table
from portal.imports.sections import MappingError, Section, read_toml
from portal.imports.template import UNFIT

OFFER_FIELDS = ("reference", "name", "summary", "description", "category", "segments")
NEEDED = ("reference", "name")
LONGEST = {"reference": 200, "name": 200, "summary": 300, "description": 5000, "category": 100, "segments": 1000}
MOST_MINUTES = 100_000


@dataclass(frozen=True)
class OfferMapping:
    """Which column is what, and what is the same for all."""

    source: str
    layout: Layout
    columns: Mapping[str, str]
    fixed: Mapping[str, str]
    strip: tuple[str, ...]
    categories: Mapping[str, str]
    segments: Mapping[str, tuple[str, ...]]
    between_segments: str
    live: bool
    zone: str
    windows: tuple[tuple[int, int, int], ...] | None
    hours_in_words: str
    first_answer_minutes: int | None
    resolution_minutes: int | None


class Entry(NamedTuple):
    """A service as the list describes it."""

    row: int
    reference: str
    name: str
    summary: str
    description: str
    category: str | None
    segments: tuple[str, ...]

    def said(self) -> dict[str, Any]:
        """The same as it is remembered."""
        words = {"name": self.name, "summary": self.summary, "description": self.description}
        return words | {"category": self.category, "segments": list(self.segments)}


@dataclass
class OfferList:
    """What a file comes to. `doubtful` are references of refused rows: they are in the list, whatever it says."""

    rows_read: int = 0
    services: dict[str, Entry] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)

    @property
    def lost(self) -> int:
        """How many rows were refused of which not even the reference is known."""
        return sum(not one.reference for one in self.refused)


def read_offer_mapping(path: Path, *, portal_zone: str) -> OfferMapping:
    """The mapping in that file. Raises MappingError with every problem that was found."""
    return parse_offer_mapping(read_toml(path), portal_zone=portal_zone)


def parse_offer_mapping(data: Mapping[str, Any], *, portal_zone: str) -> OfferMapping:
    """The same from plain data."""
    top = Section(data, "", [])
    file, name, values = top.section("file"), top.section("name"), top.section("values")
    services, hours, targets = top.section("services"), top.section("hours"), top.section("targets")
    segments, zone = top.section("segments"), hours.text("zone", "portal")
    mapping = OfferMapping(
        source=top.text("source", "", check=good_source),
        layout=read_layout(file),
        columns=top.section("columns").table(OFFER_FIELDS),
        fixed=top.section("fixed").table(("summary", "description", "category")),
        strip=name.texts("strip", ()),
        categories=values.section("category").translation(None),
        segments=values.section("segments").lists(),
        between_segments=segments.text("between", ","),
        live=services.yes_no("live", True),
        zone=portal_zone if zone == "portal" else zone,
        windows=read_windows(hours) if hours.has("windows") else None,
        hours_in_words=hours.text("in_words", "" if hours.has("windows") else "-"),
        first_answer_minutes=targets.whole("first_answer_minutes", most=MOST_MINUTES),
        resolution_minutes=targets.whole("resolution_minutes", most=MOST_MINUTES),
    )
    hours.texts("windows", ())
    for section in (file, name, values, services, hours, targets, segments, top):
        section.done()
    problems = top.problems + _what_does_not_fit(mapping)
    if problems:
        raise MappingError(problems)
    return mapping


def _what_does_not_fit(mapping: OfferMapping) -> list[str]:
    problems = [f"[columns] must say which column is the {field}." for field in NEEDED if field not in mapping.columns]
    twice = mapping.columns.keys() & mapping.fixed.keys()
    problems += [f"“{field}” is said in both [columns] and [fixed]." for field in sorted(twice)]
    first, done = mapping.first_answer_minutes, mapping.resolution_minutes
    if first and done and first > done:
        problems.append("[targets] the first answer cannot be promised later than the end.")
    return problems


def read_offer(table: Table, mapping: OfferMapping) -> OfferList:
    """The services of that table. Raises FileError."""
    names = tuple(dict.fromkeys(mapping.columns.values()))
    place = dict(zip(names, table.positions(names), strict=True))
    found = OfferList()
    for row in table:
        found.rows_read += 1
        reference = "" if row.problem else _cell(row, place[mapping.columns["reference"]], mapping)
        try:
            entry = _entry(row, reference, mapping, place)
            if entry.reference in found.services:
                raise NotUsable(f"its reference stands already in row {found.services[entry.reference].row}")
            found.services[entry.reference] = entry
        except NotUsable as error:
            found.refused.append(Refused(row.number, reference[:60], str(error)))
            found.doubtful.add(reference)
    return found


def _entry(row: Row, reference: str, mapping: OfferMapping, place: Mapping[str, int]) -> Entry:
    if row.problem:
        raise NotUsable(row.problem)
    said = {name: _cell(row, place[column], mapping) for name, column in mapping.columns.items()}
    for name in NEEDED:
        if not said[name]:
            raise NotUsable(f"has no {name}")
    for name, text in said.items():
        if len(text) > LONGEST[name]:
            raise NotUsable(f"its {name} has {len(text):,} characters; {LONGEST[name]:,} are the most")
        if UNFIT.search(text):
            raise NotUsable(f"its {name} holds a character that cannot be shown")
    name = _stripped(said["name"], mapping)
    summary = said.get("summary") or mapping.fixed.get("summary") or said["name"]
    return Entry(
        row=row.number,
        reference=reference,
        name=name,
        summary=summary,
        description=said.get("description") or mapping.fixed.get("description") or summary,
        category=_category(said, mapping),
        segments=_segments(said, mapping),
    )


def _cell(row: Row, position: int, mapping: OfferMapping) -> str:
    text = one_line(row.cells[position])
    return "" if text in mapping.layout.missing else text


def _stripped(name: str, mapping: OfferMapping) -> str:
    """The name without the first words that every name of the list begins with."""
    for beginning in mapping.strip:
        rest = name[len(beginning) :].strip()
        if rest and name.casefold().startswith(beginning.casefold()):
            return rest[0].upper() + rest[1:]
    return name


def _category(said: Mapping[str, str], mapping: OfferMapping) -> str | None:
    text = said.get("category") or mapping.fixed.get("category")
    if not text or not mapping.categories or "category" not in said:
        return text or None
    if text not in mapping.categories:
        raise NotUsable(f"category “{text[:40]}” is not in the mapping's [values.category]")
    return mapping.categories[text]


def _segments(said: Mapping[str, str], mapping: OfferMapping) -> tuple[str, ...]:
    """Who can ask for it; none is everybody."""
    words = [word.strip() for word in said.get("segments", "").split(mapping.between_segments) if word.strip()]
    if not mapping.segments:
        return tuple(sorted(set(words)))
    for word in words:
        if word not in mapping.segments:
            raise NotUsable(f"segment “{word[:40]}” is not in the mapping's [values.segments]")
    everybody = any(not mapping.segments[word] for word in words)
    return () if everybody else tuple(sorted({name for word in words for name in mapping.segments[word]}))
