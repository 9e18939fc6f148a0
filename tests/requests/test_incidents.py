"""Requests about a known problem: linked, told, solved, each person with one message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.jobs import Job, run_due
from portal.mail.models import OutboxMessage
from portal.notices import actions as notices
from portal.notices.models import Notice
from portal.people.models import Person
from portal.requests import actions, incidents, queries
from portal.requests.models import RequestEvent, RequestWatcher, ServiceRequest
from portal.web.moment import now
from tests.builders import a_person, a_request, a_segment
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def writer() -> Person:
    return a_person("Lia Tell", roles=("liaison", "agent"))


@pytest.fixture
def notice(case: Case, writer: Person) -> Notice:
    """An incident that everybody reads, whose first mails have gone out."""
    return an_incident(writer)


def an_incident(writer: Person, **more: object) -> Notice:
    wording = notices.Wording(kind="incident", title="Mail is slow", body="We look.", **more)  # type: ignore[arg-type]
    made = notices.write_notice(wording, by=writer, at=now())
    notices.propose(made, version=made.version, by=writer, at=now())
    notices.release(made, version=made.version, by=a_person(roles=("manager",)), at=now())
    db.session.commit()
    run_due()
    db.session.query(OutboxMessage).delete()
    db.session.commit()
    return made


def letters_to(person: Person) -> list[str]:
    query = db.session.query(OutboxMessage).filter_by(to_address=person.email).order_by(OutboxMessage.id)
    return [one.subject for one in query]


def link(request: ServiceRequest, notice: Notice, by: Person) -> None:
    assert incidents.link_to_incident([request], notice, by=by, at=now()) == 1
    db.session.commit()
    db.session.query(OutboxMessage).delete()
    db.session.commit()


@pytest.mark.both_databases
def test_many_are_linked_at_once_told_once_and_solved_with_one_message_each(
    visitor: Browser, case: Case, notice: Notice, writer: Person
) -> None:
    others = [a_request(a_person(), case.request.service) for _number in range(3)]
    ended = a_request(a_person(), case.request.service)
    actions.withdraw(ended, words="", by=ended.customer, at=now())
    desk = visitor(case.agent)
    chosen = [one.reference for one in (case.request, *others, ended)]
    page = desk.get("/queue/incident?" + "&".join(f"chosen={one}" for one in chosen))
    assert "5 requests" in page.words
    form = page.form_for("/queue/incident") | {"chosen": chosen, "notice": notice.id}
    first = desk.post("/queue/incident", form)
    assert "4 requests are linked." in desk.follow(first).words
    assert desk.post("/queue/incident", form).location == first.location, "two clicks link once"
    assert db.session.query(RequestEvent).filter_by(kind="incident_linked").count() == 4
    assert letters_to(case.customer)[-1].endswith("about a known problem")
    seen = visitor(case.customer).get(case.page)
    assert "This is about a known problem" in seen.words and f"/notices/{notice.reference}" in seen.links()
    assert "4 requests are about this." in visitor(writer).get(f"/notices/{notice.reference}/work").words

    db.session.query(OutboxMessage).delete()
    notices.post_update(notice, words="We know why now.", by=writer, at=now())
    db.session.commit()
    run_due()
    for request in (case.request, *others):
        assert len(letters_to(request.customer)) == 1, "the list and the request write one message together"
    assert "We know why now." in visitor(case.customer).get(case.page).words

    over = visitor(writer).get(f"/notices/{notice.reference}/solve").words
    assert "4 requests about it will be resolved with these words, and each customer gets one message." in over
    assert "stay" not in over
    assert "resolved with these words" not in visitor(writer).get(f"/notices/{notice.reference}/cancel").words
    db.session.query(OutboxMessage).delete()
    notices.solve(notice, words="A new server runs.", by=writer, at=now())
    db.session.commit()
    run_due()
    for request in (case.request, *others):
        db.session.refresh(request)
        assert request.state == "resolved" and request.target_met is not None and request.assignee_id is None
        assert letters_to(request.customer) == [f"{request.reference}: resolved"]
        body = db.session.query(OutboxMessage).filter_by(to_address=request.customer.email).one().body
        assert "A new server runs." in body and "open it again" in body
    assert ended.state == "withdrawn" and letters_to(ended.customer) == []


def test_what_is_resolved_already_stays_and_its_customer_hears_from_the_list(
    case: Case, notice: Notice, writer: Person
) -> None:
    link(case.request, notice, case.agent)
    notices.join(notice, by=case.customer, at=now())
    actions.resolve(case.request, words="A workaround.", by=case.agent, at=now() - timedelta(minutes=5))
    db.session.query(OutboxMessage).delete()
    notices.solve(notice, words="Over.", by=writer, at=now())
    db.session.commit()
    run_due()
    assert [event.kind for event in queries.public_events(case.request)].count("resolved") == 1
    assert len(letters_to(case.customer)) == 1 and "Solved" in letters_to(case.customer)[0]


def test_somebody_with_two_requests_gets_one_message_of_news(case: Case, notice: Notice, writer: Person) -> None:
    second = a_request(case.customer, case.request.service)
    link(case.request, notice, case.agent)
    link(second, notice, case.agent)
    notices.post_update(notice, words="News.", by=writer, at=now())
    db.session.commit()
    run_due()
    assert len(letters_to(case.customer)) == 1


def test_who_reads_along_is_told_too_and_who_left_the_list_is_not(case: Case, notice: Notice, writer: Person) -> None:
    along = a_person("Along")
    case.request.keeps("watchers")
    db.session.add(RequestWatcher(request_id=case.request.id, person_id=along.id, is_open=True, added_at=now()))
    link(case.request, notice, case.agent)
    notices.leave(notice, by=along, at=now())
    notices.leave(notice, by=case.customer, at=now())
    notices.post_update(notice, words="News.", by=writer, at=now())
    db.session.commit()
    run_due()
    assert letters_to(case.customer) == [] and letters_to(along) == []
    notices.solve(notice, words="Over.", by=writer, at=now())
    db.session.commit()
    run_due()
    for person in (case.customer, along):
        assert letters_to(person) == [f"{case.request.reference}: resolved"]


def test_the_letter_names_the_problem_and_leads_to_it_for_those_who_may_read_it(case: Case, writer: Person) -> None:
    along = a_person("Along", segment=a_segment("Board"))
    db.session.add(RequestWatcher(request_id=case.request.id, person_id=along.id, is_open=True, added_at=now()))
    case.request.keeps("watchers")
    inner = an_incident(writer, segments=[along.segment])
    incidents.link_to_incident([case.request], inner, by=case.agent, at=now())
    db.session.commit()
    letters = {one.to_address: one.body for one in db.session.query(OutboxMessage)}
    assert "“Mail is slow”" in letters[along.email] and f"/notices/{inner.reference}" in letters[along.email]
    told = letters[case.customer.email]
    assert "is about a problem that we know and work on" in told
    assert "Mail is slow" not in told and inner.reference not in told


def test_a_customer_who_may_not_read_the_notice_reads_no_title_and_still_gets_the_news(
    visitor: Browser, case: Case, writer: Person
) -> None:
    inner = an_incident(writer, segments=[a_segment("Board")])
    link(case.request, inner, case.agent)
    page = visitor(case.customer).get(case.page)
    assert "This is about a known problem" in page.words
    assert "Mail is slow" not in page.words and inner.reference not in page.html
    notices.post_update(inner, words="News for all.", by=writer, at=now())
    db.session.commit()
    run_due()
    assert letters_to(case.customer) == [f"{case.request.reference}: news about the known problem"]


def test_one_that_waits_for_a_yes_hears_the_end_and_stays_open(
    visitor: Browser, case: Case, notice: Notice, writer: Person
) -> None:
    link(case.request, notice, case.agent)
    case.bring_to("approval")
    over = visitor(writer).get(f"/notices/{notice.reference}/solve").words
    assert "1 request that waits for a yes gets these words and stays open." in over
    assert "will be resolved" not in over
    notices.solve(notice, words="Over.", by=writer, at=now())
    db.session.commit()
    run_due()
    assert case.again().state == "approval" and len(letters_to(case.customer)) == 1


@pytest.mark.both_databases
def test_a_worker_that_dies_between_batches_tells_nobody_twice(
    case: Case, notice: Notice, writer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [case.request, *(a_request(a_person(), case.request.service) for _number in range(6))]
    incidents.link_to_incident(rows, notice, by=case.agent, at=now())
    db.session.query(OutboxMessage).delete()
    notices.solve(notice, words="Over.", by=writer, at=now())
    db.session.commit()
    payload = db.session.query(Job).filter_by(kind=incidents.FOLLOW).one().payload
    incidents.follow_some(payload["update"], after=0, at=now(), limit=3)
    db.session.rollback()  # the end of a worker in the middle: nothing of this part has happened
    assert db.session.query(OutboxMessage).count() == 0
    monkeypatch.setattr(incidents, "AT_ONCE", 3)
    monkeypatch.setattr(incidents.follow_some, "__kwdefaults__", {"limit": 3})
    run_due()
    # The same part once more, as by a worker that died after its work and before it took the job away.
    incidents.follow_some(payload["update"], after=0, at=now(), limit=3)
    db.session.commit()
    run_due()
    for request in rows:
        db.session.refresh(request)
        assert request.state == "resolved" and len(letters_to(request.customer)) == 1


def test_a_request_is_taken_from_a_problem_and_goes_on_by_itself(
    visitor: Browser, case: Case, notice: Notice, writer: Person
) -> None:
    link(case.request, notice, case.agent)
    desk = visitor(case.agent)
    assert case.request.reference in desk.get(f"/queue/incidents/{notice.reference}").words
    desk.post(f"{case.desk}/incident/away")
    assert "is not about the known problem" in visitor(case.customer).get(case.page).words
    assert letters_to(case.customer) == [f"{case.request.reference}: not about the known problem"]
    again = desk._send(f"{case.desk}/incident/away", method="POST", data={"csrf_token": desk.token()})
    assert again.status_code == 422
    notices.solve(notice, words="Over.", by=writer, at=now())
    db.session.commit()
    run_due()
    assert case.again().state == "received"


def test_only_a_problem_that_lasts_can_be_chosen(visitor: Browser, case: Case, notice: Notice, writer: Person) -> None:
    desk = visitor(case.agent)
    form = desk.get(f"{case.desk}/incident").form_for(f"{case.desk}/incident")
    notices.solve(notice, words="Over.", by=writer, at=now())
    desk.post(f"{case.desk}/incident", form, expect=422)
    assert "No known problem is open" in desk.get(f"{case.desk}/incident").words
    assert case.again().notice_id is None
    desk.get("/queue/incidents/N-9", expect=404)


def test_choosing_nothing_is_said(visitor: Browser, case: Case, notice: Notice) -> None:
    desk = visitor(case.agent)
    page = desk.post("/queue/incident", {"notice": notice.id, "chosen": "REQ-77"}, expect=422)
    assert "Choose at least one request." in page.words
    visitor(case.customer).post("/queue/incident", expect=403)
