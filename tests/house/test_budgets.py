"""A page asks the database a fixed number of questions, however much has been filed, and each finds an index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from portal.extensions import db, end_reading
from portal.reports.background import count_months
from portal.requests import actions as requests
from portal.web.moment import now
from tests.builders import a_person, a_request, a_service, resolve
from tests.focus_groups.sessions import a_session, an_invitation
from tests.house.furniture import House, furnish
from tests.improvements.register import an_improvement
from tests.knowledge.articles import an_article
from tests.notices.board import released
from tests.visitor import Visitor, counted_statements

BUDGET = {
    ("customer", "/"): 3,
    ("customer", "/services"): 4,
    ("customer", "/services/{slug}"): 7,
    ("customer", "/services/{slug}/ask"): 4,
    ("customer", "/requests"): 5,
    ("customer", "/requests?view=ended"): 5,
    ("customer", "/requests?view=shared"): 5,
    ("customer", "/requests/{reference}"): 8,
    ("customer", "/approvals"): 4,
    ("agent", "/inbound"): 4,
    ("customer", "/you-said-we-did"): 5,
    ("customer", "/knowledge"): 4,
    ("customer", "/knowledge/{knowledge.slug}"): 5,
    ("agent", "/knowledge/writing"): 6,
    ("agent", "/knowledge/{knowledge.slug}/versions"): 7,
    ("customer", "/notices"): 5,
    ("customer", "/notices/{notices.reference}"): 5,
    ("customer", "/notices/services/{slug}"): 5,
    ("customer", "/notices/subscriptions"): 3,
    ("communicator", "/notices/desk"): 4,
    ("communicator", "/notices/{notices.reference}/work"): 8,
    ("manager", "/notices/{proposed}/release"): 8,
    ("agent", "/queue"): 6,
    ("agent", "/queue?view=mine&q=printer"): 6,
    ("agent", "/queue/{reference}"): 8,
    ("agent", "/visits"): 4,
    ("manager", "/reports"): 8,
    ("manager", "/reports/{period}"): 6,
    ("manager", "/improvements"): 6,
    ("manager", "/surveys"): 6,
    ("manager", "/surveys/{surveys.slug}"): 8,
    ("manager", "/portfolio"): 8,
    ("manager", "/portfolio/services"): 5,
    ("manager", "/portfolio/services/{slug}"): 7,
    ("manager", "/portfolio/services/{slug}/edit"): 8,
    ("manager", "/portfolio/services/{slug}/retire"): 6,
    ("manager", "/designer"): 3,
    ("manager", "/designer/{slug}"): 5,
    ("manager", "/designer/{slug}/history"): 6,
    ("liaison", "/focus-groups"): 6,
    ("liaison", "/focus-groups/{held}"): 8,
    ("customer", "/choices/{choices.reference}"): 4,
    ("agent", "/choices/{choices.reference}/new"): 5,
    ("liaison", "/callbacks"): 4,
    ("liaison", "/callbacks/{callbacks.number}"): 4,
    ("liaison", "/callbacks/rules"): 4,
    ("administrator", "/people"): 5,
    ("administrator", "/mail"): 5,
}
TO_SEND_A_REQUEST = 12


@pytest.fixture
def house(app: Flask) -> House:
    """Three of everything, with what is remembered between requests as in use, and the running month counted."""
    app.config["REMEMBER_SECONDS"] = 3600
    house = furnish()
    file_more(house, 2)
    count_months()
    return house


def file_more(house: House, number: int) -> None:
    """So many more of what grows, for the customer and the agent who look at it."""
    customer, agent = house.people["customer"], house.people["agent"]
    service = a_service()
    first = db.session.get(requests.ServiceRequest, 1)
    assert first is not None
    for n in range(number):
        person = a_person()
        for asks in (customer, person):
            open_one = a_request(asks, service, at=now() - timedelta(hours=n % 9 + 1), summary=f"Printer {n}")
            done = a_request(asks, service, at=now() - timedelta(days=n % 20 + 2))
            resolve(done, by=agent, at=now() - timedelta(days=n % 20 + 1))
        requests.take(open_one, by=agent, at=now())
        requests.answer(first, words="Still at it.", by=agent, at=now())
        an_improvement(house.people["manager"])
        an_article(agent, services=[service], at=now())
        released(by=house.people["manager"], author=house.people["communicator"], services=[service])
        an_invitation(a_session(moderator=house.people["liaison"]), person)
    db.session.commit()


def statements(app: Flask, house: House) -> dict[tuple[str, str], list[str]]:
    """What each page asks, once the process is warm."""
    seen = {}
    for role, address in BUDGET:
        visitor = Visitor(app)
        visitor.sign_in(house.people[role])
        place = re.sub(r"\{([\w.]+)\}", lambda match: house.places[match[1]], address)
        visitor.get(place, review=False)
        with counted_statements() as asked:
            visitor.get(place, review=False)
        seen[role, address] = list(asked)
    return seen


def test_each_page_asks_few_questions_and_not_more_when_much_is_filed(app: Flask, house: House) -> None:
    few = statements(app, house)
    file_more(house, 60)
    count_months()
    many = statements(app, house)
    over = {page: len(asked) for page, asked in many.items() if len(asked) > BUDGET[page]}
    grown = {page: (len(few[page]), len(many[page])) for page in BUDGET if len(few[page]) != len(many[page])}
    assert (over, grown) == ({}, {}), "\n".join(f"{page}\n  " + "\n  ".join(many[page]) for page in {**over, **grown})


def test_sending_a_request_asks_little(app: Flask, house: House) -> None:
    visitor = Visitor(app)
    visitor.sign_in(house.people["customer"])
    address = f"/services/{house.places['slug']}/ask"
    form = visitor.get(address).form_for(address)
    data = {**form, "summary": "The screen is black", "details": "Since today", "q_asset": "LT-1", "step": "send"}
    with counted_statements() as asked:
        visitor.post(address, data)
    assert len(asked) <= TO_SEND_A_REQUEST, "\n".join(asked)


# --- plans -------------------------------------------------------------------------------------------------------

GROWING = (
    "service_request",
    "request_event",
    "person",
    "sample_case",
    "invitee",
    "request_file",
    "outbox_message",
    "visit",
    "callback",
    "approval",
    "approval_link",
    "inbound_message",
    "request_watcher",
)
SORTED_BY_INDEX = ("service_request", "request_event", "ix_visit")
WATCHED = (
    ("customer", "/"),
    ("customer", "/requests"),
    ("customer", "/requests?view=ended"),
    ("customer", "/requests/{reference}"),
    ("agent", "/queue"),
    ("agent", "/queue?view=mine"),
    ("agent", "/queue?view=nobody"),
    ("agent", "/queue/{reference}"),
    ("agent", "/queue?view=escalated"),
    ("agent", "/visits"),
    ("agent", "/inbound"),
    ("agent", "/callbacks"),
    ("customer", "/requests?view=shared"),
    ("customer", "/approvals"),
    ("administrator", "/mail"),
)

Asked = list[tuple[str, Any]]


@contextmanager
def noted_statements() -> Iterator[Asked]:
    """The statements sent inside, with what was put in for their marks."""
    seen: Asked = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("role", "address"), WATCHED)
def test_no_page_reads_a_growing_table_from_end_to_end(app: Flask, house: House, role: str, address: str) -> None:
    visitor = Visitor(app)
    visitor.sign_in(house.people[role])
    place = re.sub(r"\{([\w.]+)\}", lambda match: house.places[match[1]], address)
    visitor.get(place, review=False)
    with noted_statements() as asked:
        visitor.get(place, review=False)
    faults = [fault for statement, values in asked for fault in faults_in_plan(statement, values)]
    assert not faults, "\n".join(faults)


def faults_in_plan(statement: str, values: Any) -> Iterator[str]:
    """Steps that would take longer the more there is. Walking a whole index of open rows in order is fine."""
    with db.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)]
    aliases = dict(re.findall(r"(\w+) AS (\w+)", statement))
    for step in plan:
        scanned = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
        table = scanned and next((t for t, a in aliases.items() if a == scanned[1]), scanned[1])
        in_order = scanned and (scanned[2] or f"ORDER BY {scanned[1]}.id" in statement)
        bounded = in_order and "LIMIT" in statement
        if table in GROWING and not bounded:
            yield f"{step}: {statement}"
        if "TEMP B-TREE" in step and any(name in plan[0] for name in SORTED_BY_INDEX):
            yield f"{step}: {statement}"


def test_the_plans_are_those_of_a_database_without_statistics(app: Flask) -> None:
    """The portal never runs ANALYZE, so a plan cannot turn for the worse when a table has grown."""
    with db.engine.connect() as connection:
        assert not connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'")).all()


@pytest.mark.both_databases
def test_what_the_server_has_prepared_for_a_page_outlives_it(app: Flask, visitor: Any) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite prepares nothing for later")
    agent = visitor(a_person(roles=("agent",)))
    for _ in range(8):  # the driver prepares what it has sent five times
        agent.get("/queue")
    db.session.remove()
    with db.engine.connect() as connection:
        prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    assert prepared >= 4


@pytest.mark.both_databases
def test_a_database_that_goes_away_while_a_page_is_read_breaks_nothing_more(app: Flask) -> None:
    db.session.connection().invalidate()
    end_reading()
    assert db.session.scalar(text("SELECT 1")) == 1
