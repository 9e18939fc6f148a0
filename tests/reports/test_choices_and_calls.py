"""Choices and calls in the report, by figures that were counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from portal.callbacks import actions as calls
from portal.callbacks.models import Callback
from portal.callbacks.states import ALL
from portal.choices import actions as choices
from portal.extensions import db
from portal.reports import counts, queries
from portal.reports.facts import CallFacts, OfferFacts
from portal.reports.report import Report
from portal.reports.sheet import to_csv
from portal.reports.showing import Tile, about_calls, about_choices, tiles
from portal.requests.models import ServiceRequest
from tests.builders import a_person, a_request, a_service
from tests.callbacks.calls import a_resolved, a_rule, follow
from tests.choices.offers import REPAIR, SWAP, a_way
from tests.reports.builders import LATER, MARCH, figure, on, report_of

MINUTE = timedelta(minutes=1)
MARCH_10 = datetime(2026, 3, 10, 9, tzinfo=UTC)


def choices_of(**more: object) -> Report:
    return report_of(offers=OfferFacts(**more))  # type: ignore[arg-type]


def test_picked_is_a_share_of_what_is_settled_with_its_interval() -> None:
    report = choices_of(made=12, settled=10, hours=(1.0,) * 9, labels={"Repair": 9})
    picked = figure(report, "offers_picked")
    assert (figure(report, "offers_made").value, picked.numerator, picked.n, picked.value) == (12, 9, 10, 0.9)
    # Wilson for 9 of 10.
    assert (picked.low, picked.high) == (pytest.approx(0.5958, abs=5e-5), pytest.approx(0.9821, abs=5e-5))


def test_the_time_to_pick_has_a_median_from_five_picks_on() -> None:
    five = choices_of(made=5, settled=5, hours=(0.5, 1.0, 2.0, 30.0, 90.0))
    assert figure(five, "offers_picked_hours_median").value == 2.0
    four = choices_of(made=4, settled=4, hours=(0.5, 1.0, 2.0, 30.0))
    assert (figure(four, "offers_picked_hours_median").value, figure(four, "offers_picked_hours_median").n) == (None, 4)


def test_labels_that_few_chose_have_no_name() -> None:
    report = choices_of(
        made=20, settled=20, hours=(1.0,) * 20, labels={"Repair": 11, "Swap": 6, "Loan": 2, "At Bo's": 1}
    )
    # Loan and At Bo's are three together, so that Swap has to hide them: 3 + 6.
    assert report.tables["choices"] == [
        {"label": "Repair", "n": 11, "share": 0.55},
        {"label": None, "n": 9, "share": 0.45},
    ]
    assert "At Bo" not in to_csv(report.to_json())
    few = choices_of(made=4, settled=4, hours=(1.0,) * 4, labels={"Repair": 3, "Swap": 1})
    assert few.tables["choices"] == []
    many = choices_of(made=11, settled=11, hours=(1.0,) * 11, labels={"Swap": 5, "Repair": 6})
    assert [row["label"] for row in many.tables["choices"]] == ["Repair", "Swap"]


def test_a_call_that_passed_its_moment_is_missed_and_one_to_come_is_left_out() -> None:
    facts = CallFacts(kept=18, passed=(on(11), on(12), on(30)))
    kept = figure(report_of(calls=facts, now=on(15)), "callbacks_kept")
    assert (kept.numerator, kept.n, kept.value) == (18, 20, 0.9)
    assert (kept.low, kept.high) == (pytest.approx(0.6990, abs=5e-5), pytest.approx(0.9721, abs=5e-5))
    assert figure(report_of(calls=facts), "callbacks_kept").n == 21
    assert figure(report_of(), "callbacks_kept").value is None


def call_tiles(report: Report) -> list[Tile]:
    return [tile for tile in tiles(report.to_json()) if tile.name == "Calls in time"]


def test_calls_stand_on_the_dashboard_beside_the_other_promises(app: Flask) -> None:
    with app.test_request_context():
        report = report_of(calls=CallFacts(kept=39, passed=(on(11),)))
        names = [tile.name for tile in tiles(report.to_json())]
        assert names[:3] == ["Promises kept", "First answer in time", "Calls in time"]
        [tile] = call_tiles(report)
        assert (tile.figure, tile.target, tile.facts) == ("97.5", "target 95\u00a0%", "n\u00a040")
        assert (tile.verdict, tile.place is not None) == ("Kept", True)


def test_few_calls_are_counted_and_not_judged_and_none_have_no_tile(app: Flask) -> None:
    with app.test_request_context():
        [few] = call_tiles(report_of(calls=CallFacts(kept=6, passed=(on(11),))))
        assert (few.figure, few.facts, few.verdict) == ("6 of 7", "n\u00a07", "Not judged under 30")
        assert not call_tiles(report_of())
        older = report_of().to_json()
        del older["indicators"]["callbacks_kept"]
        assert len(tiles(older)) == 8


def test_what_is_said_of_choices_and_calls(app: Flask) -> None:
    facts = OfferFacts(made=12, settled=10, hours=(1.0,) * 9, labels={"Repair": 9})
    report = report_of(offers=facts, calls=CallFacts(kept=18, passed=(on(11), on(12)))).to_json()
    with app.test_request_context():
        assert about_choices(report) == [
            "A choice was offered 12 times.",
            "Picked: 90.0\u00a0% (9 of 10, 59.6–98.2\u00a0%).",
            "Half of those who picked did so within 1.0\u00a0h.",
        ]
        assert about_calls(report) == ["Calls made in time: 90.0\u00a0% (18 of 20, 69.9–97.2\u00a0%)."]
        nothing = report_of().to_json()
        assert about_choices(nothing) == about_calls(nothing) == []
        before = {**nothing, "indicators": {}}
        assert about_choices(before) == about_calls(before) == []


# --- from the database --------------------------------------------------------------------------------------------


def asked() -> ServiceRequest:
    return a_request(None, a_service(), at=MARCH_10 - timedelta(hours=1))


def offered(*, at: datetime = MARCH_10) -> choices.Offer:
    ways = (REPAIR, SWAP, a_way(label="A loan machine"))
    return choices.offer(asked(), words="", ways=ways, by=a_person(), at=at)


@pytest.mark.both_databases
def test_offers_are_counted_in_the_month_in_which_they_were_made(app: Flask) -> None:
    picks = [(1, 10), (1, 20), (1, 30), (1, 40), (1, 50), (2, 60), (2, 70), (2, 80), (2, 90), (2, 100), (3, 600)]
    for number, minutes in picks:
        made = offered()
        choices.pick(made, number, by=made.request.customer, at=MARCH_10 + minutes * MINUTE)
    declined, taken_back, still_open, before, after = (
        offered(at=MARCH_10 + days * timedelta(days=1)) for days in (0, 0, 0, -20, 30)
    )
    choices.decline(declined, words="No.", by=declined.request.customer, at=MARCH_10 + MINUTE)
    choices.withdraw(taken_back, words="", by=a_person(), at=MARCH_10 + MINUTE)
    for one in (before, after):
        choices.pick(one, 1, by=one.request.customer, at=one.offered_at + MINUTE)
    db.session.commit()
    assert still_open.is_open
    figures = counts.count_period("2026-03", now=LATER, portal_zone="Europe/Berlin").figures
    one = figures["indicators"]
    assert one["offers_made"]["value"] == 14
    assert (one["offers_picked"]["numerator"], one["offers_picked"]["n"]) == (11, 13)
    assert one["offers_picked_hours_median"]["value"] == pytest.approx(1.0)
    # Five, five and one: the one would be known from the total, so the next one goes with it.
    assert figures["tables"]["choices"] == [
        {"label": "Repair it now", "n": 5, "share": pytest.approx(5 / 11)},
        {"label": None, "n": 6, "share": pytest.approx(6 / 11)},
    ] or figures["tables"]["choices"] == [
        {"label": "New laptop today", "n": 5, "share": pytest.approx(5 / 11)},
        {"label": None, "n": 6, "share": pytest.approx(6 / 11)},
    ]


@pytest.mark.both_databases
def test_calls_are_counted_when_they_were_decided(app: Flask) -> None:
    rule = a_rule(ALL, at=MARCH_10 - timedelta(days=1), within_hours=2)
    for _ in range(6):
        a_resolved(at=MARCH_10)
    in_time, third_try, late, never, excused, overdue_excuse = follow(rule, at=MARCH_10 + 5 * MINUTE)
    due = in_time.due_at
    assert due == MARCH_10 + timedelta(hours=2)

    def note(one: Callback, outcome: str, at: datetime) -> None:
        values = {"words": "", "reopen": False, "version": one.version}
        calls.record(one, outcome=outcome, by=a_person(), at=at, **values)
        db.session.flush()

    note(in_time, "reached_happy", due)
    for minutes in (3, 2, 1):
        note(third_try, "not_reached", due - minutes * MINUTE)
    note(late, "reached_happy", due + MINUTE)
    calls.say_no_need(excused, by=excused.person, at=due - MINUTE)
    calls.say_no_need(overdue_excuse, by=overdue_excuse.person, at=due + MINUTE)
    db.session.commit()
    assert never.is_open
    stamp = queries.stamp_of(MARCH)
    one = counts.count_period("2026-03", now=LATER, portal_zone="Europe/Berlin").figures["indicators"]
    # Kept: in time and the third try. Missed: late, never, and the one that was excused too late.
    assert (one["callbacks_kept"]["numerator"], one["callbacks_kept"]["n"]) == (2, 5)
    before_due = counts.count_period("2026-03", now=due - 2 * MINUTE, portal_zone="Europe/Berlin").figures
    assert before_due["indicators"]["callbacks_kept"]["n"] == 2
    note(never, "declined", due + timedelta(days=1))
    db.session.commit()
    assert queries.stamp_of(MARCH) != stamp
