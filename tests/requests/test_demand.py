"""What is counted of a service: how often it was asked for, and how its promises went."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.catalogue.models import Service
from portal.extensions import db
from portal.requests import actions
from portal.requests.joining import merge
from portal.requests.models import ServiceRequest
from portal.requests.queries import demand_since
from portal.requests.states import DECLINED
from tests.builders import TUESDAY_10, a_person, a_request, a_service, resolve

LATE = TUESDAY_10 + timedelta(days=7)


@pytest.fixture
def service(app: Flask) -> Service:
    """Done within ten service hours, as was promised."""
    return a_service()


def counted(service: Service, *, since: datetime = TUESDAY_10) -> tuple[int, int, int]:
    db.session.flush()
    return demand_since(since)[service.id]


def late_and_open_again(service: Service) -> ServiceRequest:
    request = resolve(a_request(a_person(), service), at=LATE)
    actions.reopen(request, words="Still.", by=request.customer, at=LATE + timedelta(hours=1))
    return request


def test_promises_count_when_they_are_decided(service: Service) -> None:
    resolve(a_request(a_person(), service), at=TUESDAY_10 + timedelta(hours=1))
    resolve(a_request(a_person(), service), at=LATE)
    late_and_open_again(service)
    a_request(a_person(), service)
    assert counted(service) == (4, 3, 1)


@pytest.mark.parametrize("how", ["withdrawn", "declined", "merged"])
def test_what_ended_undone_has_neither_kept_nor_missed_a_promise(service: Service, how: str) -> None:
    request, at = late_and_open_again(service), LATE + timedelta(hours=2)
    assert counted(service) == (1, 1, 0)
    if how == "withdrawn":
        actions.withdraw(request, words="", by=request.customer, at=at)
    elif how == "merged":
        into = a_request(request.customer, service, at=at)
        merge(request, into, let_read=False, by=a_person(roles=("agent",)), at=at)
    else:
        request.enter(DECLINED)
    assert counted(service)[1:] == (0, 0)
