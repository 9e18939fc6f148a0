"""Services from a list: what an edition of it would change, and doing that. Commits nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.catalogue.actions import add_service, index_service, search_words
from portal.catalogue.keeping import category_named, service_slug
from portal.catalogue.models import HoursPlan, Service, ServiceChange
from portal.extensions import db
from portal.imports.actions import ImportedFile, hours_plan, only_one_import
from portal.imports.form_actions import desk_hours
from portal.imports.models import ImportRun, ListedService
from portal.imports.offer import Entry, OfferList, OfferMapping
from portal.imports.people_actions import ensure_segments
from portal.people.models import Segment
from portal.refusal import Refusal

KINDS = ("added", "renamed", "changed", "came back", "retired", "unchanged", "left alone")
"""What an edition does to a service. Left alone: it has retired here by decision, and a list does not undo that."""


class Step(NamedTuple):
    """What happens to one service: its reference, its address (none yet for a new one), and what is different."""

    kind: str
    reference: str
    slug: str | None
    words: str


@dataclass
class Plan:
    """What an edition would change. `offered` is how many services the last edition named."""

    steps: list[Step] = field(default_factory=list)
    offered: int = 0

    def of(self, kind: str) -> list[Step]:
        return [step for step in self.steps if step.kind == kind]

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if step.kind not in ("unchanged", "left alone")]


def compare(offer: OfferList, mapping: OfferMapping) -> Plan:
    """How this edition differs from what the list said before. Raises Refusal when it names nothing."""
    if not offer.services:
        raise Refusal("The list names no service.")
    known = _known(mapping.source)
    offered = sum(not one.gone for one in known.values())
    plan = Plan([_step(entry, known.get(reference)) for reference, entry in offer.services.items()], offered)
    missing = {reference: one for reference, one in known.items() if reference not in offer.services}
    for reference, one in missing.items():
        if reference not in offer.doubtful and not one.gone and one.service.state != "retired":
            plan.steps.append(Step("retired", reference, one.service.slug, one.service.name))
    return plan


def _known(source: str) -> dict[str, ListedService]:
    query = select(ListedService).where(ListedService.source == source).order_by(ListedService.service_id)
    found = db.session.scalars(query.options(joinedload(ListedService.service).joinedload(Service.category)))
    return {one.reference: one for one in found}


def check_retiring(plan: Plan, offer: OfferList, *, most: bool = False) -> None:
    """Raises Refusal when so many would retire that it may be a wrong or broken file; `most` allows it."""
    retiring = len(plan.of("retired"))
    if retiring and offer.lost:
        raise Refusal(
            "A refused row has no reference, so it is not known which services are missing from the list. "
            "Mend such rows first."
        )
    if retiring * 2 > plan.offered and not most:
        raise Refusal(
            f"This list names {plan.offered - retiring} of the {plan.offered} services that came from it; {retiring} "
            "would retire. If it is the right file, add --allow-retiring-most."
        )


def _step(entry: Entry, known: ListedService | None) -> Step:
    if known is None:
        return Step("added", entry.reference, None, entry.name)
    slug = known.service.slug
    if known.gone and known.service.state == "retired":
        return Step("came back", entry.reference, slug, entry.name)
    differs = [key for key, value in entry.said().items() if known.said.get(key) != value]
    if known.service.state == "retired":
        return Step("left alone", entry.reference, slug, entry.name)
    if "name" in differs:
        return Step("renamed", entry.reference, slug, f"“{known.said.get('name')}” → “{entry.name}”")
    if differs:
        return Step("changed", entry.reference, slug, f"{entry.name}: {', '.join(differs)}")
    return Step("unchanged", entry.reference, slug, entry.name)


def do_as_planned(
    plan: Plan,
    offer: OfferList,
    mapping: OfferMapping,
    file: ImportedFile,
    *,
    portal_zone: str,
    retiring_most: bool = False,
    at: datetime,
) -> Plan:
    """Do what was looked at, all of it or nothing; refuse when it would be something else by now."""
    only_one_import()
    if compare(offer, mapping) != plan:
        raise Refusal("The catalogue changed since the list was compared with it. Look again.")
    check_retiring(plan, offer, most=retiring_most)
    if not plan.changes:
        return plan
    writing = _Writing(offer, mapping, portal_zone, at)
    for step in plan.changes:
        writing.take(step)
    run = ImportRun(source=mapping.source, kind="services", file_name=file.name, file_sha256=file.sha256, at=at)
    run.rows_read, run.made, run.refused = offer.rows_read, len(plan.of("added")), len(offer.refused)
    db.session.add(run)
    db.session.flush()
    return plan


class _Writing:
    """One edition on its way into the catalogue. Requests, addresses and what was written here stay as they are."""

    def __init__(self, offer: OfferList, mapping: OfferMapping, portal_zone: str, at: datetime) -> None:
        self.offer, self.mapping, self.at = offer, mapping, at
        self.known = _known(mapping.source)
        self.hours = _hours(mapping, portal_zone, at)
        self.segments = ensure_segments({name for entry in offer.services.values() for name in entry.segments})

    def take(self, step: Step) -> None:
        if step.kind == "added":
            self._add(self.offer.services[step.reference])
        elif step.kind == "retired":
            self._retire(self.known[step.reference])
        else:
            self._follow(self.known[step.reference], self.offer.services[step.reference], step.kind)

    def _add(self, entry: Entry) -> None:
        service = add_service(
            slug=service_slug(entry.name),
            name=entry.name,
            summary=entry.summary,
            description=entry.description,
            hours_plan=self.hours,
            category=category_named(entry.category) if entry.category else None,
            first_answer_minutes=self.mapping.first_answer_minutes,
            resolution_minutes=self.mapping.resolution_minutes,
            for_segments=self._audience(entry.segments),
            at=self.at,
            state="live" if self.mapping.live else "draft",
            source=self.mapping.source,
            source_reference=entry.reference,
        )
        listed = ListedService(service=service, source=self.mapping.source, reference=entry.reference)
        listed.said = entry.said()
        db.session.add(listed)
        self._note(service, "opened", f"From the list {self.mapping.source}")

    def _audience(self, names: Sequence[str]) -> list[Segment]:
        return [self.segments[name] for name in names]

    def _follow(self, listed: ListedService, entry: Entry, kind: str) -> None:
        """Write what the list says otherwise than before; what it did not touch is the portal's own."""
        service, said = listed.service, entry.said()
        differs = {key for key, value in said.items() if listed.said.get(key) != value}
        for key in differs & {"name", "summary", "description"}:
            setattr(service, key, said[key])
        if "category" in differs:
            service.category = category_named(entry.category) if entry.category else None
        if "segments" in differs:
            service.for_everyone, service.for_segments = not entry.segments, self._audience(entry.segments)
        if kind == "came back":
            service.state, service.retired_at, service.retired_why, service.successor = "live", None, None, None
        listed.said, listed.gone = said, False
        service.search_words = search_words(service.name, service.summary, service.description)
        self._note(service, "opened" if kind == "came back" else "changed", self._words(kind, differs))
        self._save(service)

    def _words(self, kind: str, differs: set[str]) -> str:
        listed = f"in the list {self.mapping.source}"
        return f"Is {listed} again" if kind == "came back" else f"Changed {listed}: {', '.join(sorted(differs))}"

    def _retire(self, listed: ListedService) -> None:
        service = listed.service
        why = f"It is not in the list of {self.at:%Y-%m-%d} any more."
        service.state, service.retired_at, service.retired_why, listed.gone = "retired", self.at, why, True
        self._note(service, "retired", why)
        self._save(service)

    def _note(self, service: Service, kind: str, words: str) -> None:
        """For those who keep the offer: hundreds of changes at once are no news to customers."""
        change: dict[str, Any] = {"service": service, "at": self.at, "kind": kind, "note": words, "public": False}
        db.session.add(ServiceChange(**change))

    def _save(self, service: Service) -> None:
        service.version += 1
        db.session.flush()
        index_service(service, at=self.at)


def _hours(mapping: OfferMapping, portal_zone: str, at: datetime) -> HoursPlan:
    """The list's own service hours, or the desk's."""
    if mapping.windows is None:
        return desk_hours(zone=portal_zone, at=at)
    return hours_plan(f"Service hours ({mapping.source})", mapping.zone, mapping.windows, mapping.hours_in_words)
