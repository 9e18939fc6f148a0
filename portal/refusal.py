"""A 'no' with a reason that a person can read."""

from __future__ import annotations


class Refusal(Exception):
    """What was asked cannot be done, and why, in the words of the person who asked.

    `field` names the form field that the reason belongs to; `status` is the HTTP status a page answers with.
    """

    status = 422

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Conflict(Refusal):
    """Somebody else was quicker: what was typed is kept and shown beside what stands there now."""

    status = 409
