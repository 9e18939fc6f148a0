"""The day of a technician: on the way, there, done, or nobody there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.people.pictures import find_picture
from portal.refusal import Refusal
from portal.requests import actions as requests
from portal.requests.joining import merge, unmerge
from portal.requests.telling import happened
from portal.requests.watching import watch
from portal.visits import actions
from portal.visits.moving import move_visit
from portal.web.moment import portal_zone
from tests.builders import TUESDAY_10, a_person, a_request
from tests.house.furniture import _picture_of
from tests.visits.plans import a_technician, a_visit, berlin, calendars_to, events_of, letters_to, only_event


def test_on_the_way_is_told_at_once(app: Flask) -> None:
    reader = a_person("Mira Sand", mail_wanted="digest")
    visit = a_visit(a_request(reader))
    actions.set_out(visit, minutes=15, by=visit.technician, at=berlin(10, 20))
    assert (visit.state, visit.expected_at) == ("on_the_way", berlin(10, 35))
    assert happened(events_of(visit.request)[-1]) == "Ben Roth is on the way, and there at about 10:35"
    letter = letters_to(reader)[-1]
    assert letter.subject.endswith("Ben Roth is on the way") and not letter.in_digest
    assert "10:35" in letter.body and "3 East, desk 12" in letter.body


def test_who_reads_along_is_told_whom_it_is_for_and_moves_nothing(app: Flask) -> None:
    request, reader = a_request(a_person("Mira Sand")), a_person("Rosa Lind")
    watch(request, reader, by=request.customer, at=TUESDAY_10)
    visit = a_visit(request)
    told, own = letters_to(reader)[-1].body, letters_to(request.customer)[-1].body
    assert "Ben Roth comes to Mira Sand because of" in told and "another time" not in told
    assert "Ben Roth comes to you because of" in own and "Choose another time" in own
    actions.set_out(visit, minutes=None, by=visit.technician, at=berlin(10))
    assert "on the way to Mira Sand now" in letters_to(reader)[-1].body


def test_pressing_twice_says_it_once(app: Flask) -> None:
    visit = a_visit()
    for _press in range(2):
        actions.set_out(visit, minutes=None, by=visit.technician, at=berlin(10))
    for _press in range(2):
        actions.arrive(visit, by=visit.technician, at=berlin(10, 10))
    kinds = [event.kind for event in events_of(visit.request)]
    assert kinds.count("visit_on_the_way") == kinds.count("visit_arrived") == 1
    assert (visit.on_the_way_at, visit.arrived_at) == (berlin(10), berlin(10, 10))


def test_a_tap_on_the_wrong_day_is_refused(app: Flask) -> None:
    visit, ben = a_visit(), a_technician()
    for deed in (
        lambda: actions.set_out(visit, minutes=None, by=ben, at=TUESDAY_10),
        lambda: actions.arrive(visit, by=ben, at=TUESDAY_10),
        lambda: actions.finish(visit, words="x", resolves=False, by=ben, at=TUESDAY_10),
    ):
        with pytest.raises(Refusal, match="Wednesday 15 April"):
            deed()


def test_a_visit_that_is_done_may_resolve_the_request(app: Flask) -> None:
    visit = a_visit()
    actions.arrive(visit, by=visit.technician, at=berlin(10, 30))
    actions.finish(visit, words="A new drum is in.", resolves=True, by=visit.technician, at=berlin(11))
    assert (visit.state, visit.request.state, visit.ended_at) == ("done", "resolved", berlin(11))
    assert visit.request.resolved_at == berlin(11)
    bodies = [event.body for event in events_of(visit.request)[-2:]]
    assert bodies == [None, "A new drum is in."]
    assert sum("A new drum" in letter.body for letter in letters_to(visit.request.customer)) == 1


def test_a_visit_that_is_done_may_leave_the_request_open(app: Flask) -> None:
    visit = a_visit()
    actions.finish(visit, words="A part is missing.", resolves=False, by=visit.technician, at=berlin(11))
    assert (visit.state, visit.request.state) == ("done", "in_progress")
    assert visit.arrived_at is None
    assert "A part is missing." in letters_to(visit.request.customer)[-1].body


def test_nobody_there_waits_for_the_customer(app: Flask) -> None:
    visit = a_visit()
    actions.miss(visit, words="I left a card.", waits=True, by=visit.technician, at=berlin(10, 40))
    assert (visit.state, visit.request.state) == ("missed", "waiting")
    assert visit.request.pauses[-1] == [berlin(10, 40).isoformat(), None, "waiting"]
    letter = letters_to(visit.request.customer)[-1]
    assert "met nobody" in letter.body and "I left a card." in letter.body and "clock stands still" in letter.body
    assert "clock stands still" in happened(events_of(visit.request)[-1])
    requests.reply(visit.request, words="I am back.", by=visit.request.customer, at=berlin(12))
    assert visit.request.state == "in_progress"


def test_nobody_has_to_be_there_before_the_window(app: Flask) -> None:
    visit = a_visit()
    with pytest.raises(Refusal, match="before 10:00"):
        actions.miss(visit, words="", waits=True, by=visit.technician, at=berlin(9, 55))


def test_what_is_over_cannot_be_done_again(app: Flask) -> None:
    visit = a_visit()
    actions.finish(visit, words="Done.", resolves=False, by=visit.technician, at=berlin(11))
    ben, at = visit.technician, berlin(11, 5)
    for deed in (
        lambda: actions.set_out(visit, minutes=None, by=ben, at=at),
        lambda: actions.arrive(visit, by=ben, at=at),
        lambda: actions.finish(visit, words="x", resolves=True, by=ben, at=at),
        lambda: actions.miss(visit, words="x", waits=True, by=ben, at=at),
        lambda: actions.cancel_visit(visit, words="x", by=ben, at=at),
    ):
        with pytest.raises(Refusal, match="the visit has moved on"):
            deed()


# --- the request ends, and with it what was planned ---------------------------------------------------------------


def test_a_request_that_ends_calls_its_visits_off_once(app: Flask) -> None:
    asked, ben = a_request(), a_technician()
    first = a_visit(asked, ben)
    second = a_visit(asked, ben, berlin(10, days=1))
    requests.withdraw(asked, words="Found it", by=asked.customer, at=TUESDAY_10 + timedelta(hours=2))
    assert {first.state, second.state} == {"cancelled"}
    for person in (asked.customer, ben):
        ended = [one for one in calendars_to(person) if str(one["METHOD"]) == "CANCEL"]
        assert {str(only_event(one)["UID"]) for one in ended} == {first.uid, second.uid} and len(ended) == 2
    assert "The request is withdrawn." in letters_to(ben)[-1].body


def test_a_request_that_goes_on_in_another_one_is_not_visited(app: Flask) -> None:
    customer, desk = a_person(), a_person(roles=("agent",))
    visit, other = a_visit(a_request(customer)), a_request(customer)
    merge(visit.request, other, let_read=False, by=desk, at=TUESDAY_10)
    assert visit.state == "cancelled" and "goes on in another" in letters_to(visit.technician)[-1].body


@pytest.mark.parametrize("waits", [False, True])
def test_the_wait_for_a_visit_that_a_merge_called_off_does_not_come_back(app: Flask, waits: bool) -> None:
    customer, desk = a_person(), a_person(roles=("agent",))
    visit, other = a_visit(a_request(customer), start=berlin(8), hours=1), a_request(customer)
    request, tuesday_11 = visit.request, TUESDAY_10 + timedelta(hours=1)
    start = berlin(14)
    move_visit(visit, starts_at=start, version=visit.version, zone=portal_zone(), by=customer, at=TUESDAY_10)
    if waits:
        requests.ask_customer(request, words="Which floor?", by=desk, at=TUESDAY_10)
    merge(request, other, let_read=False, by=desk, at=TUESDAY_10)
    unmerge(request, by=desk, at=tuesday_11)
    since = TUESDAY_10.isoformat()
    assert request.pauses == ([[since, None, "waiting"]] if waits else [[since, tuesday_11.isoformat(), "merged"]])
    assert request.clock_is_stopped is waits


def test_who_resolves_it_there_has_made_the_visit(app: Flask) -> None:
    visit = a_visit()
    requests.resolve(visit.request, words="Works.", by=visit.technician, at=berlin(10, 30))
    assert visit.state == "done"
    assert not any(str(one["METHOD"]) == "CANCEL" for one in calendars_to(visit.request.customer))


def test_resolved_from_the_desk_the_visit_is_called_off(app: Flask) -> None:
    visit, desk = a_visit(), a_person(roles=("agent",))
    requests.resolve(visit.request, words="Works.", by=desk, at=berlin(9))
    assert visit.state == "cancelled" and "resolved" in letters_to(visit.technician)[-1].body


def test_a_visit_that_nobody_closed_is_not_called_off_after_its_time(app: Flask) -> None:
    visit, desk = a_visit(), a_person(roles=("agent",))
    requests.resolve(visit.request, words="Works.", by=desk, at=berlin(13))
    assert visit.state == "cancelled"
    assert not any(str(one["METHOD"]) == "CANCEL" for one in calendars_to(visit.request.customer))


# --- who comes ----------------------------------------------------------------------------------------------------


def test_whoever_awaits_somebody_sees_their_face_and_nobody_else_does(app: Flask) -> None:
    visit = a_visit()
    ben, customer, stranger = visit.technician, visit.request.customer, a_person()
    ben.picture = _picture_of(ben)
    db.session.flush()
    assert find_picture(customer, ben.id) is ben.picture
    assert find_picture(stranger, ben.id) is None
    assert find_picture(ben, customer.id) is None
    actions.finish(visit, words="Done.", resolves=False, by=ben, at=berlin(11))
    db.session.flush()
    assert find_picture(customer, ben.id) is None
