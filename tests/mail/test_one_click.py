"""Ending mail by one click of a mail program, as RFC 8058 has it: no session, no form's token, nothing but that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal.extensions import db
from portal.mail.delivery import Server, deliver_waiting
from portal.mail.models import OutboxMessage
from portal.people import mail_off
from portal.people.models import Person
from portal.requests import actions, leave_link, queries, watching
from portal.requests.models import RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request
from tests.mail.conftest import PostOffice
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
HOME = "https://desk.example.com"


@pytest.fixture(autouse=True)
def over_tls(app: Flask) -> Iterator[None]:
    app.config["BASE_URL"] = HOME
    with time_machine.travel(TUESDAY_10 + timedelta(hours=1)):
        yield


@pytest.fixture
def customer(app: Flask) -> Person:
    return a_person("Eva Quiet", email="eva@example.com")


@pytest.fixture
def reader(app: Flask) -> Person:
    return a_person("Fritz Ohm", email="fritz@example.com")


@pytest.fixture
def request_(customer: Person, reader: Person) -> ServiceRequest:
    asked = a_request(customer)
    watching.watch(asked, reader, by=customer, at=TUESDAY_10)
    actions.answer(asked, words="We look at it.", by=a_person(roles=("agent",)), at=TUESDAY_10)
    db.session.commit()
    return asked


def link_to(person: Person) -> str:
    """The path in the header of the newest letter to this person."""
    query = db.session.query(OutboxMessage).filter_by(to_address=person.email).order_by(OutboxMessage.id.desc())
    return (query.first().stop_link or "").removeprefix(HOME)  # type: ignore[union-attr]


def click(app: Flask, link: str, data: object = None, **more: object) -> Page:
    """As a mail program does it: no cookie, no page opened before."""
    db.session.commit()
    values = ONE_CLICK if data is None else data
    return Page(Context().run(app.test_client().post, link, data=values, **more))


def letters_to(person: Person) -> list[OutboxMessage]:
    return db.session.query(OutboxMessage).filter_by(to_address=person.email).order_by(OutboxMessage.id).all()


def test_letters_about_requests_say_that_one_click_ends_them(
    request_: ServiceRequest, office: PostOffice, server: Server
) -> None:
    deliver_waiting(server, at=TUESDAY_10)
    assert len(office.letters) == 3
    for letter, (_to, raw) in zip(office.letters, office.raw, strict=True):
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(rf"<{HOME}/(mail-off|leave)/[a-z2-7]{{34,47}}>", letter["List-Unsubscribe"])
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_without_tls_a_mail_program_is_not_asked_to_click(
    app: Flask, customer: Person, office: PostOffice, server: Server
) -> None:
    app.config["BASE_URL"] = "http://desk.example.com"
    a_request(customer)
    db.session.commit()
    deliver_waiting(server, at=TUESDAY_10)
    [letter] = office.letters
    assert letter["List-Unsubscribe"] and letter["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("multipart", [False, True])
def test_one_click_turns_off_the_mail_about_ones_own_requests(
    app: Flask, request_: ServiceRequest, customer: Person, multipart: bool
) -> None:
    kind = {"content_type": "multipart/form-data"} if multipart else {}
    page = click(app, link_to(customer), **kind)
    assert page.status == 200 and "Set-Cookie" not in page.headers
    assert "You get no mail about requests" in page.words and "/me#follow-h" in page.html
    db.session.refresh(customer)
    assert customer.mail_wanted == "none"
    last = letters_to(customer)[-1]
    assert last.subject == "No more mail about requests" and f"{HOME}/me" in last.body and not last.in_digest
    assert click(app, link_to(customer) or mail_off.stop_link(customer).removeprefix(HOME)).status == 200
    assert letters_to(customer)[-1].id == last.id, "said once"
    actions.answer(request_, words="More.", by=a_person(roles=("agent",)), at=TUESDAY_10)
    assert letters_to(customer)[-1].id == last.id


def test_one_click_leaves_the_one_request_that_is_read_along(
    app: Flask, request_: ServiceRequest, customer: Person, reader: Person
) -> None:
    other = a_request(customer)
    watching.watch(other, reader, by=customer, at=TUESDAY_10)
    page = click(app, link_to(reader))
    assert page.status == 200 and f"You get no messages about {request_.reference}" in page.words
    assert "printer" not in page.words, "what is asked there is not shown"
    db.session.expire_all()
    assert not watching.is_watching(request_, reader) and watching.is_watching(other, reader)
    assert reader.mail_wanted == "each" and queries.watchers(request_) == []
    last = letters_to(reader)[-1]
    assert last.subject == f"{request_.reference}: you left it" and "ask Eva Quiet to invite you" in last.body
    click(app, f"/leave/{leave_link.token_of(request_.id, reader.id)}")
    assert letters_to(reader)[-1].id == last.id
    assert db.session.query(RequestEvent).filter_by(kind="watcher_left").count() == 1


def test_the_link_in_the_words_of_a_letter_needs_no_session(
    request_: ServiceRequest, reader: Person, visitor: Browser
) -> None:
    [link] = re.findall(r"/leave/\w+", letters_to(reader)[-1].body)
    stranger = visitor()
    page = stranger.get(link)
    assert page.heading == "Stop reading along?" and page.headers["Referrer-Policy"] == "no-referrer"
    assert "printer" not in page.words and watching.is_watching(request_, reader)
    assert stranger.submit(link, expect=200).heading == "You do not read along"
    assert not watching.is_watching(request_, reader)


def test_a_digest_ends_all_such_mail_and_not_one_of_its_requests(request_: ServiceRequest, reader: Person) -> None:
    reader.mail_wanted = "digest"
    actions.answer(request_, words="More.", by=a_person(roles=("agent",)), at=TUESDAY_10)
    assert link_to(reader).startswith("/mail-off/")


# --- what must not work -------------------------------------------------------------------------------------------


def links(request: ServiceRequest, customer: Person, reader: Person) -> list[str]:
    return [
        f"/mail-off/{mail_off.token_of(customer.id)}",
        f"/leave/{leave_link.token_of(request.id, reader.id)}",
    ]


def nothing_changed(request: ServiceRequest, customer: Person, reader: Person) -> bool:
    db.session.expire_all()
    return customer.mail_wanted == reader.mail_wanted == "each" and watching.is_watching(request, reader)


def test_looking_at_such_a_link_changes_nothing(
    app: Flask, request_: ServiceRequest, customer: Person, reader: Person
) -> None:
    for link in links(request_, customer, reader):
        for ask in (app.test_client().get, app.test_client().head):
            address = f"{link}?List-Unsubscribe=One-Click"
            assert Context().run(ask, address).status_code == 200
    assert nothing_changed(request_, customer, reader)


@pytest.mark.parametrize(
    "data",
    [{}, {"List-Unsubscribe": "one-click"}, {"List-Unsubscribe": ["One-Click", "x"]}, {"csrf_token": "forged"}],
)
def test_only_what_mail_programs_send_comes_in_without_a_forms_token(
    app: Flask, request_: ServiceRequest, customer: Person, reader: Person, data: dict[str, object]
) -> None:
    for link in links(request_, customer, reader):
        assert click(app, link, data).status == 400
        assert click(app, f"{link}?List-Unsubscribe=One-Click", data).status == 400
    assert nothing_changed(request_, customer, reader)


def test_a_wrong_link_is_not_there(app: Flask, request_: ServiceRequest, customer: Person, reader: Person) -> None:
    wrong = ["x", "a" * 34, "a" * 47, "a" * 5000, "ä", "A" * 47, "=" * 8]
    for link in links(request_, customer, reader):
        door, token = link.rsplit("/", 1)
        flipped = token[:-2] + ("a" if token[-2] != "a" else "b") + token[-1]
        for forged in (*wrong, flipped, token[:-1], token + "a", token.upper()):
            assert click(app, f"{door}/{forged}").status == 404, forged
            assert Context().run(app.test_client().get, f"{door}/{forged}").status_code == 404
    assert nothing_changed(request_, customer, reader)


def test_such_a_link_opens_no_other_door(
    app: Flask, request_: ServiceRequest, customer: Person, reader: Person
) -> None:
    tokens = [link.rsplit("/", 1)[1] for link in links(request_, customer, reader)]
    assert click(app, f"/leave/{tokens[0]}").status == click(app, f"/mail-off/{tokens[1]}").status == 404
    for token in tokens:
        for door in ("answer", "approvals", "choice", "invitation", "reset"):
            answer = Context().run(app.test_client().get, f"/{door}/{token}")
            assert answer.status_code == 404 or "expired" in answer.text or customer.name not in answer.text
            assert click(app, f"/{door}/{token}").status in (400, 404)
    for path in (f"/requests/{request_.reference}", f"/requests/{request_.reference}/leave", "/me/mail", "/sign-out"):
        answer = click(app, path)
        assert answer.status in (400, 405) or "/sign-in" in answer.location, "one click is for these links alone"
    assert nothing_changed(request_, customer, reader)


def test_one_readers_link_takes_nobody_else_out(
    app: Flask, request_: ServiceRequest, customer: Person, reader: Person
) -> None:
    other = a_person()
    watching.watch(request_, other, by=customer, at=TUESDAY_10)
    for number, who in ((request_.id, other), (request_.id + 1, reader), (request_.id, customer)):
        token = leave_link.token_of(number, who.id)
        assert token != leave_link.token_of(request_.id, reader.id)
    click(app, f"/leave/{leave_link.token_of(request_.id, reader.id)}")
    assert queries.watchers(request_) == [other]
    click(app, f"/leave/{leave_link.token_of(request_.id, customer.id)}")
    db.session.expire_all()
    assert request_.customer_id == customer.id and customer.mail_wanted == "each"


def test_many_readers_at_one_mail_provider_do_not_shut_each_other_out(
    app: Flask, paced: None, request_: ServiceRequest, reader: Person
) -> None:
    mine = f"/leave/{leave_link.token_of(request_.id, reader.id)}"
    for _junk in range(35):
        assert click(app, "/mail-off/aaaa").status == click(app, "/leave/aaaa").status == 404
    for _again in range(30):
        assert click(app, mine).status == 200
    assert click(app, mine).status == 429
    for other in [a_person() for _each in range(35)]:
        assert click(app, f"/mail-off/{mail_off.token_of(other.id)}").status == 200
        assert other.mail_wanted == "none"
