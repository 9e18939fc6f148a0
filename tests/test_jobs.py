"""Background jobs: none is lost, none runs twice at once, and what fails for good is seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import jobs
from portal.extensions import db
from portal.jobs import LEASE, MOST_TRIES, Job, enqueue, run_due, waiting_and_dead
from tests.conftest import ROOT

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def done() -> Iterator[list[dict[str, Any]]]:
    """What the jobs of the kinds “note”, “fail” and “raise after work” did, in order."""
    seen: list[dict[str, Any]] = []

    def note(payload: dict[str, Any]) -> None:
        seen.append(payload)

    def fail(payload: dict[str, Any]) -> None:
        seen.append(payload)
        raise ValueError("the printer is on fire")

    def work_then_fail(_payload: dict[str, Any]) -> None:
        enqueue("note", {"n": "half"}, at=NOON)
        raise ValueError("halfway")

    kinds = {"note": note, "fail": fail, "work then fail": work_then_fail}
    jobs._handlers.update(kinds)
    yield seen
    for kind in kinds:
        del jobs._handlers[kind]


def ask(kind: str = "note", *, at: datetime = NOON, key: str | None = None, **payload: Any) -> None:
    enqueue(kind, payload, at=at, key=key)
    db.session.commit()


def all_jobs() -> list[Job]:
    db.session.rollback()
    return list(db.session.scalars(select(Job).order_by(Job.id)))


@pytest.mark.both_databases
def test_what_is_due_runs_in_order_and_is_gone(app: Flask, done: list[dict[str, Any]]) -> None:
    ask(at=NOON, n=2)
    ask(at=NOON - timedelta(hours=1), n=1)
    ask(at=NOON + timedelta(hours=1), n=3)
    assert run_due(NOON) == 2
    assert [one["n"] for one in done] == [1, 2]
    assert [job.payload["n"] for job in all_jobs()] == [3]


def test_a_job_exists_exactly_when_its_reason_does(app: Flask, done: list[dict[str, Any]]) -> None:
    enqueue("note", {"n": 1}, at=NOON)
    db.session.rollback()
    assert run_due(NOON) == 0


@pytest.mark.both_databases
def test_a_key_that_already_waits_is_not_asked_for_twice(app: Flask, done: list[dict[str, Any]]) -> None:
    ask(key="tally", n=1)
    ask(key="tally", n=2)
    assert run_due(NOON) == 1
    ask(key="tally", n=3)
    assert run_due(NOON) == 1
    assert [one["n"] for one in done] == [1, 3]


def test_a_key_whose_job_is_dead_can_be_asked_for_again(app: Flask, done: list[dict[str, Any]]) -> None:
    ask("fail", key="tally")
    run_until_dead()
    ask("note", key="tally", n=2)
    assert waiting_and_dead() == (1, 0)
    assert run_due(datetime.now(UTC)) == 1


def run_until_dead() -> list[timedelta]:
    """Run the one job at each of its moments; the pauses it was given."""
    pauses = []
    while True:
        before = datetime.now(UTC)
        run_due(max(job.run_at for job in all_jobs()))
        [job] = all_jobs()
        if job.dead_at:
            return pauses
        pauses.append(job.run_at - before)


@pytest.mark.both_databases
def test_a_job_that_fails_is_tried_again_after_growing_pauses(app: Flask, done: list[dict[str, Any]]) -> None:
    ask("fail")
    pauses = run_until_dead()
    assert len(done) == MOST_TRIES == 8
    assert pauses == sorted(pauses)
    assert pauses[0] < timedelta(minutes=1) < timedelta(hours=1) < pauses[-1]


@pytest.mark.both_databases
def test_a_job_that_failed_for_good_is_kept_with_its_reason(app: Flask, done: list[dict[str, Any]]) -> None:
    ask("fail")
    run_until_dead()
    [job] = all_jobs()
    assert job.last_error == "ValueError: the printer is on fire"
    assert waiting_and_dead() == (0, 1)
    assert run_due(datetime.now(UTC) + timedelta(days=900)) == 0


@pytest.mark.both_databases
def test_what_a_failing_job_did_is_undone(app: Flask, done: list[dict[str, Any]]) -> None:
    ask("work then fail")
    run_due(NOON)
    assert [job.kind for job in all_jobs()] == ["work then fail"]


def test_one_that_fails_does_not_hold_up_the_next(app: Flask, done: list[dict[str, Any]]) -> None:
    ask("fail", at=NOON - timedelta(hours=1))
    ask("note", n=2)
    assert run_due(NOON) == 2
    assert done[-1] == {"n": 2}


def test_a_kind_that_nobody_knows_fails_like_any_other(app: Flask) -> None:
    ask("unheard of")
    run_due(NOON)
    [job] = all_jobs()
    assert job.last_error == "KeyError: 'unheard of'"


@pytest.mark.both_databases
def test_a_job_whose_worker_vanished_comes_back_when_its_lease_ends(app: Flask, done: list[dict[str, Any]]) -> None:
    ask(n=1)
    assert jobs._lease(NOON) is not None
    assert run_due(NOON) == 0
    assert run_due(NOON + LEASE - timedelta(seconds=1)) == 0
    assert run_due(NOON + LEASE) == 1
    assert done == [{"n": 1}]


def test_a_job_that_takes_its_worker_down_each_time_ends_as_dead(app: Flask) -> None:
    ask(n=1)
    at = NOON
    for _ in range(MOST_TRIES):
        assert jobs._lease(at) is not None
        at += LEASE * (MOST_TRIES + 1)
    assert run_due(at) == 0
    assert waiting_and_dead() == (0, 1)


@pytest.mark.both_databases
def test_an_idle_look_takes_no_lock(app: Flask) -> None:
    with db.engine.begin() as other:
        other.exec_driver_sql("SELECT 1")
        assert run_due(NOON) == 0


# --- several workers ---------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_two_workers_never_run_one_job_at_once(app: Flask) -> None:
    running: set[int] = set()
    ran: list[int] = []
    twice: list[int] = []
    lock = threading.Lock()

    def work(payload: dict[str, Any]) -> None:
        number = payload["n"]
        with lock:
            if number in running:
                twice.append(number)
            running.add(number)
            ran.append(number)
        db.session.execute(select(Job.id)).all()
        with lock:
            running.discard(number)

    jobs._handlers["count"] = work
    for number in range(30):
        enqueue("count", {"n": number}, at=NOON)
    db.session.commit()

    def worker() -> None:
        with app.app_context():
            run_due(NOON)
            db.session.remove()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    del jobs._handlers["count"]
    assert sorted(ran) == list(range(30))
    assert not twice
    assert all_jobs() == []


WORKER = """
import os, pathlib, sys
from datetime import datetime, UTC
from portal import create_app, jobs
from portal.extensions import db
folder = pathlib.Path(sys.argv[1])
app = create_app({"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": sys.argv[2]}, {})

@jobs.job("write")
def write(payload):
    jobs.enqueue("written", payload, at=datetime(2999, 1, 1, tzinfo=UTC), key=f"written {payload['n']}")
    db.session.flush()
    if payload["n"] == 5 and sys.argv[3] == "stop":
        print("in the middle", flush=True)
        sys.stdin.readline()

with app.app_context():
    jobs.run_due(datetime.fromisoformat(sys.argv[4]))
"""


@pytest.mark.both_databases
def test_a_worker_killed_in_the_middle_loses_nothing(app: Flask, tmp_path: Path) -> None:
    for number in range(10):
        enqueue("write", {"n": number}, at=NOON)
    db.session.commit()
    first = start_worker(tmp_path, "stop", NOON)
    assert first.stdout is not None
    assert first.stdout.readline() == b"in the middle\n"
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=30)
    assert sorted(job.payload["n"] for job in all_jobs() if job.kind == "written") == [0, 1, 2, 3, 4]
    second = start_worker(tmp_path, "go on", NOON + LEASE)
    assert second.communicate(timeout=60)[1] == b""
    assert sorted((job.kind, job.payload["n"]) for job in all_jobs()) == [("written", n) for n in range(10)]


def start_worker(folder: Path, how: str, at: datetime) -> subprocess.Popen[bytes]:
    db.session.remove()
    url = db.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WORKER, str(folder), url, how, at.isoformat()]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)


# --- rounds ------------------------------------------------------------------------------------------------------


def test_a_round_that_fails_does_not_stop_the_others(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[str] = []

    def broken() -> None:
        walked.append("broken")
        raise ValueError("no")

    def whole() -> None:
        walked.append("whole")

    monkeypatch.setattr(jobs, "_rounds", [(60.0, broken), (60.0, whole)])
    next_time = {0: 0.0, 1: 0.0}
    jobs._tick(next_time, threading.Event())
    jobs._tick(next_time, threading.Event())
    assert walked == ["broken", "whole"], "each once, and again only after its minute"
