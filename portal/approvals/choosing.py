"""Whose yes it takes: the line manager's or the owner's, and the stand-in's while they are away.

Nobody says yes to what they asked for themselves or what is for them; then the next one above is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from portal.approvals.stages import MANAGER
from portal.people.models import Person
from portal.people.standing_in import is_away
from portal.requests.models import ServiceRequest
from portal.requests.queries import is_own


def approver_of(request: ServiceRequest, kind: str) -> Person | None:
    """The first one who can be asked, or None when there is nobody."""
    return next((one for one in _line(request, kind) if may_decide(request, one)), None)


def _line(request: ServiceRequest, kind: str) -> Iterator[Person]:
    """Those whose yes would do, in the order in which they are asked."""
    manager, owner = request.customer.manager, request.service.owner
    above = manager.manager if manager else None
    for one in (manager, above, owner) if kind == MANAGER else (owner, manager, above):
        if one is not None:
            yield one


def may_decide(request: ServiceRequest, person: Person) -> bool:
    """Is this somebody who works here, and not one of those who want it?"""
    return person.active and not person.is_robot and not is_own(request, person)


def stand_in_of(request: ServiceRequest, person: Person) -> Person | None:
    """Who decides in their place. Stand-ins of stand-ins are not asked, so nobody is asked in circles."""
    other = person.stand_in
    if other is None or other.id == person.id:
        return None
    return other if may_decide(request, other) else None


def asked_in_place(request: ServiceRequest, person: Person, on: date) -> Person | None:
    """The stand-in on a day away; None while the person is here, or when there is nobody to stand in."""
    return stand_in_of(request, person) if is_away(person, on) else None
