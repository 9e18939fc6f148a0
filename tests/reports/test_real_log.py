"""A real log of a helpdesk against reference figures that others have computed from it."""

from __future__ import annotations

import csv
import json
import lzma
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from portal.catalogue.models import HoursPlan
from portal.extensions import db
from portal.reports import counts
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest
from tests.builders import a_person, a_service

pytestmark = pytest.mark.real_data

NOW = datetime(2017, 6, 1, tzinfo=UTC)


def _moment(text: str) -> datetime | None:
    return None if text == "?" else datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def _last_states(path: Path) -> list[dict[str, str]]:
    """The row of each incident with the highest change number; of equal ones the later."""
    last: dict[str, tuple[Any, dict[str, str]]] = {}
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file)):
            rank = (int(row["sys_mod_count"]), _moment(row["sys_updated_at"]), place)
            if row["number"] not in last or last[row["number"]][0] < rank:
                last[row["number"]] = rank, row
    return [row for _, row in last.values()]


def _fill(rows: list[dict[str, str]]) -> None:
    plan = HoursPlan(name="Log", zone="UTC", windows=[[0, 0, 1440]], closed_on=[], in_words="as in the log")
    services = {name: a_service(name, hours_plan=plan).id for name in sorted({row["category"] for row in rows})}
    customer = a_person().id
    db.session.execute(insert(ServiceRequest), [_request(row, services, plan.id, customer) for row in rows])


def _request(row: dict[str, str], services: dict[str, int], plan: int, customer: int) -> dict[str, Any]:
    resolved_at, closed_at = _moment(row["resolved_at"]), _moment(row["closed_at"])
    moments = {"opened_at": _moment(row["opened_at"]), "resolved_at": resolved_at, "closed_at": closed_at}
    ended = {"ended_at": resolved_at or closed_at, "decided_at": resolved_at or closed_at}
    plain = {"summary": "x", "details": "", "answers": {}, "pauses": [], "next_due_at": CLOCK_STOPPED_AT, "version": 1}
    return {
        **moments,
        **ended,
        **plain,
        "service_id": services[row["category"]],
        "customer_id": customer,
        "hours_plan_id": plan,
        "priority": int(row["priority"][0]),
        "state": "closed",
        "is_open": False,
        "target_met": row["made_sla"] == "true",
        "reopen_count": int(row["reopen_count"]),
        "reassignment_count": int(row["reassignment_count"]),
        "channel": "log",
        "source": "log",
        "source_reference": row["number"],
    }


@pytest.fixture
def facts(app: Flask, real_data: Path) -> dict[str, Any]:
    _fill(_last_states(real_data / "uci_dev_until_2016-04.csv.xz"))
    db.session.commit()
    loaded: dict[str, Any] = json.loads((real_data / "uci_dev.facts.json").read_text())
    return loaded


def test_every_month_of_the_log_equals_its_reference_figures(facts: dict[str, Any]) -> None:
    for month in facts["monthly"]:
        figures = counts.count_period(month["month"], now=NOW, portal_zone="Europe/Berlin").figures
        one = {key: indicator["value"] for key, indicator in figures["indicators"].items()}
        assert figures["time_zone"] == "UTC"
        assert (one["opened"], one["resolved"], one["closed"]) == tuple(
            month[k] for k in ("opened", "resolved", "closed")
        )
        assert one["backlog_end"] == month["backlog_end_resolved"]
        assert one["backlog_end_by_closing"] == month["backlog_end_closed"]
        for key, wanted in (("opened", month["made_sla_of_opened"]), ("closed", month["made_sla_of_closed"])):
            _same_share(figures["indicators"][f"targets_met_of_{key}"], wanted)
        median = month["median_hours_resolved_of_opened"]
        assert one["resolution_hours_median_of_opened"] == (
            median if median is None else pytest.approx(median, abs=5e-5)
        )


def _same_share(counted: dict[str, Any], wanted: dict[str, Any] | None) -> None:
    if wanted is None:
        assert counted["value"] is None
        return
    assert (counted["numerator"], counted["n"]) == (wanted["k"], wanted["n"])
    assert counted["value"] == pytest.approx(wanted["share"], abs=5e-7)
    assert [counted["low"], counted["high"]] == pytest.approx(wanted["wilson95"], abs=5e-7)


def test_the_weeks_of_the_log_stand_on_the_chart_as_in_the_reference(facts: dict[str, Any]) -> None:
    chart = facts["pchart_made_sla_by_iso_week_opened_n_ge_30"]
    figures = counts.count_period("2016-04", now=NOW, portal_zone="Europe/Berlin").figures
    rows = figures["tables"]["by_week"]
    assert rows[0]["centre"] == pytest.approx(chart["pbar"], abs=5e-7)
    for row, point in zip(rows, chart["points"], strict=True):
        assert (row["label"], row["k"], row["n"]) == (point["label"], point["k"], point["n"])
        assert [row["lcl"], row["ucl"]] == pytest.approx([point["lcl"], point["ucl"]], abs=5e-7)
        assert (row["signal"] or "") == point["signal"]


def test_a_report_of_nine_thousand_requests_is_counted_within_two_seconds(facts: dict[str, Any]) -> None:
    began = time.process_time()
    figures = counts.count_period("2016-03", now=NOW, portal_zone="Europe/Berlin").figures
    assert time.process_time() - began < 2
    week = next(row for row in figures["tables"]["by_week"] if row["label"] == "2016-W10")
    assert week["signal"] == "below"
