"""Background work: jobs kept in the database, and rounds that a worker walks again and again.

A job is enqueued in the transaction that wants it, so it exists exactly when its reason does. A worker leases it,
runs it and deletes it; one that fails is tried again after growing pauses and at last kept as dead, for people to see.
A job may run twice (a worker can die after the work and before the delete), so each must stand it.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from flask import Flask
from sqlalchemy import Index, delete, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, reading

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
MOST_TRIES = 8

Handler = Callable[[dict[str, Any]], None]
Round = Callable[[], None]

_handlers: dict[str, Handler] = {}
_rounds: list[tuple[float, Round]] = []
_homes: set[str] = set()


class Job(Base):
    """One piece of work that waits, runs or has failed for good."""

    __table_args__ = (Index("ix_job_due", "run_at", postgresql_where=text("dead_at IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(unique=True)
    run_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    dead_at: Mapped[datetime | None]


def keep_in(modules: Iterable[str]) -> None:
    """Say where jobs and rounds are written. Web processes do none of them, so they are brought when work begins."""
    _homes.update(modules)


def _bring() -> None:
    """Let all jobs and rounds register themselves, in the same order each time."""
    for name in sorted(_homes):
        import_module(name)


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does the jobs of this kind; it gets the payload and commits nothing itself."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def every(seconds: float) -> Callable[[Round], Round]:
    """Register a round: a function without arguments that a worker calls again and again; it commits its own work."""

    def register(walk: Round) -> Round:
        _rounds.append((seconds, walk))
        return walk

    return register


def enqueue(kind: str, payload: dict[str, Any], *, at: datetime, key: str | None = None) -> None:
    """Ask for work in this transaction. A `key` that already waits is not asked for twice."""
    if key and db.session.scalar(select(Job.id).where(Job.key == key, Job.dead_at.is_(None))):
        return
    if key:
        db.session.execute(delete(Job).where(Job.key == key))
    db.session.add(Job(kind=kind, payload=payload, key=key, run_at=at))


def run_due(now: datetime | None = None) -> int:
    """Run every job that is due and return how many ran. Needs an application context."""
    _bring()
    ran = 0
    while leased := _lease(now or datetime.now(UTC)):
        _run(*leased)
        ran += 1
    return ran


def _lease(now: datetime) -> tuple[int, str, dict[str, Any]] | None:
    if not _anything_due(now):
        return None
    query = select(Job).where(Job.dead_at.is_(None), Job.run_at <= now).order_by(Job.run_at, Job.id).limit(1)
    found = db.session.scalar(query.with_for_update(skip_locked=True))
    if found is None:
        db.session.rollback()
        return None
    if found.tries >= MOST_TRIES:
        _bury(found, now)
        return _lease(now)
    leased = found.id, found.kind, dict(found.payload)
    found.tries += 1
    found.run_at = now + LEASE * found.tries
    db.session.commit()
    return leased


def _bury(job: Job, now: datetime) -> None:
    """A job that ends its worker at each try, by its memory or its time, must not do so for ever."""
    job.dead_at, job.last_error = now, "the worker ended in the middle of the last try"
    db.session.commit()


def _anything_due(now: datetime) -> bool:
    with reading():
        return db.session.scalar(select(Job.id).where(Job.dead_at.is_(None), Job.run_at <= now).limit(1)) is not None


def _run(number: int, kind: str, payload: dict[str, Any]) -> None:
    try:
        _handlers[kind](payload)
        db.session.execute(delete(Job).where(Job.id == number))
        db.session.commit()
    except Exception as error:
        db.session.rollback()
        log.exception("job %s (%s) failed", number, kind)
        _note_failure(number, f"{type(error).__name__}: {error}"[:500])


def _note_failure(number: int, reason: str) -> None:
    now = datetime.now(UTC)
    failed = db.session.get(Job, number)
    if failed is None:
        return
    values: dict[str, Any] = {"last_error": reason, "run_at": now + timedelta(seconds=5 * 3**failed.tries)}
    if failed.tries >= MOST_TRIES:
        values["dead_at"] = now
    db.session.execute(update(Job).where(Job.id == number).values(values))
    db.session.commit()


def waiting_and_dead() -> tuple[int, int]:
    """How many jobs wait or run, and how many have failed for good."""
    dead = db.session.scalar(select(func.count()).where(Job.dead_at.is_not(None))) or 0
    waiting = db.session.scalar(select(func.count()).where(Job.dead_at.is_(None))) or 0
    return waiting, dead


def walk_rounds() -> None:
    """Walk each round once, for commands and tests."""
    _bring()
    for _seconds, walk in _rounds:
        walk()


def run_worker(app: Flask) -> None:
    """All background work, until SIGTERM or SIGINT; what runs at that moment is finished first."""
    _bring()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    next_time = dict.fromkeys(range(len(_rounds)), 0.0)
    with app.app_context():
        while not stop.is_set():
            _tick(next_time, stop)
            stop.wait(1.0)


def _tick(next_time: dict[int, float], stop: threading.Event) -> None:
    for index, (seconds, walk) in enumerate(_rounds):
        if stop.is_set() or time.monotonic() < next_time[index]:
            continue
        next_time[index] = time.monotonic() + seconds
        _guard(walk)
    if not stop.is_set():
        _guard(run_due)


def _guard(walk: Callable[[], Any]) -> None:
    """A round that fails must not stop the others; it is walked again at its next time."""
    try:
        walk()
    except Exception:
        log.exception("background round %s failed", getattr(walk, "__name__", walk))
    finally:
        db.session.remove()
