"""What becomes of a message: each has one outcome, and nothing but a proved answer moves a request."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from portal.extensions import db
from portal.inbound.actions import LONGEST_WORDS, MOST_REQUESTS, MOST_UNPROVED
from portal.inbound.arriving import receive
from portal.inbound.models import InboundMessage
from portal.mail.models import OutboxMessage
from portal.people.models import Department, Person
from portal.requests import actions
from portal.requests.joining import merge
from portal.requests.models import RequestFile, RequestWatcher, ServiceRequest
from portal.requests.watching import watch
from portal.web.moment import as_if
from tests.builders import TUESDAY_10, a_person, a_request
from tests.inbound.conftest import HELP, Desk, a_mail

NOON = TUESDAY_10 + timedelta(hours=2)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def letters() -> list[tuple[str, str]]:
    """(to, subject) of all mail, oldest first."""
    query = db.session.query(OutboxMessage).order_by(OutboxMessage.id)
    return [(one.to_address.partition("@")[0], one.subject.partition(": ")[2]) for one in query]


# --- answers -----------------------------------------------------------------------------------------------------


def test_an_answer_to_the_token_from_its_persons_address_is_that_persons(desk: Desk) -> None:
    row = desk.take_in("ANNA@Example.com", "Third floor.", to=f"Helpdesk <{desk.address_of(desk.customer)}>")
    assert (row.outcome, row.request_id, row.person_id) == ("reply", desk.request.id, desk.customer.id)
    event = desk.events()[-1]
    assert (event.kind, event.actor_id, event.body, event.public) == ("replied", desk.customer.id, "Third floor.", True)
    assert event.data == {"by_mail": True}


def test_an_answer_by_mail_starts_the_clock_that_waited_for_it(desk: Desk) -> None:
    actions.ask_customer(desk.request, words="Which floor?", by=desk.agent, at=NOON)
    db.session.commit()
    desk.take_in(to=desk.address_of(desk.customer))
    assert desk.request.state == "in_progress" and not desk.request.clock_is_stopped
    assert ("kyra", "the customer wrote") in letters()


def test_a_colleague_who_answers_by_mail_reads_along_and_is_told_how_to_leave(desk: Desk) -> None:
    department = Department(name="Finance")
    ben = a_person("Ben Ruf", email="ben@example.com", department=department)
    desk.request.shared_department = department
    db.session.commit()
    for words in ("I see it too.", "Still there."):
        desk.take_in("ben@example.com", words, to=desk.address_of(ben))
    [letter] = db.session.query(OutboxMessage).filter_by(to_address="ben@example.com")
    assert "You get the messages about it from now on." in letter.body and "/leave/" in letter.body
    assert [one.kind for one in desk.events()][-3:] == ["replied", "watcher_joined", "replied"]


def test_an_unproved_message_makes_nobody_read_along(desk: Desk) -> None:
    department = Department(name="Finance")
    a_person("Ben Ruf", email="ben@example.com", department=department)
    desk.request.shared_department = department
    db.session.commit()
    desk.take_in("ben@example.com", "Me too.", subject=f"Re: {desk.request.reference}")
    assert "watchers" not in desk.request.extras and db.session.query(RequestWatcher).count() == 0


def test_the_repeated_history_is_folded_and_kept(desk: Desk) -> None:
    history = "On Tue, 14 Apr 2026 at 10:00, Halden Works Helpdesk <help@desk.example> wrote:\n> Which floor?\n> Kyra"
    desk.take_in(words=f"Third floor.\n\n{history}\n", to=desk.address_of(desk.customer))
    event = desk.events()[-1]
    assert event.body == "Third floor." and event.data["quoted"] == history


def test_a_very_long_answer_loses_nothing(desk: Desk) -> None:
    desk.take_in(words="word " * 5000, to=desk.address_of(desk.customer))
    event = desk.events()[-1]
    assert len(event.body or "") == LONGEST_WORDS and event.data["quoted"].startswith("word")


def test_an_agent_answers_by_mail_and_that_is_the_first_answer(desk: Desk) -> None:
    actions.take(desk.request, by=desk.agent, at=NOON)
    db.session.commit()
    desk.take_in("kyra@example.com", "We bring a new one.", to=desk.address_of(desk.agent))
    event = desk.events()[-1]
    assert (event.kind, event.actor_id, event.body) == ("answered", desk.agent.id, "We bring a new one.")
    assert desk.request.first_answered_at is not None
    assert letters()[-1] == ("anna", "we wrote to you")


def test_what_a_letter_to_the_desk_said_is_not_repeated_to_the_customer(desk: Desk) -> None:
    history = "On Tue, 14 Apr 2026 at 10:00, Halden Works Helpdesk <help@desk.example> wrote:\n> Careful, she is angry."
    desk.take_in("kyra@example.com", f"We come at two.\n\n{history}\n", to=desk.address_of(desk.agent))
    event = desk.events()[-1]
    assert (event.kind, event.body) == ("answered", "We come at two.") and "quoted" not in event.data


def test_a_letter_with_words_for_colleagues_is_not_answered_to_the_customer(desk: Desk) -> None:
    other = a_person("Ola Moe", email="ola@example.com", roles=("agent",))
    actions.assign(desk.request, to=other, team=None, why="She shouts.", by=desk.agent, at=NOON)
    db.session.commit()
    mail = db.session.query(OutboxMessage).filter_by(to_address="ola@example.com").one()
    assert "She shouts." in mail.body and mail.reply_to is None and "the customer reads" not in mail.body
    desk.take_in("ola@example.com", "Why me?", subject=f"Re: {mail.subject}", in_reply_to=mail.message_id)
    assert desk.events()[-1].kind == "mailed" and desk.events()[-1].public is False


def test_an_agent_who_reads_along_answers_a_note_without_telling_the_customer(desk: Desk) -> None:
    watch(desk.request, desk.agent, by=desk.customer, at=NOON)
    db.session.commit()
    desk.take_in("kyra@example.com", "I told you so.", subject=f"Re: {desk.request.reference}: Ola names you in a note")
    assert desk.events()[-1].kind == "mailed" and desk.events()[-1].public is False


def test_what_an_agent_writes_to_a_resolved_request_is_an_answer(desk: Desk) -> None:
    actions.resolve(desk.request, words="Done.", by=desk.agent, at=NOON)
    db.session.commit()
    desk.take_in(words="No, it is still locked.", to=desk.address_of(desk.customer))
    letter = db.session.query(OutboxMessage).filter_by(to_address="kyra@example.com").one()
    assert "If you answer this mail, the customer reads it as your answer." in letter.body
    desk.take_in("kyra@example.com", "It was the fuse.", to=letter.reply_to)
    event = desk.events()[-1]
    assert (event.kind, event.public, desk.request.state) == ("answered", True, "resolved")
    assert letters()[-1] == ("anna", "we wrote to you")


def test_what_an_agent_writes_after_the_end_is_a_note_and_the_agent_is_told(desk: Desk) -> None:
    actions.take(desk.request, by=desk.agent, at=NOON)
    actions.withdraw(desk.request, words="Found it.", by=desk.customer, at=NOON)
    db.session.commit()
    letter = db.session.query(OutboxMessage).filter_by(to_address="kyra@example.com").one()
    assert "If you answer this mail" not in letter.body
    row = desk.take_in("kyra@example.com", "It was the fuse.", to=desk.address_of(desk.agent))
    event = desk.events()[-1]
    assert (event.kind, event.public, row.acknowledged) == ("noted", False, True)
    assert letters()[-1] == ("kyra", "your mail is kept as a note")
    told = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert told and "The customer does not read it" in told.body and "/queue/REQ-" in told.body
    assert not told.reply_to
    for _again in range(5):
        desk.take_in("kyra@example.com", "It was the fuse.", to=desk.address_of(desk.agent))
    assert letters().count(("kyra", "your mail is kept as a note")) == 3, "no two machines answer each other for long"


def test_a_robots_answer_is_no_first_answer(desk: Desk) -> None:
    robot = a_person("Monitor", roles=("agent",), is_robot=True)
    actions.answer(desk.request, words="We received it.", by=robot, at=NOON)
    assert desk.request.first_answered_at is None
    actions.answer(desk.request, words="We look at it.", by=desk.agent, at=NOON + timedelta(hours=1))
    assert desk.request.first_answered_at == NOON + timedelta(hours=1)


def test_a_watcher_answers_as_watchers_do_and_the_customer_is_told(desk: Desk) -> None:
    watcher = a_person("Ben Watcher", email="ben@example.com")
    desk.request.keeps("watchers")
    db.session.add(RequestWatcher(request_id=desk.request.id, person_id=watcher.id, is_open=True, added_at=TUESDAY_10))
    db.session.commit()
    desk.take_in("ben@example.com", "Same on my floor.", to=desk.address_of(watcher))
    assert desk.events()[-1].actor_id == watcher.id
    assert letters()[-1] == ("anna", "a new message")


def test_who_may_not_read_it_any_more_writes_nothing_into_it(desk: Desk) -> None:
    gone = a_person("Once A Watcher", email="gone@example.com")
    row = desk.take_in("gone@example.com", to=desk.address_of(gone))
    assert row.outcome == "unknown" and [event.kind for event in desk.events()] == ["asked"]


@pytest.mark.parametrize("state", ["resolved", "closed"])
def test_an_answer_after_the_end_is_kept_and_its_sender_told_how_to_go_on(desk: Desk, state: str) -> None:
    actions.resolve(desk.request, words="Done.", by=desk.agent, at=NOON)
    if state == "closed":
        actions.confirm(desk.request, by=desk.customer, at=NOON + timedelta(hours=1))
    db.session.commit()
    row = desk.take_in(words="Thank you.", to=desk.address_of(desk.customer))
    assert row.outcome == "reply" and desk.request.state == state and desk.request.reopen_count == 0
    assert desk.events()[-1].body == "Thank you."
    assert letters()[-2:] == [("kyra", "the customer wrote"), ("anna", "we have your message")]


def test_an_answer_to_a_merged_request_goes_where_that_goes_on(desk: Desk) -> None:
    other = a_request(desk.customer)
    to = desk.address_of(desk.customer)
    merge(desk.request, other, let_read=False, by=desk.agent, at=NOON)
    db.session.commit()
    row = desk.take_in(to=to)
    assert (row.outcome, row.request_id) == ("reply", other.id)


@pytest.mark.both_databases
def test_the_same_mail_fetched_by_several_at_once_is_taken_in_once(desk: Desk) -> None:
    raw = a_mail(to=desk.address_of(desk.customer))
    db.session.rollback()  # the test itself must not hold the database
    start = threading.Barrier(6)

    def fetch(_number: int) -> str:
        with desk.app.app_context():
            start.wait(30)
            try:
                return receive(raw)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(fetch, range(6)))
    assert outcomes == ["known"] * 5 + ["reply"]
    db.session.rollback()
    assert [event.kind for event in desk.events()] == ["asked", "replied"]


@pytest.mark.both_databases
def test_the_same_mail_twice_is_one(desk: Desk) -> None:
    for _ in range(2):
        desk.take_in(to=desk.address_of(desk.customer), message_id="<same@mail.example>")
    assert desk.last_outcome == "known"
    assert db.session.query(InboundMessage).count() == 1 and len(desk.events()) == 2


# --- answers that nothing proves ---------------------------------------------------------------------------------


def test_a_token_from_another_address_is_shown_as_unproved_and_moves_nothing(desk: Desk) -> None:
    actions.ask_customer(desk.request, words="Which floor?", by=desk.agent, at=NOON)
    db.session.commit()
    mailed = len(letters())
    row = desk.take_in("thief@else.example", "Send it to me.", to=desk.address_of(desk.customer))
    assert row.outcome == "unproved"
    event = desk.events()[-1]
    assert (event.kind, event.actor_id, event.public) == ("mailed", None, True)
    assert event.data["unverified"] == "thief@else.example"
    assert desk.request.state == "waiting" and desk.request.clock_is_stopped
    assert letters()[mailed:] == [("kyra", "a message of an unproved sender")]


@pytest.mark.parametrize("named", [{"subject": "Re: REQ-1001: we have a question"}, {"references": "<req-1001@desk>"}])
def test_a_message_that_names_a_request_without_a_token_is_unproved(desk: Desk, named: dict[str, str]) -> None:
    row = desk.take_in(**named)
    assert (row.outcome, row.request_id) == ("unproved", desk.request.id)
    assert desk.events()[-1].data["unverified"] == "anna@example.com"


def test_an_answer_to_one_of_our_letters_finds_its_request_by_that(desk: Desk) -> None:
    letter = db.session.query(OutboxMessage).one()
    row = desk.take_in(subject="Hello", in_reply_to=letter.message_id.replace("portal.invalid", "127.0.0.1"))
    assert (row.outcome, row.request_id) == ("unproved", desk.request.id)


def test_naming_a_request_that_one_does_not_follow_makes_a_request_of_ones_own(desk: Desk) -> None:
    a_person("Nosy", email="nosy@example.com")
    db.session.commit()
    row = desk.take_in("nosy@example.com", subject="Re: REQ-1001: the printer")
    assert row.outcome == "request" and row.request_id != desk.request.id
    assert [event.kind for event in desk.events()] == ["asked"]


def test_what_seems_to_come_from_the_desk_is_for_the_desk_alone(desk: Desk) -> None:
    row = desk.take_in("thief@else.example", "Your password, please.", to=desk.address_of(desk.agent))
    assert row.outcome == "unproved" and desk.events()[-1].public is False
    desk.take_in("kyra@example.com", "Your password, please.", subject="REQ-1001")
    assert desk.events()[-1].public is False


def test_a_request_takes_a_bounded_number_of_unproved_messages(desk: Desk) -> None:
    with as_if(NOON):
        for _ in range(MOST_UNPROVED):
            assert desk.take_in(subject="REQ-1001").outcome == "unproved"
        assert desk.take_in(subject="REQ-1001").outcome == "too_many"
    with as_if(NOON + timedelta(hours=2)):
        assert desk.take_in(subject="REQ-1001").outcome == "unproved"


# --- new requests ------------------------------------------------------------------------------------------------


def test_a_message_of_a_known_person_is_a_request_for_something_else(desk: Desk) -> None:
    row = desk.take_in(words="No picture since Monday.", subject="Re: Fwd: My screen", files={"s.png": PNG})
    made = db.session.get(ServiceRequest, row.request_id)
    assert row.outcome == "request" and made is not None
    assert (made.summary, made.details, made.channel) == ("My screen", "No picture since Monday.", "mail")
    assert made.service.slug == "something-else" and made.customer_id == desk.customer.id
    assert letters()[-1] == ("anna", "we have your request")
    assert [one.file.name for one in db.session.query(RequestFile).filter_by(request_id=made.id)] == ["s.png"]


def test_a_message_without_a_subject_is_named_by_its_first_line(desk: Desk) -> None:
    row = desk.take_in(words="The door is stuck.\nSince noon.", subject="")
    made = db.session.get(ServiceRequest, row.request_id)
    assert made is not None and made.summary == "The door is stuck."


def test_one_sender_makes_a_bounded_number_of_requests_in_an_hour(desk: Desk) -> None:
    with as_if(NOON):
        for _ in range(MOST_REQUESTS):
            assert desk.take_in().outcome == "request"
        assert desk.take_in().outcome == "too_many"
    with as_if(NOON + timedelta(hours=2)):
        assert desk.take_in().outcome == "request"


def test_files_that_the_policy_refuses_are_named_and_the_others_are_kept(desk: Desk) -> None:
    files = {"run.exe": b"MZ", "s.png": PNG, "empty.txt": b"", **{f"{n}.txt": b"x" for n in range(5)}}
    desk.take_in(to=desk.address_of(desk.customer), files=files)
    kept = {one.file.name for one in db.session.query(RequestFile)}
    assert kept == {"s.png", "0.txt", "1.txt", "2.txt", "3.txt"}
    refused = " ".join(desk.events()[-1].data["refused"])
    assert "“run.exe” cannot be sent" in refused and "“empty.txt” is empty" in refused and "“4.txt”" in refused


# --- nobody we know, and machines --------------------------------------------------------------------------------


@pytest.mark.parametrize("active", [True, False])
def test_a_stranger_is_kept_for_the_desk_and_never_answered(desk: Desk, active: bool) -> None:
    if not active:
        db.session.add(Person(name="Left Us", email="who@else.example", active=False, created_at=TUESDAY_10))
        db.session.commit()
    mailed = len(letters())
    row = desk.take_in("Who <who@else.example>", "Buy my pills.")
    assert row.outcome == "unknown" and row.is_to_sort and row.raw
    assert len(letters()) == mailed and db.session.query(ServiceRequest).count() == 1


@pytest.mark.parametrize("sender", [None, "", "anna@example.com, ben@example.com", "Anna", "<>"])
def test_a_message_without_exactly_one_sender_is_nobodys(desk: Desk, sender: str | None) -> None:
    row = desk.take_in(sender and str(sender))
    assert row.outcome == "junk" and db.session.query(ServiceRequest).count() == 1


def report(message_id: str, *, action: str = "failed") -> bytes:
    """What a mail system sends about a message that it could not deliver."""
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: help@desk.example\r\nMessage-ID: <r1@mail.example>\r\n"
        "Subject: Undelivered\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; anna@example.com\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such person\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def test_a_letter_that_came_back_is_marked_with_the_reason(desk: Desk) -> None:
    letter = db.session.query(OutboxMessage).one()
    with as_if(NOON):
        assert receive(report(letter.message_id.replace("portal.invalid", "desk.example"))) == "bounce"
    assert letter.bounced_at == NOON and letter.bounce_reason == "5.1.1 smtp; 550 no such person"
    assert "inbound" in desk.request.extras


def test_a_letter_that_is_only_late_or_not_ours_marks_nothing(desk: Desk) -> None:
    letter = db.session.query(OutboxMessage).one()
    assert receive(report(letter.message_id, action="delayed")) == "bounce"
    assert letter.bounced_at is None
    assert receive(report("<unknown@else.example>").replace(b"<r1@", b"<r2@")) == "bounce"
    assert letter.bounced_at is None


def test_the_bytes_of_a_message_are_not_kept_for_ever(desk: Desk) -> None:
    from portal.inbound.actions import RAW_KEPT, forget_raw

    row = desk.take_in("who@else.example")
    forget_raw(at=datetime.now(UTC) + RAW_KEPT - timedelta(days=1))
    assert row.raw
    forget_raw(at=datetime.now(UTC) + RAW_KEPT + timedelta(days=1))
    assert row.raw is None and row.is_to_sort


def test_mail_to_the_plain_address_with_a_forged_token_is_an_ordinary_message(desk: Desk) -> None:
    token = desk.address_of(desk.customer)
    forged = token.replace("@", "").replace("desk.example", "")[:-1] + "a@desk.example"
    assert forged != token
    row = desk.take_in(to=forged if forged.startswith("help+") else HELP)
    assert row.outcome == "request" and [event.kind for event in desk.events()] == ["asked"]
