"""A share before and after a change, and where its marks stand on a line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from portal.measures.intervals import Difference, Share, difference

ENDS = (0.05, 0.1, 0.2, 0.4, 0.6, 1.0)
"""Where the line may end, so that small shares are still told apart."""


@dataclass(frozen=True)
class BeforeAfter:
    """What was measured. `after` is missing while it is too early."""

    before: Share
    after: Share | None

    @property
    def difference(self) -> Difference | None:
        """After less before, with its interval and verdict."""
        if self.after is None:
            return None
        return difference(self.after.x, self.after.n, self.before.x, self.before.n)

    @property
    def end(self) -> float:
        """The share at the right end of the line."""
        largest = max(self.before.value or 0.0, (self.after.high or 0.0) if self.after else 0.0)
        return next(end for end in ENDS if end >= largest)

    def place(self, share: float | None) -> str:
        """Where a share stands on the line, as an SVG length."""
        return f"{100 * (share or 0.0) / self.end:.1f}%"

    def shows(self, wanted: str) -> bool:
        """Does the difference go the way that was wanted, beyond what chance explains?"""
        found = self.difference
        return found is not None and found.verdict == wanted


def before_after(before: Share | None, after: Share | None) -> BeforeAfter | None:
    """Nothing to compare without a share before."""
    return BeforeAfter(before, after) if before and before.n else None


def share_of(x: int | None, n: int | None) -> Share | None:
    """A share where both counts are known."""
    return None if x is None or not n else Share(x, n)
