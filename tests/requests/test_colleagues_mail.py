"""Mail to those who work on a request: greeted, as they want mail, and never kept from who is asked personally."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.approvals import actions as approvals
from portal.choices import actions as choices
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.queue import actions as queue
from portal.requests import actions
from portal.requests.models import ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.choices.offers import an_offer
from tests.visits.plans import a_visit

LATER = TUESDAY_10 + timedelta(minutes=30)


def chosen(agent: Person) -> ServiceRequest:
    request = a_request()
    offer = an_offer(request, by=agent)
    choices.pick(offer, 1, by=request.customer, at=LATER)
    return request


def approved(agent: Person) -> ServiceRequest:
    manager = a_person()
    request = a_request(a_person(manager=manager), a_service(approval="manager"))
    request.assignee = agent
    [approval] = db.session.query(approvals.Approval).filter_by(request_id=request.id)
    approvals.decide(approval, yes=True, words="Fine.", by=manager, at=LATER)
    return request


def named(agent: Person) -> ServiceRequest:
    request = a_request()
    queue.note(request, words=f"Please look, @{agent.name}", by=a_person(roles=("agent",)), at=LATER)
    return request


def visited(agent: Person) -> ServiceRequest:
    request = a_request()
    a_visit(request, agent)
    return request


def written(agent: Person) -> ServiceRequest:
    request = a_request()
    actions.take(request, by=agent, at=TUESDAY_10)
    actions.reply(request, words="Still on fire.", by=request.customer, at=LATER)
    return request


NEWS, PERSONAL = (chosen, approved, written), (named, visited)
Deed = Callable[[Person], ServiceRequest]


def an_agent(how: str) -> Person:
    return a_person("Max Ohm", roles=("agent", "specialist"), email="max@example.com", mail_wanted=how)


def letters_to(agent: Person, request: ServiceRequest) -> list[OutboxMessage]:
    db.session.flush()
    return db.session.query(OutboxMessage).filter_by(to_address=agent.email, thread=request.reference).all()


@pytest.mark.parametrize("deed", NEWS + PERSONAL)
def test_a_letter_to_a_colleague_begins_with_a_greeting(app: Flask, deed: Deed) -> None:
    agent = an_agent("each")
    [letter] = letters_to(agent, deed(agent))
    assert letter.body.startswith("Hello Max,\n\n") and not letter.in_digest


@pytest.mark.parametrize("deed", NEWS)
def test_news_comes_to_colleagues_as_they_want_mail(app: Flask, deed: Deed) -> None:
    agent = an_agent("digest")
    [letter] = letters_to(agent, deed(agent))
    assert letter.in_digest and "Hello" not in letter.body and letter.stop_link
    agent.mail_wanted, agent.email = "none", "quiet@example.com"
    assert letters_to(agent, deed(agent)) == []


@pytest.mark.parametrize("how", ["digest", "none"])
@pytest.mark.parametrize("deed", PERSONAL)
def test_who_is_asked_personally_is_always_told_at_once(app: Flask, deed: Deed, how: str) -> None:
    agent = an_agent(how)
    [letter] = letters_to(agent, deed(agent))
    assert letter.body.startswith("Hello Max,") and not letter.in_digest
    assert letter.stop_link is None, "a link that would not end this"


@pytest.mark.parametrize("how", ["digest", "none"])
def test_who_is_asked_for_a_yes_is_always_asked_at_once(app: Flask, how: str) -> None:
    manager = a_person("Mona Yes", email="mona@example.com", mail_wanted=how)
    request = a_request(a_person(manager=manager), a_service(approval="manager"))
    [letter] = letters_to(manager, request)
    assert letter.body.startswith("Hello Mona,") and letter.body.count("Hello") == 1 and not letter.in_digest
