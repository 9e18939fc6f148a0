"""The figures, by worked examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.clock import Pause
from portal.measures.satisfaction import Satisfaction
from portal.measures.service_hours import ServiceHours
from portal.reports.definitions import DEFINITIONS
from portal.reports.facts import MonthCount, SurveyFacts, WeekCount
from portal.reports.indicators import verdict
from portal.reports.tables import age_label, charted, two_shares_z
from tests.reports.builders import LATER, MARCH, a_fact, figure, kept, late, on, report_of, waits


def test_a_late_request_counts_in_the_month_its_promise_passed_even_while_it_is_open() -> None:
    in_time = [kept(on(10)) for _ in range(100)]
    late_now = [late(on(12), on(20)) for _ in range(4)]
    late_before = [late(on(20, month=2), on(5)) for _ in range(2)]
    still_open = [waits(on(15)) for _ in range(5)]
    counted = figure(report_of(*in_time, *late_now, *late_before, *still_open), "targets_met")
    assert (counted.numerator, counted.denominator) == (100, 109)
    assert counted.value == pytest.approx(0.917, abs=5e-4)
    assert counted.low == pytest.approx(0.850, abs=5e-4)
    assert counted.high == pytest.approx(0.956, abs=5e-4)
    assert counted.verdict == "missed"


def test_first_answers_that_never_came_count_as_missed() -> None:
    due = on(10, 4)
    answered = [a_fact(on(10), first_answer_due_at=due, first_answered_at=on(10, 1)) for _ in range(97)]
    too_late = [a_fact(on(10), first_answer_due_at=due, first_answered_at=on(10, 9)) for _ in range(3)]
    never = [a_fact(on(10), first_answer_due_at=due) for _ in range(2)]
    counted = figure(report_of(*answered, *too_late, *never), "first_answer_targets_met")
    assert (counted.numerator, counted.n) == (97, 102)
    assert counted.value == pytest.approx(0.951, abs=5e-4)


def test_the_first_answer_has_a_median_that_one_slow_one_does_not_move() -> None:
    requests = [a_fact(on(10), first_answered_at=on(10) + timedelta(minutes=m)) for m in (5, 9, 12, 30, 240)]
    assert figure(report_of(*requests), "first_answer_hours_median").value == pytest.approx(12 / 60)


def test_times_to_resolve_by_both_rules_of_quantiles() -> None:
    hours = (0.3, 0.5, 0.8, 1, 1.2, 1.5, 2, 2.5, 3, 60)
    report = report_of(*(kept(on(5) + timedelta(hours=h), opened_at=on(5)) for h in hours))
    assert figure(report, "resolution_hours_median").value == pytest.approx(1.35)
    assert figure(report, "resolution_hours_p90_nearest").value == pytest.approx(3)
    assert figure(report, "resolution_hours_p90").value == pytest.approx(8.7)
    assert figure(report, "resolution_hours_median").n == 10


def test_own_requests_are_timed_in_service_hours_without_their_pauses() -> None:
    hours = ServiceHours("Europe/Berlin", (*tuple((day, 480, 1020) for day in range(4)), (4, 480, 900)))
    opened, done = datetime(2026, 3, 6, 13, 30, tzinfo=UTC), datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
    pause = Pause(datetime(2026, 3, 9, 9, 0, tzinfo=UTC), datetime(2026, 3, 9, 11, 0, tzinfo=UTC))
    one = kept(done, opened_at=opened, hours=hours, pauses=(pause,))
    # Friday 14:30 to 15:00, and Monday 8:00 to 14:00 without two hours.
    assert figure(report_of(one), "resolution_hours_median").value == pytest.approx(0.5 + 6 - 2)


def test_imported_requests_are_timed_by_the_wall_clock_and_the_report_says_so() -> None:
    night = ServiceHours("UTC", ((0, 0, 60),))
    report = report_of(kept(on(20), opened_at=on(10), hours=night, source="log"))
    assert figure(report, "resolution_hours_median").value == 240
    assert report.scope == {"opened_by_source": {"log": 1}, "hours": "elapsed"}


def test_imported_requests_keep_the_verdict_of_their_source() -> None:
    met = kept(on(5), source="log", due_at=None)
    missed = replace(met, target_met=False)
    open_and_met = a_fact(on(6), source="log", target_met=True)
    report = report_of(met, missed, open_and_met)
    assert figure(report, "targets_met").n == 2
    assert (figure(report, "targets_met_of_opened").numerator, figure(report, "targets_met_of_opened").n) == (2, 3)


def test_a_withdrawn_request_is_counted_apart() -> None:
    gone = replace(waits(on(3)), withdrawn=True, ended_at=on(20), closed_at=on(20))
    report = report_of(gone, kept(on(4)))
    assert figure(report, "targets_met").n == 1
    assert report.excluded == {"withdrawn": 1, "without_target": 0, "clock_stopped": 0, "not_yet_due": 0}
    assert figure(report, "closing_hours_median").value is None


def test_what_is_undecided_is_left_out_and_said() -> None:
    report = report_of(waits(on(20)), waits(None), waits(None, waiting=True), now=on(15))
    assert figure(report, "targets_met_of_opened").n == 0
    assert figure(report, "targets_met_of_opened").value is None
    assert report.excluded == {"withdrawn": 0, "without_target": 1, "clock_stopped": 1, "not_yet_due": 1}
    assert report.partial


def test_reopened_and_reassigned_are_shares_of_the_resolved() -> None:
    requests = [kept(on(9), reopen_count=int(i < 29), reassignment_count=int(i < 110)) for i in range(700)]
    report = report_of(*requests)
    counted = figure(report, "reopened_share")
    assert counted.value == pytest.approx(29 / 700)
    assert counted.low == pytest.approx(0.029, abs=5e-4) and counted.high == pytest.approx(0.059, abs=5e-4)
    assert counted.verdict == "kept"
    assert figure(report, "reassigned_share").numerator == 110


def test_the_backlog_balances_from_month_to_month() -> None:
    months = (
        MonthCount("2026-02", opened=100, resolved=80, closed=60, ended=90, n=0, kept=0),
        MonthCount("2026-03", opened=1466, resolved=1405, closed=1300, ended=1405, n=0, kept=0),
    )
    report = report_of(months=months, open_before=470, unclosed_before=500)
    assert [row["backlog_end"] for row in report.tables["by_month"]] == [480, 541]
    assert figure(report, "backlog_end_by_closing").value == 500 + 40 + 166


def test_what_is_open_at_the_end_is_aged_in_days() -> None:
    ages = (0, 2, 3, 7, 8, 30, 31, 90)
    requests = [a_fact(MARCH.end_at - timedelta(days=age, hours=1), priority=1 + age % 2) for age in ages]
    rows = report_of(*requests).tables["ageing"]
    assert [(row["days"], row["n"]) for row in rows] == [("0 to 2", 2), ("3 to 7", 2), ("8 to 30", 2), ("over 30", 2)]
    assert figure(report_of(*requests), "backlog_end").value == 8


@given(st.integers(min_value=0, max_value=4000))
def test_every_age_has_its_row(days: int) -> None:
    assert age_label(days) in {"0 to 2", "3 to 7", "8 to 30", "over 30"}


def test_satisfaction_has_its_interval_and_the_response_rate_its_own() -> None:
    survey = SurveyFacts(Satisfaction((20, 23, 30, 239, 300)), delivered=1420, completed=612)
    report = report_of(survey=survey)
    csat, rate = figure(report, "csat"), figure(report, "survey_response_rate")
    assert csat.value == pytest.approx(539 / 612)
    assert csat.low == pytest.approx(0.853, abs=5e-4) and csat.high == pytest.approx(0.904, abs=5e-4)
    assert rate.value == pytest.approx(0.431, abs=5e-4)


def test_fewer_than_five_answers_are_not_shown() -> None:
    report = report_of(survey=SurveyFacts(Satisfaction((0, 0, 0, 1, 3)), delivered=9, completed=4))
    assert figure(report, "csat").value is None
    assert figure(report, "csat").numerator is None
    assert figure(report, "csat").n == 4


def test_nothing_is_judged_under_thirty() -> None:
    assert verdict(0.875, 8, 0.85) == "not judged"
    assert verdict(0.86, 30, 0.85) == "kept"
    assert verdict(0.84, 30, 0.85) == "missed"
    assert verdict(0.04, 30, 0.05, at_most=True) == "kept"
    assert verdict(None, 0, 0.85) is None


def test_control_limits_are_wider_where_n_is_small_and_missing_under_thirty() -> None:
    rows = charted([("a", 952, 1000), ("b", 1333, 1400), ("c", 57, 60), ("d", 1, 20)])
    assert rows[1]["lcl"] == pytest.approx(0.935, abs=1e-3)
    assert rows[2]["lcl"] == pytest.approx(0.869, abs=2e-3)
    assert rows[2]["ucl"] == 1.0
    assert rows[3]["lcl"] is None and rows[3]["signal"] is None
    assert rows[0]["centre"] == pytest.approx(2342 / 2460)


def test_the_week_chart_begins_where_something_was_decided_and_ends_with_the_period() -> None:
    weeks = (
        WeekCount("2026-W08", 0, 0),
        WeekCount("2026-W09", 100, 95),
        WeekCount("2026-W10", 100, 20),
        WeekCount("2026-W14", 100, 96, charted=False),
    )
    rows = report_of(weeks=weeks).tables["by_week"]
    assert [row["label"] for row in rows] == ["2026-W09", "2026-W10"]
    assert rows[0]["centre"] == pytest.approx(211 / 300)
    assert rows[1]["signal"] == "below"


def test_growth_of_a_service_is_tested() -> None:
    assert two_shares_z(240, 1466, 180, 1400) == pytest.approx(2.66, abs=0.005)
    assert two_shares_z(1, 10, 0, 0) is None


def test_recurring_counts_who_came_back_within_thirty_days() -> None:
    again = [a_fact(on(3), customer=7), a_fact(on(30), customer=7), a_fact(on(5), customer=8)]
    row = report_of(*again, services_before={"Printing": 1, "Mail": 3}).tables["recurring"][0]
    assert (row["n"], row["customers"], row["customers_again"]) == (3, 2, 1)
    assert row["share_before"] == 0.25


def test_services_are_listed_with_those_asked_for_most_first() -> None:
    requests = [kept(on(4), service="Mail")] * 2 + [kept(on(4), service="Access")]
    rows = report_of(*requests).tables["by_service"]
    assert [(row["service"], row["opened"], row["n"]) for row in rows] == [("Mail", 2, 2), ("Access", 1, 1)]


def test_the_cut_off_of_a_month_that_is_over_is_the_newest_thing_it_rests_on() -> None:
    one = kept(on(31, 20), closed_at=on(7, month=4))
    assert report_of(one, now=LATER).as_of == on(7, month=4)
    assert report_of(one, now=LATER + timedelta(days=400)).as_of == on(7, month=4)
    assert report_of(now=LATER).as_of == MARCH.end_at
    assert report_of(one, now=on(20)).as_of == on(20)


def test_an_empty_month_has_no_shares_and_no_times() -> None:
    report = report_of()
    assert figure(report, "opened").value == 0
    undefined = {key for key, one in report.indicators.items() if one.value is None}
    assert undefined == {key for key, one in report.indicators.items() if one.unit not in ("requests", "offers")}
    assert report.tables["by_service"] == [] and report.tables["recurring"] == []


def test_every_indicator_is_defined_in_words() -> None:
    assert set(report_of().indicators) == set(DEFINITIONS)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 2000), st.booleans()), max_size=40))
def test_shares_stay_within_their_intervals_and_counts_add_up(drawn: list[tuple[int, int, bool]]) -> None:
    requests = [
        (kept if good else late)(*([on(1) + timedelta(hours=h)] if good else [on(1), on(1) + timedelta(hours=h)]))
        for h, _, good in drawn
    ]
    report = report_of(*requests)
    counted = figure(report, "targets_met")
    if counted.value is not None and counted.low is not None and counted.high is not None:
        assert counted.low <= counted.value <= counted.high
    assert sum(row["opened"] for row in report.tables["by_priority"]) == figure(report, "opened").value
    assert sum(row["n"] for row in report.tables["ageing"]) == figure(report, "backlog_end").value
