"""What a customer's own choice of another time does to the promise: the clock stands still in between.

It stands still from when the visit would have begun without that wish until it begins now. The stretches lie among the
pauses of the request with the reason `waiting`, and on the visit, so that they follow each later change and none counts
twice.
"""

from __future__ import annotations

from datetime import datetime

from portal.requests.clock import refresh_due
from portal.requests.models import ServiceRequest
from portal.requests.states import WAITING
from portal.visits.models import Visit

Stretch = tuple[datetime, datetime]


def moved_by_customer(visit: Visit, *, before: datetime) -> None:
    """The customer chose another time; `before` is when it would have begun. Several moves in a row are one wish."""
    since = visit.moved_from_at or before
    others = [one for one in _stretches(visit) if one[0] != since]
    visit.moved_from_at = since
    _wait(visit, [*others, (since, visit.starts_at)])


def moved_by_us(visit: Visit) -> None:
    """We come at another time: waiting ends when we come, and what is later than was wished is not the customer's."""
    visit.moved_from_at = None
    stop_waiting(visit, visit.starts_at)


def stop_waiting(visit: Visit, at: datetime) -> None:
    """We are there, or nobody comes: from then on nobody waits for the customer."""
    _wait(visit, [(since, min(until, at)) for since, until in _stretches(visit)])


def waits_until_then(visit: Visit) -> bool:
    """Does the clock stand still until the visit begins?"""
    return any(until == visit.starts_at for _since, until in _stretches(visit))


def _stretches(visit: Visit) -> list[Stretch]:
    return [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in visit.waits or []]


def _wait(visit: Visit, stretches: list[Stretch]) -> None:
    """Put these stretches in the place of those that the visit brought before."""
    waits = [[since.isoformat(), until.isoformat()] for since, until in stretches if since < until]
    if waits == (visit.waits or []):
        return
    request = visit.request
    request.pauses = _exchanged(request, visit.waits or [], waits)
    visit.waits = waits
    refresh_due(request)


def _exchanged(request: ServiceRequest, old: list[list[str]], new: list[list[str]]) -> list[list[str | None]]:
    """A pause that still lasts stays the last one: that is how the clock knows that it stands still."""
    pauses, gone = [], list(old)
    for pause in request.pauses:
        if list(pause[:2]) in gone:
            gone.remove(list(pause[:2]))
        else:
            pauses.append(pause)
    place = len(pauses) - (bool(pauses) and pauses[-1][1] is None)
    return [*pauses[:place], *([*one, WAITING] for one in new), *pauses[place:]]
