"""What rooms above tell the search: things of one's own that are no documents for everybody.

A room registers a function in a module called `finding`; `portal/rooms.py` names the rooms that have one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from portal.people.models import Person
from portal.search.words import Wanted


@dataclass(frozen=True)
class Found:
    """Something that fits. `state` are words about how it stands; `words` is what it was found by (folded)."""

    kind: str
    key: str
    title: str
    summary: str
    address: str
    state: str = ""
    words: str = ""
    rank: float = 0.0
    is_exact: bool = False
    """The words that were typed are its title."""


class Own(NamedTuple):
    """How many things of one's own fit, counted no further than their source does, and those of a page."""

    number: int
    found: Sequence[Found]


Source = Callable[..., Own]
"""`(viewer, wanted, *, after, size)`: what of the viewer's own holds every wanted word, the newest first: so many after
the first ones. Without any word it is what is still open."""

Popular = Callable[[Person], Sequence[Found]]
Solved = Callable[[Person, str, datetime], Any]

_sources: dict[str, Source] = {}
_popular: list[Popular] = []
_after_solving: list[Solved] = []


def source(kind: str) -> Callable[[Source], Source]:
    """Register the function that looks for things of this kind among the viewer's own."""

    def register(find: Source) -> Source:
        _sources[kind] = find
        return find

    return register


def popular(find: Popular) -> Popular:
    """Register the function that names a few services to offer when nothing was found."""
    _popular[:] = [find]
    return find


def after_solving(deed: Solved) -> Solved:
    """Register what happens when the viewer's question about a service (its slug, or '') is solved without asking.

    It runs in the same transaction.
    """
    _after_solving.append(deed)
    return deed


def own(viewer: Person, wanted: Sequence[Wanted], *, after: int = 0, size: int) -> Own:
    """What all sources find among the viewer's own."""
    answers = [find(viewer, wanted, after=after, size=size) for find in _sources.values()]
    return Own(sum(one.number for one in answers), [found for one in answers for found in one.found])


def popular_for(viewer: Person) -> list[Found]:
    """A few services to offer instead."""
    return [found for find in _popular for found in find(viewer)]


def tell_solved(viewer: Person, service: str, at: datetime) -> None:
    """Let the rooms above know that this question needs no asking any more."""
    for deed in _after_solving:
        deed(viewer, service, at)
