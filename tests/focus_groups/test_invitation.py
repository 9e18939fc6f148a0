"""The invitation as the invited see it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db
from portal.focus_groups import actions, queries
from portal.focus_groups.models import InvitationLink
from portal.home.waiting import Seat, waiting_for
from tests.builders import a_person
from tests.focus_groups.sessions import SOON, a_held_session, a_link, a_session, an_invitation, mails_to, now


def test_the_secret_is_long_and_only_its_digest_is_kept(app):
    link = a_link(an_invitation(a_session()))
    token = link.rpartition("/")[2]
    assert len(token) >= 22
    assert token not in {row.token_sha256 for row in db.session.query(InvitationLink)}
    assert queries.find_invitation(token) is not None


def test_looking_at_an_invitation_changes_nothing(visitor, app):
    link = a_link(an_invitation(a_session()))

    def dump() -> list[str]:
        with sqlite3.connect(db.engine.url.database) as connection:
            return list(connection.iterdump())

    before = dump()
    page = visitor().get(link)
    visitor().client.head(link)
    visitor().client.options(link)
    assert dump() == before
    assert page.heading == "Working from home" and "0/2" in page.words
    assert page.headers["Referrer-Policy"] == "no-referrer" and "noindex" in page.headers["X-Robots-Tag"]


def test_somebody_accepts_and_changes_their_mind(visitor, app):
    invitee = an_invitation(a_session())
    browser, link = visitor(), a_link(invitee)
    answer = browser.submit(link, {"access_needs": "Step-free access, please"})
    page = browser.follow(answer)
    assert "You have a seat" in page.words and "1/2" in page.words
    assert "Step-free access" in page.html
    page = browser.follow(browser.post(link, {"answer": "decline"}))
    assert "You said that you cannot come" in page.words and "0/2" in page.words
    assert "You have a seat" in browser.follow(browser.post(link, {"answer": "accept"})).words


def test_saying_yes_twice_takes_one_seat(visitor, app):
    session = a_session()
    link = a_link(an_invitation(session))
    for _number in range(2):
        visitor().post(link, {"answer": "accept"})
    assert queries.find_session(session.reference).seats_taken == 1


def test_when_all_seats_are_taken_one_waits_in_line_and_a_seat_given_back_goes_to_the_longest_waiting(visitor, app):
    session = a_session(seats=1)
    first, second, third = (an_invitation(session) for _number in range(3))
    links = [a_link(invitee) for invitee in (first, second, third)]
    visitor().post(links[0], {"answer": "accept"})
    page = visitor().follow(visitor().post(links[1], {"answer": "accept"}))
    assert "All seats are taken, and you are in line" in page.words and "1/1" in page.words
    visitor().post(links[2], {"answer": "accept"})
    visitor().post(links[0], {"answer": "decline"})
    db.session.expire_all()
    assert (first.state, second.state, third.state) == ("declined", "accepted", "waitlisted")
    assert "a seat became free" in mails_to(second.person)[-1].body
    assert len(mails_to(third.person)) == 1
    assert "You have a seat" in visitor().get(a_link(second)).words
    assert "You have a seat" in visitor().get(links[1]).words


def test_waiting_again_keeps_ones_place_in_line(app):
    session = a_session(seats=1)
    first, second, third = (an_invitation(session) for _number in range(3))
    for number, invitee in enumerate((first, second, third, second)):
        actions.accept(invitee, access_needs=None, at=now() + timedelta(seconds=number))
    actions.decline(first, at=now() + timedelta(minutes=1))
    assert (second.state, third.state) == ("accepted", "waitlisted")


@pytest.mark.parametrize("answer", ["perhaps", "DELETE"])
def test_an_answer_that_is_none_is_refused_and_keeps_what_was_typed(visitor, app, answer):
    invitee = an_invitation(a_session())
    page = visitor().post(a_link(invitee), {"answer": answer, "access_needs": "An interpreter"}, expect=422)
    assert "An interpreter" in page.html
    assert invitee.state == "invited"


def test_after_the_beginning_nothing_can_be_changed(visitor, app):
    invitee = an_invitation(a_session())
    link = a_link(invitee)
    with time_machine.travel(now() + SOON + timedelta(minutes=1)):
        page = visitor().post(link, {"answer": "accept"}, expect=422)
        assert "This session has begun" in page.words
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert invitee.state == "invited"


def test_a_cancelled_session_takes_no_answer(visitor, app):
    session = a_session()
    link = a_link(an_invitation(session))
    actions.cancel_session(session, reason="The room burned down", by=session.moderator, at=now())
    db.session.commit()
    assert "The room burned down" in visitor().get(link).words
    assert "cancelled" in visitor().post(link, {"answer": "accept"}, expect=422).words


def test_unknown_links_all_look_alike(visitor, app):
    pages = [visitor().get(f"/invitation/{token}", expect=404) for token in ("x", "a" * 22, "a" * 5000, "%27%20OR%201")]
    assert len({page.words for page in pages}) == 1
    assert "does not lead anywhere" in pages[0].words and pages[0].headers["Referrer-Policy"] == "no-referrer"


def test_a_post_without_the_forms_token_is_refused(visitor, app):
    app.config["WTF_CSRF_ENABLED"] = True
    invitee = an_invitation(a_session())
    visitor().post(a_link(invitee), {"answer": "accept", "csrf_token": "wrong"}, expect=400)
    assert invitee.state == "invited"


def test_a_customer_answers_without_the_link_and_sees_only_their_own(visitor, app):
    session = a_session()
    invitee, other = an_invitation(session), a_person()
    db.session.commit()
    address = f"/focus-groups/{session.reference}/seat"
    browser = visitor(invitee.person)
    assert "You have a seat" in browser.follow(browser.submit(address)).words
    visitor(other).get(address, expect=404)
    visitor(other).post(address, {"answer": "accept"}, expect=404)
    assert visitor().get(address, expect=303).location.startswith("/sign-in")


def test_home_can_list_ones_invitations_until_they_begin(app):
    session = a_session()
    invitee = an_invitation(session)
    an_invitation(session)
    assert waiting_for(invitee.person, at=now()).seats == [Seat(session.reference, session.starts_at, session.place)]
    assert waiting_for(invitee.person, at=now() + SOON + timedelta(days=1)).seats == []
    actions.decline(invitee, at=now())
    assert waiting_for(invitee.person, at=now()).seats == []


def test_a_held_session_invites_nobody(app):
    with pytest.raises(actions.Refusal):
        an_invitation(a_held_session())
