"""Working on a request: take it, answer, ask, note, resolve, hand it over; and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Team
from portal.requests import actions
from portal.requests.models import RequestEvent
from portal.requests.reopening import REOPENS_FOR
from portal.requests.states import POSSIBLE, STATES
from portal.web.moment import now
from tests.builders import a_person, a_request
from tests.files.uploads import PNG, file_links, many
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
WRITING = {"answer": "answer", "ask": "ask_customer", "note": "note", "resolve": "resolve", "reopen": "reopen"}
TOLD = {
    "answer": "REQ-1001: your answer is sent.",
    "ask": "REQ-1001: your question is sent. The clock stands still until the answer.",
    "note": "REQ-1001: your note is kept. Only colleagues read it.",
    "resolve": "REQ-1001 is resolved.",
    "reopen": "REQ-1001 is open again.",
}
LEADS_TO = {"answer": "in_progress", "ask": "waiting", "note": None, "resolve": "resolved", "reopen": "in_progress"}


@pytest.mark.parametrize("deed", WRITING)
@pytest.mark.parametrize("state", STATES)
def test_each_kind_of_writing_works_in_its_states_and_keeps_the_words_in_others(
    visitor: Browser, case: Case, deed: str, state: str
) -> None:
    case.bring_to(state)
    before, agent = case.kinds(), visitor(case.agent)
    possible = state in POSSIBLE[WRITING[deed]]
    form = agent.get(case.desk).form_for(f"{case.desk}/write") | {"body": "What I wrote", "deed": deed}
    page = agent.post(f"{case.desk}/write", form, expect=303 if possible else 422)
    if not possible:
        assert page.form_for(f"{case.desk}/write")["body"] == "What I wrote"
        assert "the request has moved on" in page.words
        assert case.kinds() == before and case.again().state == state
        return
    assert TOLD[deed] in agent.follow(page).words and "What I wrote" in agent.get(case.desk).words
    expected = LEADS_TO[deed] or state
    # Answering ends no waiting, neither the customer's, nor that for somebody outside or for a yes; and opens nothing.
    stays = deed == "answer" and state in ("waiting", "held", "approval", "resolved")
    assert case.again().state == (state if stays else expected)
    assert ("What I wrote" in visitor(case.customer).get(case.page).words) == (deed != "note")


def test_an_answer_after_the_end_reaches_the_customer_and_moves_nothing(visitor: Browser, case: Case) -> None:
    case.bring_to("resolved")
    case.request.assignee = None
    moments = "first_answered_at", "due_at", "resolved_at", "ended_at", "target_met", "decided_at", "pauses", "state"
    before = [getattr(case.request, one) for one in moments]
    visitor(case.agent).submit(f"{case.desk}/write", {"body": "Turn it off once.", "deed": "answer"}, at=case.desk)
    assert [getattr(case.again(), one) for one in moments] == before and case.request.assignee_id is None
    letter = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert letter and letter.to_address == "anna@example.com" and "Turn it off once." in letter.body


@pytest.mark.parametrize("state", ["resolved", "closed"])
def test_the_desk_opens_again_what_was_resolved_and_says_why(visitor: Browser, case: Case, state: str) -> None:
    case.bring_to(state)
    ola, due_at = a_person("Ola Ruud", roles=("agent",)), case.request.due_at
    page = visitor(ola).get(case.desk)
    assert "Open it again, and why" in page.words
    visitor(ola).submit(f"{case.desk}/write", {"body": "It is still locked.", "deed": "reopen"}, at=case.desk)
    request = case.again()
    assert (request.state, request.reopen_count, request.target_met) == ("in_progress", 1, None)
    assert request.assignee_id == case.agent.id and request.due_at > due_at
    told = visitor(case.customer).get(case.page).words
    assert "Ola Ruud" in told and "opened again" in told and "It is still locked." in told
    letters = {one.to_address: one for one in db.session.query(OutboxMessage).order_by(OutboxMessage.id)}
    assert "Ola Ruud has opened" in letters["anna@example.com"].body
    assert "It is still locked." in letters["anna@example.com"].body
    assert letters["kyra@example.com"].subject.endswith("opened again")


def test_the_desk_opens_nothing_after_the_seven_days(visitor: Browser, case: Case) -> None:
    case.bring_to("resolved")
    with time_machine.travel(case.request.resolved_at + REOPENS_FOR, tick=False):  # type: ignore[operator]
        browser = visitor(case.agent)
        page = browser.get(case.desk)
        assert "Open it again, and why" not in page.words
        form = page.form_for(f"{case.desk}/write") | {"body": "Still locked", "deed": "reopen"}
        refused = browser.post(f"{case.desk}/write", form, expect=422)
        assert "The seven days" in refused.words and refused.value("body").strip() == "Still locked"
        assert case.again().state == "resolved"


@pytest.mark.parametrize("state", STATES)
def test_taking_and_handing_over_are_for_open_requests(visitor: Browser, case: Case, state: str) -> None:
    case.bring_to(state)
    before, agent = case.kinds(), visitor(a_person("Max", roles=("specialist",)))
    is_open = state in POSSIBLE["take"]
    for deed, values in {"take": {}, "assign": {"to": case.agent.id, "team": 0}}.items():
        response = agent.client.post(f"{case.desk}/{deed}", data={"csrf_token": agent.token(), **values})
        assert response.status_code == (303 if is_open else 422), deed
        assert is_open or "the request has moved on" in response.get_data(as_text=True)
    assert (case.kinds() == before) == (not is_open)


def test_taking_says_so_and_starts_the_work(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    assert "You have REQ-1001 now." in agent.follow(agent.post(f"{case.desk}/take")).words
    request = case.again()
    assert (request.assignee_id, request.state, request.reassignment_count) == (case.agent.id, "in_progress", 0)
    agent.post(f"{case.desk}/take")
    assert case.kinds() == ["asked", "taken"]


def test_taking_what_a_colleague_has_is_counted(visitor: Browser, case: Case) -> None:
    max_ = a_person("Max", roles=("specialist",))
    visitor(case.agent).post(f"{case.desk}/take")
    visitor(max_).post(f"{case.desk}/take")
    assert (case.again().assignee_id, case.again().reassignment_count) == (max_.id, 1)


def test_handing_over_to_a_person_and_a_team_is_counted_from_the_second_time(visitor: Browser, case: Case) -> None:
    max_, team = a_person("Max Ohm", roles=("specialist",)), Team(name="Network")
    db.session.add(team)
    db.session.flush()
    agent = visitor(case.agent)
    page = agent.post(f"{case.desk}/assign", {"to": max_.id, "team": team.id, "why": "Needs a switch"})
    words = agent.follow(page).words
    assert "REQ-1001 is handed over." in words and "Max Ohm · Network" in words and "Needs a switch" in words
    assert case.again().reassignment_count == 0
    agent.post(f"{case.desk}/assign", {"to": 0, "team": team.id})
    assert (case.again().assignee_id, case.again().team_id, case.again().reassignment_count) == (None, team.id, 1)
    page = agent.post(f"{case.desk}/assign", {"to": 0, "team": team.id}, expect=422)
    assert "They have it already. Choose another person or team." in page.words
    assert case.again().reassignment_count == 1


def test_handing_over_to_nobody_is_refused(visitor: Browser, case: Case) -> None:
    page = visitor(case.agent).post(f"{case.desk}/assign", {"to": 0, "team": 0, "why": "My reason"}, expect=422)
    assert "Choose a person or a team." in page.words
    assert page.form_for(f"{case.desk}/assign")["why"] == "My reason"
    assert case.kinds() == ["asked"]


def test_handing_over_is_refused_to_customers_and_keeps_what_was_typed(visitor: Browser, case: Case) -> None:
    for wrong in (
        {"to": case.customer.id, "team": 0},
        {"to": 99999, "team": 0},
        {"to": "x", "team": 0},
        {"to": case.agent.id, "team": 77},
        {"to": case.agent.id, "team": 0, "why": "x" * 301},
    ):
        page = visitor(case.agent).post(f"{case.desk}/assign", {"why": "My reason", **wrong}, expect=422)
        assert page.form_for(f"{case.desk}/assign")["why"] == wrong.get("why", "My reason")
    assert case.kinds() == ["asked"]


@pytest.mark.parametrize("body", ["", "   ", "x" * 5001])
def test_empty_or_endless_words_are_refused_and_kept(visitor: Browser, case: Case, body: str) -> None:
    page = visitor(case.agent).post(f"{case.desk}/write", {"body": body, "deed": "answer"}, expect=422)
    assert page.form_for(f"{case.desk}/write")["body"] == body


@pytest.mark.parametrize("state", ["in_progress", "closed"])
def test_a_deed_that_does_not_exist_is_refused(visitor: Browser, case: Case, state: str) -> None:
    case.bring_to(state)
    page = visitor(case.agent).post(f"{case.desk}/write", {"body": "Words", "deed": "explode"}, expect=422)
    assert page.form_for(f"{case.desk}/write")["body"] == "Words"


@pytest.mark.both_databases
def test_two_agents_at_once_the_second_one_keeps_his_text(visitor: Browser, case: Case) -> None:
    first, second = visitor(case.agent), visitor(a_person("Max", roles=("agent",)))
    form = second.get(case.desk).form_for(f"{case.desk}/write")
    first.submit(f"{case.desk}/write", {"body": "I was quicker", "deed": "answer"}, at=case.desk)
    text = "A long answer of mine\n\nwith <b>signs</b>"
    page = second.post(f"{case.desk}/write", {**form, "body": text, "deed": "resolve"}, expect=409)
    again = page.form_for(f"{case.desk}/write")
    assert again["body"] == text and again["deed"] == "resolve"
    assert "Somebody changed this request while you wrote." in page.words and "I was quicker" in page.words
    second.post(f"{case.desk}/write", again)
    assert case.kinds() == ["asked", "answered", "resolved"]


def test_a_customer_who_wrote_meanwhile_is_read_before_an_answer_is_sent(visitor: Browser, case: Case) -> None:
    case.bring_to("waiting")
    agent = visitor(case.agent)
    form = agent.get(case.desk).form_for(f"{case.desk}/write")
    visitor(case.customer).post(f"{case.page}/replies", {"body": "The second floor"})
    page = agent.post(f"{case.desk}/write", {**form, "body": "Still waiting", "deed": "answer"}, expect=409)
    assert "The second floor" in page.words


def test_sending_an_answer_twice_writes_it_once(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    form = agent.get(case.desk).form_for(f"{case.desk}/write") | {"body": "Once", "deed": "answer"}
    agent.post(f"{case.desk}/write", form)
    agent.post(f"{case.desk}/write", form)
    assert case.kinds() == ["asked", "answered"]


def test_files_come_with_an_answer(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    agent.post(f"{case.desk}/write", {"body": "See", "deed": "answer", **many(("a.png", PNG), ("b.txt", b"x"))})
    assert len(file_links(agent.get(case.desk))) == len(file_links(visitor(case.customer).get(case.page))) == 2


@pytest.mark.parametrize("deed", ["write", "take", "assign", "priority"])
def test_customers_and_other_staff_do_no_work_of_the_desk(visitor: Browser, case: Case, deed: str) -> None:
    for person in (case.customer, a_person(roles=("liaison", "manager", "administrator"))):
        visitor(person).post(f"{case.desk}/{deed}", {"body": "x", "deed": "answer"}, expect=403)
    visitor().post(f"{case.desk}/{deed}", {"body": "x"}).location.startswith("/sign-in")
    assert case.kinds() == ["asked"]


@pytest.mark.parametrize("deed", ["write", "take", "assign"])
def test_nothing_is_done_by_looking_or_to_what_is_not_there(visitor: Browser, case: Case, deed: str) -> None:
    agent = visitor(case.agent)
    agent.get(f"{case.desk}/{deed}", expect=405)
    agent.post(f"/queue/REQ-98765/{deed}", {"body": "x"}, expect=404)


def test_the_page_leads_on_to_what_is_due_next(visitor: Browser, case: Case) -> None:
    a_request(service=case.request.service, summary="The next one")
    assert "The next one" in visitor(case.agent).get(case.desk).words


def test_who_answers_has_it(visitor: Browser, case: Case) -> None:
    visitor(case.agent).submit(f"{case.desk}/write", {"body": "Hello", "deed": "answer"}, at=case.desk)
    assert case.again().assignee_id == case.agent.id
    event = db.session.query(RequestEvent).filter_by(kind="answered").one()
    assert event.public and event.actor_id == case.agent.id


def test_take_it_stands_once_and_above_what_happened(visitor: Browser, case: Case) -> None:
    desk = visitor(case.agent)
    for _look in range(2):
        html = desk.get(case.desk).html
        assert html.count(f'action="{case.desk}/take"') == 1
        assert html.index(f'action="{case.desk}/take"') < html.index("What happened")
        actions.take(case.request, by=a_person("Jo", roles=("agent",)), at=now())
        db.session.commit()
    desk.submit(f"{case.desk}/take", at=case.desk)
    assert f"{case.desk}/take" not in desk.get(case.desk).html
