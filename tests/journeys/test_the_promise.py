"""From a virus to a promise kept: one story in a browser, with and without JavaScript, at the hours it is told for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from playwright.sync_api import Page, expect

from portal.catalogue.actions import ensure_something_else, index_service
from portal.choices.actions import Way, offer
from portal.extensions import db
from portal.jobs import run_due, walk_rounds
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.people.passwords import hash_password
from portal.requests.models import ServiceRequest
from portal.surveys.instruments import ensure_standard_wave
from portal.web.moment import as_if
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service, desk_hours
from tests.journeys.conftest import faults_of, sign_in
from tests.journeys.test_asking import Keyboard
from tests.journeys.test_the_whole_walk import PASSWORD

pytestmark = pytest.mark.browser

MODEL = "Dell OptiPlex 7070"


@dataclass
class Clock:
    """The hour of the story. It stands still until the story goes on."""

    at: datetime

    def strikes(self, hour: int, minute: int = 0, *, day: int = 14) -> None:
        """It is so late in Berlin, in April 2026."""
        self.at = datetime(2026, 4, day, hour, minute, tzinfo=UTC) - timedelta(hours=2)

    def work(self) -> None:
        """What a worker does at this hour."""
        db.session.remove()
        with as_if(self.at):
            walk_rounds()
            run_due(self.at + timedelta(seconds=1))
            walk_rounds()
        db.session.remove()


@pytest.fixture
def clock(app: Flask) -> Clock:
    """Every page is made at the hour of the story, whenever the test runs."""
    clock, answer = Clock(TUESDAY_10), app.wsgi_app

    def answer_then(environ: Any, start_response: Any) -> Iterable[bytes]:
        with as_if(clock.at):
            return answer(environ, start_response)

    app.wsgi_app = answer_then  # type: ignore[method-assign]
    return clock


@pytest.fixture
def company(app: Flask) -> None:
    """Two departments, one model of desktop that both have, and a helpdesk that is open from 8 to 18 in Berlin."""
    finance, sales = a_segment("Finance"), a_segment("Sales")
    secret = hash_password(PASSWORD)
    for name, roles, segment, device in (
        ("Priya Raman", (), finance, MODEL),
        ("Tom Adler", (), finance, MODEL),
        ("Omar Haddad", (), finance, "MacBook Air"),
        ("Lena Vogt", (), sales, MODEL),
        ("Cora Lind", ("communicator",), None, None),
        ("Marta Silva", ("manager",), None, None),
        ("Kyra Wolf", ("agent",), None, None),
        ("Teo Brandt", ("specialist",), None, None),
        ("Ines Costa", ("liaison",), None, None),
    ):
        first = name.partition(" ")[0].lower()
        person = a_person(name, roles=roles, segment=segment, device=device, email=f"{first}@example.com")
        person.password_hash, person.place, person.phone = secret, "3 East, desk 12", "+49 30 1234567"
    hours = desk_hours()
    service = a_service(
        "Computer repair",
        slug="computer-repair",
        summary="It is slow, broken, or shows a warning",
        hours_plan=hours,
        resolution_minutes=480,
        questions=[{"key": "computer", "kind": "text", "wording": "Which computer?", "required": True}],
    )
    index_service(service, at=TUESDAY_10)
    ensure_something_else(hours_plan=hours, at=TUESDAY_10)
    ensure_standard_wave(at=TUESDAY_10 - timedelta(days=1)).delay_hours = 0
    db.session.commit()


@pytest.mark.parametrize("javascript", [True, False], ids=["with_javascript", "without_javascript"])
@pytest.mark.timeout(180)
def test_a_promise_is_seen_before_asking_and_kept(
    app: Flask,
    company: None,
    clock: Clock,
    address: str,
    open_browser: Callable[..., Page],
    javascript: bool,
    tmp_path: Path,
) -> None:
    def comes(name: str, width: int = 1280) -> Page:
        page = open_browser(javascript=javascript, width=width)
        sign_in(page, address, f"{name}@example.com", PASSWORD)
        return page

    clock.strikes(8, 10)
    ines = comes("ines")
    owe_a_call_after_each_request(ines)
    write_the_incident(comes("cora"))
    release_it(comes("marta"), clock)

    clock.strikes(8, 30)
    priya = comes("priya", 390)
    say_me_too(priya, javascript)
    reference, promised = ask_anyway(priya, address, javascript)

    clock.strikes(8, 40)
    kyra = comes("kyra")
    link_to_the_incident(kyra, reference)
    plan_the_visit(kyra, address, reference)
    see_who_comes(priya, address, reference, tmp_path, javascript)

    clock.strikes(9, 0)
    offer_a_choice(kyra, address, reference, javascript)
    clock.strikes(9, 10)
    choose_with_one_press(priya, address, reference, javascript)

    teo = comes("teo", 390)
    visit_her(teo, priya, clock, address, reference, javascript)
    kept_as_promised(priya, address, reference, promised)

    clock.strikes(11, 0)
    clock.work()
    answer_with_one_tap(priya)
    clock.strikes(9, 0, day=15)
    make_the_call(ines, priya, address, reference, javascript)


@pytest.mark.parametrize("javascript", [True, False], ids=["with_javascript", "without_javascript"])
def test_a_choice_is_confirmed_from_the_mail_without_signing_in(
    app: Flask, company: None, clock: Clock, address: str, open_browser: Callable[..., Page], javascript: bool
) -> None:
    """Opening the link chooses nothing; the button on its page does, once."""
    clock.strikes(9, 0)
    priya, kyra = (db.session.query(Person).filter_by(email=f"{name}@example.com").one() for name in ("priya", "kyra"))
    ways = [
        Way(label="Repair", words="We clean the disk.", minutes=30, when_words="Today"),
        Way(label="A new laptop", words="We set up a new one.", minutes=120, when_words="Today at noon"),
    ]
    offer(a_request(priya, at=clock.at), words="Two ways help.", ways=ways, by=kyra, at=clock.at)
    db.session.commit()
    (mail,) = letters("you have a choice")
    link = next(word for word in mail.body.split() if word.endswith("option=2"))

    page = open_browser(javascript=javascript, width=390)
    page.goto(link)
    expect(page.locator("main")).to_contain_text("Nothing is chosen until you press the button")
    look(page, javascript)
    assert not letters("your choice is with us")
    page.get_by_role("button", name=re.compile("^Confirm this choice ?: A new laptop$")).click()
    expect(page.locator("main")).to_contain_text("You chose “A new laptop”")
    expect(page.get_by_role("button", name=re.compile("choice|Choose"))).to_have_count(0)
    assert [mail.to_name for mail in letters("your choice is with us")] == ["Priya Raman"]


def owe_a_call_after_each_request(ines: Page) -> None:
    ines.get_by_role("link", name="Callbacks").click()
    ines.get_by_role("link", name="After which requests we call").click()
    ines.get_by_label("Within how many service hours?").fill("9")
    ines.get_by_role("button", name="Make the rule").click()
    expect(ines.locator("#flash")).to_contain_text("The rule stands from now on")


def write_the_incident(cora: Page) -> None:
    """She names the service, the group and the model, and asks for a second pair of eyes."""
    cora.get_by_role("link", name="Notices").click()
    cora.get_by_role("link", name="Write a notice").first.click()
    cora.get_by_label("In one line").fill("A virus warning on Dell desktops")
    cora.get_by_label("What people should know and do").fill(
        "Please leave the computer on and off the network. An engineer comes to your floor from **10:00**."
    )
    cora.get_by_label("Which services are affected?").fill("Computer repair")
    cora.get_by_label("Finance").check()
    cora.get_by_label("Which devices are affected?").fill("OptiPlex 7070")
    cora.get_by_role("button", name="Keep it as a draft").click()
    cora.get_by_role("button", name="Ask for the release").click()
    expect(cora.locator("#flash")).to_contain_text("waits for a second pair of eyes")


def release_it(marta: Page, clock: Clock) -> None:
    """Somebody else reads it first. Then whoever has the model in that group is told by mail, and nobody else."""
    marta.get_by_role("link", name="Status").first.click()
    marta.get_by_role("link", name="A virus warning on Dell desktops").click()
    expect(marta.get_by_role("heading", name="2 people would be told by mail")).to_be_visible()
    marta.get_by_role("button", name="Release it and tell them").click()
    expect(marta.locator("#flash")).to_contain_text("is released")
    clock.work()
    told = {mail.to_name for mail in letters("Known incident: A virus warning on Dell desktops")}
    assert told == {"Priya Raman", "Tom Adler"}


def say_me_too(priya: Page, javascript: bool) -> None:
    """Three words by the keyboard, and she reads that it is known and that she is on the list."""
    keys = Keyboard(priya)
    keys.write(priya.get_by_role("searchbox"), "virus warning computer")
    priya.keyboard.press("Enter")
    expect(priya.get_by_role("heading", name="We already know")).to_be_visible()
    keys.press(priya.locator("#results").get_by_role("link", name="A virus warning on Dell desktops"))
    expect(priya.get_by_role("heading", level=1)).to_have_text("A virus warning on Dell desktops")
    expect(priya.locator("main")).to_contain_text("An engineer comes to your floor from 10:00")
    expect(priya.locator("main")).to_contain_text("You are on the list")
    look(priya, javascript)
    keys.press(priya.get_by_role("button", name="Me too"))
    expect(priya.locator("#flash")).to_contain_text("We write to you when there is news")
    expect(priya.locator("main")).to_contain_text("1 person said “me too”")


def ask_anyway(priya: Page, address: str, javascript: bool) -> tuple[str, str]:
    """The promise stands there before she asks; it is given back with the reference."""
    priya.goto(f"{address}/services/computer-repair")
    expect(priya.get_by_role("heading", name="We already know")).to_be_visible()
    expect(priya.get_by_role("heading", name="If you ask now, it is done by")).to_contain_text("16:30")
    priya.get_by_role("link", name="Ask for this").click()
    expect(priya.locator("#ask-known")).to_contain_text("A virus warning on Dell desktops")
    priya.get_by_label("In a few words").fill("Virus warning on my desktop")
    priya.get_by_label("Which computer?").fill("HW-0417")
    if javascript:
        expect(priya.get_by_role("heading", name="We already know")).to_be_visible()
    priya.get_by_role("button", name="Check my answers").click()
    promised = (
        priya.get_by_role("heading", level=2, name="If you send it now, it is done by").locator("em").inner_text()
    )
    assert "16:30" in promised
    priya.get_by_role("button", name="Send the request").click()
    expect(priya.get_by_role("heading", level=2).first).to_have_text(f"It is done by {promised}")
    priya.get_by_role("link", name="Follow it").click()
    return priya.url.rpartition("/")[2], promised


def link_to_the_incident(kyra: Page, reference: str) -> None:
    """She takes it in the queue and links it from there."""
    kyra.get_by_role("link", name="Queue").click()
    kyra.get_by_label(reference).check()
    kyra.get_by_role("button", name="Hand over or more").click()
    kyra.get_by_role("link", name="Link them to a known problem").click()
    kyra.get_by_label(re.compile("known problem", re.IGNORECASE)).select_option(index=0)
    kyra.get_by_role("button", name="Link it").click()
    expect(kyra.locator("#flash")).to_contain_text("1 request is linked")
    kyra.get_by_role("link", name="Virus warning on my desktop").click()
    kyra.get_by_role("button", name="Take it").click()
    expect(kyra.locator("main")).to_contain_text("This is about a known problem")


def plan_the_visit(kyra: Page, address: str, reference: str) -> None:
    kyra.get_by_role("link", name="Plan a visit").click()
    expect(kyra.get_by_label("Where to?")).to_have_value("3 East, desk 12")
    kyra.get_by_label("Who goes?").select_option(label="Teo Brandt")
    kyra.get_by_label("Day").fill("2026-04-14")
    kyra.get_by_label("From").fill("10:00")
    kyra.get_by_label("Until").fill("12:00")
    kyra.get_by_label("What do they bring?").fill("A clean disk and a spare laptop")
    kyra.get_by_role("button", name="Plan the visit").click()
    expect(kyra.locator("#flash")).to_contain_text("The customer is told")


def see_who_comes(priya: Page, address: str, reference: str, folder: Path, javascript: bool) -> None:
    """The window, who comes and where to stand on her page; the file opens in her calendar."""
    priya.goto(f"{address}/requests/{reference}")
    expect(priya.get_by_role("heading", name="Teo Brandt comes to you")).to_be_visible()
    expect(priya.locator(".visit-time")).to_have_text("10:00 to 12:00")
    expect(priya.locator(".visit")).to_contain_text("3 East, desk 12")
    expect(priya.get_by_role("heading", name="This is about a known problem")).to_be_visible()
    look(priya, javascript)
    with priya.expect_download() as download:
        priya.get_by_role("link", name="Add to calendar").click()
    download.value.save_as(folder / "visit.ics")
    calendar = Calendar.from_ical((folder / "visit.ics").read_bytes())
    (event,) = calendar.walk("VEVENT")
    assert event["dtstart"].dt == datetime(2026, 4, 14, 8, 0, tzinfo=UTC)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=2)
    assert "Teo Brandt" in event["summary"] and event["location"] == "3 East, desk 12"
    (invited,) = (mail for mail in letters("Teo Brandt comes on") if mail.to_name == "Priya Raman")
    assert invited.calendar and str(event["uid"]) in invited.calendar


def offer_a_choice(kyra: Page, address: str, reference: str, javascript: bool) -> None:
    """Two ways, side by side, with what each takes and what one gives up."""
    kyra.goto(f"{address}/queue/{reference}")
    kyra.get_by_role("link", name="Offer a choice").click()
    kyra.get_by_label("What the customer should know first").fill("The disk is damaged. Two ways help.")
    for number, label, words, minutes, when, gives_up in (
        (1, "Repair", "We clean the disk.", "30", "Today", "You get the new laptop next week"),
        (2, "A new laptop", "We set up a new one.", "120", "Today at noon", "Your old desktop"),
    ):
        option = kyra.get_by_role("group", name=f"Option {number}")
        option.get_by_label("What it is called").fill(label)
        option.get_by_label("What we do").fill(words)
        option.get_by_label("Minutes of the customer's time").fill(minutes)
        option.get_by_label("When: in words").fill(when)
        option.get_by_label("What the customer gives up with it").fill(gives_up)
    look(kyra, javascript)
    kyra.get_by_role("button", name="Send the offer").click()
    expect(kyra.locator("#flash")).to_contain_text("your offer is sent")


def choose_with_one_press(priya: Page, address: str, reference: str, javascript: bool) -> None:
    priya.goto(f"{address}/requests/{reference}")
    expect(priya.get_by_role("heading", name="How should we do it? You choose")).to_be_visible()
    for words in ("30 minutes", "120 minutes", "You get the new laptop next week"):
        expect(priya.locator(".offered")).to_contain_text(words)
    look(priya, javascript)
    Keyboard(priya).press(priya.get_by_role("button", name=re.compile("^Choose this ?: Repair$")))
    expect(priya.locator("#flash")).to_contain_text("You chose: Repair")
    expect(priya.locator("#status-panel")).to_contain_text("We promised to be done by")
    assert "Repair" in letters("the customer chose")[0].subject


def visit_her(teo: Page, priya: Page, clock: Clock, address: str, reference: str, javascript: bool) -> None:
    """On his telephone he says that he is on the way, there, and done; she sees each of it."""
    clock.strikes(9, 50)
    teo.goto(f"{address}/visits")
    expect(teo.locator(".day-plan")).to_contain_text("A clean disk and a spare laptop")
    look(teo, javascript)
    teo.get_by_label(re.compile("there in")).select_option(label="there in 10 min")
    teo.get_by_role("button", name="On my way").click()
    expect(teo.locator("#flash")).to_contain_text("Priya Raman knows that you are on the way")
    priya.goto(f"{address}/requests/{reference}")
    expect(priya.locator(".visit-now")).to_contain_text("Teo is on the way (09:50). There at about 10:00.")
    assert letters("Teo Brandt is on the way")[0].to_name == "Priya Raman"

    clock.strikes(10, 2)
    teo.get_by_role("button", name="Arrived").click()
    expect(teo.locator(".day-plan")).to_contain_text("Arrived at 10:02")
    priya.goto(f"{address}/requests/{reference}")
    expect(priya.locator(".visit-now")).to_contain_text("Teo has arrived (10:02)")

    clock.strikes(10, 40)
    teo.get_by_role("link", name="Done").click()
    teo.get_by_label("What was done?").fill("The disk is clean. Your new laptop comes on Monday.")
    teo.get_by_label("the request is resolved").check()
    look(teo, javascript)
    teo.get_by_role("button", name="Save it", exact=True).click()
    expect(teo.locator(".day-plan")).to_contain_text("Done at 10:40")


def kept_as_promised(priya: Page, address: str, reference: str, promised: str) -> None:
    """What she saw before she asked is what was kept: her page says so, and so does the mail."""
    priya.goto(f"{address}/requests/{reference}")
    panel = priya.locator("#status-panel")
    expect(panel.get_by_role("heading")).to_contain_text("as promised")
    expect(priya.locator("main")).to_contain_text("The disk is clean. Your new laptop comes on Monday.")
    request = db.session.query(ServiceRequest).one()
    assert request.original_due_at and request.resolved_at and request.due_at
    before_asking = datetime(2026, 4, 14, 14, 30, tzinfo=UTC)
    assert request.resolved_at < before_asking == request.original_due_at
    assert request.due_at - before_asking == timedelta(minutes=10), "ten minutes were hers, to choose in"
    db.session.rollback()
    resolved = [mail for mail in letters(reference) if "The disk is clean" in mail.body]
    assert [mail.to_name for mail in resolved] == ["Priya Raman"]
    assert "as promised" in resolved[0].body


def answer_with_one_tap(priya: Page) -> None:
    """The survey has a link for each answer; following one answers nothing, one press does."""
    (invitation,) = (mail for mail in letters("") if "/answer/" in mail.body)
    assert invitation.to_name == "Priya Raman"
    links = [word for word in invitation.body.split() if "score=" in word]
    assert len(links) == 5
    priya.goto(next(link for link in links if link.endswith("score=5")))
    expect(priya.get_by_label("Very satisfied", exact=True)).to_be_checked()
    priya.get_by_role("button", name="Send my answer").click()
    expect(priya.get_by_role("heading", level=1)).to_contain_text("Thank you")


def make_the_call(ines: Page, priya: Page, address: str, reference: str, javascript: bool) -> None:
    """The rule remembers the call. She makes it, and the customer's page says what came of it."""
    priya.goto(f"{address}/requests/{reference}")
    expect(priya.get_by_role("heading", name="A call from us")).to_be_visible()
    ines.get_by_role("link", name="Callbacks").first.click()
    ines.get_by_role("link", name="Priya Raman").click()
    expect(ines.locator("main")).to_contain_text("+49 30 1234567")
    look(ines, javascript)
    ines.get_by_label("Reached, and it works").check()
    ines.get_by_label("What was said").fill("All is well again.")
    ines.get_by_role("button", name="Note the call").click()
    expect(ines.locator("#flash")).to_contain_text("the call is noted")
    expect(ines.locator("main")).to_contain_text("No call is owed")
    priya.reload()
    expect(priya.locator("main")).to_contain_text("Ines Costa called: it works")


def letters(subject: str) -> list[OutboxMessage]:
    """The mail with these words in its subject, oldest first."""
    found = db.session.query(OutboxMessage).filter(OutboxMessage.subject.contains(subject))
    mails = found.order_by(OutboxMessage.id).all()
    db.session.expunge_all()
    db.session.rollback()
    return mails


def look(page: Page, javascript: bool) -> None:
    """The page is read by everybody: once is enough, and the tool that looks needs JavaScript."""
    if javascript:
        assert not faults_of(page)
