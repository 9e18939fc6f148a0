"""Who came, what was found, and that nobody's name is with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.focus_groups import actions, queries
from portal.focus_groups.anonymity import named_in
from portal.focus_groups.models import Finding
from portal.people.models import Person
from tests.builders import a_person, a_segment, a_service
from tests.focus_groups.sessions import a_finding, a_held_session, a_session, now


@pytest.fixture
def liaison(app) -> Person:
    person = a_person("Ines Moreau", roles=("liaison",))
    db.session.commit()
    return person


def held_with(*people: Person, **more):
    """A held session these people had accepted."""
    session = a_held_session(seats=9, **more)
    at = now() - timedelta(days=10)
    for invitee in actions.invite(session, people, by=session.moderator, at=at):
        actions.accept(invitee, access_needs=None, at=at)
    db.session.commit()
    return session


def test_who_came_is_written_down_and_can_be_corrected(visitor, liaison):
    session = held_with(a_person("Priya Nair"), a_person("Tom Berg"))
    priya, tom = queries.invitees(session)
    browser = visitor(liaison)
    address = f"/focus-groups/{session.reference}/attendance"
    page = browser.follow(browser.post(address, {"came": [priya.id]}))
    assert "Written down who came." in page.html and "P1" in page.words
    db.session.expire_all()
    assert (priya.state, priya.pseudonym, tom.state) == ("attended", "P1", "no_show")
    browser.post(address, {"came": [tom.id]})
    db.session.expire_all()
    assert (priya.state, priya.pseudonym, tom.state, tom.pseudonym) == ("no_show", "P1", "attended", "P2")
    assert queries.came(session) == 1


def test_nobody_comes_to_a_session_that_has_not_begun(visitor, liaison):
    session = a_session()
    page = visitor(liaison).post(f"/focus-groups/{session.reference}/attendance", {}, expect=422)
    assert "has not begun" in page.words


def test_somebody_who_was_not_invited_cannot_have_come(visitor, liaison):
    session = held_with(a_person())
    visitor(liaison).post(f"/focus-groups/{session.reference}/attendance", {"came": [99999]}, expect=422)


def test_a_finding_is_kept_with_its_quote_and_service(visitor, liaison):
    service = a_service("Laptops")
    session = a_held_session(segment=a_segment("Sales"))
    browser = visitor(liaison)
    values = {
        "statement": "Silence is the worst",
        "sentiment": "negative",
        "service": service.id,
        "quote": "Nobody wrote.",
    }
    address = f"/focus-groups/{session.reference}/findings"
    page = browser.follow(browser.submit(address, values, at=f"/focus-groups/{session.reference}"))
    assert "The finding is kept." in page.html
    for words in ("Silence is the worst", "Nobody wrote.", "Laptops", "Somebody from Sales", "Negative"):
        assert words in page.words


def test_the_same_finding_sent_twice_is_kept_once(visitor, liaison):
    session = a_held_session()
    browser = visitor(liaison)
    address = f"/focus-groups/{session.reference}/findings"
    form = browser.get(f"/focus-groups/{session.reference}").form_for(address)
    for _number in range(2):
        browser.post(address, {**form, "statement": "Once", "sentiment": "mixed"})
    assert len(queries.findings(session)) == 1


def test_a_finding_without_feeling_is_refused_and_keeps_the_words(visitor, liaison):
    session = a_held_session()
    address = f"/focus-groups/{session.reference}/findings"
    page = visitor(liaison).post(address, {"statement": "My sentence"}, expect=422)
    assert "Choose how people felt" in page.words and "My sentence" in page.html


def test_nothing_is_found_before_the_beginning(visitor, liaison):
    session = a_session()
    values = {"statement": "Early", "sentiment": "mixed"}
    page = visitor(liaison).post(f"/focus-groups/{session.reference}/findings", values, expect=422)
    assert "has not begun" in page.words
    assert not queries.findings(session)


def test_a_quote_that_names_a_participant_is_refused(visitor, liaison):
    session = held_with(a_person("Priya Nair"))
    values = {"statement": "Waiting hurts", "sentiment": "negative", "quote": "I told Priya to wait."}
    page = visitor(liaison).post(f"/focus-groups/{session.reference}/findings", values, expect=422)
    assert "Leave the name “Priya” out" in page.words and "I told Priya to wait." in page.html


def test_under_the_chatham_house_rule_not_even_the_group_is_named(visitor, liaison):
    session = a_held_session(segment=a_segment("Sales"), attribution_rule="chatham_house")
    a_finding(session)
    page = visitor(liaison).get(f"/focus-groups/{session.reference}")
    assert "A participant" in page.words and "Somebody from Sales" not in page.words


def test_the_findings_table_has_no_place_for_a_speaker():

    people = {
        key.parent.name for key in Finding.__table__.foreign_keys if key.column.table.name in {"person", "invitee"}
    }
    assert people == {"recorded_by_id"}


def test_a_finding_is_corrected(visitor, liaison):
    session = a_held_session()
    finding = a_finding(session)
    address = f"/focus-groups/{session.reference}/findings/{finding.id}/edit"
    browser = visitor(liaison)
    page = browser.follow(browser.submit(address, {"statement": "Silence hurts", "quote": ""}))
    assert "The finding is corrected." in page.html and "Silence hurts" in page.words
    assert "I thought it was lost." not in page.words


def test_a_second_corrector_gets_a_409_with_their_text(visitor, liaison):
    session = a_held_session()
    address = f"/focus-groups/{session.reference}/findings/{a_finding(session).id}/edit"
    browser = visitor(liaison)
    stale = browser.get(address).form_for(address)
    browser.submit(address, {"statement": "The first correction"})
    page = browser.post(address, {**stale, "statement": "The second correction"}, expect=409)
    assert "The second correction" in page.html and "The first correction" in page.words
    assert queries.findings(session)[0].statement == "The first correction"
    browser.post(address, page.form_for(address))
    db.session.expire_all()
    assert queries.findings(session)[0].statement == "The second correction"


def test_a_finding_of_another_session_is_not_found(visitor, liaison):
    session, other = a_held_session(), a_held_session()
    finding = a_finding(session)
    visitor(liaison).get(f"/focus-groups/{other.reference}/findings/{finding.id}/edit", expect=404)
    visitor(a_person()).get(f"/focus-groups/{session.reference}/findings/{finding.id}/edit", expect=403)


def test_hostile_words_come_back_as_words(visitor, liaison):
    session = a_held_session()
    a_finding(session, statement="<script>alert(1)</script> {{ 7*7 }}", quote='"><img src=x onerror=alert(1)>')
    page = visitor(liaison).get(f"/focus-groups/{session.reference}")
    assert "<script>alert(1)" not in page.html and "<img src=x" not in page.html
    assert "<script>alert(1)</script> {{ 7*7 }}" in page.words


@given(st.sampled_from(["Priya", "Nair", "Priya Nair"]), st.text(max_size=30), st.text(max_size=30))
def test_a_name_is_found_wherever_it_stands(name, before, after):
    assert named_in(f"{before} {name}, {after}", ["Priya Nair"]) in {"Priya", "Nair"}


@pytest.mark.parametrize("text", ["nair priya", "Priyanka came", "An of de", ""])
def test_words_that_only_resemble_a_name_are_left_alone(text):
    assert named_in(text, ["Priya Nair", "An de Wit"]) is None
