"""Planning, changing and cancelling a session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.focus_groups import actions, queries
from portal.focus_groups.states import invitations_for
from portal.people.models import Person
from tests.builders import a_person, a_segment
from tests.focus_groups.sessions import a_held_session, a_session, an_invitation, mails_to, now
from tests.visitor import counted_statements

NEW = "/focus-groups/new"


@pytest.fixture
def liaison(app) -> Person:
    person = a_person("Ines Moreau", roles=("liaison",))
    db.session.commit()
    return person


def filled(**more) -> dict[str, str]:
    return {
        "title": "Working from home",
        "objective": "What help feels like at home",
        "decision_informed": "Whether we open at eight",
        "starts_at": (now() + timedelta(days=9)).strftime("%Y-%m-%dT14:00"),
        "place": "Room Elm",
        "seats": "6",
        **more,
    }


def test_a_liaison_plans_a_session_and_goes_on_to_invite(visitor, liaison):
    browser = visitor(liaison)
    answer = browser.submit(NEW, filled())
    assert answer.location == "/focus-groups/FG-1/invite"
    assert "FG-1 is planned" in browser.follow(answer).html
    shown = browser.get("/focus-groups/FG-1")
    assert shown.heading == "Working from home, FG-1"
    assert "0 of 6 seats taken" in shown.words and "0/6" in shown.words and "Ines Moreau" in shown.words
    assert "0 of 6" in browser.get("/focus-groups").words


def test_the_time_typed_is_meant_on_the_portals_clock(visitor, liaison):
    visitor(liaison).submit(NEW, filled(starts_at="2030-07-04T14:00"))
    assert queries.find_session("FG-1").starts_at.isoformat() == "2030-07-04T12:00:00+00:00"


def test_the_same_form_sent_twice_plans_one_session(visitor, liaison):
    browser = visitor(liaison)
    form = {**browser.get(NEW).form_for(NEW), **filled()}
    assert browser.post(NEW, form).location == browser.post(NEW, form).location
    assert queries.find_session("FG-2") is None


def test_a_plan_without_a_decision_is_refused_and_keeps_what_was_typed(visitor, liaison):
    page = visitor(liaison).submit(NEW, filled(decision_informed=" ", objective="My long thoughts"), expect=422)
    assert "without one, do not ask people for their time" in page.words
    assert "My long thoughts" in page.html
    assert "<title>Error: " in page.html


def test_a_session_in_the_past_is_refused(visitor, liaison):
    page = visitor(liaison).submit(NEW, filled(starts_at="2020-01-01T10:00"), expect=422)
    assert "Choose a moment that is still to come." in page.words


@pytest.mark.parametrize("seats", ["0", "-1", "many", "1e3", "101"])
def test_seats_that_make_no_sense_are_refused(visitor, liaison, seats):
    visitor(liaison).submit(NEW, filled(seats=seats), expect=422)


def test_only_liaisons_come_in(visitor, app):
    session = a_session()
    agent = a_person(roles=("agent", "manager"))
    db.session.commit()
    browser = visitor(agent)
    addresses = ["", "/new", f"/{session.reference}", f"/{session.reference}/edit", f"/{session.reference}/invite"]
    for address in addresses:
        browser.get(f"/focus-groups{address}", expect=403)
        assert visitor().get(f"/focus-groups{address}", expect=303).location.startswith("/sign-in")
    for deed in ("cancel", "attendance", "findings"):
        browser.post(f"/focus-groups/{session.reference}/{deed}", {}, expect=403)
        assert not queries.find_session(session.reference).cancelled


def test_what_is_not_there_is_not_found(visitor, liaison):
    for address in ("FG-99", "FG-x", "7", "FG-99999999999999999999"):
        visitor(liaison).get(f"/focus-groups/{address}", expect=404)


def test_deeds_are_not_done_by_looking(visitor, liaison):
    session = a_session()
    for deed in ("cancel", "attendance", "findings"):
        visitor(liaison).get(f"/focus-groups/{session.reference}/{deed}", expect=405)


def test_changing_the_time_tells_everybody_concerned(visitor, liaison):
    session = a_session()
    invitee = an_invitation(session)
    address = f"/focus-groups/{session.reference}/edit"
    visitor(liaison).submit(address, {"place": "Room Oak"})
    assert queries.find_session(session.reference).place == "Room Oak"
    assert "Room Oak" in mails_to(invitee.person)[-1].body
    visitor(liaison).submit(address, {"title": "Another title"})
    assert len(mails_to(invitee.person)) == 2


def test_a_second_editor_gets_a_409_with_their_text(visitor, liaison):
    session = a_session()
    address = f"/focus-groups/{session.reference}/edit"
    browser = visitor(liaison)
    stale = browser.get(address).form_for(address)
    browser.submit(address, {"place": "Room Oak"})
    page = browser.post(address, {**stale, "objective": "Typed for long"}, expect=409)
    assert "Someone changed this while you were typing" in page.words
    assert "Typed for long" in page.html and "Room Oak" in page.words
    assert queries.find_session(session.reference).place == "Room Oak"
    browser.post(address, {**page.form_for(address)})
    assert queries.find_session(session.reference).study.objective == "Typed for long"


def test_fewer_seats_than_are_taken_are_refused(visitor, liaison):
    session = a_session(seats=2)
    for _number in range(2):
        actions.accept(an_invitation(session), access_needs=None, at=now())
    db.session.commit()
    page = visitor(liaison).submit(f"/focus-groups/{session.reference}/edit", {"seats": "1"}, expect=422)
    assert "2 people have a seat already" in page.words


def test_more_seats_go_to_those_who_wait(visitor, liaison):
    session = a_session(seats=1)
    actions.accept(an_invitation(session), access_needs=None, at=now())
    waiting = an_invitation(session)
    actions.accept(waiting, access_needs=None, at=now())
    db.session.commit()
    assert waiting.state == "waitlisted"
    visitor(liaison).submit(f"/focus-groups/{session.reference}/edit", {"seats": "3"})
    assert "2 of 3 seats taken" in visitor(liaison).get(f"/focus-groups/{session.reference}").words
    assert "a seat became free" in mails_to(waiting.person)[-1].body


def test_a_session_that_has_begun_is_not_changed(visitor, liaison):
    session = a_held_session()
    page = visitor(liaison).submit(f"/focus-groups/{session.reference}/edit", {"place": "Elsewhere"}, expect=422)
    assert "has begun" in page.words


def test_cancelling_tells_everybody_and_says_why(visitor, liaison):
    session = a_session()
    coming, staying = an_invitation(session), an_invitation(session)
    actions.accept(coming, access_needs=None, at=now())
    actions.decline(staying, at=now())
    db.session.commit()
    browser = visitor(liaison)
    address = f"/focus-groups/{session.reference}/cancel"
    answer = browser.submit(address, {"reason": "The moderator is ill"}, at=f"/focus-groups/{session.reference}")
    assert "is cancelled" in browser.follow(answer).html
    assert "The moderator is ill" in mails_to(coming.person)[-1].body
    assert len(mails_to(staying.person)) == 1
    assert "The moderator is ill" in browser.get("/focus-groups/FG-1").words
    assert "FG-1" in browser.get("/focus-groups?view=cancelled").words
    browser.post(address, {"reason": "Again"}, expect=422)


def test_cancelling_needs_a_reason(visitor, liaison):
    session = a_session()
    page = visitor(liaison).post(f"/focus-groups/{session.reference}/cancel", {"reason": " "}, expect=422)
    assert "Enter a reason" in page.words
    assert not queries.find_session(session.reference).cancelled


def test_a_held_session_cannot_be_cancelled(visitor, liaison):
    session = a_held_session()
    page = visitor(liaison).post(f"/focus-groups/{session.reference}/cancel", {"reason": "Too late"}, expect=422)
    assert "has begun" in page.words


def test_people_are_chosen_from_the_segment_and_nobody_twice(visitor, liaison):
    finance = a_segment("Finance")
    session = a_session(segment=finance)
    priya, tom = a_person("Priya Nair", segment=finance), a_person("Tom Berg", segment=finance)
    outsider = a_person("Otto Wide")
    db.session.commit()
    browser = visitor(liaison)
    address = f"/focus-groups/{session.reference}/invite"
    page = browser.get(address)
    assert "Priya Nair" in page.words and "Otto Wide" not in page.words
    assert "For 2 seats invite about 3 people" in page.words
    assert "Tom Berg" not in browser.get(address + "?words=priya").words
    answer = browser.post(address, {"once": page.value("once"), "people": [priya.id, tom.id]})
    assert "2 people are invited." in browser.follow(answer).html
    assert len(mails_to(priya)) == 1 and "/invitation/" in mails_to(priya)[0].body
    browser.post(address, {"people": [priya.id]}, expect=422)
    browser.post(address, {"people": [outsider.id]}, expect=422)
    assert len(queries.invitees(session)) == 2 and len(mails_to(priya)) == 1


def test_inviting_nobody_is_refused(visitor, liaison):
    session = a_session()
    a_person("Priya Nair")
    db.session.commit()
    page = visitor(liaison).submit(f"/focus-groups/{session.reference}/invite", {}, expect=422)
    assert "Choose at least one person" in page.words


def test_a_refused_invitation_keeps_who_was_chosen(visitor, liaison):
    session = a_held_session()
    priya = a_person("Priya Nair")
    db.session.commit()
    page = visitor(liaison).submit(f"/focus-groups/{session.reference}/invite", {"people": [priya.id]}, expect=422)
    assert "has begun" in page.words
    assert page.value("people") == str(priya.id)


def test_a_fifth_more_people_than_seats_are_invited():
    assert [invitations_for(seats) for seats in (1, 5, 6, 8, 10)] == [2, 6, 8, 10, 12]


def test_pages_cost_the_same_however_many_rows_there_are(visitor, liaison):
    session = a_session(seats=20)
    browser = visitor(liaison)
    addresses = ("/focus-groups", f"/focus-groups/{session.reference}", f"/focus-groups/{session.reference}/invite")

    def costs() -> list[int]:
        spent = []
        for address in addresses:
            db.session.expire_all()
            with counted_statements() as statements:
                browser.get(address)
            spent.append(len(statements))
        return spent

    before = costs()
    for _number in range(6):
        an_invitation(session)
        a_session()
        a_person()
    db.session.commit()
    assert costs() == before
