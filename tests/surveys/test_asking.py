"""Every closing gets its case; who is asked, and who is not, is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal.extensions import db
from portal.home.waiting import waiting_for
from portal.mail.models import OutboxMessage
from portal.people.visitor import digest
from portal.requests import actions as requests
from portal.surveys import actions, answers, instruments, queries
from portal.surveys.background import ask_customers
from portal.surveys.models import (
    Instrument,
    PublishedForGood,
    QuestionVersion,
    ResponseToken,
    SampleCase,
    SurveyOptOut,
    SurveyWave,
)
from portal.surveys.sampling import is_drawn
from portal.surveys.tokens import token_of
from tests.builders import a_person, a_request, resolve


def cases():
    return db.session.scalars(select(SampleCase).order_by(SampleCase.id)).all()


def invitations():
    query = select(OutboxMessage).where(OutboxMessage.key.like("survey:%")).order_by(OutboxMessage.id)
    return db.session.scalars(query).all()


def sweep(wave, opened, **later):
    return actions.take_in_closures(wave, at=opened + timedelta(**(later or {"hours": 2})))


def test_a_fresh_portal_asks_after_every_request_without_being_set_up(app, opened):
    ask_customers()
    first = queries.find_wave(instruments.STANDARD)
    ask_customers()
    assert first is not None and db.session.scalars(select(SurveyWave)).all() == [first]
    assert len(db.session.scalars(select(Instrument)).all()) == 1


def test_what_is_opened_again_after_it_was_said_to_work_is_asked_about_when_it_is_done(app, wave, agent, opened):
    request = resolve(a_request(at=opened), by=agent, at=opened + timedelta(minutes=5))
    requests.confirm(request, by=request.customer, at=opened + timedelta(minutes=10))
    assert sweep(wave, opened) == 1
    [case] = cases()
    requests.reopen(request, words="No.", by=request.customer, at=opened + timedelta(hours=3))
    assert actions.end_reopened() == 1
    assert (case.disposition, case.not_selected_reason, case.is_open) == ("ineligible", "reopened", False)
    resolve(request, by=agent, at=opened + timedelta(hours=4))
    sweep(wave, opened, hours=6)
    assert [one.closure_seq for one in cases()] == [0, 1] and cases()[0].not_selected_reason == "reopened"


def test_the_round_invites_whoever_has_a_resolved_request(app, wave, agent, opened):
    request = a_request(at=opened)
    resolve(request, by=agent, at=opened + timedelta(hours=1))
    db.session.commit()
    ask_customers()
    ask_customers()
    assert [case.disposition for case in cases()] == ["invited"]
    assert len(invitations()) == 1


@pytest.mark.both_databases
def test_every_way_to_end_gets_a_case_and_open_requests_get_none(app, wave, agent, opened):
    resolved, withdrawn, confirmed, still_open = (a_request(at=opened) for _ in range(4))
    resolve(resolved, by=agent, at=opened + timedelta(minutes=1))
    requests.answer(withdrawn, words="We look at it.", by=agent, at=opened + timedelta(minutes=1))
    requests.withdraw(withdrawn, words="", by=withdrawn.customer, at=opened + timedelta(minutes=2))
    resolve(confirmed, by=agent, at=opened + timedelta(minutes=3))
    requests.confirm(confirmed, by=confirmed.customer, at=opened + timedelta(minutes=4))
    assert sweep(wave, opened) == 3
    assert {case.request_id for case in cases()} == {resolved.id, withdrawn.id, confirmed.id}
    assert still_open.is_open


@pytest.mark.both_databases
def test_what_was_withdrawn_before_anybody_answered_is_not_asked_about(app, wave, agent, opened):
    """A colleague who only took it, or a program that said that it is here, has done nothing to be rated."""
    untouched, taken, acknowledged = (a_request(at=opened) for _ in range(3))
    robot = a_person(roles=("agent",), is_robot=True)
    requests.take(taken, by=agent, at=opened + timedelta(minutes=1))
    requests.answer(acknowledged, words="It is here.", by=robot, at=opened + timedelta(minutes=1))
    for request in (untouched, taken, acknowledged):
        requests.withdraw(request, words="", by=request.customer, at=opened + timedelta(minutes=2))
    assert sweep(wave, opened) == 0 and not invitations()


def test_requests_from_elsewhere_are_not_asked_about(app, wave, agent, opened):
    request = resolve(a_request(at=opened), by=agent, at=opened + timedelta(minutes=1))
    request.source = "imported"
    assert sweep(wave, opened) == 0


def test_what_ended_before_the_wave_opened_is_not_asked_about(app, wave, agent, opened):
    resolve(a_request(at=opened - timedelta(days=2)), by=agent, at=opened - timedelta(days=1))
    assert sweep(wave, opened) == 0


def test_the_wave_waits_as_long_as_it_says(app, wave, agent, opened):
    wave.delay_hours = 24
    resolve(a_request(at=opened), by=agent, at=opened + timedelta(hours=1))
    assert sweep(wave, opened, hours=24) == 0
    assert sweep(wave, opened, hours=26) == 1


def test_a_sweep_takes_so_many_and_the_next_one_the_rest(app, wave, agent, opened):
    for minute in range(5):
        resolve(a_request(at=opened), by=agent, at=opened + timedelta(minutes=minute))
    at = opened + timedelta(hours=1)
    assert [actions.take_in_closures(wave, at=at, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(invitations()) == 5


def test_a_closing_that_is_written_late_still_gets_its_case(app, wave, agent, opened):
    sweep(wave, opened)
    resolve(a_request(at=opened), by=agent, at=opened + timedelta(minutes=5))
    assert sweep(wave, opened, hours=3) == 1


@pytest.mark.both_databases
def test_two_workers_do_not_invite_twice(app, wave, agent, opened):
    request = resolve(a_request(at=opened), by=agent, at=opened + timedelta(minutes=1))
    at = opened + timedelta(hours=1)
    both_found = queries.closures_without_case(wave, since=opened, until=at, limit=10)
    assert [actions.make_case(wave, found, at=at) is not None for found in [*both_found, *both_found]] == [True, False]
    assert len(cases()) == len(invitations()) == 1
    assert cases()[0].request_id == request.id


@pytest.mark.parametrize(
    ("change", "disposition", "reason"),
    [
        (lambda wave, request: setattr(wave, "sampling_rate", 0.0), "not_selected", "rate"),
        (lambda wave, request: setattr(request.customer, "email", None), "not_selected", "no_address"),
        (lambda wave, request: setattr(request, "assignee", request.customer), "ineligible", "self_request"),
        (lambda wave, request: setattr(request.customer, "active", False), "ineligible", "left"),
    ],
)
def test_whoever_is_not_asked_has_a_row_with_the_reason(app, wave, agent, opened, change, disposition, reason):
    request = resolve(a_request(at=opened), by=agent, at=opened + timedelta(minutes=1))
    change(wave, request)
    db.session.flush()
    sweep(wave, opened)
    (case,) = cases()
    assert (case.disposition, case.not_selected_reason, case.selected) == (disposition, reason, False)
    assert invitations() == []
    assert db.session.scalars(select(ResponseToken)).all() == []


def test_nobody_is_asked_again_within_the_quiet_period(app, wave, agent, opened):
    wave.quiet_days = 7
    customer = a_person()
    for minute in (1, 2):
        resolve(a_request(customer, at=opened), by=agent, at=opened + timedelta(minutes=minute))
    sweep(wave, opened)
    assert [case.not_selected_reason for case in cases()] == [None, "quiet_period"]


def test_who_opted_out_is_not_asked(app, wave, agent, opened):
    customer = a_person()
    db.session.add(SurveyOptOut(person_id=customer.id, since_on=opened.date()))
    resolve(a_request(customer, at=opened), by=agent, at=opened + timedelta(minutes=1))
    sweep(wave, opened)
    assert [case.not_selected_reason for case in cases()] == ["opted_out"]


def test_the_same_seed_draws_the_same_sample_at_about_the_rate():
    drawn = [number for number in range(4000) if is_drawn("seed", number, 0, 0.25)]
    assert drawn == [number for number in range(4000) if is_drawn("seed", number, 0, 0.25)]
    assert 900 < len(drawn) < 1100
    assert all(is_drawn("seed", number, 0, 1.0) for number in range(200))
    assert not any(is_drawn("seed", number, 0, 0.0) for number in range(200))


def test_a_request_opened_again_before_an_answer_counts_for_nothing(app, wave, closed):
    case = closed(wave)
    requests.reopen(case.request, words="No.", by=case.customer, at=case.ended_at + timedelta(hours=1))
    assert actions.end_reopened() == 1
    assert (case.disposition, case.not_selected_reason, case.is_open) == ("ineligible", "reopened", False)
    found = answers.fieldwork_in(answers.totals_by_wave()[wave.id])
    assert (found.eligible, found.selected) == (0, 0)


def test_each_closing_of_a_request_has_its_own_row(app, wave, agent, opened):
    request = resolve(a_request(at=opened), by=agent, at=opened + timedelta(minutes=1))
    requests.reopen(request, words="No.", by=request.customer, at=opened + timedelta(minutes=2))
    resolve(request, by=agent, at=opened + timedelta(minutes=3))
    sweep(wave, opened)
    found = [(case.closure_seq, case.disposition, case.not_selected_reason) for case in cases()]
    assert found == [(0, "ineligible", "reopened"), (1, "invited", None)]


@pytest.mark.both_databases
def test_a_link_that_ends_without_an_answer_ends_its_case(app, wave, closed):
    quiet, bounced = closed(wave), closed(wave)
    mail = db.session.scalar(select(OutboxMessage).where(OutboxMessage.key == f"survey:{bounced.id}:invitation"))
    mail.failed_at = bounced.expires_at
    db.session.flush()
    assert actions.end_expired(at=quiet.expires_at) == 2
    assert (quiet.disposition, bounced.disposition) == ("no_answer", "bounced")


def test_the_invitation_names_the_request_and_has_five_text_links(app, wave, closed):
    case = closed(wave)
    (mail,) = invitations()
    address = f"http://127.0.0.1:8000/answer/{token_of(case.id)}"
    assert case.request.reference in mail.subject and case.request.summary in mail.subject
    assert [mail.body.index(f"{address}?score={score}\n") for score in (5, 4, 3, 2, 1)] == sorted(
        mail.body.index(f"{address}?score={score}\n") for score in range(1, 6)
    )
    assert f"{address}\n" in mail.body and f"{address}/stop" in mail.body
    assert "Our liaison sees your answer with your name." in mail.body


def test_the_secret_of_a_link_is_long_and_kept_only_as_a_digest(app, wave, closed):
    case = closed(wave)
    kept = db.session.scalar(select(ResponseToken))
    assert len(token_of(case.id)) == 43
    assert kept.token_sha256 == digest(token_of(case.id))
    assert token_of(case.id) != token_of(case.id + 1)
    app.config["SECRET_KEY"] = "another secret"
    assert kept.token_sha256 != digest(token_of(case.id))


def test_a_published_question_stays_as_it_was_asked(app, wave):
    question = db.session.scalar(select(QuestionVersion))
    question.wording = "Were you delighted?"
    with pytest.raises(PublishedForGood):
        db.session.flush()
    db.session.rollback()
    db.session.delete(db.session.scalar(select(QuestionVersion)))
    with pytest.raises(PublishedForGood):
        db.session.flush()
    db.session.rollback()
    with pytest.raises(PublishedForGood):
        db.session.query(QuestionVersion).update({"wording": "Were you delighted?"})
    version = wave.version
    version.status = "retired"
    db.session.flush()


def test_the_rounds_and_the_home_page_walk_through_no_table(app, wave, opened):
    customer = a_person()
    db.session.commit()
    at = opened + timedelta(hours=1)
    plans = plans_of(
        lambda: queries.closures_without_case(wave, since=opened, until=at, limit=5),
        lambda: waiting_for(customer, at=at).surveys,
        lambda: queries.find_standing("unknown", at=at),
        lambda: queries.expired_cases(at=at, limit=5),
        lambda: answers.satisfaction_between(opened, at),
    )
    assert not [step for step in plans if step.startswith("SCAN") and not step.startswith("SCAN anon_")]
    assert any("ix_service_request_ended" in step for step in plans)
    assert any("ix_sample_case_mine" in step for step in plans)


def plans_of(*reads):
    """The steps by which SQLite would answer each statement of these reads."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_more):
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    for read in reads:
        read()
    event.remove(db.engine, "before_cursor_execute", note)
    connection = db.session.connection()
    explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in asked]
    return [row[3] for rows in explained for row in rows]
