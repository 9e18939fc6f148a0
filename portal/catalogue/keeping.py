"""Keeping the offer: drafts, changes, hours, and the life of a service from draft to retired.

Requests hold the hours and targets that they were promised, so nothing here touches one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.catalogue import queries
from portal.catalogue.actions import SOMETHING_ELSE, index_service, search_words
from portal.catalogue.closures import holidays_of, years_from
from portal.catalogue.models import Category, HoursPlan, RequestForm, Service, ServiceChange, ServiceTarget
from portal.extensions import db
from portal.measures.priority import USUAL_PRIORITY
from portal.measures.service_hours import ServiceHours
from portal.people.models import Person, Segment
from portal.refusal import Refusal
from portal.versions import claim_version
from portal.web.slugs import free_slug, slug_of

TAKEN_WORDS = frozenset({"new"})
"""Words that are addresses of their own where services are kept."""


@dataclass(frozen=True)
class Target:
    """Minutes of service time for one priority; None is as usual."""

    priority: int
    first_answer_minutes: int | None = None
    resolution_minutes: int | None = None


@dataclass(frozen=True)
class Offer:
    """What those who keep the offer say of a service. Without segments it is for everyone."""

    name: str
    summary: str
    description: str
    hours_plan: HoursPlan
    category: Category | None = None
    first_answer_minutes: int | None = None
    resolution_minutes: int | None = None
    for_segments: tuple[Segment, ...] = ()
    cost: str | None = None
    cost_each_cents: int = 0
    options: tuple[tuple[str, str], ...] = ()
    have_ready: str | None = None
    who_does_it: str | None = None
    owner: Person | None = None
    approval: str | None = None
    shared_with_department: bool = False
    targets: tuple[Target, ...] = ()


def draft_service(offer: Offer, *, by: Person, at: datetime) -> Service:
    """A service that only those who keep the offer see so far, with an empty list of questions."""
    _check(offer)
    service = Service(slug=service_slug(offer.name), state="draft", version=1)
    _write(service, offer)
    db.session.add(service)
    form = RequestForm(service=service, number=1, published_at=at, published_by=by, questions_data=[])
    db.session.add(form)
    db.session.flush()
    return service


def service_slug(name: str) -> str:
    """An address made from the name that no service has; it stays when the name changes."""
    slug = slug_of(name, "service")
    return free_slug(slug, queries.slugs_like(slug) | TAKEN_WORDS)


def edit_service(service: Service, offer: Offer, *, version: int, note: str, by: Person, at: datetime) -> None:
    """Write what is offered from now on. `note` is what customers read as new; without it they are told nothing."""
    _check(offer)
    if service.slug == SOMETHING_ELSE and offer.for_segments:
        raise Refusal(_("This service is for everyone: it is where people go who find no other."), field="audience")
    _claim(service, version)
    changed = ", ".join(_differences(service, offer))
    _write(service, offer)
    if note and service.is_live:
        _record(service, "changed", note, by, at)
    elif changed:
        _record(service, "changed", _("Changed: %(what)s", what=changed), by, at, public=False)
    db.session.flush()
    index_service(service, at=at)


def go_live(service: Service, *, note: str, version: int, by: Person, at: datetime) -> None:
    """Offer a draft, or offer again what had retired. Customers read the note as new."""
    if service.is_live:
        raise Refusal(_("“%(name)s” is offered already.", name=service.name))
    _claim(service, version)
    service.state = "live"
    service.retired_at = service.retired_why = service.successor = None
    _record(service, "opened", note, by, at)
    db.session.flush()
    index_service(service, at=at)


def retire(service: Service, *, why: str, successor: Service | None, version: int, by: Person, at: datetime) -> None:
    """Offer it no longer. Its address leads to the successor, or says why; its requests stay as they are."""
    if service.slug == SOMETHING_ELSE:
        raise Refusal(_("This service cannot retire: it is where people go who find no other."))
    if not service.is_live:
        raise Refusal(_("Only what is offered can retire."))
    if successor is not None:
        _check_successor(service, successor)
    _claim(service, version)
    service.state, service.retired_at, service.retired_why, service.successor = "retired", at, why, successor
    _record(service, "retired", why, by, at)
    db.session.flush()
    index_service(service, at=at)


def _check_successor(service: Service, successor: Service) -> None:
    """It must be offered, be another one, and not lead back to this one."""
    if successor.id == service.id:
        raise Refusal(_("A service cannot take its own place. Choose another one."), field="successor")
    if not successor.is_live:
        raise Refusal(_("Choose a service that is offered."), field="successor")
    following: Service | None = successor
    for _step in range(queries.LONGEST_CHAIN):
        following = following.successor if following else None
        if following is not None and following.id == service.id:
            raise Refusal(_("That service leads back to this one. Choose another one."), field="successor")


def add_hours(
    *,
    name: str,
    zone: str,
    windows: Sequence[tuple[int, int, int]],
    closed_on: Sequence[str],
    in_words: str,
    holidays: str | None = None,
    year: int = 0,
) -> HoursPlan:
    """New service hours, closed on one's own days and, from that year on, on the holidays of a place.

    Older ones stay as they are, with the services and requests that have them.
    """
    if not windows:
        raise Refusal(_("Enter when we are open on at least one day."), field="day_0")
    plan = HoursPlan(
        name=name,
        zone=zone,
        windows=[list(window) for window in windows],
        closed_on=sorted({*closed_on, *_holidays(holidays, year)}),
        in_words=in_words,
        holidays=holidays,
        holidays_until=years_from(year)[-1] if holidays else None,
    )
    _computable(plan)
    db.session.add(plan)
    db.session.flush()
    return plan


def _holidays(place: str | None, year: int) -> list[str]:
    try:
        return [day.isoformat() for day in holidays_of(place, years_from(year))]
    except ValueError:
        raise Refusal(_("No holidays are known of that place. Choose another one."), field="country") from None


def _computable(plan: HoursPlan) -> ServiceHours:
    try:
        return plan.hours
    except (ValueError, KeyError):
        raise Refusal(_("These hours overlap, or the time zone is not known. Look at each day again.")) from None


def category_named(name: str) -> Category:
    """The shelf with this name; a new one stands after the others."""
    found = db.session.scalar(select(Category).where(func.lower(Category.name) == name.lower()))
    if found:
        return found
    slug = slug_of(name, "shelf")
    taken = set(db.session.scalars(select(Category.slug).where(Category.slug.startswith(slug, autoescape=True))))
    last = db.session.scalar(select(func.max(Category.position))) or 0
    category = Category(slug=free_slug(slug, taken), name=name, position=last + 1)
    db.session.add(category)
    db.session.flush()
    return category


def _check(offer: Offer) -> None:
    first, done = offer.first_answer_minutes, offer.resolution_minutes
    if first is not None and done is not None and first > done:
        raise Refusal(_("The first answer cannot be promised later than the end."), field="first_answer")
    for one in offer.targets:
        _check_target(offer, one)


def _check_target(offer: Offer, target: Target) -> None:
    """What counts for a priority must fit together, its own targets with the usual ones."""
    first = target.first_answer_minutes or offer.first_answer_minutes
    done = target.resolution_minutes or offer.resolution_minutes
    row = f"target_{target.priority}"
    if first is not None and done is not None and first > done:
        raise Refusal(_("The first answer cannot be promised later than the end."), field=f"{row}_first")
    _check_order(first, offer.first_answer_minutes, target.priority, f"{row}_first")
    _check_order(done, offer.resolution_minutes, target.priority, f"{row}_done")


def _check_order(minutes: int | None, usual: int | None, priority: int, field: str) -> None:
    """What is more urgent is not promised later than usual, and what is less urgent not sooner."""
    if minutes is None or usual is None:
        return
    if priority < USUAL_PRIORITY and minutes > usual:
        raise Refusal(_("What is more urgent cannot be promised later than usual."), field=field)
    if priority > USUAL_PRIORITY and minutes < usual:
        raise Refusal(_("What is less urgent cannot be promised sooner than usual."), field=field)


def _claim(service: Service, version: int) -> None:
    words = _("Somebody changed this service while you wrote. Compare, then save again.")
    claim_version(service, version, otherwise=words)


PLAIN = (
    "name",
    "summary",
    "description",
    "hours_plan",
    "category",
    "first_answer_minutes",
    "resolution_minutes",
    "cost",
    "cost_each_cents",
    "have_ready",
    "who_does_it",
    "owner",
    "approval",
    "shared_with_department",
)


def _write(service: Service, offer: Offer) -> None:
    for name in PLAIN:
        setattr(service, name, getattr(offer, name))
    service.options = _options(offer)
    _write_targets(service, offer)
    service.for_everyone, service.for_segments = not offer.for_segments, list(offer.for_segments)
    service.search_words = search_words(offer.name, offer.summary, offer.description)


def _write_targets(service: Service, offer: Offer) -> None:
    kept = {one.priority: one for one in service.targets}
    service.targets = [_target(kept.get(one.priority), one) for one in offer.targets]


def _target(row: ServiceTarget | None, target: Target) -> ServiceTarget:
    row = row or ServiceTarget(priority=target.priority)
    row.first_answer_minutes, row.resolution_minutes = target.first_answer_minutes, target.resolution_minutes
    return row


def targets_of(service: Service) -> tuple[Target, ...]:
    """The targets of a service as an offer says them."""
    return tuple(Target(one.priority, one.first_answer_minutes, one.resolution_minutes) for one in service.targets)


def _options(offer: Offer) -> list[dict[str, str]]:
    return [{"label": label, "words": words} for label, words in offer.options]


def _differences(service: Service, offer: Offer) -> Iterator[str]:
    """The words for what an offer changes, for the history that keepers read."""
    said: dict[str, Any] = {
        _("name"): service.name != offer.name,
        _("words"): (service.summary, service.description) != (offer.summary, offer.description),
        _("shelf"): service.category != offer.category,
        _("hours"): service.hours_plan != offer.hours_plan,
        _("targets"): (service.first_answer_minutes, service.resolution_minutes)
        != (offer.first_answer_minutes, offer.resolution_minutes)
        or targets_of(service) != offer.targets,
        _("who can ask"): {one.id for one in service.for_segments} != {one.id for one in offer.for_segments},
        _("cost"): (service.cost, service.cost_each_cents) != (offer.cost, offer.cost_each_cents),
        _("ways to do it"): list(service.options or ()) != _options(offer),
        _("what to have ready"): service.have_ready != offer.have_ready,
        _("who does it"): service.who_does_it != offer.who_does_it,
        _("who keeps it"): service.owner != offer.owner,
        _("who says yes first"): service.approval != offer.approval,
        _("who can read the requests"): service.shared_with_department != offer.shared_with_department,
    }
    return (words for words, differs in said.items() if differs)


def _record(
    service: Service, kind: str, note: str, by: Person | None, at: datetime, *, public: bool = True
) -> ServiceChange:
    change = ServiceChange(service=service, at=at, by=by, kind=kind, note=note, public=public)
    db.session.add(change)
    return change
