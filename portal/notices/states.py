"""The way of a notice from a draft to its end, and what happens to it on the way. Pure."""

from __future__ import annotations

ANNOUNCEMENT = "announcement"
MAINTENANCE = "maintenance"
INCIDENT = "incident"
KINDS = (INCIDENT, MAINTENANCE, ANNOUNCEMENT)

DRAFT = "draft"
PROPOSED = "proposed"
RELEASED = "released"
SOLVED = "solved"
OVER = "over"
WITHDRAWN = "withdrawn"
STATES = (DRAFT, PROPOSED, RELEASED, SOLVED, OVER, WITHDRAWN)

BEFORE_RELEASE = frozenset({DRAFT, PROPOSED})

EVERYONE = "everyone"
SEGMENTS = "segments"
NAMED = "named"
REACHES = (EVERYONE, SEGMENTS, NAMED)

UPDATE = "update"
FIX = "fix"
MOVED = "moved"
CANCELLED = "cancelled"
TOLD = (RELEASED, UPDATE, FIX, MOVED, CANCELLED)
"""What everybody on the list is told of."""

WRITTEN = "written"
CHANGED = "changed"
SENT_BACK = "sent_back"
ENDED = "ended"
STEPS = (WRITTEN, CHANGED, PROPOSED, SENT_BACK, ENDED, *TOLD)

CONCERNED = "concerned"
ME_TOO = "me_too"
SUBSCRIBED = "subscribed"
ASKED = "asked"
REASONS = (CONCERNED, ME_TOO, SUBSCRIBED, ASKED)
"""Why somebody is on the list: it concerns them, they said me too, they follow the service, they asked to be told."""


def reach_of(*, segments: bool, people: bool, devices: bool, services: bool) -> str:
    """Who may read a notice, from what it names.

    Groups are a border: only they read it, and the people named beside them. People named without a group, or nothing
    but devices, keep it among those named. Anything else is for everyone who may ask for one of its services.
    """
    if segments:
        return SEGMENTS
    if people or (devices and not services):
        return NAMED
    return EVERYONE
