"""Where an approval stands, and who can be asked for one. Pure."""

from __future__ import annotations

from datetime import timedelta

MANAGER, OWNER, NAMED = "manager", "owner", "named"
KINDS = (MANAGER, OWNER, NAMED)
"""Whose yes it takes: the customer's line manager's, the service's owner's, or of somebody whom the desk named."""

WAITING = "waiting"
YES = "yes"
NO = "no"
VOID = "void"
"""Nobody needs the answer any more."""
NOBODY = "nobody"
"""There was nobody who could be asked; the desk has to find somebody."""
STAGES = (WAITING, YES, NO, VOID, NOBODY)

REMIND_AFTER = timedelta(hours=8)
"""Service time without an answer, until the one who was asked is reminded, and as long again until the stand-in is."""
LINK_LASTS = timedelta(days=30)
