"""Where an offer of options stands. Pure."""

from __future__ import annotations

OPEN = "open"
PICKED = "picked"
DECLINED = "declined"
"""The customer wrote that none of them suits."""
WITHDRAWN = "withdrawn"
"""The desk took it back, or put another offer in its place."""
EXPIRED = "expired"
"""The request ended, or every time that was offered passed, before anybody chose."""

STATES = (OPEN, PICKED, DECLINED, WITHDRAWN, EXPIRED)

FEWEST, MOST = 2, 3
"""How many options an offer has."""
LONGEST_MINUTES = 10 * 60
"""What an option may take of the customer's time: more than a long day is no option but a project."""
