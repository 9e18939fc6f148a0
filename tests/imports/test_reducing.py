"""Rows become requests: the last row says how it stands, the others what happened on the way."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.imports.incoming import Incoming, Reduced, StoppedByAmbiguity
from portal.imports.mapping import read_mapping
from tests.imports.conftest import EXCERPT, PLAIN, UCI, reduced

Reduce = Callable[..., Reduced]

EVENTS = """
source = "old-desk"
[time]
zone = "UTC"
[rows]
mean = "events"
order = [{ column = "step", as = "integer" }, { column = "changed", as = "moment" }]
[columns]
reference = "no"
opened_at = "opened"
updated_at = "changed"
summary = "what"
state = "state"
assignee = "who"
priority = "weight"
[values.state]
new = "received"
busy = "in_progress"
asked = "waiting"
fixed = "resolved"
done = "closed"
[values.priority]
low = 4
high = 1
[history]
at = "changed"
by = "by"
keep = ["state", "assignee", "priority"]
"""

HEADER = "no,step,opened,changed,what,state,who,weight,by\n"
STORY = HEADER + (
    "A,0,2024-05-01 08:00,2024-05-01 08:00,VPN,new,,low,Kim\n"
    "A,1,2024-05-01 08:00,2024-05-01 09:00,VPN,busy,Ann,low,Ann\n"
    "A,2,2024-05-01 08:00,2024-05-01 10:00,VPN,asked,Ann,high,Ann\n"
    "A,3,2024-05-01 08:00,2024-05-01 12:00,VPN,busy,Bob,high,Ann\n"
    "A,4,2024-05-01 08:00,2024-05-02 08:00,VPN gone,done,Bob,high,Bob\n"
)


def by_reference(result: Reduced) -> dict[str, Incoming]:
    """The requests without the numbers of their rows, which tell of the file and not of the request."""
    return {one.reference: replace(one, row=0) for one in result.requests}


def test_the_last_row_says_how_a_request_stands(reduce_text: Reduce) -> None:
    (request,) = reduce_text(STORY, EVENTS).requests
    assert (request.summary, request.state, request.assignee, request.priority) == ("VPN gone", "closed", "Bob", 1)
    assert request.closed_at == datetime(2024, 5, 2, 8, 0, tzinfo=UTC)
    assert request.resolved_at is None


def test_changes_from_row_to_row_are_its_history(reduce_text: Reduce) -> None:
    (request,) = reduce_text(STORY, EVENTS).requests
    assert [(event.at.hour, event.kind, event.by) for event in request.history] == [
        (8, "asked", None),
        (9, "assigned", "Ann"),
        (9, "taken", "Ann"),
        (10, "priority_set", "Ann"),
        (10, "asked_customer", "Ann"),
        (12, "assigned", "Ann"),
        (12, "taken", "Ann"),
        (8, "closed", "Bob"),
    ]
    assert request.pauses == [["2024-05-01T10:00:00+00:00", "2024-05-01T12:00:00+00:00"]]


def test_numbers_are_ordered_as_numbers_and_ties_by_the_next_column_then_by_place(reduce_text: Reduce) -> None:
    log = HEADER + (
        "A,10,2024-05-01,2024-05-03,tenth,busy,,,\n"
        "A,9,2024-05-01,2024-05-04,ninth,busy,,,\n"
        "B,1,2024-05-01,2024-05-04,later,busy,,,\n"
        "B,1,2024-05-01,2024-05-03,earlier,busy,,,\n"
        "C,1,2024-05-01,2024-05-03,first,busy,,,\n"
        "C,1,2024-05-01,2024-05-03,second,busy,,,\n"
    )
    assert [one.summary for one in reduce_text(log, EVENTS).requests] == ["tenth", "later", "second"]


def test_a_request_of_which_one_row_cannot_be_read_is_refused_whole(reduce_text: Reduce) -> None:
    log = STORY + "A,five,2024-05-01,2024-05-03,x,busy,,,\nB,0,2024-05-01,2024-05-01,y,new,,,\n"
    result = reduce_text(log, EVENTS)
    assert [one.reference for one in result.requests] == ["B"]
    assert [(one.row, one.reference, one.reason) for one in result.refused] == [
        (6, "A", "row 7 of it cannot be read, so its last state is not known"),
        (7, "A", "step: “five” is not a whole number"),
    ]


def test_a_field_can_be_taken_from_the_first_row(reduce_text: Reduce) -> None:
    mapping = EVENTS.replace("[columns]", "first = ['summary', 'opened_at']\n[columns]")
    mapping = mapping.replace('opened_at = "opened"', 'opened_at = "changed"')
    (request,) = reduce_text(STORY, mapping).requests
    assert (request.summary, request.opened_at.hour) == ("VPN", 8)


def test_a_state_that_is_not_in_the_mapping_is_said(reduce_text: Reduce) -> None:
    result = reduce_text(STORY.replace("asked", "on hold"), EVENTS)
    assert result.refused[0].reason == "state “on hold” is not in the mapping's [values.state]"


def test_reopening_is_an_event(reduce_text: Reduce) -> None:
    story = STORY.replace(
        "high,Ann\nA,3", "high,Ann\nA,2,2024-05-01 08:00,2024-05-01 11:00,VPN,fixed,Ann,high,Ann\nA,3"
    )
    (request,) = reduce_text(story, EVENTS).requests
    assert [event.kind for event in request.history if event.public][-4:] == [
        "asked_customer",
        "resolved",
        "reopened",
        "closed",
    ]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers())
def test_shuffled_rows_are_the_same_requests(tmp_path: Path, seed: int) -> None:
    header, *lines = EXCERPT.read_text("utf-8").splitlines(keepends=True)
    random.Random(seed).shuffle(lines)
    (tmp_path / "shuffled.csv").write_text(header + "".join(lines), "utf-8")
    mapping = read_mapping(UCI, portal_zone="Europe/Berlin")
    assert by_reference(reduced(tmp_path / "shuffled.csv", mapping)) == by_reference(reduced(EXCERPT, mapping))


@pytest.mark.parametrize("date", ["1/3/2016 09:00", "12.12.2016 09:00"])
def test_a_date_that_can_be_read_both_ways_stops_the_import(reduce_text: Reduce, date: str) -> None:
    log = f"no,opened,what\n1,25/3/2016 09:00,a\n2,{date},b\n"
    if date.startswith("12.12"):
        assert len(reduce_text(log).requests) == 2
        return
    with pytest.raises(StoppedByAmbiguity, match="Row 3, column “opened”"):
        reduce_text(log)
    assert len(reduce_text(log, PLAIN + "[time]\nformat = 'day first'").requests) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2024-05-01,x,,", "has no reference"),
        ("1,,x,,", "has no opening moment"),
        ("1,soon,x,,", "opened: “soon” is not a date and time in the mapping's format"),
        ("1,2024-05-02,x,2024-05-01,", "solved lies before opened"),
        ("1,2024-05-02,x,,-1", "again: “-1” is no count"),
        ("1,2024-05-02,x,,once", "again: “once” is not a whole number"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(reduce_text: Reduce, row: str, reason: str) -> None:
    mapping = PLAIN + "resolved_at = 'solved'\nreopen_count = 'again'\n"
    result = reduce_text(f"no,opened,what,solved,again\n{row}\n", mapping)
    assert [(one.row, one.reason) for one in result.refused] == [(2, reason)]


def test_a_reference_that_comes_twice_is_reported_with_the_row_it_stands_in(reduce_text: Reduce) -> None:
    result = reduce_text("no,opened,what\n1,2024-05-01,a\n1,2024-05-01,b\n1,2024-05-01,a\n")
    assert [one.summary for one in result.requests] == ["a"]
    assert [one.reason for one in result.refused] == [
        "its reference stands already in row 2",
        "its reference stands already in row 2, with the same words",
    ]


def test_a_summary_that_is_too_long_is_kept_whole_in_the_details(reduce_text: Reduce) -> None:
    long = "word " * 100
    (request,) = reduce_text(f"no,opened,what\n1,2024-05-01,{long}\n").requests
    assert len(request.summary) <= 200 and request.summary.endswith("…")
    assert request.details == long.strip()


def test_sentences_say_where_something_is_missing(reduce_text: Reduce) -> None:
    mapping = (
        PLAIN.replace('summary = "what"', "") + "[sentences]\nsummary = '{what} in {where}'\n[file]\nmissing = ['-']"
    )
    result = reduce_text("no,opened,what,where\n1,2024-05-01,Printer,-\n", mapping)
    assert result.requests[0].summary == "Printer in not said"


def test_without_a_state_column_the_moments_say_the_state(reduce_text: Reduce) -> None:
    mapping = PLAIN + "resolved_at = 'solved'\nclosed_at = 'shut'\n"
    log = "no,opened,what,solved,shut\n1,2024-05-01,x,,\n2,2024-05-01,x,2024-05-02,\n3,2024-05-01,x,,2024-05-02\n"
    assert [one.state for one in reduce_text(log, mapping).requests] == ["received", "resolved", "closed"]


def test_an_open_request_keeps_no_moment_of_its_end_and_that_is_counted(reduce_text: Reduce) -> None:
    mapping = PLAIN + "resolved_at = 'solved'\nstate = 'state'\n[values.state]\nbusy = 'in_progress'\n"
    result = reduce_text("no,opened,what,solved,state\n1,2024-05-01,x,2024-05-02,busy\n", mapping)
    assert result.requests[0].ended_at is None
    assert sum(result.remarks.values()) == 1


def test_a_day_of_the_change_has_23_hours_unless_the_clock_never_changes(reduce_text: Reduce) -> None:
    log = "no,opened,what,solved\n1,2016-03-26 12:00,x,2016-03-27 12:00\n"
    changing = PLAIN + "resolved_at = 'solved'\n"
    assert reduce_text(log, changing).requests[0].minutes_used == 23 * 60
    assert reduce_text(log, changing + "[time]\nzone = 'UTC'").requests[0].minutes_used == 24 * 60


def test_hours_that_summer_time_skips_or_brings_twice_are_counted(reduce_text: Reduce) -> None:
    result = reduce_text("no,opened,what\n1,2016-03-27 02:10,x\n2,2016-10-30 02:10,x\n")
    assert len(result.requests) == 2
    assert sorted(result.remarks.values()) == [1, 1]


ANSWERS = (
    EVENTS
    + """
[first_answer]
at = "changed"
[first_answer.where]
state = ["busy", "asked"]
[first_answer.but_not]
by = ["robot"]
"""
)


def test_the_first_answer_is_the_first_row_that_is_one(reduce_text: Reduce) -> None:
    (request,) = reduce_text(STORY, ANSWERS).requests
    assert request.first_answered_at == datetime(2024, 5, 1, 9, 0, tzinfo=UTC)


def test_a_robot_does_not_answer(reduce_text: Reduce) -> None:
    (request,) = reduce_text(STORY.replace("busy,Ann,low,Ann", "busy,Ann,low,robot"), ANSWERS).requests
    assert request.first_answered_at == datetime(2024, 5, 1, 10, 0, tzinfo=UTC)


def test_who_was_never_answered_has_no_first_answer(reduce_text: Reduce) -> None:
    (request,) = reduce_text(STORY, ANSWERS.replace('"busy", "asked"', '"called"')).requests
    assert request.first_answered_at is None
