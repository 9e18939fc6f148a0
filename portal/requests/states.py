"""The states of a request and which deed is possible in which. Pure."""

from __future__ import annotations

RECEIVED = "received"
IN_PROGRESS = "in_progress"
WAITING = "waiting"
RESOLVED = "resolved"
CLOSED = "closed"
WITHDRAWN = "withdrawn"

STATES = (RECEIVED, IN_PROGRESS, WAITING, RESOLVED, CLOSED, WITHDRAWN)
OPEN = frozenset({RECEIVED, IN_PROGRESS, WAITING})

POSSIBLE: dict[str, frozenset[str]] = {
    "reply": OPEN,
    "answer": OPEN,
    "note": frozenset(STATES),
    "withdraw": OPEN,
    "confirm": frozenset({RESOLVED}),
    "reopen": frozenset({RESOLVED}),
    "take": OPEN,
    "assign": OPEN,
    "set_priority": OPEN,
    "ask_customer": frozenset({RECEIVED, IN_PROGRESS}),
    "resolve": OPEN,
    "close": frozenset({RESOLVED}),
}


def can(deed: str, state: str) -> bool:
    """Is this deed possible in this state?"""
    return state in POSSIBLE[deed]
