"""The second level, working time, what is next, and who else has the page open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Team
from portal.queue.models import DeskPresence
from portal.requests import actions
from portal.requests.models import RequestEvent
from portal.requests.states import POSSIBLE, STATES
from tests.builders import TUESDAY_10, a_person, a_request
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


# --- the second level -------------------------------------------------------------------------------------------------


def test_a_specialist_gets_it_with_the_reason_and_the_customer_reads_neither_reason_nor_level(
    visitor: Browser, case: Case
) -> None:
    max_ = a_person("Max Ohm", roles=("specialist",), email="max@example.com")
    agent = visitor(case.agent)
    values = {"specialist": max_.id, "reason": "The driver crashes, see dump"}
    page = agent.follow(agent.submit(f"{case.desk}/escalate", values))
    assert "REQ-1001 is with the second level now." in page.words
    assert "gave it to the second level, Max Ohm: The driver crashes, see dump" in page.words
    request = case.again()
    assert request.assignee_id == max_.id and request.escalated_at and request.priority == 3
    told = visitor(case.customer).get(case.page).words
    assert "A specialist looks at it now" in told and "driver" not in told and "second level" not in told
    letters = db.session.query(OutboxMessage).order_by(OutboxMessage.id).all()
    assert [one.to_address for one in letters if "specialist" in one.subject] == ["anna@example.com"]
    assert not [one for one in letters if "dump" in one.body and one.to_address == "anna@example.com"]
    assert "Second level 1" in agent.get("/queue?view=escalated").words


def test_a_second_time_it_is_handed_over_instead(visitor: Browser, case: Case) -> None:
    max_ = a_person("Max Ohm", roles=("specialist",))
    agent = visitor(case.agent)
    agent.submit(f"{case.desk}/escalate", {"specialist": max_.id, "reason": "Needs more"})
    page = agent.submit(f"{case.desk}/escalate", {"specialist": max_.id, "reason": "Again"}, expect=422)
    assert "The second level has it already." in page.words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": "Why"}, "Choose a specialist or a team."),
        ({"reason": " "}, "Say why it needs the second level."),
        ({"specialist": "agent", "reason": "Why"}, "hoice"),
        ({"specialist": "x", "reason": "Why"}, "hoice"),
    ],
)
def test_without_a_reason_or_a_specialist_it_stays(
    visitor: Browser, case: Case, values: dict[str, str], words: str
) -> None:
    if values.get("specialist") == "agent":
        values = {**values, "specialist": str(case.agent.id)}
    page = visitor(case.agent).submit(f"{case.desk}/escalate", values, expect=422)
    assert words in page.words and page.form_for(f"{case.desk}/escalate")["reason"] == values["reason"]
    assert case.kinds() == ["asked"]


@pytest.mark.parametrize("state", STATES)
def test_it_goes_up_only_while_it_is_worked_on(visitor: Browser, case: Case, state: str) -> None:
    team = Team(name="Network")
    db.session.add(team)
    case.bring_to(state)
    agent = visitor(case.agent)
    values = {"csrf_token": agent.token(), "level_team": team.id, "specialist": 0, "reason": "Why"}
    answer = agent.client.post(f"{case.desk}/escalate", data=values)
    assert answer.status_code == (303 if state in POSSIBLE["escalate"] else 422)


# --- working time -----------------------------------------------------------------------------------------------------


def test_minutes_are_written_down_and_taken_back_and_the_story_keeps_both(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    page = agent.follow(agent.submit(f"{case.desk}/minutes", {"spent": "35"}))
    assert "REQ-1001: 35 minutes are written down." in page.words and "35 minutes" in page.words
    page = agent.follow(agent.submit(f"{case.desk}/minutes", {"spent": "-15", "what_for": "That was another one"}))
    assert "took 15 written minutes back: That was another one" in page.words
    assert case.again().minutes_spent == 20 and case.kinds() == ["asked", "spent", "spent_less"]
    assert "minutes" not in visitor(case.customer).get(case.page).words


@pytest.mark.parametrize("spent", ["-1", "0", "", "x", "1.5", "10001", "-99999999999999999999"])
def test_minutes_that_were_never_written_cannot_be_taken_back(visitor: Browser, case: Case, spent: str) -> None:
    page = visitor(case.agent).submit(f"{case.desk}/minutes", {"spent": spent}, expect=422)
    assert page.form_for(f"{case.desk}/minutes")["spent"] == spent
    assert case.again().minutes_spent == 0


def test_the_same_minutes_sent_twice_count_once(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    form = agent.get(f"{case.desk}/minutes").form_for(f"{case.desk}/minutes") | {"spent": "10"}
    agent.post(f"{case.desk}/minutes", form)
    agent.post(f"{case.desk}/minutes", form)
    assert case.again().minutes_spent == 10


# --- what is next -----------------------------------------------------------------------------------------------------


def save_and_go_on(agent: Visitor, address: str) -> str:
    form = agent.get(address).form_for(f"{address}/write") | {"body": "Done", "deed": "answer", "then": "next"}
    return agent.post(f"{address}/write", form).location


def test_saving_goes_on_down_the_list_and_never_to_the_same(visitor: Browser, case: Case) -> None:
    second = a_request(service=case.request.service, summary="Second", at=TUESDAY_10 + timedelta(minutes=5))
    third = a_request(service=case.request.service, summary="Third", at=TUESDAY_10 + timedelta(minutes=10))
    theirs = a_request(service=case.request.service, summary="Theirs", at=TUESDAY_10 + timedelta(minutes=1))
    actions.take(theirs, by=a_person("Max", roles=("agent",)), at=TUESDAY_10 + timedelta(minutes=2))
    other_team = Team(name="Network")
    db.session.add(other_team)
    away = a_request(service=case.request.service, summary="Another team's", at=TUESDAY_10 + timedelta(minutes=2))
    actions.assign(away, to=None, team=other_team, why="", by=case.agent, at=TUESDAY_10 + timedelta(minutes=3))
    db.session.commit()
    agent = visitor(case.agent)
    assert save_and_go_on(agent, case.desk) == f"/queue/{second.reference}"
    assert save_and_go_on(agent, f"/queue/{second.reference}") == f"/queue/{third.reference}"
    assert save_and_go_on(agent, f"/queue/{third.reference}") == case.desk


def test_an_empty_queue_says_that_nothing_waits(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    address = save_and_go_on(agent, case.desk)
    assert address == "/queue?view=mine"
    assert "REQ-1001: your answer is sent. Nothing else waits for you." in agent.get(address).words


# --- who else is here -------------------------------------------------------------------------------------------------


def test_colleagues_see_who_has_the_page_open_and_writes_until_two_minutes_after(visitor: Browser, case: Case) -> None:
    with time_machine.travel(TUESDAY_10, tick=False) as clock:
        max_, agent = visitor(a_person("Max Ohm", roles=("specialist",))), visitor(case.agent)
        max_.post(f"{case.desk}/here", {"writing": ""})
        page = agent.follow(agent.post(f"{case.desk}/here"))
        assert "Max Ohm has had this page open since 10:00." in page.words and "Kyra" not in page.words
        clock.shift(90)
        max_.post(f"{case.desk}/here", {"writing": "yes"})
        assert "Max Ohm has had this page open since 10:00 and is writing." in agent.get(f"{case.desk}/here").words
        clock.shift(59)
        assert "and is writing." in agent.get(f"{case.desk}/here").words
        clock.shift(1)
        assert "Max Ohm had this page open until 10:01." in agent.get(f"{case.desk}/here").words, "no sign for a minute"
        clock.shift(61)
        assert "Nobody else at the moment." in agent.get(f"{case.desk}/here").words
        max_.post("/queue/REQ-1001/here")
    assert db.session.query(DeskPresence).filter_by(person_id=case.agent.id).count() == 1


def test_looking_at_the_page_writes_nothing_and_customers_give_no_sign(visitor: Browser, case: Case) -> None:
    visitor(case.agent).get(case.desk)
    visitor(case.customer).post(f"{case.desk}/here", expect=403)
    assert db.session.query(DeskPresence).count() == 0


def test_a_refused_writer_reads_what_happened_meanwhile(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    form = agent.get(case.desk).form_for(f"{case.desk}/write")
    actions.reply(case.again(), words="It smokes again", by=case.customer, at=TUESDAY_10 + timedelta(minutes=1))
    db.session.commit()
    page = agent.post(f"{case.desk}/write", {**form, "body": "My text", "deed": "answer"}, expect=409)
    event = db.session.query(RequestEvent).filter_by(kind="replied").one()
    box = next(one for one in page.tree.iter("div") if one.get("role") == "alert")
    words = " ".join("".join(box.itertext()).split())
    assert "Anna Berg wrote" in words and "It smokes again" in words and f"#event-{event.id}" in page.html
    assert page.form_for(f"{case.desk}/write")["body"] == "My text"
    agent.post(f"{case.desk}/write", page.form_for(f"{case.desk}/write"))
