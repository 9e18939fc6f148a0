"""Parts of the page on which a notice is worked on that rooms above bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.notices.models import Notice


@dataclass(frozen=True)
class Panel:
    """A template, which finds its own values as `panel`, and what ending the notice as solved will do there."""

    template: str
    values: dict[str, Any]
    when_solved: Sequence[str] = ()


MakePanel = Callable[[Notice], Panel | None]
_makers: list[MakePanel] = []


def panel(make: MakePanel) -> MakePanel:
    """Register the function that makes a room's part of the page."""
    _makers.append(make)
    return make


def panels_of(notice: Notice) -> list[Panel]:
    """The parts that there are, in the order in which their rooms came in."""
    made = (make(notice) for make in _makers)
    return [one for one in made if one is not None]
