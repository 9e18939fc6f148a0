"""Where an invitation stands, and what that means for the seat. Pure."""

from __future__ import annotations

INVITED = "invited"
ACCEPTED = "accepted"
DECLINED = "declined"
WAITLISTED = "waitlisted"
ATTENDED = "attended"
NO_SHOW = "no_show"

STATES = (INVITED, ACCEPTED, DECLINED, WAITLISTED, ATTENDED, NO_SHOW)
CONCERNED = frozenset({INVITED, ACCEPTED, WAITLISTED})
"""Whoever is in one of these is told when the session moves or is cancelled."""

MAY_HAVE_COME = frozenset(STATES) - {DECLINED}

SEGMENT_ONLY = "segment_only"
CHATHAM_HOUSE = "chatham_house"
ATTRIBUTION_RULES = (SEGMENT_ONLY, CHATHAM_HOUSE)

SENTIMENTS = ("positive", "mixed", "negative")


def invitations_for(seats: int) -> int:
    """How many people to invite for so many seats: a fifth more, since some cannot come."""
    return -(-seats * 6 // 5)
