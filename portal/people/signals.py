"""What rooms above may listen to. A listener works in the same transaction as what it hears of."""

from __future__ import annotations

from blinker import Signal

robot_known = Signal("somebody counts as a robot from now on, or as a person again")
"""Sent with the person, and `at`."""

department_left = Signal("somebody belongs to another department from now on, or to none")
"""Sent with the person, `department` (the key of the one they left), and `at`."""
