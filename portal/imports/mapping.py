"""The mapping file: what the columns of a foreign log mean. Pure; everything in it is checked before a row is read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.imports.moments import FORMATS, MomentReader
from portal.imports.sections import MappingError, Section, read_toml
from portal.measures.service_hours import ServiceHours
from portal.requests.states import STATES

MOMENTS = ("opened_at", "resolved_at", "closed_at", "first_answered_at", "updated_at", "due_at")
COUNTS = ("reopen_count", "reassignment_count")
WORDS = (
    "reference",
    "customer",
    "customer_name",
    "customer_email",
    "opened_by",
    "assignee",
    "team",
    "department",
    "service",
    "category",
    "summary",
    "details",
    "priority",
    "state",
    "channel",
    "target_met",
)
FIELDS = (*WORDS, *MOMENTS, *COUNTS)
SENTENCES = ("summary", "details", "service", "category")
FIXED = ("state", "priority", "channel", "service", "category", "team")
ORDERS = ("integer", "moment", "text")
KEPT = ("state", "assignee", "team", "priority")
PRIORITIES = (1, 2, 3, 4)
AROUND_THE_CLOCK = tuple((weekday, 0, 24 * 60) for weekday in range(7))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GAP = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Layout:
    """How the file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Order:
    """A column that says which of a request's rows is the later one."""

    column: str
    kind: str


@dataclass(frozen=True)
class History:
    """Which changes from row to row are kept, and the columns that say when and by whom."""

    at: str
    by: str | None
    keep: tuple[str, ...]


@dataclass(frozen=True)
class FirstAnswer:
    """Which of a request's rows is the first answer: the first that has these words and none of the others."""

    at: str
    where: Mapping[str, tuple[str, ...]]
    but_not: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Messages:
    """Which rows are what somebody wrote; rows with the same values in `same` are one message.

    `public`, `customer` and `robots` are words by column: what makes a message one that customers read, one that the
    customer wrote, and one that a machine wrote.
    """

    text: str
    at: str
    by: str
    same: tuple[str, ...]
    between: str
    public: Mapping[str, tuple[str, ...]]
    all_public: bool
    customer: Mapping[str, tuple[str, ...]]
    robots: Mapping[str, tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.text, self.at, self.by, *self.same, *self.public, *self.customer, *self.robots)


@dataclass(frozen=True)
class MappingFile:
    """Everything that the mapping decides."""

    source: str
    layout: Layout
    formats: tuple[str, ...]
    zone: str
    rows_are_events: bool
    order: tuple[Order, ...]
    from_first_row: frozenset[str]
    columns: Mapping[str, str]
    sentences: Mapping[str, str]
    fixed: Mapping[str, str]
    values: Mapping[str, Mapping[str, Any]]
    history: History | None
    first_answer: FirstAnswer | None
    messages: Messages | None
    live: bool
    shelf: str
    unknown_service: str
    known_services: Mapping[str, str]
    unknown_customer: str
    windows: tuple[tuple[int, int, int], ...]
    hours_in_words: str

    def reader(self) -> MomentReader:
        return MomentReader(self.formats, self.zone)

    @property
    def used_columns(self) -> tuple[str, ...]:
        """The columns of the file that the mapping reads, each once."""
        gaps = [name for sentence in self.sentences.values() for name in GAP.findall(sentence)]
        of_history = [self.history.at, self.history.by] if self.history else []
        answer = self.first_answer
        of_answer = [answer.at, *answer.where, *answer.but_not] if answer else []
        of_messages = self.messages.columns if self.messages else ()
        ordered = (one.column for one in self.order)
        names = [*self.columns.values(), *ordered, *of_history, *of_answer, *of_messages, *gaps]
        return tuple(dict.fromkeys(name for name in names if name))


def read_mapping(path: Path, *, portal_zone: str) -> MappingFile:
    """The mapping in that file. Raises MappingError with every problem that was found."""
    return parse_mapping(read_toml(path), portal_zone=portal_zone)


def parse_mapping(data: Mapping[str, Any], *, portal_zone: str) -> MappingFile:
    """The same from plain data."""
    top = Section(data, "", [])
    mapping = _everything(top, portal_zone)
    top.done()
    if not top.problems:
        _check_whole(mapping, top.problems)
    if top.problems:
        raise MappingError(top.problems)
    return mapping


def _everything(top: Section, portal_zone: str) -> MappingFile:
    file, time, rows = top.section("file"), top.section("time"), top.section("rows")
    services, people, hours = top.section("services"), top.section("people"), top.section("hours")
    zone = time.text("zone", "portal")
    mapping = MappingFile(
        source=top.text("source", "", check=good_source),
        layout=read_layout(file),
        formats=time.texts("format", FORMATS),
        zone=portal_zone if zone == "portal" else zone,
        rows_are_events=rows.one_of("mean", "requests", ("requests", "events")) == "events",
        order=_order(rows),
        from_first_row=frozenset(rows.texts("first", (), among=FIELDS)),
        columns=top.section("columns").table(FIELDS),
        sentences=top.section("sentences").table(SENTENCES),
        fixed=top.section("fixed").table(FIXED),
        values=_values(top.section("values")),
        history=_history(top),
        first_answer=_first_answer(top),
        messages=_messages(top),
        live=services.yes_no("live", False),
        shelf=services.text("shelf", "Imported services"),
        unknown_service=services.text("unknown", "Not said"),
        known_services=services.section("known").table(None),
        unknown_customer=people.text("unknown", "Unknown customer"),
        windows=read_windows(hours),
        hours_in_words=hours.text("in_words", "Around the clock"),
    )
    for section in (file, time, rows, services, people, hours):
        section.done()
    return mapping


def good_source(text: str) -> str | None:
    if text == "portal":
        return "“portal” is what the portal's own requests are called; choose another name"
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,39}", text):
        return "needs a short name of small letters, digits, dots, hyphens"
    return None


def read_layout(file: Section) -> Layout:
    return Layout(
        encoding=file.text("encoding", "utf-8", check=_good_encoding),
        delimiter=file.text("delimiter", ",", check=_one_character),
        quote=file.text("quote", '"', check=_one_character),
        missing=frozenset(file.texts("missing", ())),
    )


def _good_encoding(text: str) -> str | None:
    try:
        known = codecs.lookup(text)
    except LookupError:
        return f"“{text}” is not an encoding"
    return None if known._is_text_encoding else f"“{text}” is not an encoding of text"


def _one_character(text: str) -> str | None:
    return None if len(text) == 1 and text not in "\r\n\0" else "must be one character"


def _order(rows: Section) -> tuple[Order, ...]:
    order = []
    for number, entry in enumerate(rows.list_of_tables("order"), start=1):
        section = Section(entry, f"rows.order[{number}]", rows.problems)
        order.append(Order(section.text("column", ""), section.one_of("as", "text", ORDERS)))
        section.done()
    return tuple(order)


def _history(top: Section) -> History | None:
    if not top.has("history"):
        return None
    section = top.section("history")
    history = History(
        at=section.text("at", ""),
        by=section.text("by", None),
        keep=section.texts("keep", ("state", "assignee", "team"), among=KEPT),
    )
    section.done()
    return history


def _first_answer(top: Section) -> FirstAnswer | None:
    if not top.has("first_answer"):
        return None
    section = top.section("first_answer")
    where, but_not = section.section("where").lists(), section.section("but_not").lists()
    answer = FirstAnswer(section.text("at", ""), where, but_not)
    if not where:
        section.problems.append("[first_answer.where] must say which words make a row an answer.")
    section.done()
    return answer


def _messages(top: Section) -> Messages | None:
    if not top.has("messages"):
        return None
    section = top.section("messages")
    messages = Messages(
        text=section.text("text", ""),
        at=section.text("at", ""),
        by=section.text("by", ""),
        same=section.texts("same", ()),
        between=section.text("between", "\n"),
        public=section.section("public").lists(),
        all_public=section.yes_no("all_public", False),
        customer=section.section("customer").lists(),
        robots=section.section("robots").lists(),
    )
    if bool(messages.public) == messages.all_public:
        section.problems.append(
            "[messages.public] must say which words make a message one that the customer may read; "
            "where all of them are, [messages] all_public = true says so instead."
        )
    if not messages.customer:
        section.problems.append("[messages.customer] must say which words make a message the customer's own.")
    section.done()
    return messages


def _values(section: Section) -> dict[str, dict[str, Any]]:
    values = {
        "state": section.section("state").translation(STATES),
        "priority": section.section("priority").translation(PRIORITIES),
        "channel": section.section("channel").translation(None),
        "target_met": _verdict_words(section.section("target_met")),
    }
    section.done()
    return values


def _verdict_words(section: Section) -> dict[str, bool]:
    met, missed = section.texts("true", ("true",)), section.texts("false", ("false",))
    for word in sorted(set(met) & set(missed)):
        section.problems.append(f"[{section.name}] says “{word}” means both true and false.")
    section.done()
    return dict.fromkeys(met, True) | dict.fromkeys(missed, False)


def read_windows(hours: Section) -> tuple[tuple[int, int, int], ...]:
    """When it is open, from texts such as “mon-fri 08:00-17:00”; around the clock without them."""
    if not hours.has("windows"):
        return AROUND_THE_CLOCK
    windows: list[tuple[int, int, int]] = []
    for text in hours.texts("windows", ()):
        windows += _window(text, hours)
    try:
        ServiceHours("UTC", tuple(windows))
    except ValueError as error:
        hours.problems.append(f"[hours] windows: {error}")
    return tuple(windows)


def _window(text: str, hours: Section) -> list[tuple[int, int, int]]:
    found = re.fullmatch(r"(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)", text.lower())
    if not found or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
        hours.problems.append(f"[hours] windows: “{text}” is not like “mon-fri 08:00-17:00”.")
        return []
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    opens, closes = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    return [(weekday, opens, closes) for weekday in range(first, last + 1)]


def _check_whole(mapping: MappingFile, problems: list[str]) -> None:
    """What no single key can know: that the parts fit together."""
    problems += _what_is_needed(mapping) + _said_twice(mapping) + _rows_and_history(mapping) + _fixed_values(mapping)
    try:
        mapping.reader()
    except ValueError as error:
        problems.append(f"[time] {error}")
    for field in ("state", "priority"):
        if field in mapping.columns and not mapping.values[field]:
            problems.append(f"[columns] names a {field}, so [values.{field}] must say what its words mean.")


def _what_is_needed(mapping: MappingFile) -> list[str]:
    said = {*mapping.columns, *mapping.sentences}
    return [
        f"[columns] must say which column is the {field}."
        for field in ("reference", "opened_at", "summary")
        if field not in said
    ]


def _said_twice(mapping: MappingFile) -> list[str]:
    answer = ("first_answered_at",) if mapping.first_answer else ()
    places = {
        "columns": mapping.columns,
        "sentences": mapping.sentences,
        "fixed": mapping.fixed,
        "first_answer": answer,
    }
    return [
        f"“{field}” is said in more than one of: "
        + ", ".join(f"[{name}]" for name, part in places.items() if field in part)
        for field in FIELDS
        if sum(field in part for part in places.values()) > 1
    ]


def _rows_and_history(mapping: MappingFile) -> list[str]:
    if mapping.rows_are_events:
        return [] if mapping.order else ["[rows] mean = “events” needs an order that says which row is the later one."]
    needless = {"order": mapping.order, "first": mapping.from_first_row}
    problems = [f"[rows] {key} is only for mean = “events”." for key, given in needless.items() if given]
    sections = {"history": mapping.history, "first_answer": mapping.first_answer}
    return problems + [f"[{key}] is only for [rows] mean = “events”." for key, given in sections.items() if given]


def _fixed_values(mapping: MappingFile) -> list[str]:
    problems = []
    if mapping.fixed.get("state", STATES[0]) not in STATES:
        problems.append(f"[fixed] state must be one of: {', '.join(STATES)}.")
    if mapping.fixed.get("priority", "3") not in {str(one) for one in PRIORITIES}:
        problems.append("[fixed] priority must be “1”, “2”, “3” or “4”.")
    return problems
