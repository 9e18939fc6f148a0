"""The customer's walk: ask, check, send, follow, write, confirm, open again, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.catalogue.models import HoursPlan
from portal.extensions import db
from portal.requests import actions
from portal.requests.background import close_resolved
from portal.requests.models import ServiceRequest
from portal.requests.states import POSSIBLE, STATES
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_request, a_service, desk_hours, resolve
from tests.files.uploads import reference_in
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
DEEDS = {
    "reply": "/replies",
    "reopen": "/reopen",
    "confirm": "/confirm",
    "withdraw": "/withdraw",
}
SAID = {
    "reply": "Your message is sent.",
    "reopen": "Your request is open again.",
    "confirm": "The request is closed.",
    "withdraw": "Nothing more happens.",
}
LEADS_TO = {"reply": None, "reopen": "in_progress", "confirm": "closed", "withdraw": "withdrawn"}


@pytest.mark.both_databases
def test_the_whole_walk_from_the_catalogue_to_a_closed_request(visitor: Browser) -> None:
    with time_machine.travel(TUESDAY_10, tick=False) as clock:
        a_service("Printers", slug="printers", first_answer_minutes=60, resolution_minutes=600)
        customer, agent = visitor(a_person("Anna Berg")), visitor(a_person("Kyra Lind", roles=("agent",)))
        assert "/services/printers/ask" in customer.get("/services/printers").links()
        form = customer.get("/services/printers/ask").form_for("/services/printers/ask")
        form |= {"summary": "It prints stripes", "details": "Since Monday.", "step": "check"}
        checked = customer.post("/services/printers/ask", form, expect=200)
        assert checked.heading == "Check your answers" and "Nothing is sent yet." in checked.words
        assert db.session.query(ServiceRequest).count() == 0
        made = customer.post("/services/printers/ask", checked.form_for("/services/printers/ask") | {"step": "send"})
        sent = customer.follow(made)
        assert sent.heading == "We have your request" and "Wednesday 10:00" in sent.words
        reference = reference_in(made)
        page, desk = f"/requests/{reference}", f"/queue/{reference}"
        assert "Received" in customer.get(page).words

        clock.shift(timedelta(minutes=20))
        agent.post(f"{desk}/take")
        agent.submit(f"{desk}/write", {"body": "Which floor?", "deed": "ask"}, at=desk)
        waiting = customer.get(page).words
        assert "Waiting for you" in waiting and "The clock stands still until you answer" in waiting
        assert "Which floor?" in waiting and "With" in waiting and "Kyra Lind" in waiting

        clock.shift(timedelta(hours=2))
        answered = customer.submit(f"{page}/replies", {"body": "The second."}, at=page)
        followed = customer.follow(answered).words
        assert "Your message is sent." in followed and "In progress" in followed
        assert "Wednesday 12:00" in followed, "two hours of waiting are added"

        clock.shift(timedelta(hours=1))
        agent.submit(f"{desk}/write", {"body": "New drum.", "deed": "resolve"}, at=desk)
        assert "as promised" in customer.get(page).words
        closed = customer.follow(customer.post(f"{page}/confirm")).words
        assert "Thank you. The request is closed." in closed and "You said that it works" in closed


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("state", STATES)
def test_each_deed_works_in_its_states_and_is_kindly_refused_in_others(
    visitor: Browser, case: Case, deed: str, state: str
) -> None:
    case.bring_to(state)
    before, browser, address = case.kinds(), visitor(case.customer), case.page + DEEDS[deed]
    browser.get(case.page)
    if state in POSSIBLE[deed]:
        answer = browser.post(address, {"body": "My words"})
        assert SAID[deed] in browser.follow(answer).words
        assert len(case.kinds()) == len(before) + 1
        assert case.again().state == (LEADS_TO[deed] or ("in_progress" if state == "waiting" else state))
        return
    refused = browser.client.post(address, data={"csrf_token": browser.token(), "body": "My words"})
    assert refused.status_code == 422
    words = refused.get_data(as_text=True)
    assert "the request has moved on" in words
    assert deed == "confirm" or "My words" in words, "what was typed is lost"
    assert case.kinds() == before and case.again().state == state


@pytest.mark.parametrize("deed", DEEDS)
def test_a_stranger_and_even_an_agent_cannot_do_a_customers_deed(visitor: Browser, case: Case, deed: str) -> None:
    case.bring_to("resolved" if deed in ("confirm", "reopen") else "in_progress")
    before = case.kinds()
    for person in (a_person(), case.agent, a_person(roles=("administrator", "manager"))):
        visitor(person).post(case.page + DEEDS[deed], {"body": "My words"}, expect=404)
    assert case.kinds() == before


def test_a_foreign_request_and_a_missing_one_look_the_same(visitor: Browser, case: Case) -> None:
    browser = visitor(a_person())
    for way in ("", "/sent", "/withdraw"):
        foreign = browser.get(case.page + way, expect=404)
        missing = browser.get("/requests/REQ-987654" + way, expect=404)
        assert foreign.html == missing.html


@pytest.mark.parametrize(
    "reference", ["REQ-", "REQ-x", "1001", "REQ-²", "REQ-999999999999999999999", "REQ--1", "req", "REQ-0"]
)
def test_what_is_no_reference_is_not_found(visitor: Browser, case: Case, reference: str) -> None:
    visitor(case.customer).get(f"/requests/{reference}", expect=404)


def test_a_reference_is_read_in_any_case(visitor: Browser, case: Case) -> None:
    visitor(case.customer).get("/requests/req-1001")


@pytest.mark.parametrize("deed", ["reply", "reopen"])
@pytest.mark.parametrize(
    ("words", "said"),
    [("", "Write a few words."), ("  \n", "Write a few words."), ("x" * 5001, "at most 5000 characters")],
)
def test_an_empty_or_endless_message_is_refused_and_kept(
    visitor: Browser, case: Case, deed: str, words: str, said: str
) -> None:
    case.bring_to("resolved" if deed == "reopen" else "in_progress")
    page = visitor(case.customer).post(case.page + DEEDS[deed], {"body": words}, expect=422)
    assert said in page.words and page.form_for(case.page + DEEDS[deed])["body"].strip("\n") == words.strip("\n")


@pytest.mark.parametrize(
    ("summary", "said"),
    [("", "Say in a few words"), (" \t ", "Say in a few words"), ("x" * 121, "at most 120 characters")],
)
def test_a_request_needs_a_few_words_and_keeps_the_rest(visitor: Browser, summary: str, said: str) -> None:
    a_service(slug="printers")
    page = visitor(a_person()).post(
        "/services/printers/ask", {"summary": summary, "details": "All of it", "step": "send"}, expect=422
    )
    assert said in page.words and page.value("details") == "All of it"
    assert db.session.query(ServiceRequest).count() == 0


def test_details_too_long_are_refused_and_kept(visitor: Browser) -> None:
    a_service(slug="printers")
    page = visitor(a_person()).post("/services/printers/ask", {"summary": "S", "details": "x" * 5001}, expect=422)
    assert page.value("details") == "x" * 5001


@pytest.mark.parametrize("way", ["/replies", "/reopen", "/confirm"])
def test_a_deed_is_never_done_by_looking(visitor: Browser, case: Case, way: str) -> None:
    visitor(case.customer).get(case.page + way, expect=405)


def test_asking_to_withdraw_shows_a_question_first(visitor: Browser, case: Case) -> None:
    browser = visitor(case.customer)
    assert browser.get(f"{case.page}/withdraw").heading == "Withdraw this request?"
    assert case.again().state == "received"
    page = browser.submit(f"{case.page}/withdraw", {"body": "Found it myself"})
    assert "You withdrew it: Found it myself" in browser.follow(page).words


def test_why_somebody_withdraws_is_at_most_a_thousand_characters(visitor: Browser, case: Case) -> None:
    page = visitor(case.customer).submit(f"{case.page}/withdraw", {"body": "x" * 1001}, expect=422)
    assert page.value("body") == "x" * 1001 and case.again().state == "received"


@pytest.mark.both_databases
def test_sending_the_form_twice_makes_one_request_and_leads_to_the_same_page(visitor: Browser) -> None:
    a_service(slug="printers")
    browser = visitor(a_person())
    form = browser.get("/services/printers/ask").form_for("/services/printers/ask")
    form |= {"summary": "Only once", "step": "send"}
    first = browser.post("/services/printers/ask", form)
    second = browser.post("/services/printers/ask", form)
    assert first.location == second.location
    assert db.session.query(ServiceRequest).count() == 1
    other = browser.get("/services/printers/ask").form_for("/services/printers/ask")
    assert other["once"] != form["once"]


def test_a_refused_form_keeps_its_one_time_key_unused(visitor: Browser) -> None:
    a_service(slug="printers")
    browser = visitor(a_person())
    refused = browser.submit("/services/printers/ask", {"summary": "", "step": "send"}, expect=422)
    form = refused.form_for("/services/printers/ask") | {"summary": "Now", "step": "send"}
    assert browser.post("/services/printers/ask", form).location.endswith("/sent")


def test_sending_a_reply_twice_writes_it_once(visitor: Browser, case: Case) -> None:
    browser = visitor(case.customer)
    form = browser.get(case.page).form_for(f"{case.page}/replies") | {"body": "Once"}
    assert browser.post(f"{case.page}/replies", form).location == browser.post(f"{case.page}/replies", form).location
    assert case.kinds() == ["asked", "replied"]


def test_the_promise_stays_with_the_request_when_the_service_changes(visitor: Browser, case: Case) -> None:
    request = case.request
    before = (request.first_answer_due_at, request.due_at, request.hours_plan_id)
    shown = visitor(case.customer).get(case.page).words
    service = request.service
    service.first_answer_minutes, service.resolution_minutes = 5, 10
    other = HoursPlan(name="Never", zone="UTC", windows=[[6, 0, 60]], closed_on=[], in_words="Sundays")
    db.session.add(other)
    service.hours_plan = other
    visitor(case.customer).post(f"{case.page}/replies", {"body": "And this"})
    request = case.again()
    assert (request.first_answer_due_at, request.due_at, request.hours_plan_id) == before
    assert "Wednesday 10:00" in shown and "Wednesday 10:00" in visitor(case.customer).get(case.page).words


def test_a_request_of_a_service_that_is_gone_is_still_followed(visitor: Browser, case: Case) -> None:
    case.request.service.state = "retired"
    visitor(case.customer).get(case.page)


def test_what_nobody_objects_to_is_closed_after_seven_days(visitor: Browser) -> None:
    customer = a_person()
    moment = now()
    old = resolve(a_request(customer, at=moment - timedelta(days=9)), at=moment - timedelta(days=7, minutes=1))
    young = resolve(a_request(customer, at=moment - timedelta(days=9)), at=moment - timedelta(days=6, hours=23))
    db.session.commit()
    close_resolved()
    close_resolved()
    db.session.expire_all()
    assert (old.state, young.state) == ("closed", "resolved")
    page = visitor(customer).get(f"/requests/{old.reference}")
    assert "Closed by itself" in page.words and "cannot be opened again" in page.words
    assert "cannot be opened again" not in visitor(customer).get(f"/requests/{young.reference}").words


def test_a_request_opened_again_counts_its_week_from_the_second_time(visitor: Browser, case: Case) -> None:
    request, at = case.bring_to("resolved").request, TUESDAY_10
    actions.reopen(request, words="No", by=case.customer, at=at + timedelta(days=6))
    db.session.commit()
    with time_machine.travel(at + timedelta(days=8), tick=False):
        close_resolved()
        assert case.again().state == "in_progress"
        actions.resolve(request, words="Now", by=case.agent, at=at + timedelta(days=8))
        db.session.commit()
    with time_machine.travel(at + timedelta(days=14), tick=False):
        close_resolved()
        assert case.again().state == "resolved"
    with time_machine.travel(at + timedelta(days=15, minutes=1), tick=False):
        close_resolved()
        assert case.again().state == "closed"


@pytest.mark.both_databases
def test_my_requests_are_paged_newest_first_without_gaps(visitor: Browser) -> None:
    customer, service = a_person(), a_service()
    for number in range(45):
        a_request(customer, service, summary=f"Number {number}.", at=TUESDAY_10 + timedelta(minutes=number))
    a_request(a_person(), service, summary="Foreign")
    browser, seen = visitor(customer), []
    address: str | None = "/requests"
    while address:
        page = browser.get(address)
        assert "Foreign" not in page.words
        seen += [link for link in page.links() if link.startswith("/requests/REQ-") and "#" not in link]
        address = next((link for link in page.links() if "after=" in link), None)
    assert seen == [f"/requests/REQ-{1000 + number}" for number in range(45, 0, -1)]


def test_open_and_ended_requests_stand_apart_with_their_numbers(visitor: Browser) -> None:
    customer, service = a_person(), a_service()
    browser = visitor(customer)
    assert "Nothing is open" in browser.get("/requests").words
    assert "Nothing has ended yet" in browser.get("/requests?view=ended").words
    a_request(customer, service, summary="Still open")
    resolve(a_request(customer, service, summary="All done"), at=TUESDAY_10 + timedelta(hours=1))
    open_page, ended = browser.get("/requests"), browser.get("/requests?view=ended")
    assert "Still open" in open_page.words and "All done" not in open_page.words
    assert "All done" in ended.words and "Still open" not in ended.words
    assert "Open 1" in open_page.words and "Ended 1" in open_page.words


@pytest.mark.parametrize("words", ["w" * 120, "🙂" * 120, "שלום עולם", "\u202eturned", "a\u0301" * 60, "𝕊𝕌𝕄"])
def test_long_words_emoji_and_scripts_from_right_to_left_are_shown_everywhere(visitor: Browser, words: str) -> None:
    customer = a_person("‮Name 🙂 שלום")
    asked = a_request(customer, summary=words, details=words * 20)
    mine = visitor(customer)
    for address in ("/", "/requests", f"/requests/{asked.reference}", f"/requests/{asked.reference}/sent"):
        assert words in mine.get(address).words
    desk = visitor(a_person(roles=("agent",)))
    for address in ("/queue", f"/queue/{asked.reference}"):
        assert words in desk.get(address).words


def test_the_status_panel_refreshes_itself_only_while_the_request_is_open(visitor: Browser, case: Case) -> None:
    browser = visitor(case.customer)
    assert 'data-hx-trigger="every 30s"' in browser.get(case.page).html
    case.bring_to("resolved")
    assert "every 30s" not in browser.get(case.page).html


def test_a_service_without_targets_promises_nothing_and_works(visitor: Browser) -> None:
    with time_machine.travel(datetime(2026, 4, 14, 9, tzinfo=UTC), tick=False):
        a_service(
            "Open end", slug="open-end", first_answer_minutes=None, resolution_minutes=None, hours_plan=desk_hours()
        )
        browser, agent = visitor(a_person()), visitor(a_person(roles=("agent",)))
        made = browser.submit("/services/open-end/ask", {"summary": "Please", "step": "send"})
        assert "as soon as we know" in browser.follow(made).words
        page = f"/requests/{reference_in(made)}"
        assert "No time is promised" in browser.get(page).words
        assert "no promise" in agent.get("/queue").words
        desk = f"/queue/{reference_in(made)}"
        agent.submit(f"{desk}/write", {"body": "Floor?", "deed": "ask"}, at=desk)
        browser.submit(f"{page}/replies", {"body": "Two"}, at=page)
        agent.submit(f"{desk}/write", {"body": "Done", "deed": "resolve"}, at=desk)
        browser.submit(f"{page}/reopen", {"body": "No"}, at=page)
        kept = db.session.query(ServiceRequest).one()
        assert kept.target_met is None and kept.decided_at is None and kept.due_at is None
        browser.submit(f"{page}/withdraw", {"body": ""})
