"""Short ways to visits for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar
from sqlalchemy import select

from portal.catalogue.models import Service
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from portal.visits.actions import Plan, plan_visit
from portal.visits.models import Visit
from portal.web.moment import now, portal_zone
from tests.builders import TUESDAY_10, a_person, a_request

WEDNESDAY = datetime(2026, 4, 15, tzinfo=UTC)
"""The day after TUESDAY_10; Berlin is two hours ahead of UTC."""


def berlin(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """A moment on the clocks of Berlin, on Wednesday 15 April or some days later."""
    return WEDNESDAY + timedelta(days=days, hours=hour - 2, minutes=minute)


def a_technician(name: str = "Ben Roth", **more: Any) -> Person:
    return a_person(name, roles=("specialist",), **more)


def a_plan(technician: Person | None = None, start: datetime | None = None, hours: float = 2, **more: Any) -> Plan:
    start = start or berlin(10)
    place = more.pop("place", "3 East, desk 12")
    return Plan(technician or a_technician(), start, start + timedelta(hours=hours), place, **more)


def a_visit(
    request: ServiceRequest | None = None,
    technician: Person | None = None,
    start: datetime | None = None,
    hours: float = 2,
    *,
    by: Person | None = None,
    at: datetime = TUESDAY_10,
    **more: Any,
) -> Visit:
    """Planned on Tuesday at 10 for Wednesday 10:00 to 12:00, unless said otherwise."""
    request = request or a_request(at=at)
    by = by or a_person("Dana Desk", roles=("agent",))
    visit = plan_visit(request, a_plan(technician, start, hours, **more), by=by, at=at)
    db.session.flush()
    return visit


def events_of(request: ServiceRequest) -> list[RequestEvent]:
    return list(db.session.scalars(select(RequestEvent).filter_by(request_id=request.id).order_by(RequestEvent.id)))


def letters_to(person: Person) -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).filter_by(to_address=person.email).order_by(OutboxMessage.id)))


def calendars_to(person: Person) -> list[Calendar]:
    """The calendar objects that somebody got by mail, parsed."""
    return [Calendar.from_ical(letter.calendar) for letter in letters_to(person) if letter.calendar]


def only_event(calendar: Calendar) -> Any:
    (event,) = calendar.walk("VEVENT")
    return event


def noon(days: int = 1) -> datetime:
    """Noon in Berlin, some days from now."""
    return now().astimezone(portal_zone()).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def tomorrow(service: Service, customer: Person | None = None, **more: Any) -> Visit:
    asked = a_request(customer, service, at=now())
    visit = a_visit(asked, start=noon(), at=now(), **more)
    db.session.commit()
    return visit


def plan_form(technician: Person, **more: str) -> dict[str, str]:
    on = f"{noon():%Y-%m-%d}"
    values = {"technician": str(technician.id), "on": on, "start": "12:00", "end": "13:00", "place": "3 East"}
    return values | more
