"""What waits for somebody outside is not forgotten: a week of quiet, one letter to whoever works on it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.requests import actions, holds
from portal.requests.background import remind_of_holds
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.moment import as_if
from tests.builders import TUESDAY_10, a_person, a_request, a_service

DAY = timedelta(days=1)
WEEK = 7 * DAY


@pytest.fixture
def agent(app: Flask) -> Person:
    return a_person("Kyra Lind", roles=("agent",), email="kyra@example.com")


@pytest.fixture
def held(agent: Person) -> ServiceRequest:
    request = a_request()
    actions.hold(request, words="The maker sends a part.", by=agent, at=TUESDAY_10)
    db.session.commit()
    return request


def round_at(at: datetime) -> list[OutboxMessage]:
    """The reminders that there are after a round at this moment."""
    db.session.commit()
    with as_if(at):
        remind_of_holds()
    query = db.session.query(OutboxMessage).filter(OutboxMessage.subject.contains("waits for somebody else still"))
    return query.order_by(OutboxMessage.id).all()


@pytest.mark.both_databases
def test_after_a_week_of_quiet_whoever_has_it_is_reminded_once(held: ServiceRequest, agent: Person) -> None:
    version = held.version
    assert round_at(TUESDAY_10 + WEEK - DAY / 24) == []
    [letter] = round_at(TUESDAY_10 + WEEK)
    assert letter.to_address == agent.email and letter.thread == held.reference and letter.reply_to is None
    assert letter.body.startswith("Hello Kyra,\n\n“The printer is on fire” waits for somebody outside since Tuesday 14")
    assert "Nothing has happened for a week." in letter.body and "The maker sends a part." in letter.body
    assert f"/queue/{held.reference}" in letter.body
    assert len(round_at(TUESDAY_10 + WEEK + DAY / 24)) == len(round_at(TUESDAY_10 + 2 * WEEK - DAY)) == 1
    second = round_at(TUESDAY_10 + 2 * WEEK)[1]
    assert "for 2 weeks" in second.body
    db.session.refresh(held)
    assert held.version == version and held.state == "held", "whoever is writing meanwhile is not held up"


def test_whatever_happens_starts_the_week_again(held: ServiceRequest, agent: Person) -> None:
    actions.note(held, words="They said Friday.", by=agent, at=TUESDAY_10 + 5 * DAY)
    assert round_at(TUESDAY_10 + WEEK) == []
    [letter] = round_at(TUESDAY_10 + 5 * DAY + WEEK)
    assert "They said Friday." not in letter.body and "since Tuesday 14 April, 10:00" in letter.body


def test_nobody_is_reminded_of_what_goes_on_or_waits_for_the_customer(held: ServiceRequest, agent: Person) -> None:
    actions.go_on(held, words="", by=agent, at=TUESDAY_10 + DAY)
    asked = a_request()
    actions.ask_customer(asked, words="Which floor?", by=agent, at=TUESDAY_10)
    withdrawn = a_request()
    actions.hold(withdrawn, words="Ordered.", by=agent, at=TUESDAY_10)
    actions.withdraw(withdrawn, words="", by=withdrawn.customer, at=TUESDAY_10 + DAY)
    assert round_at(TUESDAY_10 + 3 * WEEK) == []


def test_who_is_away_is_stood_in_for_and_who_wants_no_mail_gets_none(held: ServiceRequest, agent: Person) -> None:
    agent.away_from_on = TUESDAY_10.date()
    agent.stand_in = a_person("Max Ohm", roles=("agent",), email="max@example.com")
    [letter] = round_at(TUESDAY_10 + WEEK)
    assert letter.to_address == "max@example.com"
    agent.stand_in.mail_wanted = "none"
    assert len(round_at(TUESDAY_10 + 2 * WEEK)) == 1
    agent.stand_in = None
    assert len(round_at(TUESDAY_10 + 3 * WEEK)) == 1


def test_all_are_reminded_of_however_many_there_are(agent: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "BATCH", 3)
    service, customer = a_service(), a_person()
    for number in range(7):
        request = a_request(customer, service)
        actions.hold(request, words="Ordered.", by=agent, at=TUESDAY_10)
        request.source = "elsewhere" if number == 6 else "portal"
    db.session.commit()
    assert len({letter.thread for letter in round_at(TUESDAY_10 + WEEK)}) == 6


def test_held_requests_are_found_by_indexes_alone(app: Flask) -> None:
    query = holds._forgotten(TUESDAY_10, after=0, size=50)
    sql = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = [row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert plan[0].startswith("SEARCH service_request USING INDEX ix_service_request_queue (next_due_at=?"), plan
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan
    assert RequestEvent.__tablename__ in " ".join(plan)
