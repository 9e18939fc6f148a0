"""Mail as each person wants it: for each thing, once a day, or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from flask import Flask

from portal.extensions import db
from portal.mail import background
from portal.mail.actions import write_digest
from portal.mail.background import write_digests
from portal.mail.delivery import Server, deliver_waiting
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.requests import actions
from portal.requests.models import ServiceRequest
from portal.web.moment import as_if
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.mail.conftest import PostOffice, a_letter
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
SIX, SEVEN = (datetime(2026, 4, 15, hour, 30, tzinfo=UTC) for hour in (4, 5))
"""Wednesday 06:30 and 07:30 in Berlin."""


@pytest.fixture
def reader(app: Flask) -> Person:
    return a_person("Dora Digest", email="dora@example.com", mail_wanted="digest")


@pytest.fixture
def asked(reader: Person) -> ServiceRequest:
    agent = a_person("Kyra Lind", roles=("agent",))
    asked = a_request(reader, a_service())
    actions.answer(asked, words="We look at it.", by=agent, at=TUESDAY_10 + timedelta(hours=1))
    db.session.commit()
    return asked


def mail_of(reader: Person, *, in_digest: bool) -> list[OutboxMessage]:
    query = db.session.query(OutboxMessage).filter_by(to_address=reader.email, in_digest=in_digest)
    return query.order_by(OutboxMessage.id).all()


def walk(at: datetime) -> None:
    with as_if(at):
        write_digests()


def test_a_digest_comes_in_the_morning_and_holds_everything_with_links(
    reader: Person, asked: ServiceRequest, office: PostOffice, server: Server
) -> None:
    assert deliver_waiting(server, at=TUESDAY_10 + timedelta(hours=2)) == (0, 0)
    walk(SIX)
    assert mail_of(reader, in_digest=False) == []
    walk(SEVEN)
    assert deliver_waiting(server, at=SEVEN) == (1, 0)
    [mail] = office.letters
    words = mail.get_content()
    assert mail["To"] == "Dora Digest <dora@example.com>" and mail["Subject"] == "Your helpdesk news of 15 April"
    assert words.startswith("Hello Dora,") and words.count("Hello") == 1
    assert "We have your request" in words and "We look at it." in words
    assert f"http://127.0.0.1:8000/requests/{asked.reference}" in words
    assert all(one.sent_at == SEVEN for one in mail_of(reader, in_digest=True))


@pytest.mark.both_databases
def test_there_is_one_digest_a_day_and_what_comes_later_waits(reader: Person, asked: ServiceRequest) -> None:
    walk(SEVEN)
    agent = a_person(roles=("agent",))
    actions.answer(asked, words="Later news.", by=agent, at=SEVEN + timedelta(minutes=5))
    db.session.commit()
    walk(SEVEN + timedelta(hours=3))
    assert len(mail_of(reader, in_digest=False)) == 1
    assert mail_of(reader, in_digest=True)[-1].sent_at is None
    walk(SEVEN + timedelta(days=1))
    assert "Later news." in mail_of(reader, in_digest=False)[1].body
    walk(SEVEN + timedelta(days=2))
    assert len(mail_of(reader, in_digest=False)) == 2


@pytest.mark.both_databases
def test_a_worker_that_dies_in_the_middle_loses_nothing_and_repeats_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        a_letter(f"cause{number}", to_address=f"reader{number}@example.com", in_digest=True)

    def die_at_the_third(address: str, *, day: date, at: datetime) -> None:
        write_digest(address, day=day, at=at)
        if address.startswith("reader2"):
            raise KeyboardInterrupt

    monkeypatch.setattr(background, "write_digest", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        walk(SEVEN)
    db.session.rollback()
    monkeypatch.undo()
    assert db.session.query(OutboxMessage).filter_by(in_digest=False).count() == 2
    walk(SEVEN)
    walk(SEVEN)
    digests = db.session.query(OutboxMessage).filter_by(in_digest=False).all()
    assert sorted(one.to_address for one in digests) == [f"reader{number}@example.com" for number in range(5)]
    assert len({one.message_id for one in digests}) == 5
    assert db.session.query(OutboxMessage).filter_by(in_digest=True, sent_at=None).count() == 0


def test_what_has_a_time_to_keep_does_not_wait_for_the_digest(
    reader: Person, asked: ServiceRequest, office: PostOffice, server: Server
) -> None:
    from portal.requests.letters import send

    calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    send(asked, reader, "visit1", "we come to you", "On Thursday.", TUESDAY_10, calendar=calendar)
    db.session.commit()
    assert deliver_waiting(server, at=TUESDAY_10) == (1, 0)
    [(_to, raw)] = office.raw
    mail = message_from_bytes(raw, policy=policy.default)
    [part] = mail.iter_attachments()  # type: ignore[attr-defined]
    assert part.get_content_type() == "text/calendar" and part.get_param("method") == "REQUEST"
    assert part.get_filename() == "invite.ics" and part.get_payload(decode=True).decode() == calendar
    assert "On Thursday." in mail.get_body().get_content()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("how", "number"), [("each", 2), ("digest", 0), ("none", 0)])
def test_mail_comes_as_it_is_wanted(app: Flask, office: PostOffice, server: Server, how: str, number: int) -> None:
    customer = a_person(mail_wanted=how)
    request = a_request(customer)
    actions.answer(request, words="We look.", by=a_person(roles=("agent",), mail_wanted="none"), at=TUESDAY_10)
    db.session.commit()
    assert deliver_waiting(server, at=TUESDAY_10) == (number, 0)
    assert db.session.query(OutboxMessage).count() == (0 if how == "none" else 2)


def test_mail_about_a_password_comes_whatever_one_wants(app: Flask, office: PostOffice, server: Server) -> None:
    from portal.people.actions import ask_for_reset

    a_person(email="quiet@example.com", mail_wanted="none")
    ask_for_reset("quiet@example.com", at=TUESDAY_10)
    db.session.commit()
    assert deliver_waiting(server, at=TUESDAY_10) == (1, 0)


def test_people_choose_on_their_own_page_and_are_told_what_follows(visitor: Browser) -> None:
    person = a_person(email="eva@example.com")
    browser = visitor(person)
    for how, said in (("digest", "one message a day"), ("none", "no mail about requests"), ("each", "for each thing")):
        answer = browser.submit("/me/mail", {"how": how}, at="/me")
        page = browser.follow(answer)
        assert said in page.html and page.form_for("/me/mail")["how"] == how
        db.session.refresh(person)
        assert person.mail_wanted == how


@pytest.mark.parametrize("how", ["", "sometimes"])
def test_another_way_than_the_three_is_refused(visitor: Browser, how: str) -> None:
    person = a_person()
    visitor(person).post("/me/mail", {"how": how}, expect=422)
    assert person.mail_wanted == "each"


@pytest.mark.both_databases
def test_who_wants_none_any_more_gets_none_of_what_waits(
    visitor: Browser, reader: Person, asked: ServiceRequest
) -> None:
    visitor(reader).post("/me/mail", {"how": "none"})
    assert mail_of(reader, in_digest=True) == []
    walk(SEVEN)
    assert mail_of(reader, in_digest=False) == []


def test_each_letter_leads_to_a_page_that_ends_such_mail_by_a_button(
    visitor: Browser, office: PostOffice, server: Server
) -> None:
    person = a_person("Eva Quiet")
    a_request(person)
    db.session.commit()
    deliver_waiting(server, at=TUESDAY_10)
    link = office.letters[0]["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    stranger = visitor()
    page = stranger.get(link)
    db.session.refresh(person)
    assert person.mail_wanted == "each" and page.headers["Referrer-Policy"] == "no-referrer"
    assert "You get no mail" in stranger.post(link, expect=200).words
    db.session.refresh(person)
    assert person.mail_wanted == "none"


@pytest.mark.parametrize("token", ["x", "a" * 34, "a" * 5000, "ä"])
def test_a_forged_link_ends_nobodys_mail(visitor: Browser, token: str) -> None:
    a_person()
    visitor().get(f"/mail-off/{token}", expect=404)
    visitor().post(f"/mail-off/{token}", expect=404)


def test_the_list_of_mail_says_what_waits_for_a_digest(visitor: Browser, reader: Person, asked: ServiceRequest) -> None:
    browser = visitor(a_person(roles=("administrator",)))
    assert "waits for the daily message" in browser.get("/mail").words
    walk(SEVEN)
    assert "in the daily message" in browser.get("/mail").words
