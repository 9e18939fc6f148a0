"""The states of a request and which deed is possible in which. Pure."""

from __future__ import annotations

RECEIVED = "received"
IN_PROGRESS = "in_progress"
WAITING = "waiting"
HELD = "held"
"""We wait for somebody outside, such as a supplier."""
APPROVAL = "approval"
"""Somebody has to say yes first."""
RESOLVED = "resolved"
CLOSED = "closed"
WITHDRAWN = "withdrawn"
DECLINED = "declined"
"""Somebody who had to say yes said no."""
MERGED = "merged"
"""It goes on in another request."""

STATES = (RECEIVED, APPROVAL, IN_PROGRESS, WAITING, HELD, RESOLVED, CLOSED, WITHDRAWN, DECLINED, MERGED)
OPEN = frozenset({RECEIVED, APPROVAL, IN_PROGRESS, WAITING, HELD})
AT_WORK = frozenset({RECEIVED, IN_PROGRESS, WAITING, HELD})
"""Open, and nobody has to say yes first."""
STOPPED = frozenset({APPROVAL, WAITING, HELD})
"""We wait for somebody, and the clock stands still."""
UNDONE = frozenset({WITHDRAWN, DECLINED, MERGED})
"""Ended, and nothing was done here: no promise is counted as kept or broken."""

POSSIBLE: dict[str, frozenset[str]] = {
    "reply": OPEN,
    "answer": OPEN | {RESOLVED},
    "note": frozenset(STATES),
    "withdraw": OPEN,
    "confirm": frozenset({RESOLVED}),
    "reopen": frozenset({RESOLVED, CLOSED}),
    "take": OPEN,
    "assign": OPEN,
    "escalate": AT_WORK,
    "set_priority": OPEN,
    "ask_customer": frozenset({RECEIVED, IN_PROGRESS, HELD}),
    "hold": frozenset({RECEIVED, IN_PROGRESS, WAITING}),
    "go_on": frozenset({HELD}),
    "say_new_time": frozenset({RECEIVED, IN_PROGRESS}),
    "ask_approval": AT_WORK,
    "approve": frozenset({APPROVAL}),
    "amend": frozenset({RECEIVED, APPROVAL}),
    "offer": AT_WORK,
    "plan_visit": AT_WORK,
    "merge": AT_WORK,
    "unmerge": frozenset({MERGED}),
    "split": OPEN,
    "resolve": AT_WORK,
    "close": frozenset({RESOLVED}),
}


def can(deed: str, state: str) -> bool:
    """Is this deed possible in this state?"""
    return state in POSSIBLE[deed]
