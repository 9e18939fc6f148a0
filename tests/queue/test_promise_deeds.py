"""What the desk says about a promise, on its pages: priority, waiting for others, going on, a new time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.catalogue.models import ServiceTarget
from portal.extensions import db
from portal.requests import actions
from portal.requests.models import RequestEvent
from portal.web.moment import now
from tests.builders import a_person, a_request
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
DEEDS = ("priority", "hold", "go-on", "new-time")
GOOD: dict[str, dict[str, Any]] = {
    "priority": {"impact": 1, "urgency": 1},
    "hold": {"words": "The maker sends it on Friday."},
    "go-on": {"words": "It has come."},
    "new-time": {"expected": "2199-01-05T10:00", "why": "It is more than we thought."},
}


def bring(case: Case, deed: str) -> Case:
    """A request with which this deed can be done."""
    if deed == "go-on":
        actions.hold(case.request, words="We wait.", by=case.agent, at=now())
        db.session.commit()
    return case


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_has_a_page_and_says_what_it_did(visitor: Browser, case: Case, deed: str) -> None:
    bring(case, deed)
    agent = visitor(case.agent)
    assert f"/{deed}" in agent.get(case.desk).html
    done = agent.follow(agent.submit(f"{case.desk}/{deed}", GOOD[deed]))
    told = {
        "priority": "The priority of REQ-1001 is 1.",
        "hold": "REQ-1001 is on hold. The clock stands still, and the customer knows why.",
        "go-on": "REQ-1001 goes on. The clock runs again.",
        "new-time": "REQ-1001: the customer knows the new time.",
    }
    assert told[deed] in done.words


@pytest.mark.parametrize("deed", DEEDS)
def test_strangers_customers_and_other_roles_are_refused(visitor: Browser, case: Case, deed: str) -> None:
    bring(case, deed)
    address, before = f"{case.desk}/{deed}", case.kinds()
    for person in (case.customer, a_person(roles=("liaison", "manager", "administrator"))):
        browser = visitor(person)
        browser.get(address, expect=403)
        browser.post(address, GOOD[deed], expect=403)
    assert visitor().post(address, GOOD[deed]).location.startswith("/sign-in")
    visitor(case.agent).get(f"/queue/REQ-9999/{deed}", expect=404)
    visitor(case.agent).post(f"/queue/REQ-9999/{deed}", GOOD[deed], expect=404)
    assert case.kinds() == before


@pytest.mark.parametrize("deed", DEEDS)
def test_in_other_states_there_is_no_page_and_nothing_is_done(visitor: Browser, case: Case, deed: str) -> None:
    agent = visitor(bring(case, deed).agent)
    form = agent.get(f"{case.desk}/{deed}").form_for(f"{case.desk}/{deed}")
    actions.withdraw(case.request, words="", by=case.customer, at=now())
    db.session.commit()
    before = case.kinds()
    agent.get(f"{case.desk}/{deed}", expect=404)
    form |= {"version": str(case.request.version)}
    page = agent.post(f"{case.desk}/{deed}", {**form, **GOOD[deed]}, expect=422)
    assert "the request has moved on" in page.words and case.kinds() == before


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("priority", {"impact": "", "urgency": ""}),
    ("priority", {"impact": 4, "urgency": 1}),
    ("priority", {"impact": "x", "urgency": "1"}),
    ("hold", {"words": "   "}),
    ("hold", {"words": "x" * 1001}),
    ("go-on", {"words": "x" * 1001}),
    ("new-time", {"expected": "", "why": "Kept words"}),
    ("new-time", {"expected": "tomorrow", "why": "Kept words"}),
    ("new-time", {"expected": "2001-01-01T10:00", "why": "Kept words"}),
    ("new-time", {"expected": "9998-01-01T10:00", "why": "Kept words"}),
    ("new-time", {"expected": "2199-01-05T10:00", "why": ""}),
    ("new-time", {"expected": "2199-03-31T02:30", "why": "Kept words"}),
]


@pytest.mark.parametrize(("deed", "values"), WRONG)
def test_bad_input_is_refused_and_kept(visitor: Browser, case: Case, deed: str, values: dict[str, Any]) -> None:
    bring(case, deed)
    before = case.kinds()
    page = visitor(case.agent).submit(f"{case.desk}/{deed}", values, expect=422)
    kept = page.form_for(f"{case.desk}/{deed}")
    if values.get("why"):
        assert kept["why"] == "Kept words"
    if len(values.get("words", "")) > 1000:
        assert kept["words"] == values["words"]
    assert case.kinds() == before


@pytest.mark.parametrize("deed", ["hold", "go-on", "new-time"])
def test_sent_twice_it_is_done_once(visitor: Browser, case: Case, deed: str) -> None:
    agent = visitor(bring(case, deed).agent)
    form = agent.get(f"{case.desk}/{deed}").form_for(f"{case.desk}/{deed}") | GOOD[deed]
    first, second = (agent.post(f"{case.desk}/{deed}", form) for _ in range(2))
    assert first.location == second.location == case.desk
    kind = {"hold": "held", "go-on": "went_on", "new-time": "new_time"}[deed]
    assert db.session.query(RequestEvent).filter_by(kind=kind).count() == 1


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_was_slower_reads_first_and_keeps_the_words(visitor: Browser, case: Case, deed: str) -> None:
    agent = visitor(bring(case, deed).agent)
    form = agent.get(f"{case.desk}/{deed}").form_for(f"{case.desk}/{deed}") | GOOD[deed]
    actions.reply(case.request, words="One more thing.", by=case.customer, at=now())
    db.session.commit()
    page = agent.post(f"{case.desk}/{deed}", form, expect=409)
    assert "Somebody changed this request while you wrote" in page.words
    again = page.form_for(f"{case.desk}/{deed}")
    assert all(again.get(name) == str(value) for name, value in GOOD[deed].items())
    agent.post(f"{case.desk}/{deed}", again)


def test_where_every_priority_promises_the_same_the_page_says_it_once(visitor: Browser, case: Case) -> None:
    address = f"/queue/{case.request.reference}/priority"
    words = visitor(case.agent).get(address).words
    assert words.count("Stays") == 0 and words.count("This service promises the same for every priority.") == 1
    assert "It stays: done by" in words
    case.request.service.targets = [ServiceTarget(priority=1, first_answer_minutes=None, resolution_minutes=1)]
    db.session.commit()
    assert "No priority promises it sooner now. It stays: done by" in visitor(case.agent).get(address).words


def test_the_page_of_the_priority_shows_which_promise_follows(visitor: Browser, case: Case) -> None:
    request = a_request(case.customer, case.request.service, at=now())
    request.service.targets = [ServiceTarget(priority=1, first_answer_minutes=None, resolution_minutes=30)]
    db.session.commit()
    words = visitor(case.agent).get(f"/queue/{request.reference}/priority").words
    assert words.count("sooner than now. The customer is told.") == 1
    assert words.count("Stays: done by") == 3
    page = visitor(case.agent).submit(f"/queue/{request.reference}/priority", {"impact": 1, "urgency": 1})
    assert page.location == f"/queue/{request.reference}"
    db.session.expire_all()
    assert (request.impact, request.urgency, request.priority, request.resolution_minutes) == (1, 1, 1, 30)
    customer = visitor(case.customer).get(f"/requests/{request.reference}")
    assert "promised it sooner" in customer.words and "priority" not in customer.words.lower()


def test_the_new_time_is_read_on_the_clock_of_the_portal(visitor: Browser, case: Case) -> None:
    visitor(case.agent).submit(f"{case.desk}/new-time", {"expected": "2199-07-05T10:00", "why": "Later."})
    assert case.again().said_due_at == datetime(2199, 7, 5, 8, 0, tzinfo=UTC)


def test_the_page_proposes_a_time_after_the_promise(visitor: Browser, case: Case) -> None:
    request = a_request(case.customer, case.request.service, at=now())
    db.session.commit()
    form = (
        visitor(case.agent).get(f"/queue/{request.reference}/new-time").form_for(f"/queue/{request.reference}/new-time")
    )
    assert request.due_at
    assert form["expected"] > (request.due_at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
