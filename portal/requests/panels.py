"""Parts of a request's page that rooms above bring: a visit, a choice, an approval.

A room calls `request.keeps("visits")` when it first keeps something of a request; only then is its panel asked for,
so that a page costs no statement for rooms that have nothing to show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.people.models import Person
from portal.requests.models import ServiceRequest


@dataclass(frozen=True)
class Panel:
    """A template, which finds its own values as `panel`, and whether it stands first or beside the facts.

    What asks something of its reader stands before all others. What `answers` is where every link to `#reply` leads,
    in the place of the box for words.
    """

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    first: bool = False
    asks: bool = False
    answers: bool = False


MakePanel = Callable[[ServiceRequest, Person, bool], Panel | None]
"""From the request, the reader and whether it is the desk's page."""

_makers: dict[str, MakePanel] = {}


def panel(room: str) -> Callable[[MakePanel], MakePanel]:
    """Register the function that makes a room's part of the page."""

    def register(make: MakePanel) -> MakePanel:
        _makers[room] = make
        return make

    return register


def panels_of(request: ServiceRequest, viewer: Person, *, for_desk: bool = False) -> list[Panel]:
    """The parts that there are: what asks something of the reader, then in the order in which their rooms came in."""
    made = (_makers[room](request, viewer, for_desk) for room in request.extras if room in _makers)
    return sorted((one for one in made if one is not None), key=lambda one: not one.asks)
