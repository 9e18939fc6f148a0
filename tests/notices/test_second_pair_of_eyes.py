"""A notice is written by one person and released by another; nobody is told before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.notices import actions, queries
from portal.notices.models import Notice, NoticeUpdate
from portal.people.models import Person
from portal.refusal import Refusal
from portal.web.moment import now
from tests.builders import a_person, a_segment, a_service
from tests.notices.board import a_draft, a_proposal, a_writer, released, told
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
NEW = "/notices/new"
WORDS = {"kind": "incident", "title": "Mail arrives late", "body": "We look at it."}
DEEDS = ("propose", "release", "send-back", "update", "solve", "cancel", "move", "edit")


def only_notice() -> Notice:
    db.session.expire_all()
    return db.session.scalars(db.select(Notice)).one()


def test_writing_keeps_a_draft_that_nobody_else_sees(visitor: Browser, writer: Person, customer: Person) -> None:
    a_service("Mail")
    browser = visitor(writer)
    page = browser.follow(browser.submit(NEW, {**WORDS, "services": "mail\nMail"}))
    notice = only_notice()
    assert f"{notice.reference} is a draft" in page.words
    assert (notice.state, notice.author_id, [one.name for one in notice.services]) == ("draft", writer.id, ["Mail"])
    visitor(customer).get(f"/notices/{notice.reference}", expect=404)
    assert "Mail arrives late" not in visitor(customer).get("/notices").words
    assert told() == []


def test_two_clicks_write_one_notice(visitor: Browser, writer: Person) -> None:
    browser = visitor(writer)
    form = {**browser.get(NEW).form_for(NEW), **WORDS}
    assert browser.post(NEW, form).location == browser.post(NEW, form).location
    only_notice()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": " "}, "Enter a line that says what is the matter"),
        ({"body": ""}, "Enter what people should know"),
        ({"kind": "rumour"}, "One answer needs a second look"),
        ({"services": "Mial"}, "Do you mean “Mail”"),
        ({"services": "Zzz"}, "There is no service called “Zzz”"),
        ({"people": "nobody@example.com"}, "Nobody here has the address"),
        ({"kind": "maintenance"}, "Enter when the maintenance begins"),
        ({"kind": "maintenance", "starts_at": "2030-01-01T10:00"}, "Enter when the maintenance ends"),
        (
            {"kind": "maintenance", "starts_at": "2030-01-01T10:00", "ends_at": "2030-01-01T10:00"},
            "Enter an end that is after the beginning",
        ),
        ({"starts_at": "2099-01-01T10:00"}, "An incident has begun already"),
        ({"devices": "\n".join(f"Model {n}" for n in range(51))}, "Name at most 50"),
    ],
)
def test_what_cannot_be_is_refused_and_keeps_what_was_typed(
    visitor: Browser, writer: Person, wrong: dict[str, str], words: str
) -> None:
    a_service("Mail")
    page = visitor(writer).submit(NEW, {**WORDS, "devices": "Some model", **wrong}, expect=422)
    assert words in page.words
    assert WORDS["body"] in page.html or "body" in wrong
    assert db.session.query(Notice).count() == 0


def test_the_whole_way_from_a_draft_to_the_mail(visitor: Browser, writer: Person, customer: Person) -> None:
    second = a_person("Zoe Second", roles=("manager",))
    notice = a_draft(by=writer, body="We **look** at it.")
    address = f"/notices/{notice.reference}"
    visitor(writer).submit(f"{address}/propose", at=f"{address}/work")
    assert asked_for_release() == [second.email]
    assert "Mail arrives late" in visitor(second).get("/notices").words
    eyes = visitor(second)
    before = eyes.get(f"{address}/release")
    # The writer, the second and the customer.
    assert "3 people would be told by mail" in before.words
    assert "Hello Zoe," in before.words and "Known incident: Mail arrives late" in before.words
    answer = eyes.submit(f"{address}/release")
    assert "is released. People who are told by mail: 3." in eyes.follow(answer).html
    page = visitor(customer).get(address)
    assert "Known incident" in page.words and "look at it" in page.words
    assert sorted(told("Known incident: Mail arrives late")) == sorted([writer.email, second.email, customer.email])
    letter = db.session.scalars(db.select(OutboxMessage).where(OutboxMessage.to_address == customer.email)).one()
    assert "We look at it." in letter.body
    assert f"{address}/leave" in letter.body and "You get this because it concerns you." in letter.body


def asked_for_release() -> list[str]:
    query = db.select(OutboxMessage.to_address).where(OutboxMessage.key.contains(":proposed"))
    return sorted(db.session.scalars(query))


def test_nobody_releases_their_own(visitor: Browser) -> None:
    both = a_person(roles=("communicator",))
    notice = a_proposal(by=both)
    address = f"/notices/{notice.reference}/release"
    page = visitor(both).get(address)
    assert "Somebody else must read and release it" in page.words and "Release it and tell them" not in page.words
    refused = visitor(both).post(address, {"version": str(notice.version)}, expect=422)
    assert "You have written this yourself" in refused.words
    assert only_notice().state == "proposed" and told() == []


def test_nobody_releases_words_that_they_changed_last(app: Flask) -> None:
    first, second = a_writer(), a_writer()
    notice = a_draft(by=first)
    wording = actions.Wording(kind="incident", title="Other", body="words")
    actions.change(notice, wording, version=notice.version, by=second, at=now())
    actions.propose(notice, version=notice.version, by=second, at=now())
    db.session.commit()
    for person in (first, second):
        with pytest.raises(Refusal, match="yourself"):
            actions.release(notice, version=notice.version, by=person, at=now())
        db.session.rollback()


@pytest.mark.both_databases
def test_the_database_refuses_an_author_who_releases(app: Flask) -> None:
    notice = a_proposal()
    notice.released_by_id = notice.author_id
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_a_change_after_the_proposal_is_a_draft_again(visitor: Browser, writer: Person, releaser: Person) -> None:
    notice = a_proposal(by=writer)
    old = notice.version
    address = f"/notices/{notice.reference}"
    browser = visitor(writer)
    page = browser.follow(browser.submit(f"{address}/edit", {"title": "Mail is gone"}))
    assert "a draft until you propose it again" in page.words
    assert only_notice().state == "draft"
    conflict = visitor(releaser).post(f"{address}/release", {"version": str(old)}, expect=409)
    assert "Somebody changed this while you were looking at it" in conflict.words
    visitor(releaser).post(f"{address}/release", {"version": str(only_notice().version)}, expect=422)
    assert told() == []


def test_it_can_be_sent_back_with_words(visitor: Browser, writer: Person, releaser: Person) -> None:
    notice = a_proposal(by=writer)
    address = f"/notices/{notice.reference}"
    empty = visitor(releaser).submit(f"{address}/send-back", at=f"{address}/release", expect=422)
    assert "Enter what should be different" in empty.words
    visitor(releaser).submit(f"{address}/send-back", {"words": "Say since when."}, at=f"{address}/release")
    assert only_notice().state == "draft"
    assert "Say since when." in visitor(writer).get(f"{address}/work").words
    mail = db.session.scalars(db.select(OutboxMessage).where(OutboxMessage.key.contains(":back"))).one()
    assert mail.to_address == writer.email and "Say since when." in mail.body
    visitor(releaser).post(f"{address}/send-back", {"words": "x", "version": str(only_notice().version)}, expect=422)


def test_a_stale_editor_gets_a_409_with_their_words(visitor: Browser, writer: Person) -> None:
    notice = a_draft(by=writer)
    address = f"/notices/{notice.reference}/edit"
    browser = visitor(writer)
    form = browser.get(address).form_for(address)
    browser.submit(address, {"title": "First"})
    page = browser.post(address, {**form, "title": "My long words"}, expect=409)
    assert "My long words" in page.html and "First" in page.words


@pytest.mark.parametrize("deed", DEEDS)
def test_a_customer_may_do_none_of_it(visitor: Browser, customer: Person, deed: str) -> None:
    notice = a_proposal()
    visitor(customer).post(f"/notices/{notice.reference}/{deed}", expect=403)
    visitor(customer).get("/notices/desk", expect=403)
    visitor(customer).get(NEW, expect=403)
    assert only_notice().version == notice.version


@pytest.mark.parametrize("deed", ["release", "send-back"])
def test_an_agent_writes_and_does_not_release(visitor: Browser, deed: str) -> None:
    visitor(a_person(roles=("agent",))).post(f"/notices/{a_proposal().reference}/{deed}", expect=403)


@pytest.mark.parametrize("deed", ["propose", "send-back", "update", "me-too", "not-me", "join"])
def test_deeds_are_not_addresses_to_look_at(visitor: Browser, deed: str) -> None:
    both = a_person(roles=("communicator", "manager"))
    visitor(both).get(f"/notices/{released().reference}/{deed}", expect=405)


def test_what_is_released_keeps_its_words(visitor: Browser, writer: Person) -> None:
    notice = released()
    address = f"/notices/{notice.reference}/edit"
    assert "its words stay" in visitor(writer).get(address).words
    refused = visitor(writer).post(address, {**WORDS, "title": "Other", "version": str(notice.version)}, expect=422)
    assert "Write an update" in refused.words and only_notice().title == WORDS["title"]


def test_maintenance_whose_time_is_over_is_not_proposed(app: Flask) -> None:
    begins = now() - timedelta(hours=3)
    notice = a_draft(kind="maintenance", starts_at=begins, ends_at=begins + timedelta(hours=1))
    with pytest.raises(Refusal, match="is over"):
        actions.propose(notice, version=notice.version, by=notice.author, at=now())


@pytest.mark.both_databases
@pytest.mark.parametrize("statement", ["UPDATE notice_update SET words = 'other'", "DELETE FROM notice_update"])
def test_what_happened_is_never_rewritten(app: Flask, statement: str) -> None:
    released()
    assert db.session.query(NoticeUpdate).count() == 3
    with pytest.raises(Exception, match="never changes"):
        db.session.execute(db.text(statement))
    db.session.rollback()


def test_the_desk_shows_everything_whomever_it_concerns(visitor: Browser, writer: Person) -> None:
    released(title="For others", segments=[a_segment("Plant")])
    a_draft(title="A draft of mine")
    browser = visitor(writer)
    words = browser.get("/notices/desk").words
    assert "For others" in words and "A draft of mine" in words
    assert "A draft of mine" not in browser.get("/notices/desk?view=released").words
    assert "Nothing here" in browser.get("/notices/desk?view=ended").words
    browser.get("/notices/desk?view=secret", expect=404)
    assert queries.find_to_work_on("N-99999") is None
