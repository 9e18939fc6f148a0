"""Two at once: nobody is sent to two places, and one visit is moved once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from flask import Flask

from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person
from portal.visits.models import Visit
from portal.visits.moving import offered_times
from portal.visits.windows import overlap
from portal.web.moment import now, portal_zone
from tests.builders import a_person, a_request
from tests.visitor import Visitor
from tests.visits.plans import a_technician, a_visit, noon, plan_form, tomorrow

Browser = Callable[..., Visitor]


def at_once(posts: list[tuple[Visitor, str, dict[str, str]]]) -> list[int]:
    """Everybody sends their form at the same moment."""
    ready = [(browser, address, form | {"csrf_token": browser.token()}) for browser, address, form in posts]
    db.session.commit()
    db.session.remove()
    start = Barrier(len(ready))

    def send(number: int) -> int:
        browser, address, form = ready[number]
        start.wait()
        return browser.client.post(address, data=form).status_code

    with ThreadPoolExecutor(len(ready)) as pool:
        return sorted(pool.map(send, range(len(ready))))


@pytest.mark.both_databases
def test_six_who_plan_the_same_technician_at_once_plan_one_visit(app: Flask, visitor: Browser, always: Service) -> None:
    ben, posts = a_technician(), []
    for minutes in range(0, 60, 10):
        asked, browser = a_request(service=always, at=now()), visitor(a_person(roles=("agent",)))
        address = f"/visits/new/{asked.reference}"
        form = browser.get(address).form_for(address)
        posts.append((browser, address, form | plan_form(ben, start=f"12:{minutes:02}", end="13:30")))
    assert at_once(posts) == [303] + [422] * 5
    assert db.session.query(Visit).count() == 1


@pytest.mark.both_databases
def test_customers_who_want_the_same_time_at_once_do_not_both_get_it(
    app: Flask, visitor: Browser, always: Service
) -> None:
    ben, posts = a_technician(), []
    visits = [tomorrow(always, technician=ben)]
    for days in (2, 3):
        visits.append(tomorrow_in(days, always, ben))
    wanted = offered_times(visits[0], at=now(), zone=portal_zone())[-1][0]
    assert all(wanted in {start for start, _end in offered_times(one, at=now(), zone=portal_zone())} for one in visits)
    for visit in visits:
        browser, address = visitor(visit.request.customer), f"/visits/{visit.id}/move"
        posts.append((browser, address, browser.get(address).form_for(address) | {"start": wanted.isoformat()}))
    assert at_once(posts) == [303, 409, 409]
    windows = sorted((one.starts_at, one.ends_at) for one in db.session.query(Visit))
    assert not any(overlap(one, other) for one, other in pairwise(windows))


@pytest.mark.both_databases
def test_one_visit_moved_changed_and_cancelled_at_once_has_one_outcome(
    app: Flask, visitor: Browser, always: Service
) -> None:
    visit = tomorrow(always)
    customer, desk = visitor(visit.request.customer), visitor(a_person(roles=("agent",)))
    time = offered_times(visit, at=now(), zone=portal_zone())[4][0].isoformat()
    posts = []
    for browser, deed, more in (
        (customer, "move", {"start": time}),
        (desk, "change", {"place": "Canteen"}),
        (visitor(a_person(roles=("agent",))), "cancel", {"words": "No part"}),
    ):
        address = f"/visits/{visit.id}/{deed}"
        posts.append((browser, address, browser.get(address).form_for(address) | more))
    number = visit.id
    assert at_once(posts) == [303, 409, 409]
    assert db.session.get(Visit, number).sequence == 1


def tomorrow_in(days: int, service: Service, ben: Person) -> Visit:
    visit = a_visit(a_request(None, service, at=now()), ben, noon(days), at=now())
    db.session.commit()
    return visit
