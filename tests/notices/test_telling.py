"""Everybody on the list is told of each event once, however often the work is begun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal import jobs
from portal.extensions import db
from portal.jobs import Job, run_due
from portal.mail.models import OutboxMessage
from portal.notices import actions, background
from portal.notices.models import MeToo, Notice, NoticeBroadcast, NoticeReader, NoticeUpdate
from portal.people.models import Person
from portal.search.models import Document
from portal.web.moment import now
from tests.builders import a_person, a_segment, a_service
from tests.notices.board import a_proposal, a_writer, addresses, planned, released, told
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


def count(model: type) -> int:
    return int(db.session.query(model).count())


def state_of(notice: Notice) -> str:
    db.session.expire_all()
    return notice.state


def told_while(notice: Notice) -> list[NoticeBroadcast]:
    return list(db.session.scalars(db.select(NoticeBroadcast).where(NoticeBroadcast.notice_id == notice.id)))


# --- what happens to a notice ------------------------------------------------------------------------------------


def test_an_update_is_on_the_page_at_once_and_goes_to_the_list(
    visitor: Browser, writer: Person, customer: Person
) -> None:
    notice = released(people=[customer])
    address = f"/notices/{notice.reference}"
    browser = visitor(writer)
    page = browser.submit(f"{address}/update", {"words": "A part is ordered."}, at=f"{address}/work")
    assert "Everybody on the list is told." in browser.follow(page).words
    assert "A part is ordered." in visitor(customer).get(address).words
    assert told("News: Mail") == [customer.email]
    assert "1 person was told by mail" in visitor(writer).get(f"{address}/work").words


def test_two_clicks_tell_once(visitor: Browser, writer: Person, customer: Person) -> None:
    notice = released(people=[customer])
    work, update = f"/notices/{notice.reference}/work", f"/notices/{notice.reference}/update"
    browser = visitor(writer)
    form = {**browser.get(work).form_for(update), "words": "News"}
    for _click in range(2):
        browser.post(update, form)
    assert told("News: Mail") == [customer.email]


def test_the_fix_is_told_and_ends_it(visitor: Browser, writer: Person, customer: Person) -> None:
    service = a_service("Mail")
    notice = released(services=[service])
    address = f"/notices/{notice.reference}"
    browser = visitor(writer)
    browser.follow(browser.submit(f"{address}/solve", {"words": "A cable was loose."}))
    assert state_of(notice) == "solved" and notice.ended_at is not None
    assert customer.email in told("Solved: Mail")
    page = visitor(customer).get(address)
    assert "Solved" in page.words and "Me too" not in page.words and "A cable was loose." in page.words
    assert count(Document) == 0 and "Mail arrives late" not in visitor(customer).get("/").words
    browser.submit(f"{address}/solve", {"words": "Again"}, expect=422)
    browser.post(f"{address}/update", {"words": "Again"}, expect=422)
    visitor(customer).post(f"{address}/me-too", expect=422)


@pytest.mark.parametrize("deed", ["update", "solve", "cancel", "move"])
def test_nothing_is_told_without_words(visitor: Browser, writer: Person, deed: str) -> None:
    notice = planned(starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1))
    page = visitor(writer).post(f"/notices/{notice.reference}/{deed}", {"words": " "}, expect=422)
    assert "Enter w" in page.words and state_of(notice) == "released"
    assert len(told_while(notice)) == 1


def test_moved_maintenance_is_told_again(visitor: Browser, writer: Person, customer: Person) -> None:
    notice = planned()
    address = f"/notices/{notice.reference}/move"
    later = {"starts_at": "2031-05-01T20:00", "ends_at": "2031-05-01T22:00", "words": "The part is late."}
    wrong = visitor(writer).submit(address, {**later, "ends_at": "2031-05-01T20:00"}, expect=422)
    assert "after the beginning" in wrong.words
    visitor(writer).submit(address, later)
    assert state_of(notice) == "released" and notice.starts_at is not None and notice.starts_at.year == 2031
    assert customer.email in told("Another time: The mail")
    letter = db.session.scalars(
        db.select(OutboxMessage).where(
            OutboxMessage.subject.contains("Another time"), OutboxMessage.to_address == customer.email
        )
    ).one()
    assert "The part is late." in letter.body and "Thursday 1 May 2031, 20:00 to 22:00" in letter.body


def test_an_incident_cannot_be_moved_and_running_maintenance_only_at_its_end(visitor: Browser, writer: Person) -> None:
    incident = released()
    times = {"starts_at": "2031-05-01T20:00", "ends_at": "2031-05-01T22:00", "words": "Later."}
    refused = visitor(writer).submit(f"/notices/{incident.reference}/move", times, expect=422)
    assert "Only maintenance can be moved" in refused.words
    running = planned(starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1))
    refused = visitor(writer).submit(f"/notices/{running.reference}/move", times, expect=422)
    assert "only its end can be moved" in refused.words


def test_what_is_cancelled_is_told_when_it_was_told_before(visitor: Browser, writer: Person, customer: Person) -> None:
    notice, draft = planned(), a_proposal()
    visitor(writer).submit(f"/notices/{notice.reference}/cancel", {"words": "Not needed."})
    visitor(writer).submit(f"/notices/{draft.reference}/cancel", {"words": "Not so."})
    assert (state_of(notice), state_of(draft)) == ("withdrawn", "withdrawn")
    assert customer.email in told("Cancelled: The mail")
    assert told("Cancelled: Mail") == []
    assert "Cancelled" in visitor(customer).get(f"/notices/{notice.reference}").words
    visitor(customer).get(f"/notices/{draft.reference}", expect=404)
    visitor(writer).submit(f"/notices/{notice.reference}/cancel", {"words": "Again."}, expect=422)


def test_what_has_not_begun_cannot_be_over(visitor: Browser, writer: Person) -> None:
    page = visitor(writer).submit(f"/notices/{planned().reference}/solve", {"words": "Done."}, expect=422)
    assert "You can cancel it instead" in page.words


def test_maintenance_and_announcements_end_by_the_clock(app: Flask) -> None:
    maintenance = planned()
    announcement = released(kind="announcement", title="New offices")
    incident = released()
    assert announcement.ends_at is not None and announcement.ends_at > now() + timedelta(days=13)
    with time_machine.travel(now() + timedelta(days=20), tick=False):
        background.end_what_is_over()
        background.end_what_is_over()
    assert [state_of(one) for one in (maintenance, announcement, incident)] == ["over", "over", "released"]
    assert maintenance.ended_at == maintenance.ends_at
    assert [one.key for one in db.session.query(Document)] == [incident.reference]


# --- who is on the list ------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_me_too_twice_is_one_and_can_be_taken_back(app: Flask, visitor: Browser) -> None:
    anna, other = a_person("Anna"), a_person()
    notice = released(services=[a_service()], devices=["OptiPlex"])
    assert told() == []
    address = f"/notices/{notice.reference}"
    browser = visitor(anna)
    for _press in range(2):
        page = browser.follow(browser.post(f"{address}/me-too"))
    assert "1 person said “me too”." in page.words and "You are on the list" in page.words
    assert (count(MeToo), count(NoticeReader)) == (1, 1)
    actions.post_update(notice, words="News", by=a_writer(), at=now())
    db.session.commit()
    assert told("News") == addresses(anna)
    page = browser.follow(browser.post(f"{address}/not-me"))
    assert "Nobody said “me too” yet." in page.words and "You are not on the list" in page.words
    actions.post_update(notice, words="More", by=a_writer(), at=now())
    db.session.commit()
    assert told("News") == addresses(anna) and other.email not in told()


def test_taking_me_too_back_keeps_those_whom_it_concerns_on_the_list(visitor: Browser, customer: Person) -> None:
    notice = released()
    browser = visitor(customer)
    browser.post(f"/notices/{notice.reference}/me-too")
    told()
    page = browser.follow(browser.post(f"/notices/{notice.reference}/not-me"))
    assert "You are on the list" in page.words


def test_only_an_incident_can_hit_somebody(visitor: Browser, customer: Person) -> None:
    page = visitor(customer).post(f"/notices/{planned().reference}/me-too", expect=422)
    assert "please ask for help" in page.words and count(MeToo) == 0


def test_whoever_leaves_gets_no_more_and_may_come_back(visitor: Browser, customer: Person) -> None:
    notice = released(people=[customer])
    address = f"/notices/{notice.reference}"
    assert told() == [customer.email]
    browser = visitor(customer)
    page = browser.follow(browser.submit(f"{address}/leave"))
    assert "You get no more messages about it." in page.words and "You are not on the list" in page.words
    assert "nothing to stop" in browser.get(f"{address}/leave").words
    actions.post_update(notice, words="News", by=a_writer(), at=now())
    db.session.commit()
    assert told("News") == []
    browser.post(f"{address}/join")
    actions.solve(notice, words="Done", by=a_writer(), at=now())
    db.session.commit()
    assert told("Solved") == [customer.email]
    browser.post(f"{address}/join", expect=422)


def test_whoever_leaves_before_their_mail_is_written_gets_none(visitor: Browser, customer: Person) -> None:
    notice = released(people=[customer])
    visitor(customer).post(f"/notices/{notice.reference}/leave")
    assert told() == []


def test_a_follower_is_told_of_everything_about_a_service_until_they_stop(visitor: Browser) -> None:
    service, follower = a_service("Mail"), a_person()
    browser, address = visitor(follower), f"/notices/services/{service.slug}"
    for _press in range(2):
        page = browser.follow(browser.post(f"{address}/subscribe"))
    assert "We write to you about each of its notices." in page.words
    narrow = {"services": [service], "devices": ["OptiPlex"]}
    first = released(**narrow)
    assert told("Known incident") == [follower.email]
    letter = db.session.scalars(db.select(OutboxMessage).where(OutboxMessage.to_address == follower.email)).one()
    assert "because you follow a service" in letter.body
    assert "Mail" in browser.get("/notices/subscriptions").words
    page = browser.follow(browser.submit(f"{address}/unsubscribe", at="/notices/subscriptions"))
    assert "You follow no service" in page.words
    released(**narrow)
    assert told("Known incident") == [follower.email]
    # Whoever was told at first hears the end of it.
    actions.solve(first, words="Done", by=a_writer(), at=now())
    db.session.commit()
    assert told("Solved") == [follower.email]


def test_whoever_follows_later_is_told_of_what_comes(visitor: Browser) -> None:
    service, follower = a_service("Mail"), a_person()
    notice = released(services=[service], devices=["OptiPlex"])
    told()
    visitor(follower).post(f"/notices/services/{service.slug}/subscribe")
    actions.post_update(notice, words="News", by=a_writer(), at=now())
    db.session.commit()
    assert told() == [follower.email]


def test_whoever_moves_to_another_group_hears_no_more(app: Flask) -> None:
    finance, plant = a_segment("Finance"), a_segment("Plant")
    mover = a_person(segment=finance)
    notice = released(segments=[finance])
    assert told() == [mover.email]
    mover.segment = plant
    actions.post_update(notice, words="News", by=a_writer(), at=now())
    db.session.commit()
    assert told("News") == []


def test_nobody_writes_to_those_who_have_left_the_company_or_have_no_address(app: Flask) -> None:
    gone, without = a_person(active=False), a_person(email=None)
    notice = released(people=[gone, without])
    assert told() == []
    assert [one.told for one in told_while(notice)] == [0]


# --- a worker that dies ------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_many_are_told_in_batches_and_each_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [a_person() for _ in range(23)]
    notice = released(people=people)
    monkeypatch.setattr(actions.tell_some, "__kwdefaults__", {"limit": 5})
    assert told("Known") == addresses(*people)
    run = told_while(notice)[0]
    assert (run.told, run.finished_at is not None, count(Job)) == (23, True, 0)


@pytest.mark.both_databases
def test_a_worker_that_dies_in_the_middle_mails_nobody_twice(app: Flask) -> None:
    people = [a_person() for _ in range(23)]
    notice = released(people=people)
    for _batch in range(2):
        actions.tell_some(notice.id, at=now(), limit=5)
        db.session.commit()
    # This one had written its mail, and was killed before anything of it was kept.
    actions.tell_some(notice.id, at=now(), limit=5)
    db.session.rollback()
    assert count(OutboxMessage) - len(asked()) == 10
    assert told("Known") == addresses(*people)
    run_again(notice)
    assert told("Known") == addresses(*people)


def asked() -> list[OutboxMessage]:
    return list(db.session.scalars(db.select(OutboxMessage).where(OutboxMessage.key.contains(":proposed"))))


def run_again(notice: Notice) -> None:
    """The same work begun from the start, as if nobody had written down how far it had come."""
    for broadcast in told_while(notice):
        broadcast.reached, broadcast.finished_at = 0, None
    jobs.enqueue("tell", {"notice": notice.id}, at=now())
    db.session.commit()
    run_due()


def test_the_job_twice_tells_once(app: Flask, customer: Person) -> None:
    notice = released(people=[customer])
    for _time in range(3):
        jobs.enqueue("tell", {"notice": notice.id}, at=now())
    db.session.commit()
    assert told() == [customer.email]


def test_an_update_waits_until_everybody_has_been_told_of_the_beginning(app: Flask) -> None:
    people = [a_person() for _ in range(12)]
    notice = released(people=people)
    actions.tell_some(notice.id, at=now(), limit=5)
    actions.post_update(notice, words="News", by=a_writer(), at=now())
    db.session.commit()
    assert told("News") == addresses(*people)


def test_one_message_for_each_event_and_person(app: Flask, customer: Person) -> None:
    service = a_service("Mail")
    actions.subscribe(service, by=customer, at=now())
    notice = released(services=[service], people=[customer])
    actions.me_too(notice, by=customer, at=now())
    actions.post_update(notice, words="One", by=a_writer(), at=now())
    actions.post_update(notice, words="Two", by=a_writer(), at=now())
    actions.solve(notice, words="Done", by=a_writer(), at=now())
    db.session.commit()
    told()
    subjects = db.session.scalars(db.select(OutboxMessage.subject).where(OutboxMessage.to_address == customer.email))
    assert sorted(one.split(": ")[1] for one in subjects) == ["Known incident", "News", "News", "Solved"]
    public = db.session.query(NoticeUpdate).filter_by(public=True).count()
    assert public == 4
