"""A customer, an agent and a request between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal.extensions import db
from portal.people.models import Person
from portal.requests import actions
from portal.requests.models import RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@dataclass
class Case:
    """A request with the two people it is between; `bring_to` walks it into a state."""

    customer: Person
    agent: Person
    request: ServiceRequest

    @property
    def page(self) -> str:
        return f"/requests/{self.request.reference}"

    @property
    def desk(self) -> str:
        return f"/queue/{self.request.reference}"

    def bring_to(self, state: str) -> Case:
        request, at = self.request, TUESDAY_10 + timedelta(minutes=10)
        if state in ("in_progress", "waiting", "resolved", "closed"):
            actions.take(request, by=self.agent, at=at)
        if state == "waiting":
            actions.ask_customer(request, words="Which floor?", by=self.agent, at=at)
        if state in ("resolved", "closed"):
            actions.resolve(request, words="It works.", by=self.agent, at=at + timedelta(hours=1))
        if state == "closed":
            actions.confirm(request, by=self.customer, at=at + timedelta(hours=2))
        if state in ("approval", "held"):
            actions.wait(request, state, at=at)
        if state in ("declined", "merged"):
            request.enter(state)
            request.ended_at = at
        if state == "withdrawn":
            actions.withdraw(request, words="", by=self.customer, at=at)
        db.session.commit()
        assert request.state == state
        return self

    def again(self) -> ServiceRequest:
        db.session.expire_all()
        return self.request

    def kinds(self) -> list[str]:
        query = db.session.query(RequestEvent).filter_by(request_id=self.request.id)
        return [event.kind for event in query.order_by(RequestEvent.id)]


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    """The clock goes on from the afternoon of the day on which it was asked."""
    with time_machine.travel(TUESDAY_10 + timedelta(hours=5)):
        yield _case()


def _case() -> Case:
    customer = a_person("Anna Berg", email="anna@example.com")
    agent = a_person("Kyra Lind", roles=("agent",), email="kyra@example.com")
    return Case(customer, agent, a_request(customer, a_service("Printers", slug="printers")))
