"""The way of an improvement from a proposal to an outcome. Pure."""

from __future__ import annotations

PROPOSED = "proposed"
APPROVED = "approved"
IN_PROGRESS = "in_progress"
ON_HOLD = "on_hold"
MONITORING = "monitoring"
CLOSED = "closed"
DECLINED = "declined"
WITHDRAWN = "withdrawn"

STATES = (PROPOSED, APPROVED, IN_PROGRESS, ON_HOLD, MONITORING, CLOSED, DECLINED, WITHDRAWN)

TRANSITIONS: dict[str, tuple[str, ...]] = {
    PROPOSED: (APPROVED, DECLINED, WITHDRAWN),
    APPROVED: (IN_PROGRESS, ON_HOLD, WITHDRAWN),
    IN_PROGRESS: (MONITORING, ON_HOLD, WITHDRAWN),
    ON_HOLD: (IN_PROGRESS, WITHDRAWN),
    MONITORING: (CLOSED, IN_PROGRESS, WITHDRAWN),
    CLOSED: (),
    DECLINED: (),
    WITHDRAWN: (),
}
OPEN = frozenset(state for state, onward in TRANSITIONS.items() if onward)
NEEDS_REASON = frozenset({DECLINED, WITHDRAWN})
CAN_BE_TOLD = frozenset({MONITORING, CLOSED})
"""Something was done by then, so customers may read of it."""

SUCCESSFUL = "successful"
UNSUCCESSFUL = "unsuccessful"
INCONCLUSIVE = "inconclusive"
OUTCOMES = (SUCCESSFUL, UNSUCCESSFUL, INCONCLUSIVE)

SURVEY_COMMENT = "survey_comment"
FINDING = "finding"
IDEA = "idea"
REPORT_FIGURE = "report_figure"
SOURCES = (SURVEY_COMMENT, FINDING, IDEA, REPORT_FIGURE)


def can_move(state: str, to: str) -> bool:
    """Is this a step that the register knows?"""
    return to in TRANSITIONS[state]
