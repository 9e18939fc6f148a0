"""The register as those who keep it use it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.improvements import queries
from portal.improvements.actions import Source
from portal.people.models import Person
from portal.surveys import actions as surveys
from portal.surveys.instruments import open_wave
from portal.surveys.models import Answer
from portal.surveys.tokens import token_of
from portal.web.words import local_day
from tests.builders import a_person, a_request, a_service, resolve
from tests.improvements.register import a_keeper, a_quote, an_improvement, closed, moved, now, published
from tests.visitor import counted_statements

NEW = "/improvements/new"
WAY = ("approved", "in_progress", "monitoring")


@pytest.fixture
def manager(app) -> Person:
    person = a_person("Karl Manning", roles=("manager",))
    db.session.commit()
    return person


def filled(**more) -> dict[str, str]:
    return {"title": "A window for each visit", "description": "Say when we come", "wanted": "lower", **more}


def test_an_idea_goes_into_the_register(visitor, manager):
    browser = visitor(manager)
    service = a_service("Visits")
    values = filled(service=service.id, owner=manager.id, due_on="2030-05-01")
    answer = browser.submit(NEW, values)
    page = browser.follow(answer)
    assert answer.location == "/improvements/IMP-1" and "IMP-1 is in the register." in page.html
    for words in ("Say when we come", "Karl Manning", "Visits", "An idea", "Proposed"):
        assert words in page.words
    assert "A window for each visit" in browser.get("/improvements").words


def test_the_same_form_sent_twice_proposes_once(visitor, manager):
    browser = visitor(manager)
    form = {**browser.get(NEW).form_for(NEW), **filled()}
    assert browser.post(NEW, form).location == browser.post(NEW, form).location
    assert queries.counts()["open"] == 1


def test_a_finding_becomes_an_improvement_with_its_quote(visitor, manager):
    finding = a_quote()
    browser = visitor(manager)
    page = browser.get(f"{NEW}?finding={finding.id}")
    assert "Nobody told me when he would come." in page.words
    assert page.value("title") == finding.statement
    answer = browser.post(NEW, {**page.form_for(NEW), "description": "Say when"})
    improvement = queries.find_improvement("IMP-1")
    assert (improvement.source, improvement.finding_id) == ("finding", finding.id)
    assert improvement.you_said == "Nobody told me when he would come."
    assert f"Focus group {finding.session.reference}" in browser.follow(answer).words
    assert "IMP-1" in browser.get(f"{NEW}?finding={finding.id}").words


def test_a_figure_of_a_report_is_kept_in_plain_words(visitor, manager):
    browser = visitor(manager)
    page = browser.get(f"{NEW}?figure=2016-03,+targets+missed")
    browser.post(NEW, {**page.form_for(NEW), **filled()})
    improvement = queries.find_improvement("IMP-1")
    assert (improvement.source, improvement.figure) == ("report_figure", "2016-03, targets missed")


def test_a_source_that_is_not_there_is_not_found(visitor, manager):
    for source in ("finding=99", "finding=x", "answer=99", "answer=%27", "finding=" + "9" * 40):
        visitor(manager).get(f"{NEW}?{source}", expect=404)
        visitor(manager).post(f"{NEW}?{source}", filled(), expect=404)


def test_a_proposal_without_words_is_refused_and_keeps_what_was_typed(visitor, manager):
    page = visitor(manager).submit(NEW, filled(title=" ", description="My long thoughts"), expect=422)
    assert "Enter a few words" in page.words and "My long thoughts" in page.html


@pytest.mark.parametrize("wrong", [{"due_on": "tomorrow"}, {"owner": "999"}, {"before_x": "-1"}, {"before_x": "5"}])
def test_values_that_make_no_sense_are_refused(visitor, manager, wrong):
    visitor(manager).submit(NEW, filled(**wrong), expect=422)
    assert queries.counts()["open"] == 0


def test_only_those_who_keep_the_register_come_in(visitor, app):
    improvement = an_improvement()
    agent = a_person(roles=("agent", "analyst", "administrator"))
    db.session.commit()
    for address in ("", "/new", "/IMP-1", "/IMP-1/edit", "/IMP-1/close"):
        visitor(agent).get(f"/improvements{address}", expect=403)
        assert visitor().get(f"/improvements{address}", expect=303).location.startswith("/sign-in")
    for deed in ("move", "close", "publish", "unpublish", "edit"):
        visitor(agent).post(
            f"/improvements/IMP-1/{deed}", {"to": "withdrawn", "reason": "x", "version": "1"}, expect=403
        )
    assert improvement.state == "proposed"


def test_what_is_not_there_is_not_found(visitor, manager):
    for reference in ("IMP-99", "IMP-", "12", "IMP-" + "9" * 30):
        visitor(manager).get(f"/improvements/{reference}", expect=404)
    visitor(manager).get("/improvements?view=nonsense", expect=404)


def test_deeds_are_not_done_by_looking(visitor, manager):
    an_improvement()
    for deed in ("move", "publish", "unpublish"):
        visitor(manager).get(f"/improvements/IMP-1/{deed}", expect=405)


def test_what_is_late_comes_first(visitor, manager):
    today = local_day(now())
    an_improvement(title="Without a date", due_on=None)
    an_improvement(title="In time", due_on=today + timedelta(days=3))
    an_improvement(title="Long late", due_on=today - timedelta(days=12))
    page = visitor(manager).get("/improvements")
    assert "12 days late" in page.words
    assert page.words.index("Long late") < page.words.index("In time") < page.words.index("Without a date")


def test_each_view_holds_its_states(visitor, manager):
    moved(an_improvement(title="Refused thing"), "declined")
    closed(an_improvement(title="Finished thing"))
    browser = visitor(manager)
    assert "Refused thing" in browser.get("/improvements?view=not_done").words
    assert "Finished thing" in browser.get("/improvements?view=closed").words
    assert "Nothing here" in browser.get("/improvements").words
    assert queries.counts() == {**dict.fromkeys(queries.VIEWS, 0), "closed": 1, "not_done": 1}


def test_a_step_is_taken_and_said(visitor, manager):
    an_improvement()
    browser = visitor(manager)
    answer = browser.submit(
        "/improvements/IMP-1/move", {"to": "approved", "reason": "Sensible"}, at="/improvements/IMP-1"
    )
    page = browser.follow(answer)
    assert "Now: Approved." in page.html and "Sensible" in page.words


def test_declining_without_a_reason_is_refused(visitor, manager):
    improvement = an_improvement()
    values = {"to": "declined", "reason": "  ", "version": "1"}
    page = visitor(manager).post("/improvements/IMP-1/move", values, expect=422)
    assert "Enter a reason" in page.words
    assert improvement.state == "proposed"


def test_a_step_that_is_not_possible_is_refused_and_keeps_the_reason(visitor, manager):
    an_improvement()
    values = {"to": "monitoring", "reason": "My long reason", "version": "1"}
    page = visitor(manager).post("/improvements/IMP-1/move", values, expect=422)
    assert "not possible from here" in page.words and "My long reason" in page.html
    visitor(manager).post("/improvements/IMP-1/move", {**values, "to": "closed"}, expect=422)
    visitor(manager).post("/improvements/IMP-1/move", {"version": "1"}, expect=422)


def test_a_second_keeper_gets_a_409_with_their_text(visitor, manager):
    an_improvement()
    browser = visitor(manager)
    address = "/improvements/IMP-1/edit"
    stale = browser.get(address).form_for(address)
    browser.submit(address, {"title": "The first title"})
    page = browser.post(address, {**stale, "description": "Typed for long"}, expect=409)
    assert "Someone changed this while you were typing" in page.words
    assert "Typed for long" in page.html and "The first title" in page.words
    browser.post(address, page.form_for(address))
    assert queries.find_improvement("IMP-1").description == "Typed for long"


def test_a_second_mover_gets_a_409_with_their_reason(visitor, manager):
    improvement = moved(an_improvement(), "approved")
    values = {"to": "in_progress", "reason": "My long reason", "version": "1"}
    page = visitor(manager).post("/improvements/IMP-1/move", values, expect=409)
    assert "My long reason" in page.html
    assert improvement.state == "approved"


def test_what_is_closed_cannot_be_changed(visitor, manager):
    closed(an_improvement())
    page = visitor(manager).submit("/improvements/IMP-1/edit", {"title": "Another"}, expect=422)
    assert "cannot be changed any more" in page.words


def test_closing_as_a_success_needs_a_measure_afterwards(visitor, manager):
    improvement = moved(an_improvement(), *WAY)
    browser = visitor(manager)
    address = "/improvements/IMP-1/close"
    values = {"closure_code": "successful", "outcome": "It works", "measure": "Visits late", "wanted": "lower"}
    page = browser.submit(address, values, expect=422)
    assert "Enter what was measured afterwards" in page.words and "It works" in page.html
    counts = {"before_x": "23", "before_n": "212", "after_x": "7", "after_n": "248"}
    page = browser.follow(browser.submit(address, {**values, **counts}))
    assert improvement.closure_code == "successful"
    for words in ("It works", "11 % of 212", "3 % of 248", "lower", "Worked"):
        assert words in page.words


def test_closing_what_was_not_watched_is_refused(visitor, manager):
    an_improvement()
    values = {"closure_code": "unsuccessful", "outcome": "No"}
    page = visitor(manager).submit("/improvements/IMP-1/close", values, expect=422)
    assert "not possible from here" in page.words
    visitor(manager).submit("/improvements/IMP-1/close", {"outcome": "No"}, expect=422)


def test_hostile_words_come_back_as_words(visitor, manager):
    an_improvement(title="<script>alert(1)</script>", description="{{ 7*7 }} <img src=x onerror=alert(1)>")
    page = visitor(manager).get("/improvements/IMP-1")
    assert "<script>alert(1)" not in page.html and "<img src=x" not in page.html
    assert "{{ 7*7 }} <img src=x onerror=alert(1)>" in page.words


def test_pages_cost_the_same_however_many_rows_there_are(visitor, manager):
    keeper = a_keeper()
    finding = a_quote()

    def some() -> None:
        published(closed(an_improvement(keeper, Source(finding=finding), service=a_service())))
        an_improvement(keeper, service=a_service(), due_on=date(2020, 1, 1))

    def costs() -> list[int]:
        spent = []
        for address in ("/improvements", "/improvements?view=closed", "/improvements/IMP-1", "/you-said-we-did"):
            with counted_statements() as statements:
                visitor_of.get(address)
            spent.append(len(statements))
        return spent

    some()
    visitor_of = visitor(manager)
    before = costs()
    for _number in range(4):
        some()
    assert costs() == before


def a_comment(words: str, mode: str, answers: int = 5) -> Answer:
    """A survey comment of somebody called Priya Nair."""
    at = now() - timedelta(days=3)
    wave = open_wave(slug="how", title="How did we do?", at=at, mode=mode)
    service = a_service("Visits")
    for number in range(answers):
        request = resolve(a_request(a_person("Priya Nair"), service, at=at), at=at + timedelta(hours=1))
        case = surveys.make_case(wave, request, at=at + timedelta(hours=1))
        surveys.answer(token_of(case.id), 2, words if number == 0 else "", at=now())
    db.session.commit()
    return db.session.scalars(select(Answer).where(Answer.text == words)).one()


def test_a_survey_comment_becomes_an_improvement_without_its_name(visitor, manager):
    comment = a_comment("I stayed at my desk all day.", "identified")
    browser = visitor(manager)
    page = browser.get(f"{NEW}?answer={comment.id}")
    assert "I stayed at my desk all day." in page.words and "Priya" not in page.words
    page = browser.follow(browser.post(NEW, {**page.form_for(NEW), **filled()}))
    improvement = queries.find_improvement("IMP-1")
    assert (improvement.source, improvement.answer_id) == ("survey_comment", comment.id)
    assert improvement.service.name == "Visits"
    assert "A comment in a survey" in page.words and "Priya" not in page.words
    improvement.owner, improvement.due_on = manager, date(2030, 5, 1)
    moved(improvement, *WAY)
    values = {"you_said": "Priya stayed at her desk", "we_did": "A window", "version": "4"}
    assert "Leave the name" in browser.post("/improvements/IMP-1/publish", values, expect=422).words


@pytest.mark.parametrize("mode", ["identified", "anonymous"])
def test_a_comment_of_a_group_under_five_is_nobodys_to_read(visitor, manager, mode):
    comment = a_comment("I stayed at my desk all day.", mode, answers=4)
    visitor(manager).get(f"{NEW}?answer={comment.id}", expect=404)
