"""Writing what was read: everything or nothing, in one short transaction. Commits nothing itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, insert, text

from portal.catalogue.actions import search_words
from portal.catalogue.models import Category, HoursPlan, Service
from portal.extensions import db
from portal.imports import queries
from portal.imports.incoming import Incoming, Reduced
from portal.imports.mapping import AROUND_THE_CLOCK, MappingFile
from portal.imports.models import ImportRun
from portal.people.models import Department, Person, Team
from portal.refusal import Refusal
from portal.requests.findable import found_by
from portal.requests.models import CLOCK_STOPPED_AT, RequestEvent, ServiceRequest
from portal.requests.states import OPEN
from portal.web.slugs import free_slug, slug_of

AT_ONCE = 5000
NOBODY = "portal:unknown customer"
"""How the person is kept who stands for customers that the log does not name."""
ONE_IMPORT_AT_A_TIME = 4_711_903_217


class ImportedFile(NamedTuple):
    """Which file it was."""

    name: str
    sha256: str


class Done(NamedTuple):
    """What came of it."""

    made: int
    already_there: int
    events: int
    people: int
    services: int
    teams: int


def preview_requests(reduced: Reduced, mapping: MappingFile) -> Done:
    """What an import would do, as far as requests go; writes nothing."""
    known = queries.known_references(mapping.source)
    new = [one for one in reduced.requests if one.reference not in known]
    return Done(len(new), len(reduced.requests) - len(new), _events_of(new), 0, 0, 0)


def import_requests(reduced: Reduced, mapping: MappingFile, file: ImportedFile, *, at: datetime) -> Done:
    """Make a request of each one that is not there yet; those that are there stay as they are."""
    only_one_import()
    known = queries.known_references(mapping.source)
    new = [one for one in reduced.requests if one.reference not in known]
    if not new:
        return Done(0, len(reduced.requests), 0, 0, 0, 0)
    done = _Writing(mapping, at).write(new, already_there=len(reduced.requests) - len(new))
    run = ImportRun(source=mapping.source, kind="requests", file_name=file.name, file_sha256=file.sha256, at=at)
    run.rows_read, run.made, run.refused = reduced.rows_read, done.made, len(reduced.refused)
    db.session.add(run)
    db.session.flush()
    return done


def only_one_import() -> None:
    """SQLite has one writer anyway; on PostgreSQL two imports at once would make the same people twice."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_IMPORT_AT_A_TIME})


def _events_of(requests: Iterable[Incoming]) -> int:
    """The history of each, and the note that it was brought in."""
    return sum(len(one.history) + 1 for one in requests)


class _Writing:
    """One import's rows, made from the bottom of the house up: people, teams, services, requests, events."""

    def __init__(self, mapping: MappingFile, at: datetime) -> None:
        self.mapping, self.source, self.at = mapping, mapping.source, at

    def write(self, new: list[Incoming], *, already_there: int) -> Done:
        people_before = queries.people_of(self.source)
        self.people = self._people(new, people_before)
        self.departments, _ = self._named(Department, {one.department for one in new if one.department})
        self.teams, teams_made = self._named(Team, {one.team for one in new if one.team})
        # Around the clock in the log's zone: its calendar is not known, and a report of it counts in that zone.
        self.clock = hours_plan(f"Elapsed time ({self.source})", self.mapping.zone, AROUND_THE_CLOCK, "Elapsed time")
        self.services, services_made = self._services(new)
        requests = _insert(ServiceRequest, [self._request(one) for one in new], ServiceRequest.source_reference)
        for some in _pieces(self._events(new, requests)):
            _insert(RequestEvent, some)
        people_made = len(queries.people_of(self.source)) - len(people_before)
        return Done(len(new), already_there, _events_of(new), people_made, services_made, teams_made)

    def _people(self, new: list[Incoming], known: dict[str, int]) -> dict[str, int]:
        """Everybody whom the log names, by how it names them; an address that is known is that person."""
        named = _everybody(new)
        self.robots = frozenset().union(*(one.robots for one in new))
        if any(one.customer is None for one in new):
            named[NOBODY] = (self.mapping.unknown_customer, None)
        missing = {key: person for key, person in named.items() if key not in known}
        by_email = queries.people_by_email({email for _, email in missing.values() if email})
        rows, same = [], {}
        for key, (name, email) in missing.items():
            if email and email in by_email:
                continue
            if email and email in same:
                continue
            if email:
                same[email] = key
            rows.append(self._person(key, name, email))
        ids = known | _insert(Person, rows, Person.source_reference)
        for key, (_, email) in missing.items():
            if key not in ids and email:
                ids[key] = by_email[email] if email in by_email else ids[same[email]]
        return ids

    def _person(self, key: str, name: str, email: str | None) -> dict[str, Any]:
        """Somebody without a password and without rights; who has an address can ask for a password later."""
        facts = {"name": name, "email": email, "source": self.source, "source_reference": key}
        return facts | {"active": True, "created_at": self.at, "is_robot": key in self.robots}

    def _named(self, model: type[Team] | type[Department], names: set[str]) -> tuple[dict[str, int], int]:
        known = queries.ids_by_name(model, names)
        missing = sorted(names - known.keys())
        return known | _insert(model, [{"name": name} for name in missing], model.name), len(missing)

    def _services(self, new: list[Incoming]) -> tuple[dict[str, Service], int]:
        shelf_of = {one.service or self.mapping.unknown_service: one.category for one in reversed(new)}
        services = queries.services_of(self.source) | self._known_services(shelf_of)
        missing = sorted(shelf_of.keys() - services.keys())
        shelves = _shelves({shelf_of[name] or self.mapping.shelf for name in missing})
        slugs = queries.all_slugs(Service)
        for name in missing:
            services[name] = self._service(name, shelves[shelf_of[name] or self.mapping.shelf], slugs)
        db.session.flush()
        return services, len(missing)

    def _known_services(self, wanted: Collection[str]) -> dict[str, Service]:
        """What the mapping says is a service of the portal's own."""
        ours = {name: slug for name, slug in self.mapping.known_services.items() if name in wanted}
        found = queries.services_by_slug(set(ours.values()))
        for name, slug in ours.items():
            if slug not in found:
                raise Refusal(f"[services.known] “{name}”: the catalogue has no service with the address “{slug}”.")
        return {name: found[slug] for name, slug in ours.items()}

    def _service(self, name: str, shelf: Category, slugs: set[str]) -> Service:
        """Not in the catalogue until somebody has described it, unless the mapping says so."""
        service = Service(
            slug=taken_slug(name, slugs),
            name=name,
            summary=f"Brought in from {self.source}.",
            description=f"In {self.source} it is called “{name}”. Nobody has described it here yet.",
            search_words=search_words(name),
            category=shelf,
            hours_plan=hours_plan(
                f"Imported hours ({self.source})", self.mapping.zone, self.mapping.windows, self.mapping.hours_in_words
            ),
            state="live" if self.mapping.live else "retired",
            source=self.source,
            source_reference=name,
        )
        db.session.add(service)
        return service

    def _request(self, one: Incoming) -> dict[str, Any]:
        customer = self.people[one.customer.key if one.customer else NOBODY]
        is_open = one.state in OPEN
        waits = bool(one.pauses) and one.pauses[-1][1] is None
        return {
            "service_id": self.services[one.service or self.mapping.unknown_service].id,
            "customer_id": customer,
            "department_id": self.departments[one.department] if one.department else None,
            "assignee_id": self.people[one.assignee] if one.assignee else None,
            "team_id": self.teams[one.team] if one.team else None,
            "hours_plan_id": self.clock.id,
            "summary": one.summary,
            "details": one.details,
            "found_by": found_by(one.summary, one.details, readers=[customer]),
            "answers": {},
            "channel": one.channel,
            "priority": one.priority,
            "state": one.state,
            "is_open": is_open,
            "pauses": one.pauses,
            "opened_at": one.opened_at,
            "first_answered_at": one.first_answered_at,
            "original_due_at": one.due_at,
            "due_at": one.due_at,
            "next_due_at": one.due_at if one.due_at and is_open and not waits else CLOCK_STOPPED_AT,
            "resolved_at": one.resolved_at,
            "closed_at": one.closed_at,
            "ended_at": one.ended_at,
            "decided_at": one.decided_at,
            "target_met": one.target_met,
            "reopen_count": one.reopen_count,
            "reassignment_count": one.reassignment_count,
            "minutes_used": one.minutes_used,
            "source": self.source,
            "source_reference": one.reference,
        }

    def _events(self, new: list[Incoming], requests: Mapping[str, int]) -> Iterator[dict[str, Any]]:
        for one in new:
            number = requests[one.reference]
            for event in one.history:
                body = one.details if event.kind == "asked" else event.words
                actor = self.people[event.by] if event.by else None
                yield _event(number, event.at, event.kind, event.public, actor, body, event.data)
            data = {"source": self.source, "reference": one.reference}
            yield _event(number, self.at, "imported", False, None, None, data)


def _event(
    request: int, at: datetime, kind: str, public: bool, actor: int | None, body: str | None, data: dict[str, Any]
) -> dict[str, Any]:
    facts = {"request_id": request, "at": at, "kind": kind, "public": public}
    return facts | {"actor_id": actor, "body": body, "data": data}


def _everybody(new: list[Incoming]) -> dict[str, tuple[str, str | None]]:
    """Name and address of everybody in these requests, by how the log names them; a customer's row says most."""
    named: dict[str, tuple[str, str | None]] = {}
    for one in new:
        if one.customer and (one.customer.key not in named or not named[one.customer.key][1]):
            named[one.customer.key] = (one.customer.name, one.customer.email)
    for one in new:
        for key in (one.assignee, *(event.by for event in one.history)):
            if key:
                named.setdefault(key, (key, None))
    return named


def _insert(model: Any, rows: list[dict[str, Any]], name: Any = None) -> dict[str, int]:
    """Many rows in few statements; with `name`, the new ids by that column."""
    if not rows:
        return {}
    table: Table = model.__table__
    if name is None:
        db.session.execute(insert(table), rows)
        return {}
    made = db.session.execute(insert(table).returning(table.c[name.key], table.c.id), rows)
    return dict(made.all())


def _pieces(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """A bounded number of rows at a time, so that memory does not grow with the file."""
    piece: list[dict[str, Any]] = []
    for row in rows:
        piece.append(row)
        if len(piece) == AT_ONCE:
            yield piece
            piece = []
    if piece:
        yield piece


def hours_plan(name: str, zone: str, windows: Iterable[tuple[int, int, int]], in_words: str) -> HoursPlan:
    plain = [list(window) for window in windows]
    plan = queries.find_hours_plan(name=name, zone=zone, windows=plain)
    if plan is None:
        plan = HoursPlan(name=name, zone=zone, windows=plain, closed_on=[], in_words=in_words)
        db.session.add(plan)
        db.session.flush()
    return plan


def _shelves(names: set[str]) -> dict[str, Category]:
    shelves = queries.shelves(names)
    slugs = queries.all_slugs(Category)
    for name in sorted(names - shelves.keys()):
        # After the shelves that somebody has put in order by hand.
        shelves[name] = Category(slug=taken_slug(name, slugs), name=name, position=1000)
        db.session.add(shelves[name])
    return shelves


def taken_slug(name: str, taken: set[str]) -> str:
    """An address made of the name that nothing else has; it is taken from now on."""
    slug = free_slug(slug_of(name, "imported"), taken)
    taken.add(slug)
    return slug
