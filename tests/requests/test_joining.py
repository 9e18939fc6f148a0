"""Requests that go on in another, are made two of one, and know of each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.refusal import Refusal
from portal.requests import actions, joining, queries
from portal.requests.clock import moments_of
from portal.requests.models import RequestLink, RequestWatcher, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.requests.conftest import Case
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]
LATER = TUESDAY_10 + timedelta(minutes=30)


@pytest.fixture
def other(case: Case) -> ServiceRequest:
    """An earlier request of the same customer."""
    return a_request(case.customer, case.request.service, summary="The printer smells")


def mail_to(address: str | None) -> list[str]:
    query = db.session.query(OutboxMessage).filter_by(to_address=address).order_by(OutboxMessage.id)
    return [f"{one.subject}\n{one.body}" for one in query]


@pytest.mark.both_databases
def test_a_merged_request_is_neither_resolved_nor_kept_nor_late(
    visitor: Browser, case: Case, other: ServiceRequest
) -> None:
    desk = visitor(case.agent)
    made = desk.submit(f"{case.desk}/merge", {"into": other.reference})
    assert f"{case.request.reference} goes on in {other.reference}." in desk.follow(made).words
    merged = case.again()
    assert (merged.state, merged.is_open, merged.merged_into_id) == ("merged", False, other.id)
    assert merged.ended_at and not merged.resolved_at and merged.target_met is None and merged.decided_at is None
    page = visitor(case.customer).get(case.page)
    assert "Where it goes on" in page.words and f"/requests/{other.reference}" in page.links()
    assert f"{case.page}/replies" not in [form.get("action") for form in page.forms()]
    assert (
        f"goes on here with {case.request.reference} too"
        in visitor(case.customer).get(f"/requests/{other.reference}").words
    )
    assert len([one for one in mail_to("anna@example.com") if "goes on in" in one]) == 1


@pytest.mark.parametrize("deed", ["replies", "withdraw", "confirm", "reopen"])
def test_nothing_can_be_done_with_a_merged_request_and_it_says_so(
    visitor: Browser, case: Case, other: ServiceRequest, deed: str
) -> None:
    joining.merge(case.request, other, let_read=False, by=case.agent, at=LATER)
    browser = visitor(case.customer)
    db.session.commit()
    refused = browser.client.post(f"{case.page}/{deed}", data={"csrf_token": browser.token(), "body": "My words"})
    assert refused.status_code == 422 and "the request has moved on" in refused.get_data(as_text=True)


@pytest.mark.parametrize("state", ["received", "in_progress", "waiting", "held"])
@pytest.mark.both_databases
def test_taking_it_out_again_restores_the_state_and_the_clock(
    visitor: Browser, case: Case, other: ServiceRequest, state: str
) -> None:
    case.bring_to(state)
    before = case.request.pauses
    joining.merge(case.request, other, let_read=False, by=case.agent, at=LATER)
    db.session.commit()
    with time_machine.travel(LATER + timedelta(hours=3), tick=False):
        desk = visitor(case.agent)
        made = desk.submit(f"{case.desk}/unmerge")
        assert "is a request of its own again" in desk.follow(made).words
    again = case.again()
    assert (again.state, again.is_open, again.ended_at, again.merged_into_id) == (state, True, None, None)
    if state in ("received", "in_progress"):
        assert again.pauses == [
            *before,
            [LATER.isoformat(), (LATER + timedelta(hours=3)).isoformat(), "merged"],
        ]
        assert again.original_due_at and again.due_at == again.original_due_at + timedelta(hours=3)
        assert not again.clock_is_stopped
    else:
        assert again.pauses == before and again.waits_for == state
    moments = moments_of(again)
    assert (moments.due_at, moments.first_answer_due_at) == (again.due_at, again.first_answer_due_at)


def test_whoever_could_not_read_on_is_not_cut_off(visitor: Browser, case: Case) -> None:
    stranger = a_person("Bo Stern")
    foreign = a_request(stranger, case.request.service, summary="Something of Bo")
    desk = visitor(case.agent)
    page = desk.submit(f"{case.desk}/merge", {"into": foreign.reference}, expect=422)
    assert "Anna Berg cannot read" in page.words and page.value("into") == foreign.reference
    assert case.again().state == "received"
    visitor(case.customer).get(f"/requests/{foreign.reference}", expect=404)

    desk.submit(f"{case.desk}/merge", {"into": foreign.reference, "let_read": "y"})
    assert "Something of Bo" in visitor(case.customer).get(case.page).words
    visitor(case.customer).get(f"/requests/{foreign.reference}")
    # The people of the other one neither read the merged one nor hear of it.
    bo = visitor(stranger)
    bo.get(case.page, expect=404)
    theirs = bo.get(f"/requests/{foreign.reference}").words
    assert case.request.reference not in theirs and "printer is on fire" not in theirs

    desk.submit(f"{case.desk}/unmerge")
    assert db.session.query(RequestWatcher).count() == 0
    visitor(case.customer).get(f"/requests/{foreign.reference}", expect=404)


def test_a_watcher_who_has_left_reads_no_name_of_the_other_request(visitor: Browser, case: Case) -> None:
    foreign = a_request(a_person(), case.request.service, summary="Something of Bo")
    joining.merge(case.request, foreign, let_read=True, by=case.agent, at=LATER)
    db.session.query(RequestWatcher).delete()
    page = visitor(case.customer).get(case.page)
    assert "a request that you cannot read" in page.words and "Something of Bo" not in page.words


def test_who_is_let_in_already_stays_when_it_is_taken_out(case: Case) -> None:
    foreign = a_request(a_person(), case.request.service)
    foreign.keeps("watchers")
    db.session.add(RequestWatcher(request_id=foreign.id, person_id=case.customer.id, is_open=True, added_at=TUESDAY_10))
    joining.merge(case.request, foreign, let_read=False, by=case.agent, at=LATER)
    joining.unmerge(case.request, by=case.agent, at=LATER)
    assert queries.may_read(foreign, case.customer)


@pytest.mark.parametrize("into", ["REQ-9", "nonsense", "self", "closed", "merged"])
def test_a_request_goes_on_only_in_another_one_that_is_open(
    visitor: Browser, case: Case, other: ServiceRequest, into: str
) -> None:
    third = a_request(case.customer, case.request.service)
    if into == "closed":
        actions.withdraw(other, words="", by=case.customer, at=LATER)
    if into == "merged":
        joining.merge(other, third, let_read=False, by=case.agent, at=LATER)
    reference = {"self": case.request.reference, "closed": other.reference, "merged": other.reference}.get(into, into)
    page = visitor(case.agent).submit(f"{case.desk}/merge", {"into": reference}, expect=422)
    assert page.value("into") == reference and case.again().state == "received"


def test_a_merge_under_older_knowledge_is_a_conflict_with_the_words_kept(
    visitor: Browser, case: Case, other: ServiceRequest
) -> None:
    desk = visitor(case.agent)
    form = desk.get(f"{case.desk}/merge").form_for(f"{case.desk}/merge")
    actions.reply(case.request, words="Wait, one more thing", by=case.customer, at=LATER)
    page = desk.post(f"{case.desk}/merge", form | {"into": other.reference}, expect=409)
    assert "Somebody changed this request while you wrote." in page.words
    assert page.value("into") == other.reference
    desk.post(f"{case.desk}/merge", page.form_for(f"{case.desk}/merge"))
    assert case.again().state == "merged"


def test_a_part_becomes_a_request_of_its_own_for_the_same_people(visitor: Browser, case: Case) -> None:
    boss = a_person("Bea Boss")
    service, home = a_service("Screens", slug="screens"), case.request
    home.asked_by = boss
    actions.reply(home, words="And my screen flickers.", by=case.customer, at=LATER)
    event = queries.timeline(home).events[-1]
    desk = visitor(case.agent)
    form = desk.get(f"{case.desk}/split?event={event.id}").form_for(f"{case.desk}/split")
    assert form["details"].strip() == "And my screen flickers."
    form |= {"summary": "The screen flickers", "service": str(service.id)}
    first = desk.post(f"{case.desk}/split", form)
    assert desk.post(f"{case.desk}/split", form).location == first.location, "two clicks make one"
    made = db.session.query(ServiceRequest).filter_by(summary="The screen flickers").one()
    assert (made.customer_id, made.asked_by_id, made.assignee_id) == (case.customer.id, boss.id, None)
    assert made.state == "received" and made.due_at
    page = visitor(case.customer).get(f"/requests/{made.reference}")
    assert "Kyra Lind" in page.words and "made a request of its own" in page.words and "And my screen" in page.words
    assert case.page in page.links()
    assert f"/requests/{made.reference}" in visitor(case.customer).get(case.page).links()
    assert len([one for one in mail_to("anna@example.com") if "a request of its own" in one]) == 1
    assert len([one for one in mail_to(boss.email) if "a request of its own" in one]) == 1


def test_a_part_cannot_become_a_request_for_what_is_not_offered_to_its_customer(visitor: Browser, case: Case) -> None:
    from tests.builders import a_segment

    inner = a_service("Payroll", for_segments=[a_segment()])
    values = {"summary": "Payroll", "details": "All of it", "service": str(inner.id)}
    page = visitor(case.agent).submit(f"{case.desk}/split", values, expect=422)
    assert page.value("summary") == "Payroll" and "is not offered to Anna Berg" in page.words


def test_a_link_is_seen_from_both_sides_by_those_who_may_read_both(visitor: Browser, case: Case) -> None:
    stranger = a_person()
    foreign = a_request(stranger, case.request.service, summary="Something of Bo")
    desk = visitor(case.agent)
    desk.submit(f"{case.desk}/link", {"other": foreign.reference})
    assert "Something of Bo" in desk.get(case.desk).words
    assert "printer is on fire" in desk.get(f"/queue/{foreign.reference}").words
    assert "Something of Bo" not in visitor(case.customer).get(case.page).words
    assert "printer is on fire" not in visitor(stranger).get(f"/requests/{foreign.reference}").words
    for wrong in (foreign.reference, case.request.reference, "REQ-77777"):
        desk.submit(f"{case.desk}/link", {"other": wrong}, expect=422)
    desk.post(f"{case.desk}/unlink", {"other": foreign.reference})
    assert db.session.query(RequestLink).count() == 0
    again = desk._send(
        f"{case.desk}/unlink", method="POST", data={"csrf_token": desk.token(), "other": foreign.reference}
    )
    assert again.status_code == 422


def test_links_are_bounded(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MOST_LINKS", 2)
    for _number in range(2):
        joining.link(case.request, a_request(service=case.request.service), by=case.agent, at=LATER)
    with pytest.raises(Refusal):
        joining.link(case.request, a_request(service=case.request.service), by=case.agent, at=LATER)


@pytest.mark.parametrize("way", ["merge", "unmerge", "split", "link", "unlink", "incident", "incident/away"])
def test_only_those_who_work_the_queue_join_requests(visitor: Browser, case: Case, way: str) -> None:
    before = case.request.version
    for person in (case.customer, a_person()):
        visitor(person).post(f"{case.desk}/{way}", expect=403)
    assert case.again().version == before


@pytest.mark.parametrize("way", ["merge", "unmerge", "split", "link", "incident"])
def test_what_is_not_there_cannot_be_joined(visitor: Browser, case: Case, way: str) -> None:
    visitor(case.agent).get(f"/queue/REQ-99999/{way}", expect=404)


@pytest.mark.parametrize("state", ["resolved", "approval"])
def test_merging_is_not_offered_where_it_is_not_possible(visitor: Browser, case: Case, state: str) -> None:
    case.bring_to(state)
    desk = visitor(case.agent)
    for way in ("merge", "unmerge", *(("split",) if state == "resolved" else ())):
        assert "not possible any more" in desk.follow(desk.get(f"{case.desk}/{way}", expect=303)).words
        desk.post(
            f"{case.desk}/{way}", {"into": "REQ-1", "summary": "S", "service": case.request.service_id}, expect=422
        )


def test_the_page_of_a_linked_request_costs_the_same_however_many_there_are(visitor: Browser, case: Case) -> None:
    browser, seen = visitor(case.customer), []
    for number in (1, 6):
        for _one in range(number):
            joining.link(case.request, a_request(case.customer, case.request.service), by=case.agent, at=LATER)
        db.session.commit()
        with counted_statements() as statements:
            browser.get(case.page)
        seen.append(len(statements))
    assert seen[0] == seen[1] <= 8
