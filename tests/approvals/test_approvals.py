"""Somebody has to say yes: who is asked, how they answer, and what the customer sees of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine

from portal.approvals import actions
from portal.approvals.background import remind_approvers
from portal.approvals.models import ApprovalLink
from portal.extensions import db
from portal.people.models import Person
from portal.people.visitor import digest
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests.models import ServiceRequest
from portal.requests.queries import public_events
from portal.requests.telling import happened
from portal.surveys.instruments import ensure_standard_wave
from portal.surveys.queries import closures_without_case
from tests.approvals.conftest import Office, approvals, kinds, link_to, mail_to
from tests.builders import TUESDAY_10, a_person, a_service
from tests.house.furniture import everything_stored
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]
Clock = time_machine.Traveller
HOUR = timedelta(hours=1)


def decide(request: ServiceRequest, *, yes: bool, by: Person, words: str = "", at: datetime) -> None:
    actions.decide(approvals()[-1], yes=yes, words=words, by=by, at=at)
    db.session.commit()


# --- who is asked -------------------------------------------------------------------------------------------------


def test_the_line_manager_is_asked_when_it_is_sent_and_the_clock_stands_still(office: Office) -> None:
    request = office.ask()
    assert request.state == "approval" and request.clock_is_stopped and request.waits_for == "approval"
    assert kinds(request) == ["asked", "approval_asked"]
    assert approvals()[0].approver == office.manager
    assert len(mail_to(office.manager)) == 1 and not mail_to(office.director)


def test_the_owner_is_asked_where_the_service_says_so(office: Office) -> None:
    office.service.approval = "owner"
    office.ask()
    assert approvals()[0].approver == office.owner


def test_a_service_without_approval_asks_nobody(office: Office) -> None:
    office.service.approval = None
    assert office.ask().state == "received" and not approvals()


def test_nobody_says_yes_to_their_own(office: Office) -> None:
    """The manager's own request goes to the director; what the director asks, to the owner; and not in circles."""
    office.ask(by=office.manager)
    assert approvals()[-1].approver == office.director
    office.ask(by=office.director)
    assert approvals()[-1].approver == office.owner
    office.ask(by=office.owner)
    assert approvals()[-1].stage == "nobody"


def test_who_asked_for_somebody_else_does_not_approve_it(office: Office) -> None:
    requests.submit_request(
        service=office.service,
        form=None,
        summary="A second screen",
        details="",
        answers={},
        by=office.manager,
        customer=office.customer,
        at=TUESDAY_10,
    )
    assert approvals()[-1].approver == office.director


def test_without_anybody_to_ask_the_desk_is_told_and_work_is_not_held_up(office: Office, visitor: Browser) -> None:
    office.manager.active = office.director.active = office.owner.active = False
    request = office.ask()
    assert request.state == "received" and not request.clock_is_stopped
    assert kinds(request) == ["asked", "approval_impossible"]
    desk = visitor(office.agent).get(f"/queue/{request.reference}")
    assert "A yes is needed" in desk.words and f"/approvals/ask/{request.reference}" in desk.links()
    assert "The helpdesk finds somebody" in visitor(office.customer).get(f"/requests/{request.reference}").words


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        (date(2026, 4, 13), date(2026, 4, 14), "Stan Inn"),
        (date(2026, 4, 14), None, "Stan Inn"),
        (date(2026, 4, 15), date(2026, 4, 20), "Anna Berg"),
        (date(2026, 4, 1), date(2026, 4, 13), "Anna Berg"),
        (None, None, "Anna Berg"),
    ],
)
def test_while_the_manager_is_away_the_stand_in_is_asked(
    office: Office, first: date | None, last: date | None, asked: str
) -> None:
    stand_in = a_person("Stan Inn", email="stan@example.com")
    office.manager.stand_in, office.manager.away_from_on, office.manager.away_until_on = stand_in, first, last
    office.ask()
    assert approvals()[0].approver == office.manager
    assert [one.name for one in (stand_in, office.manager) if mail_to(one)] == [asked]


def test_stand_ins_who_stand_in_for_each_other_and_who_want_it_are_passed_over(office: Office) -> None:
    office.manager.away_from_on = office.director.away_from_on = date(2026, 4, 1)
    office.manager.stand_in, office.director.stand_in = office.director, office.manager
    office.ask()
    assert approvals()[-1].stand_in == office.director
    office.manager.stand_in = office.customer
    office.ask()
    assert approvals()[-1].stand_in is None and len(mail_to(office.manager)) == 1


def test_the_one_who_is_away_may_still_answer(office: Office, visitor: Browser) -> None:
    office.manager.stand_in, office.manager.away_from_on = a_person("Stan Inn"), date(2026, 4, 1)
    request = office.ask()
    number = approvals()[0].id
    assert "A second screen" in visitor(office.manager).get("/approvals").words
    visitor(office.manager).submit(f"/approvals/{number}", {"verdict": "yes"})
    assert db.session.get(ServiceRequest, request.id).state == "received"
    assert approvals()[0].decided_by == office.manager


# --- the mailed page ----------------------------------------------------------------------------------------------


def test_the_mailed_page_shows_what_is_asked_and_looking_changes_nothing(office: Office, visitor: Browser) -> None:
    office.ask(details="Mine is too small.")
    link, stranger = link_to(office.manager), visitor()
    before = everything_stored()
    page = stranger.get(link)
    stranger._send(link, method="HEAD").close()
    assert everything_stored() == before
    for words in ("A second screen", "Carl Oks", "180 Euro", "Within 2 working days", "Mine is too small."):
        assert words in page.words
    assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_only_the_digest_of_a_link_is_kept(office: Office) -> None:
    office.ask()
    token = link_to(office.manager).rpartition("/")[2]
    kept = db.session.query(ApprovalLink).one()
    assert kept.token_sha256 == digest(token) and len(token) == 43


def test_a_yes_lets_work_begin_with_the_promise_moved_by_the_wait(
    office: Office, visitor: Browser, tuesday: Clock
) -> None:
    request = office.ask()
    promised = request.original_due_at
    tuesday.shift(2 * HOUR)
    visitor().submit(link_to(office.manager), {"verdict": "yes", "words": "Well deserved."})
    db.session.expire_all()
    assert request.state == "received" and not request.clock_is_stopped
    assert promised and request.due_at == promised + 2 * HOUR
    assert kinds(request)[-1] == "approved" and approvals()[0].minutes == 120
    page = visitor(office.customer).get(f"/requests/{request.reference}")
    assert "Anna Berg said yes" in page.words and "after 2 h of service time" in page.words
    assert "said yes; the clock runs" in page.words
    assert page.words.count("Well deserved.") == 2
    assert mail_to(office.customer)[-1].subject.endswith("approved")


def test_a_no_needs_a_reason_and_ends_the_request_as_not_approved(office: Office, visitor: Browser) -> None:
    request = office.ask()
    link, stranger = link_to(office.manager), visitor()
    refused = stranger.submit(link, {"verdict": "no", "words": " "}, expect=422)
    assert "Say why not." in refused.words
    assert db.session.get(ServiceRequest, request.id).state == "approval"
    stranger.submit(link, {"verdict": "no", "words": "Wait for the new budget."})
    db.session.expire_all()
    assert request.state == "declined" and not request.is_open and request.ended_at and request.closed_at
    assert request.resolved_at is None and request.target_met is None and request.decided_at is None
    last = mail_to(office.customer)[-1]
    assert last.subject.endswith("not approved") and "Wait for the new budget." in last.body
    page = visitor(office.customer).get(f"/requests/{request.reference}").words
    assert "This request was not approved" in page and "Wait for the new budget." in page
    assert "How did we do?" not in page
    assert "Not approved" in visitor(office.customer).get("/requests?view=ended").words


def test_nobody_is_asked_how_we_did_with_what_was_not_approved(office: Office) -> None:
    request = office.ask()
    decide(request, yes=False, words="No.", by=office.manager, at=TUESDAY_10 + HOUR)
    wave = ensure_standard_wave(at=TUESDAY_10)
    found = closures_without_case(wave, since=TUESDAY_10, until=TUESDAY_10 + 2 * HOUR, limit=10)
    assert not found


def test_a_button_is_needed(office: Office, visitor: Browser) -> None:
    office.ask()
    for verdict in ("", "maybe"):
        page = visitor().submit(link_to(office.manager), {"verdict": verdict, "words": "Hm"}, expect=422)
        assert "Choose yes or no." in page.words and "Hm" in page.html


def test_a_link_is_used_once_and_says_so(office: Office, visitor: Browser) -> None:
    request = office.ask(details="Private words.")
    link, stranger = link_to(office.manager), visitor()
    form = stranger.get(link).form_for(link)
    stranger.post(link, form | {"verdict": "yes"})
    again = stranger.post(link, form | {"verdict": "no", "words": "Rather not."})
    shown = stranger.follow(again)
    assert shown.heading == "You said yes" and "Private words." not in shown.words
    assert kinds(request).count("approved") == 1 and "declined" not in kinds(request)


def test_two_who_answer_at_once_make_one_verdict(office: Office, visitor: Browser) -> None:
    stand_in = a_person("Stan Inn", email="stan@example.com")
    office.manager.stand_in, office.manager.away_from_on = stand_in, date(2026, 4, 1)
    request = office.ask()
    number, link = approvals()[0].id, link_to(stand_in)
    first, second = visitor(), visitor(office.manager)
    forms = first.get(link).form_for(link), second.get(f"/approvals/{number}").form_for(f"/approvals/{number}")
    first.post(link, forms[0] | {"verdict": "yes"})
    late = second.post(f"/approvals/{number}", forms[1] | {"verdict": "no", "words": "No."}, expect=409)
    assert "answered before you sent yours" in late.words and "Stan Inn said yes" in late.words
    assert kinds(request)[-1] == "approved"


def test_the_verdict_is_taken_once_even_where_both_saw_it_waiting(office: Office) -> None:
    request = office.ask()
    approval = approvals()[0]
    decide(request, yes=True, by=office.manager, at=TUESDAY_10 + HOUR)
    with pytest.raises(Conflict):
        actions.decide(approval, yes=False, words="No.", by=office.manager, at=TUESDAY_10 + HOUR)


@pytest.mark.usefixtures("paced")
def test_tries_count_for_each_link_so_that_an_office_behind_one_address_answers(
    office: Office, visitor: Browser
) -> None:
    links = []
    for _each in range(4):
        office.ask()
        links.append(link_to(office.manager))
    for link in links[:3]:
        for _try in range(12):
            visitor().post(link, {"verdict": "maybe"}, expect=422)
    for _try in range(18):
        visitor().post(links[0], {"verdict": "maybe"}, expect=422)
    refused = visitor().post(links[0], {"verdict": "yes"}, expect=429)
    assert "Too many tries" in refused.words and refused.headers["Cache-Control"] == "no-store"
    visitor().submit(links[3], {"verdict": "yes"})
    assert [one.stage for one in approvals()] == ["waiting", "waiting", "waiting", "yes"]


@pytest.mark.usefixtures("paced")
def test_guessing_links_is_stopped_by_address(office: Office, visitor: Browser) -> None:
    office.ask()
    for number in range(30):
        visitor().post(f"/approvals/guess-{number}", {"verdict": "yes"}, expect=200)
    visitor().post("/approvals/another-guess", {"verdict": "yes"}, expect=429)
    visitor().submit(link_to(office.manager), {"verdict": "yes"})


def test_an_old_link_leads_to_the_sign_in(office: Office, visitor: Browser, tuesday: Clock) -> None:
    office.ask()
    tuesday.shift(timedelta(days=31))
    page = visitor().get(link_to(office.manager))
    assert page.heading == "This link has run out"
    visitor().post(link_to(office.manager), {"verdict": "yes"}, expect=200)
    assert approvals()[0].stage == "waiting"
    visitor(office.manager).submit(f"/approvals/{approvals()[0].id}", {"verdict": "yes"})
    assert approvals()[0].stage == "yes"


def test_a_wrong_link_and_one_of_somebody_who_left_tell_nothing(office: Office, visitor: Browser) -> None:
    office.ask()
    link = link_to(office.manager)
    office.manager.active = False
    db.session.commit()
    for address in (link, "/approvals/no-such-token"):
        assert visitor().get(address).heading == "This link leads nowhere"
        visitor().post(address, {"verdict": "yes"}, expect=200)
    assert approvals()[0].stage == "waiting"


def test_an_approver_sees_that_page_and_not_the_request(office: Office, visitor: Browser) -> None:
    request = office.ask()
    reader = visitor(office.manager)
    reader.get(f"/requests/{request.reference}", expect=404)
    reader.get(f"/approvals/{approvals()[0].id}")
    visitor(a_person()).get(f"/approvals/{approvals()[0].id}", expect=404)
    visitor(office.customer).post(f"/approvals/{approvals()[0].id}", {"verdict": "yes"}, expect=404)


def test_whoever_became_part_of_it_does_not_decide(office: Office) -> None:
    request = office.ask()
    request.asked_by = office.manager
    db.session.flush()
    with pytest.raises(Refusal, match="You want this yourself"):
        actions.decide(approvals()[0], yes=True, words="", by=office.manager, at=TUESDAY_10 + HOUR)


# --- what the customer sees, reminders, endings -------------------------------------------------------------------


def test_the_customer_sees_whose_yes_it_waits_for_and_the_reminder(
    office: Office, visitor: Browser, tuesday: Clock
) -> None:
    request = office.ask()
    customer, page = visitor(office.customer), f"/requests/{request.reference}"
    words = customer.get(page).words
    assert "Anna Berg has to say yes" in words and "Asked today, 10:00" in words
    tuesday.shift(7 * HOUR)
    remind_approvers()
    assert len(mail_to(office.manager)) == 1
    tuesday.shift(timedelta(hours=17, minutes=30))  # Wednesday 10:30: more than eight hours of service
    remind_approvers()
    remind_approvers()
    assert len(mail_to(office.manager)) == 2
    words = customer.get(page).words
    assert "Reminded today, 10:30" in words and "We reminded Anna Berg that a yes is needed" in words
    assert link_to(office.manager).rpartition("/")[2]


def test_the_second_reminder_goes_to_the_stand_in_who_may_then_answer(
    office: Office, visitor: Browser, tuesday: Clock
) -> None:
    stand_in = a_person("Stan Inn", email="stan@example.com")
    office.manager.stand_in = stand_in
    request = office.ask()
    for _each in range(5):
        tuesday.shift(timedelta(days=1))
        remind_approvers()
    assert (len(mail_to(office.manager)), len(mail_to(stand_in))) == (2, 1)
    visitor().submit(link_to(stand_in), {"verdict": "yes"})
    assert db.session.get(ServiceRequest, request.id).state == "received"


def test_withdrawing_ends_the_question_and_the_approver_is_told(office: Office, visitor: Browser) -> None:
    request = office.ask()
    link = link_to(office.manager)
    requests.withdraw(request, words="", by=office.customer, at=TUESDAY_10 + HOUR)
    db.session.commit()
    assert approvals()[0].stage == "void"
    assert "no answer needed any more" in mail_to(office.manager)[-1].subject
    late = visitor().get(link)
    assert late.heading == "No answer is needed any more"
    visitor().post(link, {"verdict": "yes"}, expect=409)
    assert db.session.get(ServiceRequest, request.id).state == "withdrawn"


def test_the_reminder_goes_to_the_stand_in_of_one_who_went_away_meanwhile(office: Office, tuesday: Clock) -> None:
    stand_in = a_person("Stan Inn", email="stan@example.com")
    office.ask()
    office.manager.stand_in, office.manager.away_from_on = stand_in, date(2026, 4, 15)
    db.session.commit()
    tuesday.shift(timedelta(days=1))
    remind_approvers()
    assert (len(mail_to(office.manager)), len(mail_to(stand_in))) == (1, 1)
    assert approvals()[0].stand_in == stand_in


# --- the desk -----------------------------------------------------------------------------------------------------


def test_the_desk_asks_whom_it_names_and_the_customer_is_told(office: Office, visitor: Browser) -> None:
    office.service.approval = None
    request = office.ask()
    address = f"/approvals/ask/{request.reference}"
    visitor(office.agent).submit(address, {"whom": "olaf@example.com", "question": "It is the large one."})
    db.session.expire_all()
    assert request.state == "approval" and approvals()[0].approver == office.owner
    assert mail_to(office.customer)[-1].subject.endswith("we wait for a yes")
    assert "It is the large one." in visitor().get(link_to(office.owner)).words
    decide(request, yes=True, by=office.owner, at=request.opened_at + HOUR)
    assert mail_to(office.agent)[-1].subject.endswith("approved")


def test_who_asked_hears_the_answer_when_another_works_on_it(office: Office) -> None:
    office.service.approval = None
    request, ola = office.ask(), a_person("Ola Ruud", email="ola@example.com", roles=("agent",))
    actions.ask_named(request, words="olaf@example.com", question="", by=office.agent, at=request.opened_at)
    requests.take(request, by=ola, at=request.opened_at)
    decide(request, yes=True, by=office.owner, at=request.opened_at + HOUR)
    for person in (office.agent, ola):
        assert [one.subject.partition(": ")[2] for one in mail_to(person)] == ["approved"]


def test_who_asked_and_works_on_it_hears_a_no_once(office: Office) -> None:
    office.service.approval = None
    request = office.ask()
    requests.take(request, by=office.agent, at=request.opened_at)
    actions.ask_named(request, words="olaf@example.com", question="", by=office.agent, at=request.opened_at)
    decide(request, yes=False, by=office.owner, at=request.opened_at + HOUR, words="Too dear.")
    assert [one.subject.partition(": ")[2] for one in mail_to(office.agent)] == ["not approved"]


def test_the_customer_reads_who_was_really_asked(office: Office) -> None:
    office.service.approval = None
    office.owner.stand_in = office.director
    office.owner.away_from_on = office.owner.away_until_on = TUESDAY_10.date()
    request = office.ask()
    actions.ask_named(request, words="olaf@example.com", question="", by=office.agent, at=request.opened_at)
    body = mail_to(office.customer)[-1].body
    assert "Dora Dahl, who stands in for Olaf Kern, has to say yes" in body


def test_the_desk_asks_another_in_the_place_of_one_who_left(office: Office, visitor: Browser) -> None:
    request = office.ask()
    link = link_to(office.manager)
    office.manager.active = False
    db.session.commit()
    agent = visitor(office.agent)
    assert "does not work here any more" in agent.get(f"/queue/{request.reference}").words
    agent.submit(f"/approvals/ask/{request.reference}", {"whom": "Dora Dahl"})
    assert [one.stage for one in approvals()] == ["void", "waiting"]
    assert db.session.get(ServiceRequest, request.id).state == "approval"
    assert visitor().get(link).heading == "This link leads nowhere"


@pytest.mark.parametrize(
    ("whom", "said"),
    [
        ("", "Enter who has to say yes."),
        ("nobody@example.com", "We cannot tell who that is."),
        ("carl@example.com", "Carl Oks wants it"),
        ("kyra@example.com", "Ask somebody else than yourself."),
    ],
)
def test_whom_the_desk_cannot_ask_is_refused_with_the_text_kept(
    office: Office, visitor: Browser, whom: str, said: str
) -> None:
    office.service.approval = None
    request = office.ask()
    address = f"/approvals/ask/{request.reference}"
    page = visitor(office.agent).submit(address, {"whom": whom, "question": "Large"}, expect=422)
    assert said in page.words and page.value("whom") == whom and "Large" in page.html
    assert not approvals()


def test_asking_twice_with_one_form_asks_once_and_an_old_form_is_told(office: Office, visitor: Browser) -> None:
    office.service.approval = None
    request = office.ask()
    address, agent = f"/approvals/ask/{request.reference}", visitor(office.agent)
    form = agent.get(address).form_for(address) | {"whom": "olaf@example.com"}
    agent.post(address, form)
    agent.post(address, form)
    assert len(approvals()) == 1
    agent.post(address, form | {"once": "another", "whom": "dora@example.com"}, expect=409)
    assert len(approvals()) == 1


def waiting_in(office: Office, state: str) -> ServiceRequest:
    """A request in this state, and then somebody is asked for a yes."""
    office.service.approval = None
    request = office.ask()
    at = TUESDAY_10 + HOUR
    if state == "in_progress":
        requests.take(request, by=office.agent, at=at)
    elif state == "waiting":
        requests.ask_customer(request, words="Which one?", by=office.agent, at=at)
    elif state == "held":
        requests.hold(request, words="The maker sends it.", by=office.agent, at=at)
    elif state == "assigned":
        requests.assign(request, to=office.agent, team=None, why="", by=office.agent, at=at)
        state = "received"
    assert request.state == state
    actions.ask_named(request, words="olaf@example.com", question="", by=office.agent, at=TUESDAY_10 + 2 * HOUR)
    db.session.commit()
    return request


WERE = [
    ("received", "received"),
    ("assigned", "received"),
    ("in_progress", "in_progress"),
    ("waiting", "waiting"),
    ("held", "held"),
]


@pytest.mark.parametrize(("was", "state"), WERE)
def test_after_a_yes_it_stands_where_it_stood_before_the_question(office: Office, was: str, state: str) -> None:
    request = waiting_in(office, was)
    decide(request, yes=True, by=office.owner, at=TUESDAY_10 + 4 * HOUR)
    stands = state in ("waiting", "held")
    assert (request.state, request.waits_for) == (state, state if stands else None)
    said = happened(public_events(request)[-1]).replace("\xa0", " ")
    assert said == ("Olaf Kern said yes, after 2 h" if stands else "Olaf Kern said yes, after 2 h; the clock runs")
    mail = mail_to(office.customer)[-1].body
    assert ("It is done by" in mail, "clock stands still" in mail) == (not stands, stands)


def test_the_time_before_during_and_after_the_question_is_counted_once(office: Office) -> None:
    request = waiting_in(office, "held")
    decide(request, yes=True, by=office.owner, at=TUESDAY_10 + 3 * HOUR)
    requests.go_on(request, words="", by=office.agent, at=TUESDAY_10 + 5 * HOUR)
    assert [[pause[2], pause[0] < pause[1]] for pause in request.pauses] == [
        ["held", True],
        ["approval", True],
        ["held", True],
    ]
    assert request.original_due_at and request.due_at == request.original_due_at + 4 * HOUR


def test_what_came_while_somebody_had_to_say_yes_is_not_waited_for_again(office: Office) -> None:
    request = waiting_in(office, "waiting")
    requests.reply(request, words="The large one.", by=office.customer, at=TUESDAY_10 + 3 * HOUR)
    assert request.state == "approval" and request.clock_is_stopped
    db.session.commit()
    decide(request, yes=True, by=office.owner, at=TUESDAY_10 + 4 * HOUR)
    assert (request.state, request.clock_is_stopped) == ("in_progress", False)


def test_what_somebody_took_meanwhile_is_in_work_after_the_yes(office: Office) -> None:
    request = waiting_in(office, "received")
    requests.take(request, by=office.agent, at=TUESDAY_10 + 3 * HOUR)
    db.session.commit()
    decide(request, yes=True, by=office.owner, at=TUESDAY_10 + 4 * HOUR)
    assert request.state == "in_progress"


@pytest.mark.parametrize(("was", "state"), WERE)
def test_a_question_is_taken_back_and_it_stands_where_it_stood(
    office: Office, visitor: Browser, tuesday: Clock, was: str, state: str
) -> None:
    request = waiting_in(office, was)
    link, address = link_to(office.owner), f"/approvals/take-back/{request.reference}"
    tuesday.shift(4 * HOUR)
    agent = visitor(office.agent)
    assert address in agent.get(f"/queue/{request.reference}").links()
    sent = agent.submit(address, {"words": "The budget is there already."})
    assert "Kyra Lind took the question for a yes back" in agent.follow(sent).words
    db.session.expire_all()
    assert (request.state, request.waits_for) == (state, state if state in ("waiting", "held") else None)
    assert (approvals()[0].stage, approvals()[0].decided_by) == ("void", office.agent)
    told = visitor(office.customer).get(f"/requests/{request.reference}").words
    assert "took the question for a yes back" in told and "The budget is there already." in told
    for person in (office.owner, office.customer):
        assert "The budget is there already." in mail_to(person)[-1].body
    page = visitor().get(link)
    assert page.heading == "The question was taken back" and "The budget is there already." in page.words
    late = visitor().post(link, {"verdict": "no", "words": "Never ever."}, expect=409)
    assert "was taken back before" in late.words and "Never ever." in late.words
    assert db.session.get(ServiceRequest, request.id).state == state


def test_both_who_could_answer_hear_that_it_was_taken_back(office: Office) -> None:
    stand_in = a_person("Stan Inn", email="stan@example.com")
    office.manager.stand_in, office.manager.away_from_on = stand_in, date(2026, 4, 1)
    request = office.ask()
    actions.take_back(request, words="A double.", by=office.agent, at=TUESDAY_10 + HOUR)
    db.session.commit()
    assert all("taken back" in mail_to(one)[-1].subject for one in (stand_in, office.manager))
    assert request.state == "received" and not request.clock_is_stopped
    remind_approvers()
    assert kinds(request)[-1] == "approval_taken_back"


def test_taking_back_needs_a_reason_the_desk_and_a_question(office: Office, visitor: Browser) -> None:
    request = waiting_in(office, "held")
    address, agent = f"/approvals/take-back/{request.reference}", visitor(office.agent)
    for somebody in (office.customer, office.owner):
        visitor(somebody).get(address, expect=403)
        visitor(somebody).post(address, {"words": "x"}, expect=403)
    agent.submit(address, {"words": "  "}, expect=422)
    assert request.state == "approval"
    form = agent.get(address).form_for(address) | {"words": "Not needed."}
    visitor().submit(link_to(office.owner), {"verdict": "yes"})
    late = agent.post(address, form, expect=409)
    assert "Not needed." in late.words
    assert approvals()[0].stage == "yes"
    agent.post(address, {"words": "x", "version": str(request.version)}, expect=409)
    with pytest.raises(Conflict):
        actions.take_back(request, words="x", by=office.agent, at=TUESDAY_10)
    assert "nobody is asked" in agent.get(address).words


@pytest.mark.parametrize("asked_for", ["oneself", "somebody else"])
def test_nobody_at_the_desk_does_without_the_yes_to_their_own(office: Office, visitor: Browser, asked_for: str) -> None:
    office.agent.manager = office.manager
    customer = office.agent if asked_for == "oneself" else office.customer
    request = requests.submit_request(
        service=office.service,
        form=None,
        summary="A second screen",
        details="",
        answers={},
        by=office.agent,
        customer=customer,
        at=TUESDAY_10,
    )
    db.session.commit()
    page, agent = f"/queue/{request.reference}", visitor(office.agent)
    ways = {
        f"/approvals/take-back/{request.reference}": {"words": "Not needed."},
        f"/approvals/ask/{request.reference}": {"whom": "dora@example.com"},
    }
    assert not set(ways) & set(agent.get(page).links())
    for address, typed in ways.items():
        refused = agent.submit(address, typed, expect=422)
        assert "You want this yourself" in refused.words
    assert [one.stage for one in approvals()] == ["waiting"]
    assert db.session.get(ServiceRequest, request.id).state == "approval"


def test_taking_back_twice_with_one_form_says_so_once(office: Office, visitor: Browser) -> None:
    request = waiting_in(office, "received")
    address, agent = f"/approvals/take-back/{request.reference}", visitor(office.agent)
    form = agent.get(address).form_for(address) | {"words": "Not needed."}
    agent.post(address, form)
    agent.post(address, form)
    assert kinds(request).count("approval_taken_back") == 1


def test_only_the_desk_asks(office: Office, visitor: Browser) -> None:
    request = office.ask()
    visitor(office.customer).get(f"/approvals/ask/{request.reference}", expect=403)
    visitor(office.agent).get("/approvals/ask/REQ-999999", expect=404)
    done = office.ask()
    requests.withdraw(done, words="", by=office.customer, at=TUESDAY_10)
    page = visitor(office.agent).get(f"/approvals/ask/{done.reference}")
    assert "there is nothing to agree to" in page.words
    visitor(office.agent).post(f"/approvals/ask/{done.reference}", {"whom": "Dora Dahl"}, expect=409)


def test_the_desk_cannot_finish_what_waits_for_a_yes(office: Office) -> None:
    request = office.ask()
    with pytest.raises(Refusal):
        requests.resolve(request, words="Done.", by=office.agent, at=TUESDAY_10 + HOUR)


def test_the_page_of_a_request_asks_one_thing_more(office: Office, visitor: Browser) -> None:
    plain = a_service("Keyboards")
    without = office.ask()
    office.service = plain
    other, customer = office.ask(), visitor(office.customer)
    for request in (without, other):
        customer.get(f"/requests/{request.reference}")
    with counted_statements() as with_panel:
        customer.get(f"/requests/{without.reference}")
    with counted_statements() as alone:
        customer.get(f"/requests/{other.reference}")
    assert len(with_panel) <= min(len(alone) + 1, 8)


def test_the_list_costs_the_same_however_long(office: Office, visitor: Browser) -> None:
    office.ask()
    reader = visitor(office.manager)
    reader.get("/approvals")
    with counted_statements() as few:
        reader.get("/approvals")
    for _each in range(5):
        office.ask()
    reader.get("/")
    with counted_statements() as many:
        reader.get("/approvals")
    assert len(few) == len(many)
