"""What a service promises somebody who asks now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.catalogue.models import Service
from portal.measures.clock import due_moment
from portal.measures.promise_line import PromiseLine, PromiseTimes, promise_line
from portal.measures.service_hours import ServiceHours, average_day


@dataclass(frozen=True)
class Promise:
    """The moments promised for a request made at `asked_at`; None where nothing is promised."""

    asked_at: datetime
    first_answer_at: datetime | None
    done_at: datetime | None
    minutes_a_day: int
    line: PromiseLine | None


def promise_now(service: Service | Offered, at: datetime, *, with_line: bool = False) -> Promise:
    """The promise of the service for a request made at this moment."""
    hours = service.hours if isinstance(service, Offered) else service.hours_plan.hours
    first = due_moment(hours, at, service.first_answer_target) if service.first_answer_target else None
    done = due_moment(hours, at, service.resolution_target) if service.resolution_target else None
    line = _line(hours, at, first, done) if with_line and done else None
    return Promise(at, first, done, minutes_a_day(hours), line)


def minutes_a_day(hours: ServiceHours) -> int:
    """How many minutes of service make one working day."""
    return max(1, round(average_day(hours).total_seconds() / 60))


def _line(hours: ServiceHours, at: datetime, first: datetime | None, done: datetime) -> PromiseLine:
    times = PromiseTimes(
        hours=hours, asked_at=at, first_answer_due_at=first, due_at=done, original_due_at=done, now_at=at
    )
    return promise_line(times)


@dataclass(frozen=True)
class Offered:
    """What a list says of a service; a plain value that may be kept longer than a database session."""

    slug: str
    name: str
    summary: str
    hours: ServiceHours
    first_answer_target: timedelta | None
    resolution_target: timedelta | None
    resolution_minutes: int | None
    decided_lately: int
    kept_lately: int


def offered(service: Service) -> Offered:
    """The plain value of a service."""
    return Offered(
        slug=service.slug,
        name=service.name,
        summary=service.summary,
        hours=service.hours_plan.hours,
        first_answer_target=service.first_answer_target,
        resolution_target=service.resolution_target,
        resolution_minutes=service.resolution_minutes,
        decided_lately=service.decided_lately,
        kept_lately=service.kept_lately,
    )


@dataclass(frozen=True)
class TimetableRow:
    """One service on a shared axis: positions in per cent of the longest promise shown."""

    service: Offered
    promise: Promise
    first_x: float | None
    done_x: float | None


def timetable(services: Sequence[Offered], at: datetime) -> list[TimetableRow]:
    """The services side by side on one axis of real time, from now to the last promised moment."""
    promises = [promise_now(service, at) for service in services]
    longest = max((p.done_at - at for p in promises if p.done_at), default=None)

    def place(moment: datetime | None) -> float | None:
        return None if moment is None or not longest else round(100 * (moment - at) / longest, 2)

    return [
        TimetableRow(service, promise, place(promise.first_answer_at), place(promise.done_at))
        for service, promise in zip(services, promises, strict=True)
    ]
