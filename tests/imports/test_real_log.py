"""The whole real log, where it is present: its figures are those that two independent scripts found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogue.models import Service
from portal.extensions import db
from portal.imports.mapping import read_mapping
from portal.measures.quantiles import linear
from portal.people.models import Person, Team
from portal.requests.models import RequestEvent, ServiceRequest
from tests.imports.conftest import MAPPINGS, UCI, reduced

ROOT = UCI.parents[2]
HOUR = 3600


def month(at: datetime) -> str:
    return at.strftime("%Y-%m")


def hours(requests: Iterable[ServiceRequest], end: str) -> list[float]:
    spans = [getattr(one, end) - one.opened_at for one in requests if getattr(one, end)]
    return sorted(span.total_seconds() / HOUR for span in spans)


ALONE = """
import re, sys
from pathlib import Path
from portal import create_app
result = create_app().test_cli_runner().invoke(args=["import", "requests", sys.argv[1], "--map", sys.argv[2]])
print(result.output)
# Not what getrusage says: that remembers the size of whoever started this process.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print("Peak of memory in KiB:", peak[1])
"""


def import_alone(log: Path, folder: Path, database: str) -> tuple[str, float, int]:
    """Import in a process of its own, so that its memory can be told: what it said, seconds, KiB."""
    environment = {**os.environ, "PORTAL_DATA_DIR": str(folder), "PORTAL_DATABASE_URL": database}
    command = [sys.executable, "-c", ALONE, str(log), str(UCI)]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    output, _, memory = done.stdout.rpartition("Peak of memory in KiB:")
    return output, time.monotonic() - started, int(memory)


@pytest.mark.slow
@pytest.mark.real_data
def test_the_real_log_comes_in_with_the_figures_that_others_found(app: Flask, tmp_path: Path, real_data: Path) -> None:
    facts = json.loads((real_data / "uci_dev.facts.json").read_text("utf-8"))
    database = app.config["SQLALCHEMY_DATABASE_URI"]
    output, seconds, memory = import_alone(real_data / "uci_dev_until_2016-04.csv.xz", tmp_path, database)
    assert f"Rows read: {facts['events']['rows']:,}\n" in output
    assert "Rows refused: 0\n" in output
    assert seconds < 90
    assert memory < 500 * 1024
    requests = db.session.scalars(select(ServiceRequest)).all()
    compare_incidents(requests, facts["incidents"])
    for expected in facts["monthly"]:
        compare_month(requests, expected)


@pytest.mark.real_data
def test_the_first_answer_of_a_person_is_found_among_sentences(real_data: Path) -> None:
    facts = json.loads((real_data / "mendeley_utterances_dev.facts.json").read_text("utf-8"))
    mapping = read_mapping(MAPPINGS / "mendeley.toml", portal_zone="Europe/Berlin")
    result = reduced(real_data / "mendeley_utterances_dev.csv.xz", mapping)
    assert (result.rows_read, len(result.requests), result.refused) == (facts["utterances"], facts["issues"], [])
    expected = facts["first_response_excluding_bots_4ggo_z2w_x"]
    waits = [one.first_answered_at - one.opened_at for one in result.requests if one.first_answered_at]
    spans = sorted(wait.total_seconds() / HOUR for wait in waits)
    assert len(spans) == expected["n"]
    for share, value in expected["linear_type7"].items():
        assert linear(spans, float(share)) == pytest.approx(value, abs=5.1e-5)


def compare_incidents(requests: Iterable[ServiceRequest], facts: dict[str, Any]) -> None:
    requests = list(requests)
    assert len(requests) == facts["count"]
    met = Counter(one.priority for one in requests if one.target_met)
    for words, share in facts["made_sla_by_priority"].items():
        assert met[int(words[0])] == share["k"]
        assert sum(one.priority == int(words[0]) for one in requests) == share["n"]
    assert sum(one.reopen_count > 0 for one in requests) == facts["reopened"]["k"]
    assert sum(one.reopen_count for one in requests) == facts["reopen_count_total"]
    assert sum(one.reassignment_count > 0 for one in requests) == facts["reassigned_at_least_once"]["k"]
    assert max(one.reassignment_count for one in requests) == facts["reassignment_max"]
    compare_names(facts)
    for end, name in (("resolved_at", "hours_opened_to_resolved"), ("closed_at", "hours_opened_to_closed")):
        spans = hours(requests, end)
        assert len(spans) == facts[name]["n"]
        assert linear(spans, 0.5) == pytest.approx(facts[name]["linear_type7"]["0.5"], abs=5e-5)
        assert linear(spans, 0.9) == pytest.approx(facts[name]["linear_type7"]["0.9"], abs=5e-5)


def compare_names(facts: dict[str, Any]) -> None:
    by_service = dict(
        db.session.execute(
            select(Service.source_reference, func.count()).join(ServiceRequest).group_by(Service.id)
        ).all()
    )
    assert len(by_service) == facts["categories"] + 1
    assert by_service["No category"] == facts["category_missing"]
    assert all(by_service[name] == number for name, number in facts["top10_category"])
    by_team = dict(
        db.session.execute(
            select(Team.name, func.count()).join(ServiceRequest, ServiceRequest.team_id == Team.id).group_by(Team.id)
        ).all()
    )
    assert all(by_team[name] == number for name, number in facts["top10_assignment_group"])
    callers = select(func.count(func.distinct(ServiceRequest.customer_id))).join(Person, ServiceRequest.customer)
    named = db.session.scalar(callers.where(Person.name != "Unknown customer"))
    assert named == facts["callers"]
    asked = db.session.scalar(select(func.count()).select_from(RequestEvent).where(RequestEvent.kind == "asked"))
    assert asked == facts["count"]


def compare_month(requests: Iterable[ServiceRequest], expected: dict[str, Any]) -> None:
    name = expected["month"]
    opened = [one for one in requests if month(one.opened_at) == name]
    closed = [one for one in requests if one.closed_at and month(one.closed_at) == name]
    assert len(opened) == expected["opened"]
    assert len(closed) == expected["closed"]
    assert (
        sum(one.resolved_at is not None and month(one.resolved_at) == name for one in requests) == expected["resolved"]
    )
    for group, key in ((opened, "made_sla_of_opened"), (closed, "made_sla_of_closed")):
        if expected[key]:
            assert sum(bool(one.target_met) for one in group) == expected[key]["k"]
    if opened:
        median = expected["median_hours_resolved_of_opened"]
        assert linear(hours(opened, "resolved_at"), 0.5) == pytest.approx(median, abs=5e-5)
