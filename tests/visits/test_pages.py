"""The pages of visits, as each person meets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person
from portal.requests import watching
from portal.visits.models import Visit
from portal.web.moment import now
from portal.web.words import local_day
from tests.builders import a_person, a_request
from tests.visitor import Visitor, counted_statements
from tests.visits.plans import a_technician, a_visit, calendars_to, events_of, letters_to, noon, plan_form, tomorrow

Browser = Callable[..., Visitor]


def test_an_agent_plans_a_visit_from_the_desk(visitor: Browser, always: Service) -> None:
    asked, ben, agent = a_request(service=always, at=now()), a_technician(), a_person(roles=("agent",))
    browser = visitor(agent)
    address = f"/visits/new/{asked.reference}"
    assert address in browser.get(f"/queue/{asked.reference}").links()
    page = browser.follow(browser.submit(address, plan_form(ben, brings="A toner")))
    assert "The visit is planned" in page.html and "Ben Roth goes there" in page.words and "A toner" in page.words
    assert f"/visits/{db.session.query(Visit).one().id}/change" in page.links()


def test_a_visit_after_the_promised_time_asks_for_a_new_one(visitor: Browser, always: Service) -> None:
    said = []
    for minutes in (60, 9 * 1440):
        always.resolution_minutes = minutes
        asked, ben = a_request(service=always, at=now()), a_technician()
        browser = visitor(ben)
        said.append(browser.follow(browser.submit(f"/visits/new/{asked.reference}", plan_form(ben))).words)
    assert ["It ends after what we promised" in words for words in said] == [True, False]


def test_the_same_form_twice_plans_one_visit(visitor: Browser, always: Service) -> None:
    asked, ben = a_request(service=always, at=now()), a_technician()
    browser = visitor(ben)
    address = f"/visits/new/{asked.reference}"
    form = browser.get(address).form_for(address) | plan_form(ben)
    assert [browser.post(address, form).location for _time in range(2)] == [f"/queue/{asked.reference}"] * 2
    assert db.session.query(Visit).count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start": "14:00"}, "ten minutes after"),
        ({"place": " "}, "Enter a place"),
        ({"on": ""}, "Choose a day"),
        ({"on": "1000-01-01"}, "between 1970 and 2200"),
        ({"technician": "999999"}, "valid choice"),
        ({"brings": "x" * 301}, "at most 300"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    visitor: Browser, always: Service, wrong: dict[str, str], words: str
) -> None:
    asked, ben = a_request(service=always, at=now()), a_technician()
    address = f"/visits/new/{asked.reference}"
    page = visitor(ben).submit(address, plan_form(ben, brings="My very own words") | wrong, expect=422)
    assert words in page.words
    assert ("My very own words" in page.html) != ("brings" in wrong)


def test_an_hour_that_does_not_exist_is_refused(visitor: Browser, always: Service) -> None:
    asked, ben = a_request(service=always, at=now()), a_technician()
    address, year = f"/visits/new/{asked.reference}", now().year + 1
    last_sunday = max(day for day in range(25, 32) if now().replace(year=year, month=3, day=day).weekday() == 6)
    form = plan_form(ben, on=f"{year}-03-{last_sunday}", start="02:30", end="04:00")
    assert "does not exist" in visitor(ben).submit(address, form, expect=422).words


def test_the_customer_sees_who_comes_and_what_to_do(visitor: Browser, always: Service) -> None:
    customer = a_person("Mira Sand")
    visit = tomorrow(always, customer, brings="A toner")
    page = visitor(customer).get(f"/requests/{visit.request.reference}")
    for words in ("Ben Roth comes to you", "12:00 to 14:00", "3 East, desk 12", "Brings: A toner"):
        assert words in page.words
    for place in (".ics", "/move", "/cancel"):
        assert f"/visits/{visit.id}{place}" in page.links()
    assert "Queue" not in page.words


def test_who_only_reads_along_changes_nothing(visitor: Browser, always: Service) -> None:
    watcher = a_person()
    visit = tomorrow(always)
    watching.watch(visit.request, watcher, by=visit.request.customer, at=now())
    browser = visitor(watcher)
    page = browser.get(f"/requests/{visit.request.reference}")
    assert "Ben Roth comes to" in page.words and f"/visits/{visit.id}/move" not in page.links()
    browser.get(f"/visits/{visit.id}.ics")
    for deed in ("move", "cancel"):
        browser.get(f"/visits/{visit.id}/{deed}", expect=404)
        browser.post(f"/visits/{visit.id}/{deed}", {"words": "x"}, expect=404)


def test_the_customer_moves_it_to_a_free_time(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    browser = visitor(visit.request.customer)
    address = f"/visits/{visit.id}/move"
    page = browser.get(address)
    times = [one.get("value") for one in page.tree.iter("input") if one.get("name") == "start"]
    assert 5 <= len(times) <= 40 and "moves" not in page.words
    assert "Choose one of the times" in browser.submit(address, {}, expect=422).words
    after = browser.follow(browser.submit(address, {"start": times[-1]}))
    assert "The visit is moved" in after.html
    assert [event.kind for event in events_of(visit.request)][-1] == "visit_moved"


def test_an_old_page_gets_the_newest_times(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    browser = visitor(visit.request.customer)
    address = f"/visits/{visit.id}/move"
    form = browser.get(address).form_for(address)
    times = [one.get("value") for one in browser.get(address).tree.iter("input") if one.get("name") == "start"]
    browser.post(address, form | {"start": times[3]})
    page = browser.post(address, form | {"start": times[5]}, expect=409)
    assert "changed this visit" in page.words
    assert page.form_for(address)["version"] != form["version"]
    taken = browser.post(address, page.form_for(address) | {"start": "2001-01-01T10:00:00+00:00"}, expect=409)
    assert "free now" in taken.words and taken.form_for(address)["version"]
    assert "free now" in browser.post(address, page.form_for(address) | {"start": "nonsense"}, expect=409).words


def test_the_customer_may_cancel_it_with_a_word(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    browser = visitor(visit.request.customer)
    page = browser.follow(browser.submit(f"/visits/{visit.id}/cancel", {"words": "It works again"}))
    assert "The visit is cancelled." in page.html and "comes to you" not in page.words
    assert "cancelled the visit of" in page.words and "It works again" in page.words
    assert str(calendars_to(visit.technician)[-1]["METHOD"]) == "CANCEL"
    assert "It works again" in letters_to(visit.technician)[-1].body


def test_a_cancellation_keeps_the_words_when_it_is_too_late(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    browser = visitor(visit.request.customer)
    address = f"/visits/{visit.id}/cancel"
    form = browser.get(address).form_for(address) | {"words": "My reasons"}
    visit.place = "Elsewhere"
    assert "My reasons" in browser.post(address, form, expect=409).html


# --- the day plan -------------------------------------------------------------------------------------------------


def started(service: Service, ben: Person, **more: Any) -> Visit:
    """A visit that is going on now."""
    asked = a_request(None, service, at=now() - timedelta(hours=1))
    visit = a_visit(asked, ben, now() + timedelta(seconds=5), 0.5, at=now(), **more)
    visit.starts_at, visit.ends_at = now() - timedelta(minutes=1), now() + timedelta(minutes=29)
    db.session.commit()
    return visit


def day_of(visit: Visit) -> str:
    return f"/visits?on={local_day(visit.starts_at)}"


def test_a_day_from_the_first_visit_to_the_last(visitor: Browser, always: Service) -> None:
    ben = a_technician()
    visit = started(always, ben, brings="A drum")
    visit.request.customer.phone = "+49 (30) 1234-56"
    browser, day = visitor(ben), day_of(visit)
    page = browser.get(day)
    assert "tel:+4930123456" in page.links() and "Bring: A drum" in page.words
    browser.post(f"/visits/{visit.id}/on-my-way", {"minutes": "15"})
    assert "On the way since" in browser.get(day).words
    waiting = visitor(visit.request.customer).get(f"/requests/{visit.request.reference}").words
    assert "Ben is on the way (" in waiting and "There at about" in waiting
    browser.post(f"/visits/{visit.id}/arrived")
    assert "Arrived at" in browser.get(day).words
    page = browser.follow(browser.submit(f"/visits/{visit.id}/done", {"words": "A new drum.", "resolves": "y"}))
    assert "is resolved" in page.html and "Done at" in page.words
    assert visit.request.state == "resolved"


def test_nobody_there_from_the_phone(visitor: Browser, always: Service) -> None:
    ben = a_technician()
    visit = started(always, ben)
    browser = visitor(ben)
    assert "Say in a sentence" in browser.submit(f"/visits/{visit.id}/done", {"words": " "}, expect=422).words
    page = browser.follow(browser.submit(f"/visits/{visit.id}/nobody-there", {"words": "I knocked."}))
    assert "Nobody there at" in page.words and "I knocked." in page.words
    assert visit.request.state == "waiting"
    refused = browser.submit(f"/visits/{visit.id}/nobody-there", {"words": "Again."}, expect=422)
    assert "moved on" in refused.words and "Again." in refused.html


def test_days_and_people_can_be_chosen_and_nonsense_shows_today(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    ben, ada = visit.technician, a_technician("Ada Moss")
    browser = visitor(ada)
    assert "No visits on this day" in browser.get(day_of(visit)).words
    page = browser.get(f"{day_of(visit)}&of={ben.id}")
    assert page.heading.startswith("Visits of Ben Roth") and "3 East" in page.words
    for nonsense in ("on=2026-99-99", "on=0001-01-01", "of=abc", "of=99999999999999999999"):
        assert browser.get(f"/visits?{nonsense}").heading.startswith("My visits")


def test_the_day_plan_asks_as_little_for_many_visits_as_for_one(app: Flask, visitor: Browser, always: Service) -> None:
    ben = a_technician()
    for hour in range(2):
        a_visit(a_request(None, always, at=now()), ben, noon() + timedelta(hours=hour), 1, at=now())
    browser, day = visitor(ben), f"/visits?on={noon():%Y-%m-%d}"
    with counted_statements() as few:
        browser.get(day)
    for hour in range(2, 8):
        a_visit(a_request(None, always, at=now()), ben, noon() + timedelta(hours=hour), 1, at=now())
    with counted_statements() as many:
        assert browser.get(day).html.count('/cancel"') == 8
    assert len(few) == len(many) <= 4


# --- who may do what ----------------------------------------------------------------------------------------------

DESK_PAGES = ("change", "done", "nobody-there")
DESK_DEEDS = ("change", "on-my-way", "arrived", "done", "nobody-there")


def test_the_deeds_of_the_desk_are_closed_to_customers(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    browser = visitor(visit.request.customer)
    browser.get("/visits", expect=403)
    browser.get(f"/visits/new/{visit.request.reference}", expect=403)
    for deed in DESK_DEEDS:
        browser.post(f"/visits/{visit.id}/{deed}", {"words": "x"}, expect=403)
    for deed in DESK_PAGES:
        browser.get(f"/visits/{visit.id}/{deed}", expect=403)


def test_somebody_elses_visit_and_none_look_the_same(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    stranger, agent = visitor(a_person()), visitor(a_person(roles=("agent",)))
    for number in (visit.id, 999999, "9" * 25):
        for deed in ("move", "cancel"):
            stranger.get(f"/visits/{number}/{deed}", expect=404)
            stranger.post(f"/visits/{number}/{deed}", {"words": "x", "version": "1"}, expect=404)
        agent.get(f"/visits/{number}/move", expect=404)
    for deed in DESK_DEEDS:
        agent.post(f"/visits/{'9' * 25}/{deed}", {"words": "x"}, expect=404)
    agent.get("/visits/new/REQ-999999", expect=404)


def test_deeds_are_not_done_by_looking(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    browser = visitor(visit.technician)
    for deed in ("on-my-way", "arrived"):
        browser.get(f"/visits/{visit.id}/{deed}", expect=405)


def test_a_refused_tap_says_why(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    page = visitor(visit.technician).client.post(f"/visits/{visit.id}/on-my-way", data={})
    assert page.status_code == 400
    visit.starts_at, visit.ends_at = noon(3), noon(3) + timedelta(hours=1)
    db.session.commit()
    browser = visitor(visit.technician)
    answer = browser.client.post(f"/visits/{visit.id}/on-my-way", data={"csrf_token": browser.token()})
    assert answer.status_code == 422 and "Say so on that day" in answer.get_data(as_text=True)


def test_the_day_plan_offers_only_what_is_possible_on_that_day(visitor: Browser, always: Service) -> None:
    visit = tomorrow(always)
    page = visitor(visit.technician).get(f"/visits?on={local_day(visit.starts_at).isoformat()}")
    assert f"/visits/{visit.id}/change" in page.links() and f"/visits/{visit.id}/done" not in page.links()
    assert "On my way" not in page.words and "you say here that you are on your way" in page.words
