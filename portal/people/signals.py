"""What rooms above may listen to. A listener works in the same transaction as what it hears of."""

from __future__ import annotations

from blinker import Signal

robot_known = Signal("somebody counts as a robot from now on, or as a person again")
"""Sent with the person, and `at`."""
