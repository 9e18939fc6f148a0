"""Two people at one thing: the second one is told, and loses no words."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm.exc import StaleDataError

from portal.extensions import db
from portal.people.models import Person
from portal.requests import actions
from portal.requests.models import ServiceRequest
from portal.web.errors import _unexpected
from portal.web.moment import now
from tests.builders import a_person, a_request, a_service
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def agent(app: Flask) -> Person:
    return a_person("Kyra Lindqvist", roles=("agent",))


@pytest.fixture
def begun(agent: Person) -> ServiceRequest:
    """A request that has had its first answer: another one changes nothing but the conversation."""
    request = a_request(a_person(), a_service())
    actions.answer(request, words="We look at it.", by=agent, at=now())
    db.session.commit()
    return request


def test_two_agents_who_answer_at_once_are_told_of_one_another(
    visitor: Browser, agent: Person, begun: ServiceRequest
) -> None:
    first, second = visitor(agent), visitor(a_person("Noor", roles=("agent",)))
    address = f"/queue/{begun.reference}/write"
    forms = [one.get(f"/queue/{begun.reference}").form_for(address) for one in (first, second)]
    first.post(address, {**forms[0], "deed": "answer", "body": "Please restart it."})
    page = second.post(address, {**forms[1], "deed": "answer", "body": "Please do not restart it."}, expect=409)
    assert "Somebody changed this request while you wrote." in page.words
    assert "Please do not restart it." in page.words
    again = {**page.form_for(address), "deed": "answer", "body": "Please restart it twice."}
    second.post(address, again)


def test_an_answer_that_crosses_the_customers_reply_is_held_back(
    visitor: Browser, agent: Person, begun: ServiceRequest
) -> None:
    browser, address = visitor(agent), f"/queue/{begun.reference}/write"
    form = browser.get(f"/queue/{begun.reference}").form_for(address)
    visitor(begun.customer).post(f"/requests/{begun.reference}/replies", {"body": "It works again.", "once": "reply"})
    page = browser.post(address, {**form, "deed": "answer", "body": "Send it in."}, expect=409)
    assert "It works again." in page.words and "Send it in." in page.words


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StaleDataError("the row has another version"), 409),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (OSError(errno.EACCES, "Permission denied"), 500),
    ],
)
def test_what_a_colleague_or_a_full_disk_did_is_said_as_such(app: Flask, error: Any, status: int) -> None:
    with app.test_request_context("/"):
        answer = _unexpected(error)
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)
