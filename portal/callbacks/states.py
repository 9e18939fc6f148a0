"""Which requests are called about, and what a call came to. Pure."""

from __future__ import annotations

ALL, SAMPLE, LOW_SCORE = "all", "sample", "low_score"
WHICH = (ALL, SAMPLE, LOW_SCORE)

LOW = 2
"""A score of 1 or 2 of 5 is low."""
MOST_TRIES = 3
"""Nobody is called more often than this about one request."""

HAPPY, NOT_HAPPY, NOT_REACHED, DECLINED = "reached_happy", "reached_not_happy", "not_reached", "declined"
NOT_NEEDED = "not_needed"
"""The customer told us before we called that it works, or that there is no need."""
OVERTAKEN = "overtaken"
"""The request was opened again before we called: there is nothing to ask about yet."""

CALLED = (HAPPY, NOT_HAPPY, NOT_REACHED, DECLINED)
"""What counts as done: we reached somebody, or tried as often as we may."""
EXCUSED = (NOT_NEEDED, OVERTAKEN)
"""No call was owed any more; it counts neither as kept nor as missed."""
OUTCOMES = (*CALLED, *EXCUSED)
