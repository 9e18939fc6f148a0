"""The pages of incoming mail, the command, and what a request's page shows of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.inbound.models import InboundMessage
from portal.mail.actions import note_bounce
from portal.mail.models import OutboxMessage
from portal.requests.models import RequestFile, ServiceRequest
from tests.builders import TUESDAY_10, a_person
from tests.inbound.conftest import Desk, a_mail
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]
STRANGER = "Who <who@else.example>"


@pytest.mark.both_databases
def test_the_list_shows_what_waits_first_and_everything_on_demand(desk: Desk, visitor: Browser) -> None:
    desk.take_in(STRANGER, subject="Let me in")
    desk.take_in(to=desk.address_of(desk.customer), subject="Re: the printer")
    browser = visitor(desk.agent)
    waiting = browser.get("/inbound")
    assert "Let me in" in waiting.words and "Re: the printer" not in waiting.words
    everything = browser.get("/inbound?view=all").words
    assert "Re: the printeran answer REQ-1001" in everything and "nobody we know" in everything


def test_the_list_is_read_in_pages_with_a_fixed_number_of_statements(desk: Desk, visitor: Browser) -> None:
    browser = visitor(desk.agent)
    for number in range(53):
        desk.take_in(STRANGER, subject=f"Message {number}")
        if number == 2:
            with counted_statements() as few:
                browser.get("/inbound")
    with counted_statements() as many:
        first = browser.get("/inbound")
    assert len(few) == len(many)
    older = next(link for link in first.links() if "after=" in link)
    assert "Message 2nobody" in browser.get(older).words


@pytest.mark.both_databases
def test_a_strangers_message_becomes_a_request_of_the_person_it_is_for(desk: Desk, visitor: Browser) -> None:
    desk.take_in(STRANGER, "No picture.", subject="Screen", files={"a.txt": b"words"})
    row = db.session.query(InboundMessage).one()
    browser, address = visitor(desk.agent), f"/inbound/{row.id}"
    sent = browser.submit(f"{address}/request", {"address": "Anna@example.com"}, at=address)
    assert "is now the request REQ-1002" in browser.follow(sent).html
    made = db.session.query(ServiceRequest).filter_by(summary="Screen").one()
    assert (made.customer_id, made.asked_by_id, made.channel) == (desk.customer.id, desk.agent.id, "mail")
    assert db.session.query(RequestFile).filter_by(request_id=made.id).count() == 1
    shown = browser.get(address).words
    assert "Looked at byKyra Lind" in shown and "Make it a request" not in shown


def test_sending_twice_makes_one_request_and_a_second_person_is_told(desk: Desk, visitor: Browser) -> None:
    desk.take_in(STRANGER)
    address = f"/inbound/{db.session.query(InboundMessage).one().id}"
    browser = visitor(desk.agent)
    form = {**browser.get(address).form_for(f"{address}/request"), "address": "anna@example.com"}
    for _ in range(2):
        browser.post(f"{address}/request", form)
    other = {**form, "once": "another"}
    assert "A colleague has seen to this" in browser.post(f"{address}/request", other, expect=422).words
    assert "A colleague has seen to this" in browser.post(f"{address}/aside", expect=422).words
    assert db.session.query(ServiceRequest).count() == 2


@pytest.mark.parametrize(
    ("typed", "said"), [("", "Enter the address"), ("nobody@else.example", "Nobody here has this address")]
)
def test_a_message_for_nobody_we_know_stays_where_it_is(desk: Desk, visitor: Browser, typed: str, said: str) -> None:
    desk.take_in(STRANGER)
    address = f"/inbound/{db.session.query(InboundMessage).one().id}"
    answer = visitor(desk.agent).submit(f"{address}/request", {"address": typed}, at=address, expect=422)
    assert said in answer.words and answer.value("address") == typed


def test_what_needs_nothing_is_set_aside(desk: Desk, visitor: Browser) -> None:
    desk.take_in(STRANGER, subject="Buy my pills")
    row = db.session.query(InboundMessage).one()
    browser = visitor(desk.agent)
    listed = browser.follow(browser.post(f"/inbound/{row.id}/aside"))
    assert "Nothing to look at" in listed.words
    db.session.refresh(row)
    assert row.raw is None and row.sorted_by_id == desk.agent.id


def test_customers_and_strangers_read_no_incoming_mail(desk: Desk, visitor: Browser) -> None:
    desk.take_in(STRANGER)
    for address in ("/inbound", "/inbound/1"):
        visitor(desk.customer).get(address, expect=403)
        assert "/sign-in" in visitor().get(address, expect=303).location
    visitor(desk.agent).get("/inbound/999", expect=404)
    visitor(desk.agent).get("/inbound/1/aside", expect=405)


def test_words_and_names_of_strangers_are_not_live(desk: Desk, visitor: Browser) -> None:
    nasty = "<script>alert(1)</script> {{ 7*7 }}"
    desk.take_in(f'"{nasty}" <who@else.example>', nasty, subject=nasty)
    browser = visitor(desk.agent)
    for address in ("/inbound", "/inbound/1"):
        page = browser.get(address)
        assert "<script>alert" not in page.html and "{{ 7*7 }}" in page.html


def test_both_sides_see_what_came_by_mail_and_what_is_not_proved(desk: Desk, visitor: Browser) -> None:
    history = "On Tue, 14 Apr 2026, Halden wrote:\n> Which floor?"
    address = desk.address_of(desk.customer)
    desk.take_in(words=f"Third floor.\n\n{history}", to=address, files={"run.exe": b"MZ"})
    desk.take_in("thief@else.example", "Give it to me.", to=address)
    for person, where in ((desk.customer, "/requests/REQ-1001"), (desk.agent, "/queue/REQ-1001")):
        page = visitor(person).get(where)
        assert "by mail" in page.words and "Third floor." in page.words
        assert "run.exe" in page.words and "thief@else.example" in page.words
        assert "not proved" in page.words
        folded = next(one for one in page.tree.iter("details") if "Which floor?" in "".join(one.itertext()))
        assert folded.get("open") is None


def test_the_desk_sees_whom_letters_do_not_reach_and_the_customer_does_not(desk: Desk, visitor: Browser) -> None:
    letter = db.session.query(OutboxMessage).one()
    note_bounce(letter, "5.1.1 no such person", at=TUESDAY_10)
    desk.request.keeps("inbound")
    db.session.commit()
    assert "5.1.1 no such person" in visitor(desk.agent).get("/queue/REQ-1001").words
    assert "5.1.1" not in visitor(desk.customer).get("/requests/REQ-1001").html
    administrator = visitor(a_person(roles=("administrator",)))
    assert "came back" in administrator.get("/mail").words
    assert "5.1.1 no such person" in administrator.get(f"/mail/{letter.id}").words


def test_the_command_takes_in_a_message_and_ends_well_for_junk(desk: Desk) -> None:
    runner = desk.app.test_cli_runner()
    for raw, said in (
        (a_mail(to=desk.address_of(desk.customer)), "reply"),
        (b"\x00\xff\xfe", "junk"),
        (b"", "junk"),
        (a_mail(auto_submitted="auto-replied"), "automatic"),
    ):
        result = runner.invoke(args=["ingest"], input=raw)
        assert (result.exit_code, result.output) == (0, f"Taken in: {said}.\n"), result.output


def test_the_command_asks_for_another_try_while_the_database_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def locked(_raw: bytes) -> str:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr("portal.cli.receive", locked)
    result = desk.app.test_cli_runner().invoke(args=["ingest"], input=b"From: a@b.example\n\nHi")
    assert result.exit_code == 75
