"""A month of the desk's life, and those who may read about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from portal.extensions import db
from portal.people.models import Person
from portal.requests import actions as requests
from tests.builders import a_person, a_request, a_service, resolve

APRIL_20 = datetime(2026, 4, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def in_april() -> object:
    """It is Monday 20 April 2026, noon in Berlin."""
    with time_machine.travel(APRIL_20, tick=False):
        yield APRIL_20


@pytest.fixture
def manager(app: Flask) -> Person:
    person = a_person("Tomasz Berg", roles=("manager",))
    db.session.commit()
    return person


@pytest.fixture
def a_month(app: Flask) -> Callable[[int], None]:
    """So many requests in March 2026: most in time, every fourth late, every tenth open, every ninth withdrawn."""

    def live(number: int) -> None:
        service, other = a_service("Printing"), a_service("A folder")
        customer, agent = a_person(), a_person(roles=("agent",))
        for i in range(number):
            at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC) + timedelta(days=i % 28, minutes=i)
            one = a_request(customer, other if i % 3 else service, at=at)
            if i % 10 == 9:
                continue
            if i % 9 == 8:
                requests.withdraw(one, words="", by=customer, at=at + timedelta(minutes=5))
                continue
            resolve(one, by=agent, at=at + (timedelta(days=5) if i % 4 == 3 else timedelta(hours=1)))
        db.session.commit()

    return live
