"""Short ways to people, services and requests for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from portal.catalogue.actions import search_words
from portal.catalogue.models import Category, HoursPlan, RequestForm, Service
from portal.extensions import db
from portal.people.models import Person, RoleHeld, Segment
from portal.requests import actions as requests
from portal.requests.models import ServiceRequest

TUESDAY_10 = datetime(2026, 4, 14, 8, 0, tzinfo=UTC)
"""Tuesday 14 April 2026, 10:00 in Berlin: inside desk hours."""

_numbers = count(1)


def a_segment(name: str = "Finance") -> Segment:
    segment = Segment(slug=name.lower().replace(" ", "-"), name=name)
    db.session.add(segment)
    db.session.flush()
    return segment


def a_person(
    name: str | None = None, *, roles: tuple[str, ...] = (), segment: Segment | None = None, **more: Any
) -> Person:
    number = next(_numbers)
    person = Person(
        name=name or f"Person {number}",
        email=more.pop("email", f"person{number}@example.com"),
        created_at=TUESDAY_10,
        segment=segment,
        held=[RoleHeld(role=role) for role in roles],
        **more,
    )
    db.session.add(person)
    db.session.flush()
    return person


def desk_hours(zone: str = "Europe/Berlin") -> HoursPlan:
    """Monday to Friday, 08:00 to 18:00."""
    windows = [[weekday, 480, 1080] for weekday in range(5)]
    plan = HoursPlan(
        name="Desk hours", zone=zone, windows=windows, closed_on=[], in_words="Monday to Friday, 08:00 to 18:00"
    )
    db.session.add(plan)
    db.session.flush()
    return plan


def a_service(name: str | None = None, *, questions: list[dict[str, Any]] | None = None, **more: Any) -> Service:
    number = next(_numbers)
    name = name or f"Service {number}"
    segments = more.pop("for_segments", [])
    summary, description = more.pop("summary", "What it is"), more.pop("description", "All about it")
    service = Service(
        slug=more.pop("slug", f"service-{number}"),
        name=name,
        summary=summary,
        description=description,
        search_words=search_words(name, summary, description),
        hours_plan=more.pop("hours_plan", None) or desk_hours(),
        category=more.pop("category", None) or Category(slug=f"shelf-{number}", name=f"Shelf {number}"),
        first_answer_minutes=more.pop("first_answer_minutes", 60),
        resolution_minutes=more.pop("resolution_minutes", 600),
        for_everyone=not segments,
        for_segments=segments,
        **more,
    )
    db.session.add(service)
    db.session.add(RequestForm(service=service, number=1, published_at=TUESDAY_10, questions_data=questions or []))
    db.session.flush()
    return service


def a_request(
    customer: Person | None = None, service: Service | None = None, *, at: datetime = TUESDAY_10, **more: Any
) -> ServiceRequest:
    service = service or a_service()
    request = requests.submit_request(
        service=service,
        form=None,
        summary=more.pop("summary", "The printer is on fire"),
        details=more.pop("details", "Smoke comes out of the back."),
        answers=more.pop("answers", {}),
        by=customer or a_person(),
        at=at,
        **more,
    )
    db.session.flush()
    return request


def resolve(request: ServiceRequest, *, by: Person | None = None, at: datetime) -> ServiceRequest:
    agent = by or a_person(roles=("agent",))
    requests.resolve(request, words="It works again.", by=agent, at=at)
    db.session.flush()
    return request
