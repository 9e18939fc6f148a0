"""Many at once: one thing is made, and whoever comes second is told so in plain words."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.requests import actions
from portal.requests.models import RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


def all_at_once(app: Flask, browser: Visitor, address: str, forms: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The same browser sends each form in a thread of its own; (status, location) of each answer."""
    db.session.commit()
    cookie = browser.client.get_cookie("session")
    assert cookie

    def send(form: dict[str, Any]) -> tuple[int, str]:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        answer = client.post(address, data=form)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


@pytest.mark.both_databases
def test_ten_parallel_posts_of_one_form_make_one_request(app: Flask, visitor: Browser) -> None:
    a_service(slug="printers")
    browser = visitor(a_person())
    form = browser.get("/services/printers/ask").form_for("/services/printers/ask")
    form |= {"summary": "Only once", "step": "send", "csrf_token": browser.token()}
    answers = all_at_once(app, browser, "/services/printers/ask", [form] * 10)
    assert {status for status, _location in answers} == {303}
    assert len({location for _status, location in answers}) == 1
    assert db.session.query(ServiceRequest).count() == 1


@pytest.mark.both_databases
def test_of_many_who_resolve_at_once_one_does_and_the_others_are_told(app: Flask, visitor: Browser) -> None:
    asked, agent = a_request(), visitor(a_person(roles=("agent",)))
    desk = f"/queue/{asked.reference}"
    token = agent.token()
    forms = []
    for number in range(6):
        form = agent.get(desk).form_for(f"{desk}/write")
        forms.append(form | {"body": f"Text {number}", "deed": "resolve", "csrf_token": token})
    statuses = sorted(status for status, _location in all_at_once(app, agent, f"{desk}/write", forms))
    assert statuses == [303] + [409] * 5
    assert db.session.query(RequestEvent).filter_by(kind="resolved").count() == 1


@pytest.mark.both_databases
def test_confirming_twice_at_once_closes_it_once(app: Flask, visitor: Browser) -> None:
    customer = a_person()
    asked = a_request(customer)
    actions.resolve(asked, words="Done", by=a_person(roles=("agent",)), at=TUESDAY_10)
    browser = visitor(customer)
    form = {"csrf_token": browser.token()}
    answers = all_at_once(app, browser, f"/requests/{asked.reference}/confirm", [form] * 5)
    statuses = sorted(status for status, _location in answers)
    assert statuses[0] == 303 and set(statuses[1:]) <= {409, 422}
    assert db.session.query(RequestEvent).filter_by(kind="confirmed").count() == 1
