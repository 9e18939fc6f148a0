"""Attacks on what several people do with a request: yeses to other words, moments that cross, and lost letters."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm.exc import StaleDataError

from portal.approvals.models import Approval
from portal.catalogue.models import Service
from portal.extensions import db
from portal.inbound import arriving
from portal.inbound.parsing import read_mail
from portal.mail.actions import write, write_digest
from portal.mail.models import OutboxMessage
from portal.people.models import Person
from portal.refusal import Refusal
from portal.requests import watching
from portal.requests.models import ServiceRequest
from portal.web.moment import now
from tests.builders import TUESDAY_10, a_person, a_request, a_service
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def manager(app: Flask) -> Person:
    return a_person("Anna Berg", email="anna@example.com")


@pytest.fixture
def asked(manager: Person) -> ServiceRequest:
    """A request that waits for the yes of the customer's manager."""
    service: Service = a_service("Screens", approval="manager")
    request = a_request(a_person("Carl Oks", manager=manager), service, summary="One screen")
    db.session.commit()
    return request


def amend(browser: Visitor, request: ServiceRequest, summary: str) -> None:
    address = f"/requests/{request.reference}/amend"
    form = browser.get(address).form_for(address)
    browser.post(address, {**form, "summary": summary})


# --- a yes is a yes to what was read -------------------------------------------------------------------------------


def test_a_yes_to_words_that_were_changed_meanwhile_is_nobodys_yes(
    visitor: Browser, asked: ServiceRequest, manager: Person
) -> None:
    reader, address = visitor(manager), f"/approvals/{db.session.query(Approval).one().id}"
    form = reader.get(address).form_for(address)
    amend(visitor(asked.customer), asked, "Forty screens")
    page = reader.post(address, {**form, "verdict": "yes", "words": "Fine, one."}, expect=409)
    assert "Forty screens" in page.words and "changed meanwhile" in page.words and "Fine, one." in page.words
    assert db.session.query(Approval).one().stage == "waiting"
    reader.post(address, {**page.form_for(address), "verdict": "yes"})
    assert db.session.query(Approval).one().stage == "yes"


def test_what_is_changed_after_the_yes_needs_another_one(
    visitor: Browser, asked: ServiceRequest, manager: Person
) -> None:
    address = f"/approvals/{db.session.query(Approval).one().id}"
    reader = visitor(manager)
    reader.post(address, {**reader.get(address).form_for(address), "verdict": "yes"})
    db.session.refresh(asked)
    assert asked.state == "received"
    amend(visitor(asked.customer), asked, "Forty screens")
    db.session.refresh(asked)
    stages = [one.stage for one in db.session.query(Approval).order_by(Approval.id)]
    assert (asked.state, stages) == ("approval", ["yes", "waiting"])


# --- two at the same moment ----------------------------------------------------------------------------------------


def test_a_deed_that_the_database_held_back_keeps_its_words(
    visitor: Browser, asked: ServiceRequest, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/approvals/{db.session.query(Approval).one().id}"
    reader = visitor(manager)
    form = reader.get(address).form_for(address)

    def crossed(*_some: Any, **_more: Any) -> None:
        raise StaleDataError("the row has another version")

    monkeypatch.setattr("portal.approvals.actions.decide", crossed)
    page = reader.post(address, {**form, "verdict": "no", "words": "Too dear."}, expect=409)
    assert "Too dear." in page.words


def test_a_mail_that_crosses_an_answer_is_read_once_more(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, tried = arriving.take_in, []

    def crossing(*some: Any, **more: Any) -> Any:
        tried.append(1)
        row = taken(*some, **more)
        if len(tried) == 1:
            raise StaleDataError("the row has another version")
        return row

    monkeypatch.setattr(arriving, "take_in", crossing)
    assert arriving.receive(b"From: a@else.example\nMessage-ID: <1@else>\nSubject: Hello\n\nHello\n") == "unknown"
    assert len(tried) == 2


def test_what_comes_after_todays_digest_waits_for_tomorrows(app: Flask) -> None:
    day, mail = date(2026, 4, 14), {"to_address": "a@example.com", "to_name": "A", "subject": "News", "in_digest": True}
    write(key="one", body="First.", at=TUESDAY_10, **mail)
    write_digest("a@example.com", day=day, at=TUESDAY_10)
    write(key="two", body="Second.", at=TUESDAY_10, **mail)
    # A second worker that looked for readers before the first one had written.
    write_digest("a@example.com", day=day, at=TUESDAY_10)
    db.session.commit()
    write_digest("a@example.com", day=day + timedelta(days=1), at=TUESDAY_10 + timedelta(days=1))
    digests = db.session.query(OutboxMessage).filter_by(in_digest=False).order_by(OutboxMessage.id)
    assert ["First." in one.body for one in digests] == [True, False]
    assert ["Second." in one.body for one in digests] == [False, True]


# --- mail that nobody asked for ------------------------------------------------------------------------------------


def test_nobody_is_invited_again_and_again(asked: ServiceRequest) -> None:
    a_person("Vera Holm", email="vera@example.com")
    for _time in range(3):
        person = watching.invite(asked, words="vera@example.com", by=asked.customer, at=now())
        watching.take_out(asked, person, by=asked.customer, at=now())
    with pytest.raises(Refusal, match="several times"):
        watching.invite(asked, words="vera@example.com", by=asked.customer, at=now())


# --- odd input -----------------------------------------------------------------------------------------------------


def test_words_in_the_place_of_a_picture_are_no_picture(visitor: Browser) -> None:
    browser = visitor(a_person())
    form = browser.get("/me/picture").form_for("/me/picture")
    browser.post("/me/picture", {**form, "picture": "words"}, expect=422)


def test_a_header_of_one_long_word_costs_no_time() -> None:
    begun = time.process_time()
    read_mail(b"From: a@else.example\nMessage-ID: <1@else>\n" + (b"To: " + b"a" * 20_000 + b"\n") * 12 + b"\nHello\n")
    assert time.process_time() - begun < 1


# --- what a mail repeats -------------------------------------------------------------------------------------------

SECRET = "Jx0RzTq9WcVb3uY7Lk2PaQ"


@pytest.mark.parametrize("door", ["answer", "approvals", "choice", "invitation", "leave", "mail-off", "reset"])
def test_no_secret_link_of_a_letter_comes_back_to_other_readers(door: str) -> None:
    words = f"Yes.\n\n> Choose this: https://desk.example/{door}/{SECRET}?option=1\n> Bye"
    mail = read_mail(f"From: a@else.example\nMessage-ID: <1@else>\nSubject: Re\n\n{words}\n".encode())
    assert SECRET not in mail.text and f"/{door}/…?option=1" in mail.text and mail.text.startswith("Yes.")
