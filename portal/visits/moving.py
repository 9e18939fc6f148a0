"""The customer's own hand on a visit: another time within limits, or none at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from portal.people.models import Person
from portal.refusal import Conflict, Refusal
from portal.visits import letters, queries, waiting
from portal.visits.actions import check_version, count_up, happen, lock, require
from portal.visits.models import Visit
from portal.visits.telling import when_of
from portal.visits.windows import LOOKS_AHEAD, MOST_MOVES, Window, free_windows


def offered_times(visit: Visit, *, at: datetime, zone: ZoneInfo) -> list[Window]:
    """When the same technician could come instead, for as long."""
    taken = queries.taken_by(visit.technician, at, at + LOOKS_AHEAD + timedelta(days=2), but=visit)
    # The time that it has already is no other time.
    taken.append((visit.starts_at, visit.starts_at + timedelta(microseconds=1)))
    length = visit.ends_at - visit.starts_at
    return free_windows(visit.request.hours, taken, length=length, at=at, zone=zone)


def move_visit(
    visit: Visit, *, starts_at: datetime | None, version: int | None, zone: ZoneInfo, by: Person, at: datetime
) -> None:
    """Another of the times that were offered. A later one is the customer's wish, so the clock stands still between."""
    lock(visit.technician, visit)
    check_version(visit, version)
    require("move", visit)
    if not visit.may_move(at):
        raise Refusal(limits_reached(visit))
    chosen = next((one for one in offered_times(visit, at=at, zone=zone) if one[0] == starts_at), None)
    if chosen is None:
        raise Conflict(_("That time has just been taken. These are free now."))
    before, began_at = when_of(visit), visit.starts_at
    visit.starts_at, visit.ends_at = chosen
    visit.moved_by_customer += 1
    waiting.moved_by_customer(visit, before=began_at)
    count_up(visit, at)
    event = happen(visit, "visit_moved", by, at, data={"later": waiting.waits_until_then(visit)})
    letters.moved(visit, event, at, before=before)


def limits_reached(visit: Visit) -> str:
    """Why it cannot be moved here any more, and what to do then."""
    if visit.moved_by_customer >= MOST_MOVES:
        words = _("You have moved this visit twice, so it cannot be moved here any more.")
    else:
        words = _("The visit is too near to be moved here.")
    return f"{words} {_('Write to us, and we find a time together.')}"
