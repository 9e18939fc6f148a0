"""What the status page shows: what is known now, what is planned, and how each service was in the last days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.catalogue.models import Service
from portal.notices import queries
from portal.notices.history import History, history_of
from portal.notices.models import Notice
from portal.notices.states import ANNOUNCEMENT, INCIDENT, MAINTENANCE
from portal.people.models import Person
from portal.web.moment import portal_zone

PLANNED = timedelta(days=14)
SERVICES = 25
WORKS = "works"


@dataclass(frozen=True)
class ServiceLine:
    """A service, how it is today, and its days."""

    service: Service
    today: str
    history: History


@dataclass(frozen=True)
class Status:
    """The whole page."""

    now: list[Notice]
    planned: list[Notice]
    announcements: list[Notice]
    lines: list[ServiceLine]
    number: int
    more: bool


def status_page(viewer: Person, *, number: int, at: datetime) -> Status:
    """Everything that this person may read, in a number of statements that does not grow."""
    current = queries.current_for(viewer, at=at)
    running = [notice for notice in current if notice.runs(at)]
    services = queries.offered_by_name(viewer, size=SERVICES + 1, skip=(number - 1) * SERVICES)
    return Status(
        now=running,
        planned=[one for one in current if one.kind == MAINTENANCE and one not in running and _soon(one, at)],
        announcements=[one for one in current if one.kind == ANNOUNCEMENT],
        lines=_lines(viewer, services[:SERVICES], running, at),
        number=number,
        more=len(services) > SERVICES,
    )


def _soon(notice: Notice, at: datetime) -> bool:
    return notice.starts_at is not None and notice.starts_at <= at + PLANNED


def _lines(viewer: Person, services: Sequence[Service], running: Sequence[Notice], at: datetime) -> list[ServiceLine]:
    spells = queries.spells_of(viewer, [service.id for service in services], at=at)
    return [
        ServiceLine(service, _today(service, running), history_of(spells[service.id], at=at, zone=portal_zone()))
        for service in services
    ]


def _today(service: Service, running: Sequence[Notice]) -> str:
    """The worst of what goes on now."""
    kinds = {notice.kind for notice in running if service in notice.services}
    return INCIDENT if INCIDENT in kinds else MAINTENANCE if MAINTENANCE in kinds else WORKS
