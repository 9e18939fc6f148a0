"""Counting from the database: the sums of months agree with single requests, whatever the number of rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from portal.extensions import db
from portal.reports import background, counts, queries
from portal.reports.counts import Count, NoSuchPeriod
from portal.requests import actions as requests
from portal.requests.models import ServiceRequest
from tests.builders import a_person, a_request, a_service, desk_hours, resolve
from tests.reports.conftest import APRIL_20
from tests.visitor import counted_statements

Live = Callable[[int], None]


def march(now: datetime = APRIL_20, zone: str | None = None) -> Count:
    return counts.count_period("2026-03", now=now, portal_zone="Europe/Berlin", zone=zone)


@pytest.mark.both_databases
def test_the_month_in_the_series_is_the_month_of_the_indicators(app: Flask, a_month: Live) -> None:
    a_month(120)
    figures = march().figures
    row, one = figures["tables"]["by_month"][-1], figures["indicators"]
    assert row["label"] == "2026-03"
    assert (row["opened"], row["resolved"], row["closed"]) == tuple(
        one[key]["value"] for key in ("opened", "resolved", "closed")
    )
    assert (row["k"], row["n"]) == (one["targets_met"]["numerator"], one["targets_met"]["n"])
    assert row["backlog_end"] == one["backlog_end"]["value"]
    assert sum(week["n"] for week in figures["tables"]["by_week"]) == one["targets_met_of_opened"]["n"]


def test_what_came_less_what_went_is_what_is_there(app: Flask, a_month: Live) -> None:
    a_month(60)
    rows = march().figures["tables"]["by_month"]
    for before, after in itertools.pairwise(rows):
        assert after["backlog_end"] == before["backlog_end"] + after["opened"] - after["ended"]


@pytest.mark.both_databases
def test_an_open_late_request_counts_as_missed_before_anybody_writes_it_down(app: Flask) -> None:
    service = a_service()
    for _ in range(3):
        a_request(None, service, at=datetime(2026, 3, 10, 9, tzinfo=UTC))
    figures = march().figures
    assert figures["indicators"]["targets_met"]["n"] == 3
    assert figures["indicators"]["targets_met"]["value"] == 0
    assert figures["tables"]["by_month"][-1]["n"] == 3


def test_a_stopped_clock_is_no_missed_promise(app: Flask) -> None:
    at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    one = a_request(at=at)
    requests.ask_customer(one, words="Which room?", by=a_person(), at=at + timedelta(minutes=10))
    figures = march().figures
    assert figures["indicators"]["targets_met"]["n"] == 0
    assert figures["excluded"]["clock_stopped"] == 1
    assert figures["indicators"]["first_answer_targets_met"]["value"] == 1


def test_a_month_of_one_request(app: Flask) -> None:
    at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    resolve(a_request(at=at), at=at + timedelta(minutes=90))
    one = march().figures["indicators"]
    assert one["opened"]["value"] == one["resolved"]["value"] == 1
    assert one["resolution_hours_median"]["value"] == one["resolution_hours_p90"]["value"] == 1.5
    assert one["targets_met"]["verdict"] == "not judged"


def test_the_number_of_statements_does_not_grow_with_the_rows(app: Flask, a_month: Live) -> None:
    march()
    with counted_statements() as few:
        march()
    a_month(90)
    with counted_statements() as many:
        march()
    assert len(few) == len(many) <= 20


def test_the_same_data_give_the_same_figures_whenever_they_are_counted(app: Flask, a_month: Live) -> None:
    a_month(40)
    assert march().digest == march(APRIL_20 + timedelta(days=40)).digest


def test_a_log_that_was_brought_in_is_counted_by_its_own_wall_clock(app: Flask) -> None:
    at = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
    one = a_request(at=at)
    assert march().figures["indicators"]["opened"]["value"] == 0, "in Berlin it is April"
    one.source, one.hours_plan = "log", desk_hours("UTC")
    a_request(at=datetime(2026, 3, 20, 9, tzinfo=UTC)).source = "log"
    db.session.flush()
    assert march(zone="UTC").figures["indicators"]["opened"]["value"] == 2
    assert march(zone="Europe/Berlin").figures["indicators"]["opened"]["value"] == 1


def test_the_zone_is_that_of_most_requests_when_they_were_brought_in(app: Flask) -> None:
    for i in range(3):
        one = a_request(at=datetime(2026, 3, 20, 9 + i, tzinfo=UTC))
        one.source, one.hours_plan = "log", desk_hours("Asia/Tokyo")
    a_request(at=datetime(2026, 3, 20, 9, tzinfo=UTC))
    db.session.flush()
    assert march().figures["time_zone"] == "Asia/Tokyo"
    assert (
        counts.count_period("2026-04", now=APRIL_20, portal_zone="Europe/Berlin").figures["time_zone"]
        == "Europe/Berlin"
    )


@pytest.mark.parametrize(
    "code", ["2026-13", "2026-3", "x", "2026-Q5", "2026-05", "2027", "2026-03-01", "٢٠٢٦-٠٣", "9999"]
)
def test_a_period_that_does_not_exist_or_lies_ahead_is_not_found(app: Flask, code: str) -> None:
    with pytest.raises(NoSuchPeriod):
        counts.count_to_show(code, now=APRIL_20, portal_zone="Europe/Berlin")


def test_quarters_and_years_are_counted_too(app: Flask, a_month: Live) -> None:
    a_month(30)
    for code in ("2026-Q1", "2026"):
        count = counts.count_period(code, now=APRIL_20, portal_zone="Europe/Berlin")
        assert count.figures["indicators"]["opened"]["value"] == 30


def test_the_round_keeps_counts_and_pages_read_them(app: Flask, a_month: Live, in_april: object) -> None:
    a_month(20)
    background.count_months()
    assert queries.find_report("2026-04").status == "draft"
    assert queries.find_report("2026-03").status == "final"
    with counted_statements() as sent:
        counts.count_to_show("2026-03", now=APRIL_20, portal_zone="Europe/Berlin")
    assert len(sent) <= 2


def test_a_kept_count_of_a_month_that_has_changed_since_is_not_shown(
    app: Flask, a_month: Live, in_april: object
) -> None:
    a_month(20)
    background.count_months()
    a_request(at=datetime(2026, 3, 25, 9, tzinfo=UTC))
    shown = counts.count_to_show("2026-03", now=APRIL_20, portal_zone="Europe/Berlin")
    assert shown.figures["indicators"]["opened"]["value"] == 21


def test_an_old_month_is_counted_by_the_round_once_it_has_requests(app: Flask, in_april: object) -> None:
    at = datetime(2025, 6, 10, 9, tzinfo=UTC)
    resolve(a_request(at=at), at=at + timedelta(hours=1))
    db.session.commit()
    background.count_months()
    assert queries.find_report("2025-06").headline["opened"]["value"] == 1
    assert queries.find_report("2025-07") is None, "nothing happened then"


def test_a_count_of_no_requests_at_all_is_possible(app: Flask) -> None:
    db.session.execute(delete(ServiceRequest))
    assert march().figures["indicators"]["opened"]["value"] == 0
