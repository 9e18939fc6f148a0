"""The main job from end to end, as people do it: in a browser, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.catalogue.actions import ensure_something_else, publish_deal
from portal.extensions import db
from portal.focus_groups.models import Session
from portal.jobs import run_due, walk_rounds
from portal.mail.models import OutboxMessage
from portal.people.passwords import hash_password
from portal.requests.background import count_demand
from portal.surveys.instruments import ensure_standard_wave
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_segment, a_service, desk_hours
from tests.journeys.conftest import sign_in

PASSWORD = "four plain words together"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000154a24f5d0000000049454e44ae426082"
)

pytestmark = pytest.mark.browser


@pytest.fixture
def company(app: Flask) -> None:
    """A small company on an always open helpdesk, so that the hour of the test run plays no part."""
    hours = desk_hours("UTC")
    hours.windows = [[day, 0, 1440] for day in range(7)]
    hours.in_words = "Always open"
    finance = a_segment("Finance")
    secret = hash_password(PASSWORD)
    for name, roles in (("priya", ()), ("kyra", ("agent",)), ("ines", ("liaison",)), ("marta", ("manager",))):
        segment = finance if name == "priya" else None
        person = a_person(name.title(), email=f"{name}@example.com", roles=roles, segment=segment)
        person.password_hash = secret
    a_service(
        "Computer repair",
        slug="computer-repair",
        summary="It is slow, broken, or shows a warning",
        hours_plan=hours,
        questions=[
            {"key": "computer", "kind": "text", "wording": "Which computer?", "required": True},
            {"key": "cable", "kind": "yes_no", "wording": "Is the network cable plugged in?", "required": True},
        ],
    )
    ensure_something_else(hours_plan=hours, at=TUESDAY_10)
    publish_deal(
        mission="We keep everyone able to work.", promise="We say when.", in_return="Tell us.", by=None, at=TUESDAY_10
    )
    ensure_standard_wave(at=now() - timedelta(days=1)).delay_hours = 0
    db.session.commit()


@pytest.mark.both_databases
@pytest.mark.parametrize("javascript", [True, False], ids=["with_javascript", "without_javascript"])
@pytest.mark.timeout(180)
def test_a_request_becomes_a_change_that_its_customer_reads(
    app: Flask, company: None, address: str, open_browser: Callable[..., Page], javascript: bool, tmp_path: Path
) -> None:
    priya = open_browser(javascript=javascript, width=390)
    kyra, ines, marta = (open_browser(javascript=javascript) for _ in range(3))
    for page, name in ((priya, "priya"), (kyra, "kyra"), (ines, "ines"), (marta, "marta")):
        sign_in(page, address, f"{name}@example.com", PASSWORD)

    reference = find_and_ask(priya)
    answer_and_resolve(kyra, priya, address, reference)
    answer_the_survey(priya, address)
    report_of_the_month(marta, address, tmp_path)
    plan_and_hold_a_focus_group(ines, priya, address)
    improve(ines, address)

    priya.goto(f"{address}/you-said-we-did")
    expect(priya.locator("main")).to_contain_text("Nobody told me when he would come.")
    expect(priya.locator("main")).to_contain_text("Every visit has a window of two hours.")


def find_and_ask(priya: Page) -> str:
    """She searches, reads the promise, forgets an answer, mends it, checks everything and sends."""
    priya.get_by_role("searchbox").fill("slow")
    priya.get_by_role("button", name="Search").click()
    priya.get_by_role("link", name="Computer repair").click()
    expect(priya.get_by_role("heading", level=2).first).to_contain_text("If you ask now, it is done by")
    priya.get_by_role("link", name="Ask for this").click()
    priya.get_by_label("In a few words").fill("Virus warning on my desktop")
    priya.get_by_label("Which computer?").fill("HW-0417")
    priya.get_by_label("Pictures or files").set_input_files(
        {"name": "warning.png", "mimeType": "image/png", "buffer": PNG}
    )
    priya.get_by_role("button", name="Check my answers").click()
    expect(priya).to_have_title(re.compile("^Error: "))
    priya.get_by_role("link", name="Say yes or no.").click()
    expect(priya.get_by_label("In a few words")).to_have_value("Virus warning on my desktop")
    expect(priya.locator("#kept-files")).to_contain_text("warning.png")
    priya.get_by_label("Yes").check()
    priya.get_by_role("button", name="Check my answers").click()
    expect(priya.get_by_role("heading", level=1)).to_have_text("Check your answers")
    expect(priya.locator("main")).to_contain_text("HW-0417")
    priya.get_by_role("button", name="Send the request").click()
    expect(priya.get_by_role("heading", level=1)).to_have_text("We have your request")
    expect(priya.get_by_role("heading", level=2).first).to_contain_text("It is done by")
    priya.get_by_role("link", name="Follow it").click()
    expect(priya.locator("#status-panel")).to_contain_text("Received")
    expect(priya.get_by_role("link", name="warning.png")).to_be_visible()
    return priya.url.rpartition("/")[2]


def answer_and_resolve(kyra: Page, priya: Page, address: str, reference: str) -> None:
    """She takes it, asks, gets an answer and resolves; the customer sees each step and says that it works."""
    kyra.get_by_role("link", name="Queue").click()
    kyra.get_by_label("Words or reference").fill(reference)
    kyra.get_by_role("button", name="Show").click()
    kyra.get_by_role("link", name="Virus warning on my desktop").click()
    kyra.get_by_role("button", name="Take it").click()
    write(kyra, "Repair it now, or a new laptop?", "A question to the customer", "your question is sent")
    priya.goto(f"{address}/requests/{reference}")
    expect(priya.locator("#status-panel")).to_contain_text("Waiting for you")
    expect(priya.locator("#status-panel")).to_contain_text("The clock stands still until you answer")
    priya.get_by_label("Write to us").fill("Repair it, please.")
    priya.get_by_role("button", name="Send").click()
    expect(priya.locator("#status-panel")).to_contain_text("In progress")
    kyra.goto(f"{address}/queue/{reference}")
    expect(kyra.locator("main")).to_contain_text("Repair it, please.")
    write(kyra, "The disk is new, everything is back.", "What was done", "resolved")
    priya.goto(f"{address}/requests/{reference}")
    expect(priya.locator("#status-panel")).to_contain_text("as promised")
    priya.get_by_role("button", name="Yes, it works").click()
    expect(priya.locator("#status-panel")).to_contain_text("Closed")


def write(kyra: Page, words: str, deed: str, said: str) -> None:
    kyra.get_by_label("Write", exact=True).fill(words)
    kyra.get_by_label(re.compile(f"^{deed}")).check()
    kyra.get_by_role("button", name="Save it", exact=True).click()
    expect(kyra.locator("#flash")).to_contain_text(said)


def answer_the_survey(priya: Page, address: str) -> None:
    """The mail has five links; opening one answers nothing, one press does."""
    walk_rounds()
    letter = db.session.query(OutboxMessage).filter(OutboxMessage.body.contains("/answer/")).one()
    link = next(word for word in letter.body.split() if word.endswith("score=5"))
    db.session.rollback()
    priya.goto(link)
    expect(priya.get_by_label("Very satisfied", exact=True)).to_be_checked()
    priya.get_by_label(re.compile("What should we keep|comment|words", re.IGNORECASE)).fill(
        "Nobody told me when he would come."
    )
    priya.get_by_role("button", name="Send my answer").click()
    expect(priya.get_by_role("heading", level=1)).to_contain_text("Thank you")


def report_of_the_month(marta: Page, address: str, folder: Path) -> None:
    """She opens this month, has the PDF made and downloads it."""
    count_demand()
    month = now().strftime("%Y-%m")
    marta.goto(f"{address}/reports/{month}")
    expect(marta.locator("main")).to_contain_text("Not over yet")
    marta.get_by_role("button", name="Make the PDF").click()
    expect(marta.locator("#paper")).to_contain_text("The PDF")
    db.session.remove()
    run_due()
    marta.goto(f"{address}/reports/{month}")
    with marta.expect_download() as download:
        marta.get_by_role("link", name="Download the PDF").click()
    download.value.save_as(folder / "report.pdf")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-1.7")


def plan_and_hold_a_focus_group(ines: Page, priya: Page, address: str) -> None:
    """She plans and invites; the customer takes a seat from the mail; afterwards a finding is written down."""
    ines.get_by_role("link", name="Focus groups").click()
    ines.get_by_role("link", name="Plan a session").first.click()
    ines.get_by_label("What is it about?").fill("Visits to your desk")
    ines.get_by_label("What do you want to understand?").fill("How it feels to wait for a visit")
    ines.get_by_label("Which decision will it inform?").fill("Whether visits get a window")
    ines.locator("[name=segment]").select_option(label="Finance")
    ines.get_by_label("When does it begin?").fill((now() + timedelta(days=7)).strftime("%Y-%m-%dT14:00"))
    ines.get_by_label("Where?").fill("Room Elm")
    ines.get_by_label("How many seats?").fill("1")
    ines.get_by_role("button", name="Plan the session").click()
    expect(ines.get_by_role("heading", level=1)).to_have_text("Invite people")
    ines.get_by_label("Priya").check()
    ines.get_by_role("button", name="Invite them").click()
    letter = db.session.query(OutboxMessage).filter(OutboxMessage.body.contains("/invitation/")).one()
    link = next(word for word in letter.body.split() if "/invitation/" in word)
    db.session.rollback()
    priya.goto(link)
    priya.get_by_role("button", name="I will come").click()
    expect(priya.get_by_role("heading", name="You have a seat")).to_be_visible()
    session = db.session.query(Session).one()
    reference, session.starts_at = session.reference, now() - timedelta(hours=2)
    db.session.commit()
    ines.goto(f"{address}/focus-groups/{reference}")
    expect(ines.locator("main")).to_contain_text("1/1")
    ines.get_by_role("button", name="Keep who came").click()
    ines.locator("[name=statement]").fill("Not knowing when is worse than waiting")
    ines.locator("[name=sentiment]").last.check()
    ines.locator("[name=quote]").fill("Nobody told me when he would come.")
    ines.get_by_role("button", name="Add the finding").click()
    expect(ines.locator("main")).to_contain_text("Not knowing when is worse than waiting")


def improve(ines: Page, address: str) -> None:
    """The finding becomes an improvement with an owner and a day, is carried out, and is published."""
    ines.get_by_role("link", name="Make an improvement of it").click()
    ines.get_by_label("What should become better?").fill("Visits with a window")
    ines.get_by_label("What do you propose, and why?").fill("A window of two hours for every visit.")
    ines.get_by_label("Who sees to it?").select_option(label="Ines")
    ines.get_by_label("By when?").fill((now() + timedelta(days=30)).strftime("%Y-%m-%d"))
    ines.get_by_role("button", name="Propose it").click()
    for step in ("approved", "in_progress", "monitoring"):
        ines.locator(f"[name=to][value={step}]").check()
        ines.get_by_role("button", name="Take this step").click()
    ines.get_by_role("textbox", name="We did").fill("Every visit has a window of two hours.")
    ines.get_by_role("button", name="Publish it").click()
    expect(ines.locator("main")).to_contain_text("Publish the new words")
