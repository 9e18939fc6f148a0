"""One deed on several requests. Each is looked at by itself; what cannot be done is said and holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.people.models import Person, Team
from portal.queue import queries
from portal.refusal import Refusal
from portal.requests import actions, states
from portal.requests.models import ServiceRequest
from portal.web.paging import whole_number

MOST = 25
"""Never fewer than stand on one page of the queue, so that nothing that was ticked there is left out."""


@dataclass(frozen=True)
class Pick:
    """A request that was ticked, and its version when the page was made."""

    number: int
    version: int


@dataclass(frozen=True)
class Outcome:
    """The references of what was done, and what was not, with the reason."""

    done: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


Deed = Callable[[ServiceRequest], None]


def picks_in(values: Sequence[str]) -> list[Pick]:
    """The boxes that were ticked, each once: `number.version`."""
    found: dict[int, Pick] = {}
    for value in values:
        number, _dot, version = value.partition(".")
        if key := whole_number(number):
            found[key] = Pick(key, whole_number(version) or 0)
    return list(found.values())[:MOST]


def take_all(picks: Sequence[Pick], *, by: Person, at: datetime) -> Outcome:
    """Take what nobody has. Nobody loses a request because somebody else ticked a box a moment later."""

    def take(request: ServiceRequest) -> None:
        if request.assignee and request.assignee_id != by.id:
            raise Refusal(_("%(name)s has it already", name=request.assignee.name))
        actions.take(request, by=by, at=at)

    return each(picks, "take", take)


def assign_all(
    picks: Sequence[Pick], *, to: Person | None, team: Team | None, why: str, by: Person, at: datetime
) -> Outcome:
    """Give them to a colleague or a team, where they still are as they were when the page was made."""
    if to is None and team is None:
        raise Refusal(_("Choose a person or a team."), field="to")
    versions = {pick.number: pick.version for pick in picks}

    def assign(request: ServiceRequest) -> None:
        if versions[request.id] != request.version:
            raise Refusal(_("somebody changed it meanwhile"))
        if (request.assignee, request.team) == (to, team):
            raise Refusal(_("they have it already"))
        actions.assign(request, to=to, team=team, why=why, by=by, at=at)

    return each(picks, "assign", assign)


def each(picks: Sequence[Pick], verb: str, deed: Deed) -> Outcome:
    """Do it to each that is in a state for it. A deed says no before it changes anything."""
    done: list[str] = []
    left: list[tuple[str, str]] = []
    for request in queries.find_many([pick.number for pick in picks], to_change=True):
        try:
            if not states.can(verb, request.state):
                raise Refusal(_not_in(request.state))
            deed(request)
            done.append(request.reference)
        except Refusal as refusal:
            left.append((request.reference, refusal.reason))
    return Outcome(tuple(done), tuple(left))


def _not_in(state: str) -> str:
    return {
        states.RESOLVED: _("it is resolved"),
        states.CLOSED: _("it is closed"),
        states.WITHDRAWN: _("it was withdrawn"),
        states.MERGED: _("it goes on in another request"),
    }.get(state, _("it is not possible as it stands"))
