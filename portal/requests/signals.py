"""What rooms above may listen to. A listener works in the same transaction as what it hears of."""

from __future__ import annotations

from blinker import Signal

happened = Signal("something happened to a request")
"""Sent with the event, after it is written, and `request`. The event's `kind` says what; see `telling`."""
