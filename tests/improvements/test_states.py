"""The table of steps, the honest outcome, and the marks of what was measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.focus_groups.models import Finding
from portal.improvements import actions, queries
from portal.improvements.actions import Measured
from portal.improvements.measured import BeforeAfter, before_after, share_of
from portal.improvements.states import CLOSED, NEEDS_REASON, OPEN, OUTCOMES, STATES, TRANSITIONS, can_move
from portal.measures.intervals import Share
from portal.refusal import Conflict, Refusal
from tests.improvements.register import BETTER, WAY, a_keeper, an_improvement, closed, moved, now, published


def test_every_state_is_reached_and_every_step_leads_to_a_state():
    reached, seen = {"proposed"}, set()
    while reached - seen:
        state = (reached - seen).pop()
        seen.add(state)
        reached |= set(TRANSITIONS[state])
    assert reached == set(STATES) == set(TRANSITIONS)


def test_what_is_over_stays_over():
    assert set(STATES) - OPEN == {"closed", "declined", "withdrawn"}
    assert all(can_move(state, "withdrawn") for state in OPEN)


@given(st.lists(st.sampled_from(STATES), max_size=12))
def test_no_walk_through_the_table_closes_without_having_been_watched(walk):
    way = ["proposed"]
    for to in walk:
        if can_move(way[-1], to):
            way.append(to)
    if way[-1] == CLOSED:
        assert way[-2] == "monitoring" and "approved" in way and "in_progress" in way


@pytest.mark.parametrize("state", STATES)
def test_an_improvement_takes_exactly_the_steps_of_the_table(app, state):
    for to in STATES:
        improvement = an_improvement()
        improvement.state = state
        improvement.closure_code = "inconclusive" if state == CLOSED else None
        db.session.commit()
        possible = can_move(state, to) and to != CLOSED
        try:
            actions.move(improvement, to, reason="Because", version=1, by=a_keeper(), at=now())
            assert possible and improvement.state == to
            db.session.commit()
        except Refusal:
            assert not possible
            db.session.rollback()
            assert improvement.state == state


@pytest.mark.parametrize("to", sorted(NEEDS_REASON))
def test_nothing_is_declined_or_withdrawn_without_a_reason(app, to):
    improvement = an_improvement()
    with pytest.raises(Refusal, match="reason"):
        actions.move(improvement, to, reason="", version=1, by=a_keeper(), at=now())


def test_nothing_is_approved_without_an_owner_and_a_date(app):
    for missing in ({"owner": None}, {"due_on": None}):
        improvement = an_improvement(**missing)
        with pytest.raises(Refusal, match="who sees to it and by when"):
            actions.move(improvement, "approved", reason=None, version=1, by=a_keeper(), at=now())
        db.session.rollback()


@pytest.mark.parametrize(
    ("outcome", "measured", "allowed"),
    [
        ("successful", BETTER, True),
        ("successful", Measured("Visits late", "lower", 23, 212), False),
        ("successful", Measured("Visits late", after_words="None was late in May"), True),
        ("successful", Measured(), False),
        ("successful", Measured("Visits late", "higher", 23, 212, None, 7, 248), False),
        ("successful", Measured("Visits late", "lower", 3, 20, None, 2, 20), False),
        ("unsuccessful", Measured(), True),
        ("inconclusive", Measured("Visits late", "lower", 3, 20, None, 2, 20), True),
    ],
)
def test_no_success_without_a_measure_afterwards_that_shows_it(app, outcome, measured, allowed):
    if allowed:
        assert closed(an_improvement(), outcome, measured).closure_code == outcome
    else:
        with pytest.raises(Refusal):
            closed(an_improvement(), outcome, measured)


@pytest.mark.parametrize("counts", [(5, None), (None, 5), (6, 5)])
def test_counts_that_are_no_share_are_refused(app, counts):
    with pytest.raises(Refusal):
        closed(an_improvement(), "inconclusive", Measured("Visits late", "lower", *counts))


def test_every_step_is_kept_with_its_actor_and_reason(app):
    improvement = published(closed(an_improvement()))
    deeds = [(event.deed, event.from_state, event.to_state) for event in queries.history(improvement)]
    steps = [("moved", before, after) for before, after in zip(("proposed", *WAY), (*WAY, CLOSED), strict=True)]
    assert deeds == [("raised", None, "proposed"), *steps, ("published", CLOSED, CLOSED)]
    assert all(event.actor for event in queries.history(improvement))


def test_a_stale_version_never_writes(app):
    improvement = an_improvement()
    moved(improvement, "approved")
    with pytest.raises(Conflict):
        actions.move(improvement, "in_progress", reason=None, version=1, by=a_keeper(), at=now())
    db.session.rollback()
    assert improvement.state == "approved"


def test_withdrawing_takes_it_off_the_public_page(app):
    improvement = published(moved(an_improvement(), *WAY))
    assert queries.newest_answer() is improvement
    moved(improvement, "withdrawn")
    assert queries.newest_answer() is None


def test_every_state_has_words():
    from portal.improvements.words import STATE_WORDS, STEP_WORDS

    assert set(STATE_WORDS) == set(STATES)
    assert set(STEP_WORDS) == {to for onward in TRANSITIONS.values() for to in onward} - {CLOSED}
    assert len(OUTCOMES) == 3 and Finding.__tablename__ == "finding"


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_every_mark_stands_on_the_line(n1, n2, data):
    before = Share(data.draw(st.integers(0, n1)), n1)
    after = Share(data.draw(st.integers(0, n2)), n2)
    compared = BeforeAfter(before, after)
    for share in (before.value, after.value, after.low, after.high):
        assert 0 <= float(compared.place(share).rstrip("%")) <= 100


def test_the_difference_is_after_less_before():
    compared = before_after(share_of(23, 212), share_of(7, 248))
    assert compared.difference.verdict == "lower" and compared.shows("lower") and not compared.shows("higher")
    assert compared.end == 0.2
    assert before_after(None, share_of(7, 248)) is None
    assert share_of(0, 0) is None and share_of(None, 5) is None
    assert before_after(share_of(1, 2), None).difference is None
