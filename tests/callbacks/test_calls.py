"""What a call came to, and the pages on which that is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.callbacks import actions
from portal.callbacks.models import Callback, CallbackRule
from portal.callbacks.states import DECLINED, HAPPY, LOW_SCORE, NOT_HAPPY, NOT_REACHED
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests.queries import public_events, timeline
from portal.requests.reopening import REOPENS_FOR
from portal.requests.telling import happened
from portal.web.moment import as_if, now
from tests.builders import TUESDAY_10, a_person
from tests.callbacks.calls import HOUR, a_callback, a_resolved, a_rule, answer, follow
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]


@pytest.fixture
def agent(app: Flask) -> Person:
    person = a_person("Jo Okafor", roles=("agent",))
    db.session.commit()
    return person


@pytest.fixture
def liaison(app: Flask) -> Person:
    person = a_person("Lia Winter", roles=("liaison",))
    db.session.commit()
    return person


@pytest.fixture
def owed(app: Flask) -> Callback:
    return a_callback(customer=a_person("Ana Ruiz", phone="4 711"), at=now() - timedelta(hours=1))


def note(callback: Callback, outcome: str, *, by: Person, words: str = "", reopen: bool = False) -> None:
    values = {"words": words, "reopen": reopen, "version": callback.version}
    actions.record(callback, outcome=outcome, by=by, at=now(), **values)
    db.session.flush()


def last_words(callback: Callback) -> str:
    return happened(public_events(callback.request)[-1])


def mail_about(callback: Callback) -> list[str]:
    query = select(OutboxMessage.subject).where(OutboxMessage.to_address == callback.person.email)
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


# --- what came of it ----------------------------------------------------------------------------------------------


def test_the_customer_reads_what_came_of_the_call_and_not_what_was_noted(owed: Callback, agent: Person) -> None:
    note(owed, HAPPY, by=agent, words="She was in a hurry.")
    assert (owed.outcome, owed.is_open, owed.called_by, owed.tries) == (HAPPY, False, agent, 1)
    assert last_words(owed) == "Jo Okafor called: it works"
    assert "hurry" not in " ".join(event.body or "" for event in timeline(owed.request, for_desk=True).events)


def test_somebody_who_is_not_reached_is_tried_three_times(owed: Callback, agent: Person) -> None:
    letters = len(mail_about(owed))
    for tries in (1, 2):
        note(owed, NOT_REACHED, by=agent)
        assert (owed.is_open, owed.tries) == (True, tries)
        assert last_words(owed) == "Jo Okafor called and reached nobody"
    assert len(mail_about(owed)) == letters
    note(owed, NOT_REACHED, by=agent)
    assert (owed.is_open, owed.outcome, owed.tries) == (False, NOT_REACHED, 3)
    assert mail_about(owed)[letters:] == [f"{owed.request.reference}: we could not reach you"]


def test_what_does_not_work_can_be_opened_again_at_once(owed: Callback, agent: Person) -> None:
    with pytest.raises(Refusal):
        note(owed, NOT_HAPPY, by=agent)
    note(owed, NOT_HAPPY, by=agent, words="It smokes again.", reopen=True)
    assert (owed.request.state, owed.outcome) == ("in_progress", NOT_HAPPY)
    assert [event.kind for event in public_events(owed.request)][-2:] == ["callback_done", "reopened"]


def test_only_what_does_not_work_is_opened_again(owed: Callback, agent: Person) -> None:
    with pytest.raises(Refusal):
        note(owed, HAPPY, by=agent, reopen=True)


def test_what_is_closed_cannot_be_opened_by_a_call(owed: Callback, agent: Person) -> None:
    a_week_later = owed.request.resolved_at + REOPENS_FOR  # type: ignore[operator]
    requests.close(owed.request, at=a_week_later)
    with as_if(a_week_later), pytest.raises(Refusal):
        note(owed, NOT_HAPPY, by=agent, words="It smokes.", reopen=True)


def test_a_call_is_noted_once(owed: Callback, agent: Person) -> None:
    note(owed, DECLINED, by=agent)
    with pytest.raises(Conflict):
        note(owed, HAPPY, by=agent)


# --- the desk's pages ---------------------------------------------------------------------------------------------


def test_what_is_due_first_stands_on_top(owed: Callback, agent: Person, visitor: Browser) -> None:
    rule = db.session.scalars(select(CallbackRule)).one()
    rule.within_hours, rule.made_at, rule.place_at = 1, TUESDAY_10, TUESDAY_10
    a_callback(customer=a_person("Bo Early"), rule=rule, at=now() - timedelta(days=20))
    page = visitor(agent).get("/callbacks")
    assert page.words.index("Bo Early") < page.words.index("Ana Ruiz")
    assert "1 is late" in page.words and "tel:4711" in page.links()


def test_a_long_list_goes_on_after_its_last_row(app: Flask, agent: Person, visitor: Browser) -> None:
    rule = a_rule()
    for _ in range(60):
        a_resolved()
    numbers = [one.id for one in follow(rule)]
    desk = visitor(agent)
    first = desk.get("/callbacks")
    rest = desk.get(next(link for link in first.links() if "after=" in link))
    shown = [link for page in (first, rest) for link in page.links() if link.startswith("/callbacks/")]
    assert sorted(shown) == sorted(f"/callbacks/{number}" for number in numbers)
    desk.get("/callbacks?after=nonsense")
    desk.get("/callbacks?after=0001-01-01~999999999")
    with counted_statements() as asked:
        desk.get("/callbacks")
    assert len(asked) <= 4


def test_noting_a_call_on_its_page(owed: Callback, agent: Person, visitor: Browser) -> None:
    desk = visitor(agent)
    page = desk.get(f"/callbacks/{owed.id}")
    assert page.heading == "Call Ana Ruiz" and "It works again." in page.words
    refused = desk.submit(f"/callbacks/{owed.id}/record", {"words": "Hm."}, at=f"/callbacks/{owed.id}", expect=422)
    assert "Choose what came of the call." in refused.words and "Hm." in refused.html
    sent = desk.submit(f"/callbacks/{owed.id}/record", {"outcome": HAPPY, "words": "Fine."}, at=f"/callbacks/{owed.id}")
    assert sent.location == "/callbacks"
    done = desk.get("/callbacks?view=done")
    assert "Reached, and it works" in done.words and "Jo Okafor" in done.words
    assert "Fine." in desk.get(f"/callbacks/{owed.id}").words
    desk.get(f"/callbacks/{owed.id}/record", expect=405)


def test_two_people_who_call_at_once(owed: Callback, agent: Person, liaison: Person, visitor: Browser) -> None:
    one, other = visitor(agent), visitor(liaison)
    address, place = f"/callbacks/{owed.id}/record", f"/callbacks/{owed.id}"
    forms = [browser.get(place).form_for(address) for browser in (one, other)]
    one.post(address, {**forms[0], "outcome": NOT_REACHED})
    again = one.post(address, {**forms[0], "outcome": NOT_REACHED})
    assert again.status == 303 and owed.tries == 1
    kept = other.post(address, {**forms[1], "outcome": HAPPY, "words": "She is glad."}, expect=409)
    assert "She is glad." in kept.html
    other.post(address, kept.form_for(address))
    db.session.refresh(owed)
    assert (owed.outcome, owed.tries) == (HAPPY, 2)


def test_a_customer_has_no_way_in(owed: Callback, visitor: Browser) -> None:
    customer = visitor(owed.person)
    for address in ("/callbacks", f"/callbacks/{owed.id}", "/callbacks/rules"):
        customer.get(address, expect=403)
    customer.post(f"/callbacks/{owed.id}/record", {"outcome": HAPPY}, expect=403)


# --- the customer -------------------------------------------------------------------------------------------------


def test_the_customer_sees_by_when_we_call_and_may_say_that_there_is_no_need(owed: Callback, visitor: Browser) -> None:
    customer = visitor(owed.person)
    page = customer.get(f"/requests/{owed.request.reference}")
    assert "We call you by" in page.words and "On 4 711." in page.words
    visitor(a_person()).post(f"/callbacks/{owed.id}/no-need", {}, expect=404)
    after = customer.follow(customer.post(f"/callbacks/{owed.id}/no-need", {}))
    assert "We do not call you" in after.html and "We call you by" not in after.words
    assert "You said that there is no need to call" in after.words
    db.session.refresh(owed)
    assert owed.outcome == "not_needed"
    customer.post(f"/callbacks/{owed.id}/no-need", {})
    customer.get(f"/callbacks/{owed.id}/no-need", expect=405)


def test_after_the_call_nobody_can_say_that_there_is_no_need(owed: Callback, agent: Person, visitor: Browser) -> None:
    note(owed, HAPPY, by=agent)
    refused = visitor(owed.person)._send(f"/callbacks/{owed.id}/no-need", method="POST", data={"csrf_token": ""})
    assert refused.status_code == 400
    with pytest.raises(Refusal):
        actions.say_no_need(owed, by=owed.person, at=now())
    assert "Jo Okafor called: it works." in visitor(owed.person).get(f"/requests/{owed.request.reference}").words


# --- calls that follow from an answer with a name -----------------------------------------------------------------


@pytest.fixture
def private(app: Flask) -> Callback:
    rule = a_rule(LOW_SCORE, at=now() - timedelta(days=1))
    done = a_resolved(customer=a_person("Ana Ruiz"), at=now() - timedelta(hours=2))
    answer(done, 1, at=now() - timedelta(hours=1))
    (made,) = follow(rule, at=now())
    return made


def test_only_who_sees_answers_with_names_sees_whom_we_call_for_one(
    private: Callback, agent: Person, liaison: Person, visitor: Browser
) -> None:
    manager = a_person(roles=("manager",))
    for person in (agent, manager):
        browser = visitor(person)
        assert "No call is owed" in browser.get("/callbacks").words
        browser.get(f"/callbacks/{private.id}", expect=404)
        browser.post(f"/callbacks/{private.id}/record", {"outcome": HAPPY}, expect=404)
    assert "A call from us" not in visitor(agent).get(f"/queue/{private.request.reference}").words
    assert "Ana Ruiz" in visitor(liaison).get("/callbacks").words
    assert "After a score of 1 or 2" in visitor(liaison).get(f"/callbacks/{private.id}").words


def test_a_call_that_nobody_may_know_of_hides_no_other_one(
    private: Callback, agent: Person, liaison: Person, visitor: Browser
) -> None:
    rule = actions.make_rule(which="all", share=1.0, service=None, within_hours=9, by=liaison, at=TUESDAY_10)
    private.request.keeps("callbacks")
    earlier = {c.name: getattr(private, c.name) for c in Callback.__table__.columns}
    private.rule_id, private.is_private = rule.id, False
    db.session.flush()
    db.session.add(Callback(**{name: value for name, value in earlier.items() if name not in ("id", "version")}))
    db.session.commit()
    assert "A call from us" in visitor(agent).get(f"/queue/{private.request.reference}").words


def test_whoever_answered_sees_that_we_call_and_who_reads_along_does_not(private: Callback, visitor: Browser) -> None:
    secretary = a_person("Sam")
    private.request.asked_by = secretary
    address = f"/requests/{private.request.reference}"
    assert "We call you by" in visitor(private.person).get(address).words
    page = visitor(secretary).get(address)
    assert "A call from us" not in page.words and "call" not in page.words.lower()
    visitor(secretary).post(f"/callbacks/{private.id}/no-need", {}, expect=404)


# --- rules --------------------------------------------------------------------------------------------------------


def test_a_liaison_makes_and_ends_rules(app: Flask, liaison: Person, visitor: Browser) -> None:
    browser = visitor(liaison)
    assert "There is no rule yet" in browser.get("/callbacks/rules").words
    wrong = browser.submit("/callbacks/rules", {"which": "sample", "percent": ""}, expect=422)
    assert "Enter a share from 1 to 100 percent." in wrong.words
    form = browser.get("/callbacks/rules").form_for("/callbacks/rules")
    sent = browser.post("/callbacks/rules", {**form, "which": "sample", "percent": "25", "within_hours": "4"})
    browser.post("/callbacks/rules", {**form, "which": "sample", "percent": "25", "within_hours": "4"})
    page = browser.follow(sent)
    assert "25 % of the resolved requests" in page.words and "within 4 service hours" in page.words
    (rule,) = db.session.scalars(select(CallbackRule)).all()
    browser.post(f"/callbacks/rules/{rule.id}/end", {})
    db.session.refresh(rule)
    assert rule.ended_at is not None
    browser.post("/callbacks/rules/999/end", {}, expect=404)
    browser.get(f"/callbacks/rules/{rule.id}/end", expect=405)


def test_an_agent_calls_and_makes_no_rules(app: Flask, agent: Person, visitor: Browser) -> None:
    visitor(agent).get("/callbacks/rules", expect=403)
    visitor(agent).post("/callbacks/rules", {"which": "all"}, expect=403)


def test_a_page_with_a_call_asks_one_question_more(owed: Callback, visitor: Browser) -> None:
    other = a_resolved(customer=owed.person, at=now() - HOUR)
    without, with_call = (f"/requests/{one.reference}" for one in (other, owed.request))
    customer, numbers = visitor(owed.person), []
    customer.get(without)
    for address in (without, with_call):
        with counted_statements() as asked:
            customer.get(address)
        numbers.append(len(asked))
    assert numbers[1] == numbers[0] + 1
