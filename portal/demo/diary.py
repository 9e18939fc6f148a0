"""Telling many stories at once, in the order in which things happened.

A story is a generator: it yields the moment at which it goes on, and is given that moment when the time has come.
What would happen after the end of the telling has not happened yet, and so things are open, late or waited for.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from datetime import datetime
from itertools import count
from typing import TypeVar

from portal.extensions import db
from portal.web.moment import as_if

T = TypeVar("T")
Told = Generator[datetime, datetime, T]
Story = Told[None]


class Diary:
    """The stories that wait for their next moment."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._order = count()

    def begin(self, story: Story) -> None:
        """Put a story in; it is told from the first moment that it yields."""
        self._wait(story, next(story, None))

    def tell_until(self, end: datetime) -> None:
        """Let everything up to this moment happen."""
        while self._waiting and self._waiting[0][0] <= end:
            at, _order, story = heapq.heappop(self._waiting)
            with as_if(at):
                self._wait(story, _go_on(story, at))

    def _wait(self, story: Story, until: datetime | None) -> None:
        if until is not None:
            heapq.heappush(self._waiting, (until, next(self._order), story))


def _go_on(story: Story, at: datetime) -> datetime | None:
    """The story's next moment, never before this one; None when it is over.

    Everything before is in the database when a step begins. Within it only what the deeds themselves flush gets there:
    thousands of steps take much less time so.
    """
    db.session.flush()
    try:
        with db.session.no_autoflush:
            return max(story.send(at), at)
    except StopIteration:
        return None
