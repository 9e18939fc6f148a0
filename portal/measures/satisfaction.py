"""Satisfaction on the five-point scale. Whoever skipped the question is counted apart, never as an answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from portal.measures.intervals import Share

POINTS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Satisfaction:
    """How many answered 1 (very dissatisfied) to 5 (very satisfied), and how many skipped it."""

    counts: tuple[int, int, int, int, int]
    skipped: int = 0

    def __post_init__(self) -> None:
        if len(self.counts) != len(POINTS) or min(*self.counts, self.skipped) < 0:
            raise ValueError("Satisfaction needs five counts, none below zero.")

    @property
    def n(self) -> int:
        """Valid answers: the only denominator there is."""
        return sum(self.counts)

    @property
    def top_two(self) -> Share:
        """The satisfied: the share that we publish."""
        return Share(self.counts[3] + self.counts[4], self.n)

    @property
    def top_one(self) -> Share:
        """The very satisfied."""
        return Share(self.counts[4], self.n)

    @property
    def bottom_two(self) -> Share:
        """The dissatisfied and very dissatisfied."""
        return Share(self.counts[0] + self.counts[1], self.n)

    @property
    def mean(self) -> float | None:
        """The mean point, 1 to 5; None when nobody answered."""
        if not self.n:
            return None
        return sum(point * count for point, count in zip(POINTS, self.counts, strict=True)) / self.n


def satisfaction_of(answers: Iterable[int | None]) -> Satisfaction:
    """Count single answers; None stands for a skipped question."""
    tally = Counter(answers)
    skipped = tally.pop(None, 0)
    if set(tally) - set(POINTS):
        raise ValueError("An answer is a number from 1 to 5, or None when skipped.")
    return Satisfaction((tally[1], tally[2], tally[3], tally[4], tally[5]), skipped)
