"""A customer with a line manager, a service that needs a yes, and those who could give it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
import time_machine
from flask import Flask

from portal.approvals.models import Approval
from portal.catalogue.models import Service
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.requests.models import RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service


@dataclass
class Office:
    customer: Person
    manager: Person
    director: Person
    owner: Person
    agent: Person
    service: Service

    def ask(self, *, at: datetime = TUESDAY_10, by: Person | None = None, **more: object) -> ServiceRequest:
        request = a_request(by or self.customer, self.service, at=at, summary="A second screen", **more)
        db.session.commit()
        return request


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[time_machine.Traveller]:
    """It is Tuesday 10:00 until a test says otherwise."""
    with time_machine.travel(TUESDAY_10, tick=False) as clock:
        yield clock


@pytest.fixture
def office(app: Flask) -> Office:
    director = a_person("Dora Dahl", email="dora@example.com")
    manager = a_person("Anna Berg", email="anna@example.com", manager=director)
    owner = a_person("Olaf Kern", email="olaf@example.com")
    customer = a_person("Carl Oks", email="carl@example.com", manager=manager)
    agent = a_person("Kyra Lind", email="kyra@example.com", roles=("agent",))
    service = a_service("Screens", approval="manager", owner=owner, cost="180 Euro", resolution_minutes=1200)
    db.session.commit()
    return Office(customer, manager, director, owner, agent, service)


def approvals() -> list[Approval]:
    db.session.expire_all()
    return list(db.session.query(Approval).order_by(Approval.id))


def kinds(request: ServiceRequest) -> list[str]:
    found = db.session.query(RequestEvent).filter_by(request_id=request.id).order_by(RequestEvent.id)
    return [one.kind for one in found]


def mail_to(person: Person) -> list[OutboxMessage]:
    return list(db.session.query(OutboxMessage).filter_by(to_address=person.email).order_by(OutboxMessage.id))


def link_to(person: Person) -> str:
    """The path of the newest link that was mailed to this person."""
    found = [re.search(r"/approvals/[\w-]{40,}", one.body) for one in mail_to(person)]
    return next(one.group() for one in reversed(found) if one)
