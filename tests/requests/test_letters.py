"""Mail about a request: each event once, to whom it concerns; and a customer never reads a note."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.approvals.actions import ask_named
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Team
from portal.requests import actions
from portal.requests.background import watch_promises
from portal.web.moment import as_if
from tests.builders import TUESDAY_10, a_person, a_request
from tests.choices.offers import REPAIR, SWAP, an_offer
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
AT = TUESDAY_10 + timedelta(hours=3)


def letters() -> list[tuple[str, str]]:
    query = db.session.query(OutboxMessage).order_by(OutboxMessage.id)
    return [(one.to_address.partition("@")[0], one.subject.partition(": ")[2]) for one in query]


def test_asking_is_acknowledged_with_the_promise(case: Case) -> None:
    [letter] = db.session.query(OutboxMessage)
    assert letter.to_address == "anna@example.com" and letter.thread == "REQ-1001"
    assert letter.subject == "REQ-1001: we have your request"
    for words in ("The printer is on fire", "REQ-1001", "11:00", "10:00", "http://127.0.0.1:8000/requests/REQ-1001"):
        assert words in letter.body


def test_the_promise_says_for_whom_its_time_moves(case: Case) -> None:
    [letter] = db.session.query(OutboxMessage)
    assert "That time moves only while we wait for you or for others." in letter.body


@pytest.mark.parametrize("days", [0, 3])
def test_open_again_says_what_is_promised_now(case: Case, days: int) -> None:
    """The time since it was resolved is added; what was late before it was resolved stays late and is not promised."""
    resolved_at = AT if days == 0 else AT + timedelta(days=days)
    actions.resolve(case.request, words="W", by=case.agent, at=resolved_at)
    actions.reopen(case.request, words="Still", by=case.customer, at=resolved_at + timedelta(hours=1))
    db.session.commit()
    letter = db.session.query(OutboxMessage).filter_by(to_address="anna@example.com", subject="REQ-1001: open again")
    body = letter.one().body
    if days:
        assert case.request.due_at and case.request.due_at < AT + timedelta(days=days)
        assert "It is done by" not in body
        assert "We promised it by Wednesday 15 April, 10:00 and missed that. We are sorry." in body
    else:
        assert "It is done by Wednesday 15 April, 11:00 now: the time since it was resolved is added." in body


def test_open_again_says_the_time_that_we_expect_where_we_said_one(case: Case) -> None:
    said_at = AT + timedelta(days=2)
    actions.say_new_time(case.request, expected_at=said_at, why="A part is missing", by=case.agent, at=AT)
    actions.resolve(case.request, words="W", by=case.agent, at=AT)
    actions.reopen(case.request, words="Still", by=case.customer, at=AT + timedelta(hours=1))
    db.session.commit()
    letter = db.session.query(OutboxMessage).filter_by(to_address="anna@example.com", subject="REQ-1001: open again")
    body = letter.one().body
    assert "We promised it by Wednesday 15 April, 11:00 and will not manage that." in body
    assert "We expect it by Thursday 16 April, 14:00." in body


DEEDS = {
    "taken": ("received", lambda c: actions.take(c.request, by=c.agent, at=AT), [("anna", "somebody works on it")]),
    "answered": (
        "in_progress",
        lambda c: actions.answer(c.request, words="W", by=c.agent, at=AT),
        [("anna", "we wrote to you")],
    ),
    "asked the customer": (
        "in_progress",
        lambda c: actions.ask_customer(c.request, words="W", by=c.agent, at=AT),
        [("anna", "we have a question")],
    ),
    "resolved": (
        "in_progress",
        lambda c: actions.resolve(c.request, words="W", by=c.agent, at=AT),
        [("anna", "resolved")],
    ),
    "replied": (
        "waiting",
        lambda c: actions.reply(c.request, words="W", by=c.customer, at=AT),
        [("kyra", "the customer wrote")],
    ),
    "replied to nobody yet": ("received", lambda c: actions.reply(c.request, words="W", by=c.customer, at=AT), []),
    "confirmed": ("resolved", lambda c: actions.confirm(c.request, by=c.customer, at=AT), [("anna", "closed")]),
    "reopened": (
        "resolved",
        lambda c: actions.reopen(c.request, words="W", by=c.customer, at=AT),
        [("anna", "open again"), ("kyra", "opened again")],
    ),
    "withdrawn": (
        "in_progress",
        lambda c: actions.withdraw(c.request, words="W", by=c.customer, at=AT),
        [("anna", "withdrawn"), ("kyra", "withdrawn")],
    ),
    "closed by itself": ("resolved", lambda c: actions.close(c.request, at=AT), [("anna", "closed")]),
    "noted": ("in_progress", lambda c: actions.note(c.request, words="W", by=c.agent, at=AT), []),
    "prioritised": (
        "in_progress",
        lambda c: actions.set_priority(c.request, impact=1, urgency=1, by=c.agent, at=AT),
        [],
    ),
    "given to me by myself": (
        "received",
        lambda c: actions.assign(c.request, to=c.agent, team=None, why="", by=c.agent, at=AT),
        [],
    ),
}


@pytest.mark.parametrize("name", DEEDS)
def test_each_event_writes_its_letters_once(case: Case, name: str) -> None:
    state, deed, expected = DEEDS[name]
    case.bring_to(state)
    before = len(letters())
    deed(case)
    db.session.commit()
    assert letters()[before:] == expected


def test_a_colleague_is_told_what_is_handed_over_and_why(case: Case) -> None:
    colleague = a_person("Max Ohm", roles=("specialist",), email="max@example.com")
    team = Team(name="Network")
    db.session.add(team)
    actions.assign(case.request, to=colleague, team=team, why="Needs a switch", by=case.agent, at=AT)
    db.session.commit()
    letter = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert letter and letter.to_address == "max@example.com" and "Needs a switch" in letter.body
    assert "/queue/REQ-1001" in letter.body


def test_a_customer_without_an_address_is_served_all_the_same(case: Case) -> None:
    case.customer.email = None
    actions.answer(case.request, words="W", by=case.agent, at=AT)
    actions.resolve(case.request, words="W", by=case.agent, at=AT)
    assert len(letters()) == 1


def test_the_letters_of_a_request_are_one_thread_with_different_causes(case: Case) -> None:
    for words in ("One", "Two"):
        actions.answer(case.request, words=words, by=case.agent, at=AT)
    db.session.commit()
    kept = db.session.query(OutboxMessage).all()
    assert {one.thread for one in kept} == {"REQ-1001"}
    assert len({one.key for one in kept}) == len({one.message_id for one in kept}) == 3


def test_per_cent_signs_of_people_do_no_harm_to_our_sentences(case: Case) -> None:
    case.request.summary = "100%(name)s %d {0} {name}"
    actions.answer(case.request, words="%(link)s 50 %", by=case.agent, at=AT)
    db.session.commit()
    letter = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert letter and "100%(name)s %d {0} {name}" in letter.body and "%(link)s 50 %" in letter.body


SECRET = "zebra-secret-words"


def test_a_customer_never_reads_a_note(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    colleague = a_person("Max Ohm", roles=("specialist",))
    agent.submit(f"{case.desk}/write", {"body": SECRET, "deed": "note"}, at=case.desk)
    agent.post(f"{case.desk}/assign", {"to": colleague.id, "team": 0, "why": SECRET})
    agent.submit(f"{case.desk}/priority", {"impact": 1, "urgency": 1})
    assert SECRET in agent.get(case.desk).words
    browser = visitor(case.customer)
    for address in (case.page, f"{case.page}/sent", f"{case.page}/withdraw", "/requests", "/"):
        page = browser.get(address)
        assert SECRET not in page.html and "priority" not in page.words.lower()
    fragment = browser.get(case.page, headers={"HX-Request": "true", "HX-Target": "status-panel"}, review=False)
    assert "status-panel" in fragment.html and SECRET not in fragment.html
    refused = browser.post(f"{case.page}/replies", {"body": ""}, expect=422)
    assert SECRET not in refused.html
    for letter in db.session.query(OutboxMessage).filter_by(to_address="anna@example.com"):
        assert SECRET not in letter.body + letter.subject


def test_the_panel_that_refreshes_itself_says_when_the_rest_of_the_page_is_older(visitor: Browser, case: Case) -> None:
    browser, headers = visitor(case.customer), {"HX-Request": "true", "HX-Target": "status-panel"}
    address = browser.get(case.page).tree.find(".//*[@id='status-panel']").get("data-hx-get")
    assert "Something has happened" not in browser.get(address, headers=headers, review=False).html
    actions.answer(case.request, words="Here you are", by=case.agent, at=AT)
    db.session.commit()
    assert "Something has happened" in browser.get(address, headers=headers, review=False).html
    assert "Something has happened" not in browser.get(case.page).words


def test_moments_in_letters_are_as_true_when_they_are_read_days_later(case: Case) -> None:
    """No “today” and no bare weekday: weekday, day, month and clock time, to customers and colleagues alike."""
    request, agent = case.request, case.agent
    actions.hold(request, words="A part is on its way.", by=agent, at=AT)
    actions.go_on(request, words="", by=agent, at=AT + timedelta(hours=1))
    actions.say_new_time(request, expected_at=AT + timedelta(days=6), why="It is far.", by=agent, at=AT)
    an_offer(request, by=agent, at=AT, ways=(replace(REPAIR, when_at=AT + timedelta(days=2)), SWAP))
    ask_named(request, words=a_person("Mona Yes", email="mona@example.com").name, question="", by=agent, at=AT)
    late = a_request(case.customer)
    late.assignee = agent
    db.session.commit()
    with as_if(TUESDAY_10 + timedelta(days=3)):
        watch_promises()
    actions.resolve(late, words="Done.", by=agent, at=TUESDAY_10 + timedelta(days=3, hours=1))
    bodies = [one.body for one in db.session.query(OutboxMessage)]
    short = [body for body in bodies if re.search(r"today,|\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", body)]
    assert short == []
    assert len(bodies) > 10
    for words in (
        "It is done by Wednesday 15 April, ",
        "by Friday 17 April, ",
        "expects it by Monday 20 April, 13:00:",
    ):
        assert any(words in body for body in bodies), words
