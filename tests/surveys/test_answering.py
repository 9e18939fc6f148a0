"""Answering by a secret link: reading writes nothing, one form records once, and nobody is given away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.home.waiting import waiting_for
from portal.requests import actions as requests
from portal.requests.models import RequestEvent
from portal.surveys import actions, answers, instruments, queries
from portal.surveys.models import Answer, Response, ResponseToken, SampleCase, SurveyOptOut
from portal.surveys.tokens import token_of
from portal.web.moment import now
from tests.builders import a_person
from tests.visitor import counted_statements

PAIR = {"score": "4", "comment": "Quick and kind."}


def dump():
    """Every row of every table, to see whether anything at all has changed."""
    db.session.rollback()
    tables = {name: db.session.execute(select(table)).all() for name, table in db.metadata.tables.items()}
    return {name: sorted(map(str, rows)) for name, rows in tables.items()}


def told(case):
    """(score, comment) as they are kept."""
    query = select(Answer).join(Answer.response).where(Response.case_id == case.id).order_by(Answer.question_version_id)
    overall, comment = db.session.scalars(query)
    return overall.value, comment.text


@pytest.fixture
def case(app, wave, closed):
    return closed(wave)


@pytest.fixture
def address(case):
    return f"/answer/{token_of(case.id)}"


@pytest.mark.both_databases
def test_opening_the_links_records_nothing_whoever_opens_them(case, address, visitor):
    before = dump()
    scanner = visitor()
    for score in ("", "?score=1", "?score=2", "?score=3", "?score=4", "?score=5", "?score=na", "?score=9"):
        scanner.get(address + score)
        assert scanner.client.head(address + score).status_code == 200
        assert scanner.client.options(address + score).status_code == 200
    scanner.get(f"{address}/stop")
    assert scanner.client.head(f"{address}/stop").status_code == 200
    assert dump() == before


def test_nothing_is_chosen_until_the_person_chooses(address, visitor):
    page = visitor().get(address)
    assert "score" not in page.form_for(address)
    assert "You chose" not in page.words


def test_the_point_that_was_tapped_is_chosen_and_only_the_button_sends_it(address, visitor):
    page = visitor().get(f"{address}?score=4")
    assert page.form_for(address)["score"] == "4"
    assert "You chose: Satisfied. Send it, or change it." in page.words
    assert page.value("csrf_token")


def test_a_made_up_score_chooses_nothing(address, visitor):
    assert "score" not in visitor().get(f"{address}?score=99").form_for(address)


def test_one_form_records_one_answer_and_says_thank_you(case, address, visitor):
    customer = visitor()
    page = customer.follow(customer.submit(address, PAIR))
    assert page.heading == "Thank you, we have your answer"
    assert told(case) == (4, "Quick and kind.")
    response = db.session.scalar(select(Response))
    assert (response.status, response.case_id, response.submitted_at is not None) == ("complete", case.id, True)
    assert db.session.get(SampleCase, case.id).disposition == "complete"


@pytest.mark.both_databases
def test_the_same_answer_again_changes_nothing(address, visitor):
    customer = visitor()
    customer.post(address, PAIR)
    before = dump()
    customer.post(address, PAIR)
    assert dump() == before


@pytest.mark.both_databases
def test_an_answer_can_be_changed_for_a_week(case, address, visitor):
    customer = visitor()
    customer.post(address, {"score": "2", "comment": ""})
    assert customer.get(address).form_for(address)["score"] == "2"
    customer.post(address, {"score": "5", "comment": "It was the cable."})
    assert told(case) == (5, "It was the cable.")
    response = db.session.scalar(select(Response))
    response.submitted_at = now() - timedelta(days=8)
    db.session.commit()
    assert customer.post(address, {"score": "1", "comment": ""}, expect=200).heading == customer.get(address).heading
    assert told(case) == (5, "It was the cable.")


def test_i_cannot_say_is_kept_as_missing_and_not_as_an_answer(case, address, visitor):
    visitor().post(address, {"score": "na", "comment": "I have not tried it yet."})
    overall = db.session.scalar(select(Answer).where(Answer.missing_reason == "na"))
    assert overall.value is None
    assert db.session.get(SampleCase, case.id).disposition == "partial"
    found = answers.satisfaction_in(answers.totals_by_wave()[case.wave_id])
    assert (found.n, found.skipped) == (0, 1)


@pytest.mark.parametrize("score", ["", "0", "6", "4.5", "-1", "five", "４"])
def test_a_score_that_is_none_is_refused_and_the_words_are_kept(case, address, visitor, score):
    page = visitor().post(address, {"score": score, "comment": "Long and thoughtful."}, expect=422)
    assert "Choose one of the answers." in page.words
    assert page.form_for(address)["comment"].strip() == "Long and thoughtful."
    assert db.session.scalar(select(Response)) is None


def test_words_without_a_point_ask_for_the_point(address, visitor):
    visitor().post(address, {"comment": "Only words."}, expect=422)


def test_too_many_words_are_refused_kindly(address, visitor):
    page = visitor().post(address, {"score": "4", "comment": "x" * 2001}, expect=422)
    assert "Use at most 2000 characters." in page.words


def test_a_form_without_its_token_records_nothing(app, address):
    assert app.test_client().post(address, data=PAIR).status_code == 400
    assert db.session.scalar(select(Response)) is None


def test_unknown_expired_spent_and_outdated_links_look_the_same(app, wave, closed, visitor, opened):
    anonymous = instruments.open_wave(slug="quiet", title="Quiet", mode="anonymous", kind="periodic", at=opened)
    spent, expired, reopened, refused = (closed(anonymous) for _ in range(4))
    actions.answer(token_of(spent.id), 3, "", at=now())
    token = db.session.scalar(select(ResponseToken).where(ResponseToken.case_id == expired.id))
    token.expires_at = now() - timedelta(seconds=1)
    requests.reopen(reopened.request, words="No.", by=reopened.customer, at=now())
    actions.refuse(token_of(refused.id), for_good=False, at=now())
    db.session.commit()
    reader = visitor()
    dead = ["A" * 43, "x", *(token_of(case.id) for case in (spent, expired, reopened, refused))]
    pages = [reader.get(f"/answer/{token}?score=4") for token in dead]
    pages += [reader.post(f"/answer/{token}", PAIR, expect=200) for token in dead]
    assert len({page.html for page in pages}) == 1
    assert len({tuple(sorted(item for item in page.headers.items() if item[0] != "Set-Cookie")) for page in pages}) == 1
    assert "There is no question behind this link" in pages[0].words
    assert len(db.session.scalars(select(Response)).all()) == 1


def test_pages_behind_a_secret_link_do_not_let_it_travel(address, visitor):
    reader = visitor()
    pages = [
        reader.get(address),
        reader.get(f"{address}/stop"),
        reader.get("/answer/unknown"),
        reader.post(address, PAIR),
    ]
    for page in pages:
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]


def test_who_reads_the_answer_is_said_before_the_question_is_sent(app, wave, closed, visitor, opened):
    promises = {"identified": "with your name", "confidential": "without your name", "anonymous": "cannot change it"}
    for mode, words in promises.items():
        wave = instruments.open_wave(slug=mode, title=mode, mode=mode, kind="periodic", at=opened)
        assert words in visitor().get(f"/answer/{token_of(closed(wave).id)}").words


@pytest.mark.both_databases
def test_an_anonymous_answer_has_no_way_back_to_its_case(app, wave, closed, visitor, opened):
    wave = instruments.open_wave(slug="quiet", title="Quiet", mode="anonymous", kind="periodic", at=opened)
    case = closed(wave)
    address = f"/answer/{token_of(case.id)}"
    customer = visitor()
    assert customer.follow(customer.submit(address, PAIR)).heading == "Thank you"
    response = db.session.scalar(select(Response))
    assert (response.case_id, response.submitted_at) == (None, None)
    assert str(case.id) not in {response.id, *response.id.split("-")}
    columns = " ".join(sorted(column.name for column in Response.__table__.columns))
    assert columns == "case_id id instrument_version_id released status submitted_at submitted_on wave_id"
    assert customer.post(address, {"score": "1", "comment": ""}, expect=200).heading.startswith("There is no question")


def test_an_answer_never_changes_the_request(case, address, visitor):
    def facts():
        db.session.rollback()
        request = db.session.get(SampleCase, case.id).request
        row = {column.name: getattr(request, column.name) for column in request.__table__.columns}
        return row, len(db.session.scalars(select(RequestEvent)).all())

    before = facts()
    visitor().post(address, {"score": "1", "comment": "Nothing works, open it again."})
    assert facts() == before


def test_who_would_rather_not_answer_is_left_alone(case, address, visitor):
    customer = visitor()
    page = customer.follow(customer.post(f"{address}/stop", {"what": "this"}))
    assert page.heading == "We will not ask"
    assert db.session.get(SampleCase, case.id).disposition == "refused"
    assert db.session.scalar(select(SurveyOptOut)) is None


@pytest.mark.both_databases
def test_who_never_wants_to_be_asked_is_remembered_even_by_an_old_link(case, address, visitor):
    customer = visitor()
    customer.post(address, PAIR)
    customer.post(f"{address}/stop", {"what": "all"})
    assert db.session.scalar(select(SurveyOptOut)).person_id == case.customer_id
    assert told(case) == (4, "Quick and kind.")


def test_not_being_asked_looks_the_same_for_links_that_never_were(visitor):
    stranger = visitor()
    assert stranger.follow(stranger.post("/answer/unknown/stop", {"what": "all"})).heading == "We will not ask"
    assert db.session.scalar(select(SurveyOptOut)) is None


def test_a_customer_finds_the_open_question_in_the_portal(case, address, visitor):
    (found,) = waiting_for(case.customer, at=now()).surveys
    assert (found.title, found.address) == (case.request.summary, address)
    customer = visitor(case.customer)
    assert customer.get(f"/surveys/about/{case.request.reference}", expect=303).location == address
    customer.post(address, PAIR)
    assert waiting_for(case.customer, at=now()).surveys == []


def test_from_the_request_one_comes_back_to_the_answer_while_it_can_be_changed(case, address, visitor):
    customer, about = visitor(case.customer), f"/surveys/about/{case.request.reference}"
    assert "see what you answered" in customer.get(f"/requests/{case.request.reference}").words
    customer.post(address, PAIR)
    assert customer.get(about, expect=303).location == address
    assert customer.get(address).heading == "Thank you, we have your answer"
    assert visitor(a_person()).get(about).heading == "There is no question behind this link"
    response = db.session.scalar(select(Response))
    response.submitted_at = now() - queries.EDIT_WINDOW
    db.session.commit()
    assert customer.get(about).heading == "There is no question behind this link"


@pytest.mark.both_databases
def test_the_question_names_who_resolved_it_and_not_who_has_it_now(case, address, agent, visitor):
    case.request.assignee = a_person("Otto Other", roles=("agent",))
    db.session.commit()
    words = visitor().get(address).words
    assert f"{agent.name} resolved it." in words and "Otto Other" not in words


def test_nobody_finds_somebody_elses_question(case, visitor):
    other = a_person()
    db.session.commit()
    assert waiting_for(other, at=now()).surveys == []
    page = visitor(other).get(f"/surveys/about/{case.request.reference}")
    assert page.heading == "There is no question behind this link"
    assert visitor().get(f"/surveys/about/{case.request.reference}", expect=303).location.startswith("/sign-in")


def test_markup_in_a_comment_comes_back_as_words(case, address, visitor):
    hostile = "<script>alert(1)</script> {{ 7*7 }} <b hx-get=/x>"
    customer = visitor()
    customer.post(address, {"score": "3", "comment": hostile})
    page = customer.get(address)
    assert page.form_for(address)["comment"].strip() == hostile
    assert "<script>alert" not in page.html


def test_an_answer_needs_few_statements(app, case, address, visitor):
    reader = visitor()
    with counted_statements() as seen:
        reader.get(address)
    assert len(seen) <= 4


def test_one_can_choose_to_be_asked_again(case, address, visitor):
    customer = visitor(case.customer)
    customer.post(f"{address}/stop", {"what": "all"})
    page = customer.get("/surveys/asking-me")
    assert "You have told us not to ask you" in page.words
    page = customer.follow(customer.submit("/surveys/asking-me"))
    assert "We ask you after your requests." in page.words
    assert not queries.has_opted_out(case.customer_id)
    customer.submit("/surveys/asking-me")
    assert queries.has_opted_out(case.customer_id)
