"""Addresses that carry a secret: only this portal can make them, and mail systems cannot break them."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.mail.addresses import is_ours, read_token, reply_address, reply_token, token_among
from portal.mail.delivery import Server, deliver_waiting
from portal.mail.models import OutboxMessage
from portal.requests import actions
from portal.settings import LONGEST_MAILBOX_NAME, SettingsError, read_settings
from tests.builders import TUESDAY_10, a_person, a_request
from tests.mail.conftest import PostOffice

HELP = "help@company.example"
numbers = st.integers(1, 2**31)


@given(request_id=numbers, person_id=numbers)
def test_a_token_tells_its_request_and_person_whatever_the_case(request_id: int, person_id: int) -> None:
    address = reply_address(HELP, "secret", request_id=request_id, person_id=person_id)
    for seen in (address, address.upper(), f" {address} "):
        token = token_among(["other@company.example", seen], HELP)
        assert token and read_token("secret", token) == (request_id, person_id)


def test_the_longest_mailbox_name_leaves_room_for_the_token() -> None:
    longest = f"{'h' * LONGEST_MAILBOX_NAME}@company.example"
    assert read_settings({"PORTAL_REPLY_ADDRESS": longest})["REPLY_ADDRESS"] == longest
    local = reply_address(longest, "secret", request_id=1, person_id=1).partition("@")[0]
    assert len(local) == 64


@pytest.mark.parametrize("wrong", ["h" * 24 + "@x.example", "help", "help+more@x.example", "a@b@c", "hélp@x.example"])
def test_an_address_that_cannot_carry_a_token_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(SettingsError, match="PORTAL_REPLY_ADDRESS"):
        read_settings({"PORTAL_REPLY_ADDRESS": wrong})


def test_another_secret_and_any_changed_letter_make_another_token() -> None:
    token = reply_token("secret", request_id=42, person_id=7)
    assert read_token("other", token) is None
    for place in range(len(token)):
        changed = token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :]
        assert read_token("secret", changed) is None


@pytest.mark.parametrize("token", ["", "a", "a" * 40, "1" * 40, "é" * 40, "a" * 5000])
def test_what_is_no_token_is_nobodys(token: str) -> None:
    assert read_token("secret", token) is None


def test_tokens_at_other_mailboxes_are_not_ours() -> None:
    token = reply_token("secret", request_id=42, person_id=7)
    others = [f"help+{token}@else.example", f"desk+{token}@company.example", f"help+{token}x@company.example"]
    assert token_among(others, HELP) is None
    assert token_among([f"help+{token}@company.example"], None) is None


def test_the_portal_knows_its_own_addresses() -> None:
    assert is_ours("HELP+abc@company.example", HELP, None) and is_ours(HELP, HELP)
    assert not is_ours("helper@company.example", HELP) and not is_ours("", HELP, None)


def test_each_reader_answers_to_an_address_of_their_own(app: Flask, office: PostOffice, server: Server) -> None:
    app.config["REPLY_ADDRESS"] = HELP
    customer, agent = a_person(email="anna@example.com"), a_person(roles=("agent",), email="kyra@example.com")
    asked = a_request(customer)
    actions.take(asked, by=agent, at=TUESDAY_10)
    actions.reply(asked, words="Third floor.", by=customer, at=TUESDAY_10)
    db.session.commit()
    deliver_waiting(server, at=TUESDAY_10)
    found = {}
    for mail in office.letters:
        token = token_among([mail["Reply-To"]], HELP)
        assert token
        found[mail["To"].addresses[0].addr_spec] = read_token(app.config["SECRET_KEY"], token)
        assert mail["References"] == "<req-1001@desk.example.com>"
    assert found == {"anna@example.com": (asked.id, customer.id), "kyra@example.com": (asked.id, agent.id)}
    assert "the customer reads it as your answer" in office.letters[-1].get_content()


def test_letters_after_the_end_lead_to_the_portal_because_a_mail_opens_nothing(app: Flask) -> None:
    app.config["REPLY_ADDRESS"] = HELP
    asked = a_request()
    actions.resolve(asked, words="Done.", by=a_person(roles=("agent",)), at=TUESDAY_10)
    first, last = (one.body for one in db.session.query(OutboxMessage).order_by(OutboxMessage.id))
    assert "Answer this mail" in first and "Answer this mail" not in last


def test_without_an_address_for_answers_letters_promise_none(app: Flask, office: PostOffice, server: Server) -> None:
    a_request()
    db.session.commit()
    assert "Answer this mail" not in db.session.query(OutboxMessage).one().body
    deliver_waiting(server, at=TUESDAY_10)
    assert office.letters[0]["Reply-To"] is None
