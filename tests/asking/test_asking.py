"""Asking: drafts, steps, versions, for somebody else, again. Nothing that was typed is lost, nothing is anybody's."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import create_app
from portal.catalogue.models import RequestForm, Service, ServiceDeal
from portal.extensions import db
from portal.files.background import tidy_files
from portal.files.models import StoredFile
from portal.mail.models import OutboxMessage
from portal.people.models import Department, Person
from portal.requests.background import tidy_drafts
from portal.requests.drafts import LONGEST_DRAFT, MOST_DRAFTS
from portal.requests.models import RequestDraft, ServiceRequest
from portal.search.actions import put
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service, resolve
from tests.conftest import settings_for
from tests.visitor import Page, Visitor, counted_statements

Browser = Callable[..., Visitor]
ASK, KEEP, AWAY = "/services/device/ask", "/services/device/draft", "/services/device/draft/away"
PIECE = {"HX-Request": "true", "HX-Target": "ask-questions"}

DEVICE = {
    "key": "device",
    "kind": "choice",
    "wording": "Which device?",
    "required": True,
    "choices": ["Laptop", "Phone"],
}
ASSET = {
    "key": "asset",
    "kind": "text",
    "wording": "Its number?",
    "required": True,
    "shown_if": {"question": "device", "is": "equals", "value": "Laptop"},
}
PICTURE = {"key": "picture", "kind": "file", "wording": "A picture"}
WHEN = {"key": "part", "kind": "section", "wording": "When", "new_step": True}
SINCE = {"key": "since", "kind": "date", "wording": "Since when?", "required": True}
ONE_PAGE = [DEVICE, ASSET, PICTURE]
TWO_STEPS = [DEVICE, ASSET, WHEN, SINCE]
STEP_1 = {"summary": "It is broken", "q_device": "Laptop", "q_asset": "LT-1"}


def a_device(questions: list[dict[str, Any]] | None = None, **more: Any) -> Service:
    return a_service("Device", slug="device", questions=ONE_PAGE if questions is None else questions, **more)


def a_form(browser: Visitor, **typed: Any) -> dict[str, Any]:
    return {**browser.get(ASK).form_for(ASK), **typed}


def keep(browser: Visitor, **typed: Any) -> Page:
    return browser.post(KEEP, a_form(browser, **typed))


def a_text(words: bytes = b"black") -> tuple[io.BytesIO, str]:
    return io.BytesIO(words), "screen.txt"


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_what_was_typed_is_kept_and_comes_back_sign_for_sign(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    kept = keep(browser, summary="  <b>Broken</b> & \u202e\u00e9", details="a\n\nb", q_device="Laptop", q_asset="LT")
    form = browser.follow(kept).form_for(ASK)
    assert (form["summary"], form["q_device"], form["q_asset"]) == ("  <b>Broken</b> & \u202e\u00e9", "Laptop", "LT")
    assert form["details"].strip("\n") == "a\n\nb"
    assert db.session.query(ServiceRequest).count() == 0


def test_the_same_form_saved_again_is_one_draft(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    form = a_form(browser, summary="One")
    first = browser.post(KEEP, form)
    second = browser.post(KEEP, {**form, "summary": "Two"})
    assert first.location == second.location
    assert [one.summary for one in db.session.query(RequestDraft)] == ["Two"]


def test_sending_ends_the_draft_and_a_late_save_does_not_bring_it_back(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    kept = keep(browser, **STEP_1)
    form = browser.follow(kept).form_for(ASK)
    browser.post(ASK, {**form, "step": "send"})
    assert db.session.query(RequestDraft).count() == 0
    browser.post(KEEP, form)
    assert db.session.query(RequestDraft).count() == 0 and db.session.query(ServiceRequest).count() == 1


@pytest.mark.parametrize("step", ["check", "edit", "back"])
def test_a_step_keeps_what_was_typed_where_no_script_runs(visitor: Browser, step: str) -> None:
    a_device()
    browser = visitor(a_person())
    browser.post(ASK, {**a_form(browser, **STEP_1), "step": step}, expect=200)
    assert [one.summary for one in db.session.query(RequestDraft)] == [STEP_1["summary"]]


def test_a_form_that_is_refused_keeps_what_was_typed(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    browser.post(ASK, {**a_form(browser, summary="", details="Black since noon"), "step": "check"}, expect=422)
    assert db.session.query(RequestDraft).count() == 1


def test_nothing_typed_makes_no_draft(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    assert keep(browser).location.endswith(ASK)
    assert db.session.query(RequestDraft).count() == 0


def test_another_persons_draft_is_not_there(visitor: Browser) -> None:
    a_device()
    mine, other = visitor(a_person()), visitor(a_person(roles=("agent", "administrator")))
    kept = keep(mine, summary="Mine alone")
    draft = db.session.query(RequestDraft).one()
    foreign, missing = other.get(kept.location, expect=404), other.get(f"{ASK}?draft=987654", expect=404)
    assert foreign.html == missing.html
    other.get(kept.location, expect=404, headers=PIECE)
    other.post(AWAY, {"draft": draft.id}, expect=404)
    assert db.session.query(RequestDraft).count() == 1
    for address in ("/", "/requests", ASK):
        assert "Mine alone" not in other.get(address).html


def test_a_stolen_key_makes_a_draft_of_ones_own(visitor: Browser) -> None:
    a_device()
    mine, other = visitor(a_person()), visitor(a_person())
    form = a_form(mine, summary="Mine alone")
    mine.post(KEEP, form)
    other.post(KEEP, {**form, "csrf_token": other.token(), "summary": "Theirs"})
    assert sorted(one.summary for one in db.session.query(RequestDraft)) == ["Mine alone", "Theirs"]


def test_a_draft_belongs_to_its_service(visitor: Browser) -> None:
    a_device()
    a_service(slug="other")
    browser = visitor(a_person())
    number = keep(browser, summary="Words").location.partition("draft=")[2]
    browser.get(f"/services/other/ask?draft={number}", expect=404)


@pytest.mark.parametrize("way", [KEEP, AWAY])
def test_a_draft_is_not_changed_by_looking(visitor: Browser, way: str) -> None:
    a_device()
    visitor(a_person()).get(way, expect=405)


def test_a_stranger_keeps_nothing(visitor: Browser) -> None:
    a_device()
    stranger = visitor()
    assert "/sign-in" in stranger.post(KEEP, {"summary": "Words", "once": "x"}).location
    assert db.session.query(RequestDraft).count() == 0


def test_a_form_opened_afresh_tells_of_what_was_begun_and_is_empty(visitor: Browser) -> None:
    with time_machine.travel(TUESDAY_10, tick=False) as clock:
        a_device()
        browser = visitor(a_person())
        keep(browser, summary="Broken")
        clock.shift(timedelta(hours=25))
        page = browser.get(ASK)
        assert "You began this" in page.words and "Broken" in page.words
        assert page.form_for(ASK)["summary"] == ""
        for address in ("/", "/requests"):
            assert "Broken" in browser.get(address).words
        assert "Continue where you left off" in browser.get("/").words


def test_what_was_begun_goes_when_an_answer_beside_it_solved_it(visitor: Browser) -> None:
    a_device()
    article = {"title": "A black screen", "summary": "Press the button", "words": "", "address": "/help/black"}
    put("article", "black", **article, about=("device",), at=now())
    browser = visitor(a_person())
    keep(browser, summary="My screen is black")
    page = browser.get(ASK)
    assert "About this service" in page.words and "A black screen" in page.words
    browser.post("/search/solved", {"kind": "article", "key": "black", "service": "device"})
    assert db.session.query(RequestDraft).count() == 0


@pytest.mark.parametrize("step", ["check", "send"])
def test_what_is_near_to_the_words_stands_beside_the_form_without_script(visitor: Browser, step: str) -> None:
    a_device()
    article = {"title": "A black screen", "summary": "Press the button", "words": "screen black", "address": "/help/b"}
    put("article", "black", **article, at=now())
    browser = visitor(a_person())
    data = {"summary": "My screen is black", "q_device": "Phone" if step == "check" else "", "step": step}
    page = browser.post(ASK, data, expect=200 if step == "check" else 422)
    assert "This may help" in page.words and "A black screen" in page.words


def test_a_draft_can_be_thrown_away(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    keep(browser, summary="Broken")
    gone = browser.post(AWAY, {"draft": db.session.query(RequestDraft).one().id})
    assert "thrown away" in browser.follow(gone).words
    assert db.session.query(RequestDraft).count() == 0


def test_a_draft_untouched_for_thirty_days_goes_and_the_page_says_when(visitor: Browser) -> None:
    with time_machine.travel(TUESDAY_10, tick=False) as clock:
        a_device()
        person = a_person()
        page = visitor(person).follow(keep(visitor(person), summary="Broken"))
        assert "Until Thu 14 May" in page.words
        clock.shift(timedelta(days=29, hours=23))
        tidy_drafts()
        assert db.session.query(RequestDraft).count() == 1
        clock.shift(timedelta(hours=2))
        tidy_drafts()
        assert db.session.query(RequestDraft).count() == 0


def test_a_draft_outlives_the_portal_and_the_session(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    a_device()
    person = a_person()
    where = keep(visitor(person), summary="Broken", q_device="Laptop").location
    number = person.id
    db.session.commit()
    again = create_app(settings_for(tmp_path, app.config["SQLALCHEMY_DATABASE_URI"]), {})
    with again.app_context():
        later = Visitor(again)
        later.sign_in(db.session.get_one(Person, number))
        form = later.get(where).form_for(ASK)
        db.session.remove()
        db.engine.dispose()
    assert (form["summary"], form["q_device"]) == ("Broken", "Laptop")


def test_a_file_of_a_draft_stays_with_it(visitor: Browser) -> None:
    with time_machine.travel(TUESDAY_10, tick=False) as clock:
        a_device()
        browser = visitor(a_person())
        where = keep(browser, **STEP_1, q_picture=a_text(), files=a_text(b"white")).location
        clock.shift(timedelta(days=10))
        tidy_files()
        browser = visitor(db.session.query(Person).order_by(Person.id.desc()).first())
        page = browser.get(where)
        assert "screen.txt" in page.words and "q_picture-kept" in page.html
        browser.post(ASK, {**page.form_for(ASK), "step": "send"})
        made = db.session.query(ServiceRequest).one()
        assert [one["name"] for one in made.answers["picture"]] == ["screen.txt"]
        assert not db.session.query(StoredFile).filter(StoredFile.loose).count()


def test_a_file_of_a_draft_that_is_gone_goes_too(visitor: Browser) -> None:
    with time_machine.travel(TUESDAY_10, tick=False) as clock:
        a_device()
        keep(visitor(a_person()), summary="Broken", q_picture=a_text())
        clock.shift(timedelta(days=32))
        tidy_drafts()
        tidy_files()
        assert db.session.query(StoredFile).count() == 0


def test_a_file_that_is_refused_is_named_and_the_words_are_kept(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    form = a_form(browser, summary="Broken", q_picture=(io.BytesIO(b"MZ"), "virus.exe"))
    refused = browser._send(KEEP, method="POST", data={**form, "csrf_token": browser.token()})
    assert refused.status_code == 422 and "virus.exe" in refused.get_data(as_text=True)
    assert db.session.query(RequestDraft).one().summary == "Broken"


def test_drafts_are_few_and_small(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    form = a_form(browser, summary="Broken")
    for number in range(MOST_DRAFTS):
        browser.post(KEEP, {**form, "once": f"key-{number}"})
    refused = browser.post(KEEP, {**form, "once": "one-more"}, expect=422)
    assert "20 forms already" in refused.words and refused.value("summary") == "Broken"
    browser.post(KEEP, {**form, "once": "key-1", "summary": "Still open"})
    assert "too much" in browser.post(KEEP, {**form, "once": "key-1", "details": "x" * LONGEST_DRAFT}, expect=422).words
    assert db.session.query(RequestDraft).count() == MOST_DRAFTS


def test_the_questions_and_the_status_come_alone_when_they_are_asked_for(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    where = keep(browser, summary="Broken", q_device="Laptop").location
    piece = browser.get(where, headers=PIECE, review=False).html
    assert 'id="ask-questions"' in piece and "Its number?" in piece and "<main" not in piece
    status = browser.get(where, headers={**PIECE, "HX-Target": "draft-status"}, review=False).html
    assert "Kept today" in status and "Its number?" not in status


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(summary=st.text(max_size=80), asset=st.text(max_size=80), device=st.sampled_from(["Laptop", "Phone", "", "x"]))
def test_whatever_is_typed_comes_back(app: Flask, summary: str, asset: str, device: str) -> None:
    if not db.session.query(Service).count():
        a_device()
        a_person(email="typist@example.com")
    browser = Visitor(app)
    browser.sign_in(db.session.query(Person).filter_by(email="typist@example.com").one())
    clean = [text.replace("\r", "").replace("\x00", "").replace("\n", "") for text in (summary, asset)]
    clean = ["".join(c for c in text if c.isprintable()) for text in clean]
    db.session.query(RequestDraft).delete()
    kept = keep(browser, summary=clean[0] or "x", q_asset=clean[1], q_device=device)
    form = browser.get(kept.location, review=False).form_for(ASK)
    assert form["summary"] == (clean[0] or "x") and form.get("q_asset", "") == clean[1]
    assert form.get("q_device", "") == (device if device in ("Laptop", "Phone") else "")


# --- steps, and questions that appear ---------------------------------------------------------------------------------


def test_an_answer_that_brings_up_a_question_shows_the_page_again_and_loses_nothing(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    page = browser.post(ASK, a_form(browser, summary="Broken", q_device="Laptop", step="check"), expect=200)
    assert "one more question" in page.words and page.heading == "Ask for: Device"
    form = page.form_for(ASK)
    assert form["summary"] == "Broken" and "q_asset" in form
    checked = browser.post(ASK, {**form, "q_asset": "LT-1", "step": "check"}, expect=200)
    assert checked.heading == "Check your answers" and "LT-1" in checked.words


def test_a_stale_answer_to_a_hidden_question_is_not_sent(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    browser.post(ASK, {**STEP_1, "q_device": "Phone", "step": "send"})
    assert db.session.query(ServiceRequest).one().answers == {"device": "Phone"}


def test_a_script_sends_everything_at_once_without_a_step(visitor: Browser) -> None:
    a_device(TWO_STEPS)
    browser = visitor(a_person())
    made = browser.post(ASK, {**STEP_1, "q_since": "2026-04-14", "details": "All", "files": a_text()})
    assert made.location.endswith("/sent")
    assert db.session.query(ServiceRequest).one().answers["since"] == "2026-04-14"


def test_the_steps_are_walked_forth_and_back_and_every_answer_is_carried(visitor: Browser) -> None:
    a_device(TWO_STEPS)
    browser = visitor(a_person())
    first = browser.get(ASK)
    assert "Step 1 of 3" in first.words and "Since when?" not in first.words
    asked = browser.post(ASK, {**first.form_for(ASK), **STEP_1, "q_asset": "", "step": "next"}, expect=200)
    assert "Its number?" in asked.words and "Step 1 of 3" in asked.words
    wrong = browser.post(ASK, {**asked.form_for(ASK), "step": "next"}, expect=422)
    assert "Its number?" in wrong.words and "Since when?" not in wrong.words
    second = browser.post(ASK, {**wrong.form_for(ASK), "q_asset": "LT-1", "step": "next"}, expect=200)
    assert "Step 2 of 3" in second.words and "Since when?" in second.words
    missing = browser.post(ASK, {**second.form_for(ASK), "step": "check"}, expect=422)
    assert "Step 2 of 3" in missing.words
    typed = {**missing.form_for(ASK), "q_since": "2026-04-14", "details": "Words"}
    back = browser.post(ASK, {**typed, "step": "back"}, expect=200)
    assert back.form_for(ASK)["q_asset"] == "LT-1" and back.form_for(ASK)["details"].strip() == "Words"
    on = browser.post(ASK, {**back.form_for(ASK), "step": "next"}, expect=200)
    checked = browser.post(ASK, {**on.form_for(ASK), "step": "check"}, expect=200)
    assert checked.heading == "Check your answers"
    changed = browser.post(ASK, {**checked.form_for(ASK), "step": "edit"}, expect=200)
    assert "Step 1 of 3" in changed.words
    browser.post(ASK, {**checked.form_for(ASK), "step": "send"})
    made = db.session.query(ServiceRequest).one()
    assert made.answers == {"device": "Laptop", "asset": "LT-1", "since": "2026-04-14"} and made.details == "Words"


def test_a_mistake_in_an_earlier_step_opens_that_step(visitor: Browser) -> None:
    a_device(TWO_STEPS)
    browser = visitor(a_person())
    page = browser.post(ASK, {**STEP_1, "q_asset": "", "q_since": "2026-04-14", "part": "2"}, expect=422)
    assert "Step 1 of 3" in page.words and "Its number?" in page.words


@pytest.mark.parametrize("part", ["0", "99", "-1", "x", "9" * 50])
def test_a_step_that_is_not_there_is_the_nearest_one(visitor: Browser, part: str) -> None:
    a_device(TWO_STEPS)
    assert visitor(a_person()).post(ASK, {"part": part, "step": "edit"}, expect=200).heading


# --- versions ---------------------------------------------------------------------------------------------------------


def publish(service: Service, questions: list[dict[str, Any]], number: int = 2) -> None:
    form = RequestForm(service=service, number=number, published_at=now(), questions_data=questions)
    db.session.add(form)
    db.session.commit()


def test_an_open_form_is_read_under_the_version_it_was_opened_with(visitor: Browser) -> None:
    service = a_device()
    browser = visitor(a_person())
    form = a_form(browser, **STEP_1)
    where = browser.post(KEEP, form).location
    publish(service, [SINCE])
    assert browser.get(where).form_for(ASK)["q_asset"] == "LT-1"
    assert "Since when?" in browser.get(ASK).words
    browser.post(ASK, {**form, "step": "send"})
    made = db.session.query(ServiceRequest).one()
    assert made.answers == {"device": "Laptop", "asset": "LT-1"} and made.request_form and made.request_form.number == 1
    assert "Its number?" in browser.get(f"/requests/{made.reference}").words


@pytest.mark.parametrize("version", ["7", "", "x", "-1", "9" * 40])
def test_a_version_that_is_none_of_this_service_is_the_newest(visitor: Browser, version: str) -> None:
    service = a_device()
    publish(service, [])
    publish(a_service(slug="other"), [SINCE], number=7)
    visitor(a_person()).post(ASK, {"summary": "Broken", "version": version})
    form = db.session.query(ServiceRequest).one().request_form
    assert form and form.number == 2 and form.service_id == service.id


def a_deal(mission: str, days_ago: int) -> ServiceDeal:
    deal = ServiceDeal(published_at=now() - timedelta(days=days_ago), mission=mission, promise="P", in_return="R")
    db.session.add(deal)
    db.session.commit()
    return deal


def test_the_service_deal_that_was_shown_is_kept_and_printed(visitor: Browser) -> None:
    a_device([])
    then = a_deal("We care", 3)
    browser = visitor(a_person())
    form = a_form(browser, summary="Broken")
    a_deal("We care more", 0)
    browser.post(ASK, {**form, "step": "send"})
    made = db.session.query(ServiceRequest).one()
    assert made.service_deal_id == then.id
    page = browser.get(f"/requests/{made.reference}")
    assert "Asked under our service deal of" in page.words
    link = next(one for one in page.links() if "deal=" in one)
    read = browser.get(link).words
    assert "We care" in read and "They have changed since." in read


def test_a_deal_of_long_ago_cannot_be_claimed(visitor: Browser) -> None:
    a_device([])
    old, new = a_deal("Everything at once", 400), a_deal("We care", 200)
    browser = visitor(a_person())
    for claimed in (old.id, 987654, "x"):
        browser.post(ASK, {"summary": "Broken", "deal": str(claimed)})
    assert {one.service_deal_id for one in db.session.query(ServiceRequest)} == {new.id}


# --- for somebody else ------------------------------------------------------------------------------------------------


@pytest.fixture
def office(app: Flask) -> dict[str, Person]:
    finance, plant = Department(name="Finance"), Department(name="Plant")
    db.session.add_all([finance, plant])
    return {
        "anna": a_person("Anna Berg", email="anna@example.com", department=finance),
        "jana": a_person("Jana Weiss", email="jana@example.com", department=finance),
        "gone": a_person("Gerd Alt", email="gerd@example.com", department=finance, active=False),
        "otto": a_person("Otto Fern", email="otto@example.com", department=plant),
        "agent": a_person("Kyra Lind", email="kyra@example.com", roles=("agent",)),
    }


def ask_for(browser: Visitor, whom: str, *, expect: int = 303) -> Page:
    return browser.post(ASK, {"summary": "A new screen", "for_person": whom}, expect=expect)


@pytest.mark.parametrize("whom", ["jana@example.com", " JANA@Example.com ", "Jana Weiss", "jana  weiss", "Weiss"])
def test_a_colleague_of_the_department_is_asked_for(visitor: Browser, office: dict[str, Person], whom: str) -> None:
    a_device([])
    ask_for(visitor(office["anna"]), whom)
    made = db.session.query(ServiceRequest).one()
    assert (made.customer, made.asked_by) == (office["jana"], office["anna"])


@pytest.mark.parametrize(
    "whom", ["otto@example.com", "Otto Fern", "gerd@example.com", "Gerd Alt", "nobody@example.com", "Nobody", "4", "%"]
)
def test_who_may_not_be_asked_for_and_who_is_not_there_are_refused_alike(
    visitor: Browser, office: dict[str, Person], whom: str
) -> None:
    a_device([])
    page = ask_for(visitor(office["anna"]), whom, expect=422)
    assert "We cannot tell who that is." in page.words and page.value("for_person") == whom
    assert "A new screen" in page.value("summary") and db.session.query(ServiceRequest).count() == 0


def test_a_number_of_a_person_says_nothing(visitor: Browser, office: dict[str, Person]) -> None:
    a_device([])
    browser = visitor(office["anna"])
    browser.post(ASK, {"summary": "Mine", "customer_id": office["otto"].id, "asked_by_id": 1, "customer": "Otto Fern"})
    made = db.session.query(ServiceRequest).one()
    assert made.customer == office["anna"] and made.asked_by is None


def test_an_agent_asks_for_anybody_but_not_for_who_has_left(visitor: Browser, office: dict[str, Person]) -> None:
    a_device([])
    browser = visitor(office["agent"])
    ask_for(browser, "Otto Fern")
    ask_for(browser, "gerd@example.com", expect=422)
    assert db.session.query(ServiceRequest).one().customer == office["otto"]


def test_people_without_a_department_are_no_colleagues(visitor: Browser) -> None:
    a_device([])
    a_person("Ida", email="ida@example.com")
    ask_for(visitor(a_person()), "ida@example.com", expect=422)


def test_the_service_must_be_for_the_person_it_is_asked_for(visitor: Browser, office: dict[str, Person]) -> None:
    segment = a_segment("Leads")
    office["anna"].segment = segment
    a_device([], for_segments=[segment])
    page = ask_for(visitor(office["anna"]), "jana@example.com", expect=422)
    assert "“Device” is not offered to Jana Weiss." in page.words
    agent = visitor(office["agent"])
    assert "is not offered to" in ask_for(agent, "", expect=422).words
    ask_for(agent, "anna@example.com")
    visitor(office["jana"]).get(ASK, expect=404)


def test_both_see_it_and_a_third_does_not(visitor: Browser, office: dict[str, Person]) -> None:
    a_device()
    asker = visitor(office["anna"])
    asker.post(ASK, {**STEP_1, "for_person": "Jana Weiss", "q_picture": a_text()})
    made = db.session.query(ServiceRequest).one()
    page, file = f"/requests/{made.reference}", f"/files/{db.session.query(StoredFile).one().key}"
    addresses = [page, f"{page}.csv", f"{page}/pdf", f"{page}/sent", f"{page}/withdraw", file]
    for person in (office["anna"], office["jana"]):
        browser = visitor(person)
        for address in addresses:
            browser.get(address)
        assert made.reference in browser.get("/requests").words and "Open 1" in browser.get("/requests").words
        assert "It is broken" in browser.get("/").words
    assert "For Jana Weiss, asked by you" in asker.get(page).words
    assert "For you, asked by Anna Berg" in visitor(office["jana"]).get(page).words
    colleague = a_person("Karl", department=office["anna"].department)
    for person in (colleague, office["otto"]):
        third = visitor(person)
        for address in (*addresses, f"{page}.pdf", f"{ASK}?again={made.reference}"):
            third.get(address, expect=404)
        third.get(page, expect=404, headers={"HX-Request": "true", "HX-Target": "status-panel"})
        third.post(f"{page}/pdf", expect=404)
        assert made.reference not in third.get("/requests").words


def test_both_are_written_to_and_both_may_act(visitor: Browser, office: dict[str, Person]) -> None:
    a_device([])
    ask_for(visitor(office["anna"]), "Jana Weiss")
    page = f"/requests/{db.session.query(ServiceRequest).one().reference}"
    letters = {one.to_address: one.body for one in db.session.query(OutboxMessage)}
    assert "for Jana Weiss" in letters["anna@example.com"] and "Anna Berg asked for you" in letters["jana@example.com"]
    visitor(office["jana"]).submit(f"{page}/replies", {"body": "Thank you"}, at=page)
    visitor(office["anna"]).submit(f"{page}/withdraw", {"body": ""})
    last = {one.to_address: one.body for one in db.session.query(OutboxMessage).order_by(OutboxMessage.id)}
    assert "you have withdrawn" in last["anna@example.com"] and "Anna Berg has withdrawn" in last["jana@example.com"]


def test_a_list_holds_own_and_asked_requests_in_one_order(visitor: Browser, office: dict[str, Person]) -> None:
    service = a_device([])
    for number in range(30):
        made = a_request(office["anna"], service, summary=f"Number {number}.")
        if number % 3:
            made.customer, made.asked_by = office["jana"], office["anna"]
    browser, seen = visitor(office["anna"]), []
    address: str | None = "/requests"
    while address:
        page = browser.get(address)
        seen += [link for link in page.links() if link.startswith("/requests/REQ-") and "#" not in link]
        address = next((link for link in page.links() if "after=" in link), None)
    assert seen == [f"/requests/REQ-{1000 + number}" for number in range(30, 0, -1)]


# --- again ------------------------------------------------------------------------------------------------------------


def test_asking_again_takes_over_what_still_fits(visitor: Browser) -> None:
    service = a_device()
    customer = a_person()
    form = db.session.query(RequestForm).one()
    old = resolve(
        a_request(customer, service, answers={"device": "Laptop", "asset": "LT-1"}), at=TUESDAY_10 + timedelta(hours=1)
    )
    old.request_form = form
    publish(service, [{**DEVICE, "choices": ["Laptop", "Screen"]}, {**ASSET, "kind": "number"}, SINCE])
    browser = visitor(customer)
    again = next(one for one in browser.get(f"/requests/{old.reference}").links() if "again=" in one)
    page = browser.get(again)
    assert "1 answer was taken over from REQ-1001." in page.words and "New since then: Since when?" in page.words
    form_now = page.form_for(ASK)
    assert form_now["summary"] == old.summary and form_now["q_device"] == "Laptop" and form_now["q_asset"] == ""
    old.answers = {"device": "Phone"}
    assert "q_device" not in browser.get(again).form_for(ASK)


def test_asking_again_asks_for_consent_anew(visitor: Browser) -> None:
    service = a_device([DEVICE, {"key": "agreed", "kind": "consent", "wording": "My manager has agreed"}])
    customer = a_person()
    old = a_request(customer, service, answers={"device": "Laptop", "agreed": True})
    old.request_form = db.session.query(RequestForm).one()
    form = visitor(customer).get(f"{ASK}?again={old.reference}").form_for(ASK)
    assert form["q_device"] == "Laptop" and "q_agreed" not in form


def test_asking_again_leads_to_the_successor_or_says_that_there_is_none(visitor: Browser) -> None:
    service, customer = a_device(), a_person()
    old = a_request(customer, service)
    service.state, service.retired_at = "retired", now()
    page = f"/requests/{old.reference}"
    assert "not offered any more" in visitor(customer).get(page).words
    service.successor = a_service(slug="new-device")
    assert f"/services/new-device/ask?again={old.reference}" in visitor(customer).get(page).links()


# --- how much is asked of the database --------------------------------------------------------------------------------


def test_saving_a_draft_and_opening_it_ask_little(visitor: Browser) -> None:
    a_device()
    browser = visitor(a_person())
    form = a_form(browser, **STEP_1)
    with counted_statements() as first:
        kept = browser.post(KEEP, form)
    with counted_statements() as second:
        browser.post(KEEP, form)
    with counted_statements() as opened:
        browser.get(kept.location, headers=PIECE, review=False)
    assert len(first) <= 6 and len(second) <= 6 and len(opened) <= 4, "\n".join([*first, "", *opened])
