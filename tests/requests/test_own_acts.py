"""What customers do by themselves: withdraw, confirm, open again, rate, and see what they asked before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.requests import actions
from portal.requests.models import RequestDraft, RequestWatcher, ServiceRequest
from portal.requests.reopening import REOPENS_FOR
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_request, resolve
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.mark.parametrize("way", ["amend", "withdraw", "confirm", "reopen"])
def test_who_only_reads_along_decides_nothing(visitor: Browser, case: Case, way: str) -> None:
    along = a_person("Along")
    case.request.keeps("watchers")
    db.session.add(RequestWatcher(request_id=case.request.id, person_id=along.id, is_open=True, added_at=TUESDAY_10))
    case.bring_to("resolved" if way in ("confirm", "reopen") else "received")
    before = case.kinds()
    for person in (along, a_person(), case.agent):
        visitor(person).post(f"{case.page}/{way}", {"body": "My words", "summary": "Mine"}, expect=404)
    page = visitor(along).get(case.page)
    assert f"{case.page}/{way}" not in page.links()
    assert f"{case.page}/{way}" not in [form.get("action") for form in page.forms()]
    assert case.kinds() == before


def test_seven_days_after_it_was_resolved_it_is_asked_again_instead(visitor: Browser, case: Case) -> None:
    case.bring_to("resolved")
    until = case.request.resolved_at + REOPENS_FOR  # type: ignore[operator]
    with time_machine.travel(until - timedelta(minutes=1), tick=False):
        assert f"{case.page}/reopen" in [form.get("action") for form in visitor(case.customer).get(case.page).forms()]
    with time_machine.travel(until, tick=False):
        browser = visitor(case.customer)
        page = browser.get(case.page)
        assert "resolved more than seven days ago" in page.words and "Ask for the same again" in page.words
        assert f"/services/printers/ask?again={case.request.reference}" in page.links()
        refused = browser.post(f"{case.page}/reopen", {"body": "It broke again"}, expect=422)
        assert "The seven days" in refused.words and "It broke again" in refused.words
        assert case.again().state == "resolved"
        browser.post(f"{case.page}/confirm")
        assert case.again().state == "closed"


def test_what_was_said_to_work_can_be_opened_again_for_the_rest_of_the_seven_days(visitor: Browser, case: Case) -> None:
    case.bring_to("resolved")
    until = case.request.resolved_at + REOPENS_FOR  # type: ignore[operator]
    browser = visitor(case.customer)
    said = browser.follow(browser.post(f"{case.page}/confirm"))
    assert "You can open it again until Tue 21 Apr, 11:10" in said.words.replace("\xa0", " ")
    assert f"{case.page}/confirm" not in [form.get("action") for form in said.forms()]
    letter = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert letter and letter.subject.endswith("closed")
    assert "until Tuesday 21 April, 11:10" in letter.body and "Read and answer here" in letter.body
    with time_machine.travel(until - timedelta(minutes=1), tick=False):
        form = browser.get(case.page).form_for(f"{case.page}/reopen") | {"body": "It broke again"}
        assert "is open again" in browser.follow(browser.post(f"{case.page}/reopen", form)).words
    request = case.again()
    assert (request.state, request.is_open, request.reopen_count, request.closed_at) == ("in_progress", True, 1, None)
    assert request.ended_at is request.target_met is None
    assert request.pauses[-1][2] == "resolved" and case.kinds()[-2:] == ["confirmed", "reopened"]


def test_seven_days_after_it_was_resolved_a_confirmation_is_final(visitor: Browser, case: Case) -> None:
    case.bring_to("closed")
    until = case.request.resolved_at + REOPENS_FOR  # type: ignore[operator]
    with time_machine.travel(until, tick=False):
        browser = visitor(case.customer)
        page = browser.get(case.page)
        assert "cannot be opened again" in page.words
        assert f"{case.page}/reopen" not in [form.get("action") for form in page.forms()]
        refused = browser.post(f"{case.page}/reopen", {"body": "It broke again"}, expect=422)
        assert "The seven days" in refused.words and "It broke again" in refused.words
        assert case.again().state == "closed"


def test_no_deed_of_a_customer_asks_for_anything_but_words(visitor: Browser, case: Case) -> None:
    browser = visitor(case.customer)
    own = {"csrf_token", "once", "body", "files", "summary", "details", "seen", "shown", "step", "q"}
    for way in ("", "/withdraw", "/amend"):
        for form in browser.get(case.page + way).forms():
            names = {one.get("name") for one in form.iter() if one.get("name")}
            assert names <= own, f"{way}: {names - own}"
    actions.withdraw(case.request, words="", by=case.customer, at=now())  # no reason is needed


def test_rating_is_one_link_away_for_whose_request_it_is(visitor: Browser, case: Case) -> None:
    case.bring_to("resolved")
    address = f"/surveys/about/{case.request.reference}"
    links = visitor(case.customer).get(case.page).links()
    assert [one for one in links if case.request.reference in one and "survey" in one], f"{address} in {links}"


def test_what_was_asked_before_stands_on_the_check_page_and_takes_the_words(visitor: Browser, case: Case) -> None:
    strange = a_request(a_person(), case.request.service, summary="Of a stranger")
    ended = a_request(case.customer, case.request.service, summary="Long over")
    resolve(ended, at=now())
    elsewhere = a_request(case.customer, summary="Another service")
    browser = visitor(case.customer)
    form = browser.get("/services/printers/ask").form_for("/services/printers/ask")
    form |= {"summary": "It still burns", "details": "And louder.", "step": "check"}
    checked = browser.post("/services/printers/ask", form, expect=200)
    assert "You have asked for this already" in checked.words and "The printer is on fire" in checked.words
    for other in (strange, ended, elsewhere):
        assert other.summary not in checked.words
    way = next(one for one in checked.links() if "draft=" in one and case.request.reference in one)
    there = browser.get(way.partition("#")[0])
    assert there.value("body").strip() == "It still burns\n\nAnd louder."
    browser.post(f"{case.page}/replies", there.form_for(f"{case.page}/replies"))
    assert "And louder." in browser.get(case.page).words
    assert db.session.query(RequestDraft).count() == 0, "what was begun has found its place"
    assert db.session.query(ServiceRequest).filter_by(summary="It still burns").count() == 0


def test_a_foreign_draft_fills_nobodys_words_in(visitor: Browser, case: Case) -> None:
    other = visitor(a_person())
    form = other.get("/services/printers/ask").form_for("/services/printers/ask")
    other.post("/services/printers/draft", form | {"summary": "A secret of mine"})
    draft = db.session.query(RequestDraft).one()
    browser = visitor(case.customer)
    page = browser.get(f"{case.page}?draft={draft.id}")
    assert "A secret of mine" not in page.html
    browser.post(f"{case.page}/replies", {"body": "Words", "draft": draft.id})
    assert db.session.query(RequestDraft).count() == 1
