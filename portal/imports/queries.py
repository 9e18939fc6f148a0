"""What the database knows of a source already, and what an import may join on to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import select

from portal.catalogue.models import Category, HoursPlan, Service
from portal.extensions import db
from portal.people.models import Department, Person, Team
from portal.requests.models import ServiceRequest

AT_ONCE = 500
"""How many values stand in one statement; SQLite's oldest bound is 999."""


def known_references(source: str) -> set[str]:
    """The references of this source that are requests already (the unique pair of source and reference)."""
    query = select(ServiceRequest.source_reference).where(ServiceRequest.source == source)
    return {reference for reference in db.session.scalars(query) if reference is not None}


def people_of(source: str) -> dict[str, int]:
    """The people that this source brought, by how it names them."""
    query = select(Person.source_reference, Person.id).where(Person.source == source)
    return {name: number for name, number in db.session.execute(query) if name is not None}


def robots_of(source: str) -> set[str]:
    """Those whom this source brought and an administrator knows as machines, by how the source names them."""
    query = select(Person.source_reference).where(Person.source == source, Person.is_robot)
    return {name for name in db.session.scalars(query) if name is not None}


def people_by_email(addresses: Collection[str]) -> dict[str, int]:
    """Those of these addresses that belong to somebody (unique email)."""
    found: dict[str, int] = {}
    for some in _batches(addresses):
        rows = db.session.execute(select(Person.email, Person.id).where(Person.email.in_(some)))
        found |= {email: number for email, number in rows if email is not None}
    return found


def ids_by_name(model: type[Team] | type[Department], names: Collection[str]) -> dict[str, int]:
    """The teams or departments of these names (unique name)."""
    found: dict[str, int] = {}
    for some in _batches(names):
        found |= dict(db.session.execute(select(model.name, model.id).where(model.name.in_(some))).all())
    return found


def services_of(source: str) -> dict[str, Service]:
    """The services that this source brought, by how it names them."""
    query = select(Service).where(Service.source == source)
    return {service.source_reference: service for service in db.session.scalars(query) if service.source_reference}


def services_by_slug(slugs: Collection[str]) -> dict[str, Service]:
    """The portal's own services of these addresses (unique slug)."""
    found: dict[str, Service] = {}
    for some in _batches(slugs):
        services = db.session.scalars(select(Service).where(Service.slug.in_(some)))
        found |= {service.slug: service for service in services}
    return found


def all_slugs(model: type[Service] | type[Category]) -> set[str]:
    """Every address that is taken; a catalogue is a few hundred rows."""
    return set(db.session.scalars(select(model.slug)))


def shelves(names: Collection[str]) -> dict[str, Category]:
    """The shelves of these names; where two share a name, the first."""
    query = select(Category).where(Category.name.in_(names)).order_by(Category.id.desc())
    return {shelf.name: shelf for shelf in db.session.scalars(query)}


def find_hours_plan(*, name: str, zone: str, windows: list[Any]) -> HoursPlan | None:
    """A plan with this name and these very hours."""
    query = select(HoursPlan).where(HoursPlan.name == name, HoursPlan.zone == zone).order_by(HoursPlan.id)
    plans: Sequence[HoursPlan] = db.session.scalars(query).all()
    return next((plan for plan in plans if plan.windows == windows and plan.closed_on == []), None)


def _batches(values: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
