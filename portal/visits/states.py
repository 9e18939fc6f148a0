"""The states of a visit and which deed is possible in which. Pure."""

from __future__ import annotations

PLANNED = "planned"
ON_THE_WAY = "on_the_way"
ARRIVED = "arrived"
DONE = "done"
MISSED = "missed"
"""We were there, and nobody else was."""
CANCELLED = "cancelled"

STATES = (PLANNED, ON_THE_WAY, ARRIVED, DONE, MISSED, CANCELLED)
COMING = (PLANNED, ON_THE_WAY, ARRIVED)
"""It takes its technician's time, and its customer expects somebody."""

POSSIBLE: dict[str, frozenset[str]] = {
    "change": frozenset({PLANNED, ON_THE_WAY}),
    "move": frozenset({PLANNED}),
    "cancel": frozenset({PLANNED, ON_THE_WAY}),
    "set_out": frozenset({PLANNED}),
    "arrive": frozenset({PLANNED, ON_THE_WAY}),
    "finish": frozenset(COMING),
    "miss": frozenset(COMING),
}


def can(deed: str, state: str) -> bool:
    """Is this deed possible in this state?"""
    return state in POSSIBLE[deed]
