"""What concerns somebody at this moment, in a line each, for the top of the first page. Warm, it asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.notices import queries
from portal.notices.devices import fits
from portal.notices.models import Notice
from portal.notices.states import INCIDENT, MAINTENANCE
from portal.people.models import Person
from portal.web.moment import now
from portal.web.remember import remembered

MOST = 3
AHEAD = timedelta(days=2)
"""Maintenance is on the first page from so long before it begins."""


@dataclass(frozen=True)
class Line:
    """A notice as a banner says it; a plain value that may be kept."""

    number: int
    reference: str
    kind: str
    title: str
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True)
class Banner:
    """The most urgent lines, how many more there are, and of which the viewer has said that they hit them."""

    lines: tuple[Line, ...]
    more: int
    said: frozenset[int]


def banner_for(viewer: Person, pressed: Mapping[str, bool]) -> Banner:
    """What concerns the viewer now. `pressed` is what this browser did, which counts more than what is remembered."""
    lines = [line for line in _lines_for(viewer) if _due(line, now())]
    said = {line.number for line in lines if _says(line, viewer, pressed)}
    return Banner(tuple(lines[:MOST]), max(0, len(lines) - MOST), frozenset(said))


def _lines_for(viewer: Person) -> list[Line]:
    """The same for all people of a group whom no notice names: so few variants can be remembered."""
    named = remembered(("notices name",), lambda: queries.named_now(at=now()))
    devices = frozenset(line for line in named.devices if fits(line, viewer.device))
    key = ("notices", viewer.segment_id, devices, viewer.id if viewer.id in named.people else None)
    return remembered(key, lambda: [_line(one) for one in queries.concerning_now(viewer, at=now())])


def _line(notice: Notice) -> Line:
    return Line(notice.id, notice.reference, notice.kind, notice.title, notice.starts_at, notice.ends_at)


def _due(line: Line, at: datetime) -> bool:
    if line.kind == MAINTENANCE and line.starts_at and line.starts_at > at + AHEAD:
        return False
    return line.kind == INCIDENT or line.ends_at is None or line.ends_at > at


def _says(line: Line, viewer: Person, pressed: Mapping[str, bool]) -> bool:
    if line.kind != INCIDENT:
        return False
    known = pressed.get(str(line.number))
    said = remembered(("said", line.number), lambda: queries.said_by([line.number]))
    return viewer.id in said.get(line.number, ()) if known is None else known
