"""However many say yes at the same moment, no seat is sold twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from portal.extensions import db
from portal.focus_groups import queries
from tests.focus_groups.sessions import a_link, a_session, an_invitation
from tests.visitor import Visitor


def all_at_once(app, posts: list[tuple[str, str]]) -> list[int]:
    """Send each (link, answer) from a browser of its own, all at the same moment."""
    browsers = [Visitor(app) for _post in posts]
    tokens = [browser.token() for browser in browsers]
    start = Barrier(len(posts))

    def send(number: int) -> int:
        link, answer = posts[number]
        start.wait()
        return browsers[number].client.post(link, data={"answer": answer, "csrf_token": tokens[number]}).status_code

    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(send, range(len(posts))))


@pytest.mark.both_databases
def test_parallel_answers_never_oversell_and_lose_nobody(app):
    session = a_session(seats=3)
    invitees = [an_invitation(session) for _number in range(10)]
    links = [a_link(invitee) for invitee in invitees]
    reference = session.reference
    db.session.remove()
    assert set(all_at_once(app, [(link, "accept") for link in links])) == {303}
    states = sorted(one.state for one in queries.invitees(queries.find_session(reference)))
    assert states == ["accepted"] * 3 + ["waitlisted"] * 7
    assert queries.find_session(reference).seats_taken == 3


@pytest.mark.both_databases
def test_one_person_pressing_ten_times_takes_one_seat(app):
    session = a_session(seats=3)
    link = a_link(an_invitation(session))
    reference = session.reference
    db.session.remove()
    all_at_once(app, [(link, "accept")] * 10)
    assert queries.find_session(reference).seats_taken == 1


@pytest.mark.both_databases
def test_seats_given_back_while_others_ask_leave_no_seat_empty_and_none_sold_twice(app):
    session = a_session(seats=3)
    invitees = [an_invitation(session) for _number in range(9)]
    links = [a_link(invitee) for invitee in invitees]
    reference = session.reference
    db.session.remove()
    all_at_once(app, [(link, "accept") for link in links[:3]])
    all_at_once(app, [*((link, "decline") for link in links[:2]), *((link, "accept") for link in links[3:])])
    there = queries.find_session(reference)
    states = sorted(one.state for one in queries.invitees(there))
    assert states == ["accepted"] * 3 + ["declined"] * 2 + ["waitlisted"] * 4
    assert there.seats_taken == 3
