"""What rooms above may listen to. A listener works in the same transaction as what it hears of."""

from __future__ import annotations

from blinker import Signal

told = Signal("those on the list of a notice are told of something")
"""Sent with the update, after it is written, and `notice`: its release, news, another time, its end."""
