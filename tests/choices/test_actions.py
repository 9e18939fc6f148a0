"""Offering, choosing and what ends an offer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.choices import actions, background, queries
from portal.choices.actions import Way
from portal.extensions import db
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests.joining import merge, unmerge
from portal.requests.models import RequestWatcher, ServiceRequest
from portal.requests.queries import public_events
from portal.requests.telling import happened
from tests.builders import TUESDAY_10, a_person, a_request, resolve
from tests.choices.offers import LOAN, REPAIR, SWAP, a_way, an_offer, asked_for, links_to, mail_to

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def asked(app: Flask) -> ServiceRequest:
    return a_request(a_person("Ana Ruiz"))


def told(request: ServiceRequest) -> list[str]:
    return [happened(event) for event in public_events(request)]


def test_the_clock_stands_still_while_an_offer_is_open(asked: ServiceRequest) -> None:
    due_at = asked.due_at
    offer = an_offer(asked, at=TUESDAY_10 + HOUR)
    assert (asked.state, asked.waits_for, asked.first_answered_at) == ("waiting", "waiting", TUESDAY_10 + HOUR)
    assert asked.assignee is offer.offered_by
    assert asked.extras == ["choices"]
    actions.pick(offer, 1, by=asked.customer, at=TUESDAY_10 + 3 * HOUR)
    assert asked.state == "in_progress"
    assert due_at is not None and asked.due_at == due_at + 2 * HOUR


def test_the_choice_is_told_to_both_sides(asked: ServiceRequest) -> None:
    offer = an_offer(asked)
    actions.pick(offer, 1, by=asked.customer, at=TUESDAY_10 + HOUR)
    assert told(asked)[-2:] == [
        "Jo Okafor offered a choice; the clock stopped: Repair it now / New laptop today",
        "Ana Ruiz chose: Repair it now, 30 minutes",
    ]
    assert "you chose for “The printer is on fire”: Repair it now." in mail_to(asked.customer)[-1].body
    assert mail_to(offer.offered_by)[-1].subject == f"{asked.reference}: the customer chose: Repair it now"
    assert (offer.state, offer.settled_by, offer.settled_at) == ("picked", asked.customer, TUESDAY_10 + HOUR)


def test_what_takes_no_time_says_no_minutes(asked: ServiceRequest) -> None:
    actions.pick(an_offer(asked, ways=(REPAIR, LOAN)), 2, by=asked.customer, at=TUESDAY_10)
    assert told(asked)[-1] == "Ana Ruiz chose: A loan machine"


def test_the_same_choice_twice_is_one_choice_and_another_is_too_late(asked: ServiceRequest) -> None:
    offer = an_offer(asked)
    actions.pick(offer, 2, by=asked.customer, at=TUESDAY_10)
    events = len(told(asked))
    actions.pick(offer, 2, by=asked.customer, at=TUESDAY_10 + MINUTE)
    assert len(told(asked)) == events
    with pytest.raises(Conflict):
        actions.pick(offer, 1, by=asked.customer, at=TUESDAY_10 + MINUTE)
    assert offer.picked_number == 2


def test_the_desk_notes_what_the_customer_said_on_the_phone(asked: ServiceRequest) -> None:
    due_at = asked.due_at
    offer = an_offer(asked)
    desk, words = offer.offered_by, "Ana rang from the train."
    actions.pick_for(offer, 1, who=asked.customer, words=words, by=desk, at=TUESDAY_10 + HOUR)
    assert told(asked)[-1] == ("Ana Ruiz chose: Repair it now, 30 minutes (told us by phone, noted by Jo Okafor)")
    assert public_events(asked)[-1].body == words
    assert (offer.state, offer.picked_number, offer.settled_by, offer.noted_by) == ("picked", 1, desk, desk)
    assert (asked.state, asked.clock_is_stopped) == ("in_progress", False)
    assert due_at is not None and asked.due_at == due_at + HOUR
    mail = mail_to(asked.customer)[-1]
    assert mail.subject == f"{asked.reference}: we noted your choice"
    assert "Repair it now" in mail.body and "Jo Okafor" in mail.body and words in mail.body


def test_one_who_asked_for_another_may_be_the_one_who_told_us(app: Flask) -> None:
    secretary, boss = a_person("Sam"), a_person("Bo")
    asked = asked_for(boss, by=secretary)
    offer = an_offer(asked)
    actions.pick_for(offer, 2, who=secretary, words="Sam rang.", by=offer.offered_by, at=TUESDAY_10)
    assert told(asked)[-1].startswith("Sam chose: New laptop today")
    assert "you told us" in mail_to(secretary)[-1].body
    assert "Sam told us" in mail_to(boss)[-1].body


def test_what_is_noted_for_somebody_needs_words_and_one_who_may_choose(asked: ServiceRequest) -> None:
    offer, watcher = an_offer(asked), a_person("Wim")
    desk = offer.offered_by
    for number, who, words in ((1, watcher, "Wim rang."), (3, asked.customer, "x"), (1, asked.customer, " ")):
        with pytest.raises(Refusal):
            actions.pick_for(offer, number, who=who, words=words, by=desk, at=TUESDAY_10)
    with pytest.raises(Refusal):
        actions.pick_for(offer, 1, who=asked.customer, words="I said so.", by=asked.customer, at=TUESDAY_10)
    actions.pick(offer, 2, by=asked.customer, at=TUESDAY_10)
    for number in (1, 2):
        with pytest.raises(Conflict):
            actions.pick_for(offer, number, who=asked.customer, words="Late.", by=desk, at=TUESDAY_10)
    assert (offer.picked_number, offer.noted_by) == (2, None)


def test_who_asked_for_somebody_may_choose_and_a_watcher_may_not(app: Flask) -> None:
    secretary, boss, watcher = a_person("Sam"), a_person("Bo"), a_person("Wim")
    asked = asked_for(boss, by=secretary)
    offer = an_offer(asked)
    with pytest.raises(Refusal):
        actions.pick(offer, 1, by=watcher, at=TUESDAY_10)
    actions.pick(offer, 1, by=secretary, at=TUESDAY_10)
    assert offer.settled_by is secretary


def test_each_of_those_concerned_has_a_link_of_their_own(app: Flask) -> None:
    secretary, boss = a_person("Sam"), a_person("Bo")
    an_offer(asked_for(boss, by=secretary))
    mine, theirs = links_to(secretary), links_to(boss)
    assert len(mine) == len(theirs) == 3
    tokens = {one.partition("?")[0] for one in mine}, {one.partition("?")[0] for one in theirs}
    assert len(tokens[0]) == len(tokens[1]) == 1 and tokens[0] != tokens[1]
    token = tokens[0].pop().rpartition("/")[2]
    led = queries.find_by_link(token)
    assert led is not None and led.person is secretary
    assert len(token) >= 22
    assert token not in str(db.session.connection().exec_driver_sql("SELECT * FROM offer_link").all())


def test_none_of_these_is_a_reply_and_our_turn(asked: ServiceRequest) -> None:
    offer = an_offer(asked)
    actions.decline(offer, words="I leave at noon.", by=asked.customer, at=TUESDAY_10 + HOUR)
    assert (offer.state, asked.state) == ("declined", "in_progress")
    last = public_events(asked)[-1]
    assert (last.kind, last.body) == ("replied", "None of the options suits me.\n\nI leave at noon.")
    assert mail_to(offer.offered_by)


def test_a_new_offer_takes_the_place_of_an_open_one(asked: ServiceRequest) -> None:
    first = an_offer(asked)
    second = an_offer(asked, by=first.offered_by, ways=(SWAP, LOAN), at=TUESDAY_10 + HOUR)
    assert (first.state, second.state) == ("withdrawn", "open")
    assert told(asked)[-1] == "Jo Okafor put other options in their place: New laptop today / A loan machine"
    with pytest.raises(Conflict):
        actions.pick(first, 1, by=asked.customer, at=TUESDAY_10 + HOUR)
    assert queries.newest_offer(asked) is second


def test_the_desk_takes_an_offer_back_and_the_clock_runs_again(asked: ServiceRequest) -> None:
    offer = an_offer(asked)
    actions.withdraw(offer, words="The part is not there.", by=offer.offered_by, at=TUESDAY_10 + HOUR)
    assert (offer.state, asked.state, asked.clock_is_stopped) == ("withdrawn", "in_progress", False)
    assert "The part is not there." in mail_to(asked.customer)[-1].body
    with pytest.raises(Conflict):
        actions.withdraw(offer, words="", by=offer.offered_by, at=TUESDAY_10 + HOUR)


def test_an_offer_ends_with_its_request(app: Flask) -> None:
    first, second = a_request(), a_request()
    offers = an_offer(first), an_offer(second)
    resolve(first, at=TUESDAY_10 + HOUR)
    requests.withdraw(second, words="", by=second.customer, at=TUESDAY_10 + HOUR)
    assert [one.state for one in offers] == ["expired", "expired"]
    for offer in offers:
        with pytest.raises(Refusal):
            actions.pick(offer, 1, by=offer.request.customer, at=TUESDAY_10 + HOUR)


def test_an_offer_stands_again_when_its_request_is_taken_out_of_another(asked: ServiceRequest) -> None:
    offer, other = an_offer(asked), a_request(asked.customer)
    merge(asked, other, let_read=False, by=offer.offered_by, at=TUESDAY_10 + MINUTE)
    assert offer.state == "expired"
    unmerge(asked, by=offer.offered_by, at=TUESDAY_10 + HOUR)
    assert offer.is_open and offer.settled_at is None and asked.state == "waiting"
    actions.pick(offer, 1, by=asked.customer, at=TUESDAY_10 + HOUR)
    assert asked.state == "in_progress" and not asked.clock_is_stopped


def test_an_offer_whose_times_passed_in_another_request_is_our_turn(asked: ServiceRequest) -> None:
    ways = [a_way(when_at=TUESDAY_10 + MINUTE), a_way(label="Later", when_at=TUESDAY_10 + HOUR)]
    offer, other = an_offer(asked, ways=ways), a_request(asked.customer)
    merge(asked, other, let_read=False, by=offer.offered_by, at=TUESDAY_10)
    unmerge(asked, by=offer.offered_by, at=TUESDAY_10 + 2 * HOUR)
    assert offer.state == "expired" and asked.state == "in_progress" and not asked.clock_is_stopped


def test_nothing_is_offered_when_the_request_has_ended(asked: ServiceRequest) -> None:
    resolve(asked, at=TUESDAY_10 + HOUR)
    with pytest.raises(Refusal):
        an_offer(asked)


def test_a_time_that_has_passed_cannot_be_chosen(asked: ServiceRequest) -> None:
    offer = an_offer(asked, ways=(a_way(when_at=TUESDAY_10 + HOUR), SWAP))
    with pytest.raises(Refusal, match="has passed"):
        actions.pick(offer, 1, by=asked.customer, at=TUESDAY_10 + HOUR)
    actions.pick(offer, 2, by=asked.customer, at=TUESDAY_10 + HOUR)


def test_an_offer_lapses_when_all_its_times_have_passed(asked: ServiceRequest) -> None:
    other = an_offer(a_request(), ways=(a_way(when_at=TUESDAY_10 + HOUR), SWAP))
    offer = an_offer(
        asked, ways=(a_way(when_at=TUESDAY_10 + HOUR), a_way(label="Later", when_at=TUESDAY_10 + 2 * HOUR))
    )
    assert queries.lapsed_offers(at=TUESDAY_10 + HOUR, limit=5) == []
    background.expire_offers()
    assert (offer.state, other.state, asked.state) == ("expired", "open", "in_progress")
    assert told(asked)[-1] == "The times that were offered have passed; it is our turn again"
    assert "have passed" in mail_to(asked.customer)[-1].body
    background.expire_offers()
    assert len([one for one in told(asked) if "have passed" in one]) == 1


@pytest.mark.parametrize(
    ("ways", "field"),
    [
        ((REPAIR,), None),
        ((REPAIR, SWAP, LOAN, a_way(label="Fourth")), None),
        ((REPAIR, a_way(label=" ")), "label_2"),
        ((REPAIR, a_way(label="repair IT now")), "label_2"),
        ((REPAIR, a_way(label="Other", minutes=-1)), "minutes_2"),
        ((a_way(label="Other", minutes=601), REPAIR), "minutes_1"),
        ((REPAIR, a_way(label="Other", when_words="")), "when_words_2"),
        ((REPAIR, a_way(label="Other", when_at=TUESDAY_10)), "when_at_2"),
    ],
)
def test_an_offer_that_cannot_be_compared_is_refused(
    asked: ServiceRequest, ways: tuple[Way, ...], field: str | None
) -> None:
    with pytest.raises(Refusal) as refused:
        an_offer(asked, ways=ways)
    assert refused.value.field == field


def test_a_watcher_is_told_and_gets_no_link(asked: ServiceRequest) -> None:
    watcher = a_person("Wim")
    row = RequestWatcher(request_id=asked.id, person_id=watcher.id, is_open=True, added_at=TUESDAY_10)
    db.session.add(row)
    asked.keeps("watchers")
    an_offer(asked)
    assert "Ana Ruiz chooses." in mail_to(watcher)[-1].body
    assert "/choice/" not in mail_to(watcher)[-1].body
