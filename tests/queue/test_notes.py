"""Notes that name colleagues: who is meant, who is told, and what is asked when a name is not clear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.queue.mentions import Colleague, mentions_in
from tests.builders import a_person
from tests.requests.conftest import Case
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]

ANNA = Colleague(1, "Anna Berg", "anna.berg@example.com")
OTHER_ANNA = Colleague(2, "Anna Falk", "a.falk@example.com")
MAX = Colleague(3, "Max Ohm", "max@example.com")
NAMELESS = Colleague(4, "Zoë O'Neil", None)
DESK = (ANNA, OTHER_ANNA, MAX, NAMELESS)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("@Anna Berg please look", ["Anna Berg"]),
        ("ask @anna.berg.", ["Anna Berg"]),
        ("(@max) and @Falk", ["Max Ohm", "Anna Falk"]),
        ("@MAX, @max and @Max Ohm", ["Max Ohm"]),
        ("@Zoë O'Neil knows", ["Zoë O'Neil"]),
        ("write to max@example.com", []),
        ("see https://example.com/@max", []),
        ("no name at all, or @ alone", []),
    ],
)
def test_a_name_a_part_of_an_address_or_a_last_name_means_one_person(words: str, meant: list[str]) -> None:
    found = mentions_in(words, DESK)
    assert [one.name for one in found.meant] == meant and not found.unclear


def test_what_several_people_are_called_is_not_guessed() -> None:
    found = mentions_in("@Anna, can you?", DESK)
    assert not found.meant and found.unclear == (("@Anna", (ANNA, OTHER_ANNA)),)


def test_what_nobody_is_called_is_given_back() -> None:
    assert mentions_in("@Bob and @media", DESK).unknown == ("@Bob", "@media")


def mails() -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.subject.contains("names you"))))


def write(browser: Visitor, case: Case, words: str, *, deed: str = "note", expect: int = 303) -> Page:
    return browser.submit(f"{case.desk}/write", {"body": words, "deed": deed}, at=case.desk, expect=expect)


def test_whoever_is_named_in_a_note_gets_a_mail_and_the_note_says_so(visitor: Browser, case: Case) -> None:
    a_person("Max Ohm", roles=("specialist",), email="max@example.com")
    browser = visitor(case.agent)
    page = browser.follow(write(browser, case, "@Max Ohm is it the switch? @Kyra"))
    assert "Told by mail: Max Ohm" in page.words
    (mail,) = mails()
    assert mail.to_address == "max@example.com" and "is it the switch?" in mail.body and case.desk in mail.body
    assert "is it the switch?" not in visitor(case.customer).get(case.page).html


def test_a_name_of_several_people_is_refused_with_the_choices_and_the_text_is_kept(
    visitor: Browser, case: Case
) -> None:
    a_person("Max Ohm", roles=("specialist",), email="max.ohm@example.com")
    a_person("Max Watt", roles=("agent",), email="watt@example.com")
    page = write(visitor(case.agent), case, "@max please look", expect=422)
    assert "“@max” can mean several people: Max Ohm (@max.ohm), Max Watt (@watt). Write one of these." in page.words
    assert page.form_for(f"{case.desk}/write")["body"] == "@max please look"
    assert case.kinds() == ["asked"] and not mails()


def test_customers_are_never_told_by_a_note_and_a_slip_is_said(visitor: Browser, case: Case) -> None:
    browser = visitor(case.agent)
    page = browser.follow(write(browser, case, "@Anna Berg is in a hurry"))
    assert "Nobody here is called @Anna, so nobody was told." in page.words and not mails()


def test_names_in_an_answer_to_the_customer_tell_nobody(visitor: Browser, case: Case) -> None:
    a_person("Max Ohm", roles=("specialist",), email="max@example.com")
    write(visitor(case.agent), case, "Please ask @max", deed="answer")
    assert not mails()
