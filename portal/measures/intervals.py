"""Shares with their interval: how far a share of so few answers may be from the truth."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

Z95 = 1.959963984540054
"""The normal quantile of 0.975."""

Verdict = Literal["higher", "lower", "no difference shown"]


@dataclass(frozen=True)
class Share:
    """So many of so many. Of nothing, there is no share."""

    x: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.x <= self.n:
            raise ValueError(f"{self.x} of {self.n} is not a share.")

    @property
    def value(self) -> float | None:
        return self.x / self.n if self.n else None

    @property
    def low(self) -> float | None:
        return wilson(self.x, self.n)[0] if self.n else None

    @property
    def high(self) -> float | None:
        return wilson(self.x, self.n)[1] if self.n else None


@dataclass(frozen=True)
class Difference:
    """One share less another, with its interval and what may be said of it."""

    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def wilson(x: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The 95 % score interval of Wilson (1927) for x of n, which stays honest for few answers and near 0 and 1.

    Raises ValueError for no answers at all, and for an x that is not between 0 and n.
    """
    if n <= 0 or not 0 <= x <= n:
        raise ValueError(f"{x} of {n} has no interval.")
    share, spread = x / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    # At the ends the interval touches 0 or 1 exactly; rounding must not leave a speck.
    return (0.0 if x == 0 else max(0.0, centre - half), 1.0 if x == n else min(1.0, centre + half))


def difference(x1: int, n1: int, x2: int, n2: int) -> Difference:
    """The first share less the second, with Newcombe's hybrid score interval (1998, his method 10).

    Undefined, and never a verdict, when either has no answers.
    """
    if not n1 or not n2:
        return Difference(None, None, None, "no difference shown")
    first, second = x1 / n1, x2 / n2
    low1, high1 = wilson(x1, n1)
    low2, high2 = wilson(x2, n2)
    value = first - second
    low = value - sqrt((first - low1) ** 2 + (high2 - second) ** 2)
    high = value + sqrt((high1 - first) ** 2 + (second - low2) ** 2)
    return Difference(value, low, high, _verdict(low, high))


def _verdict(low: float, high: float) -> Verdict:
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "no difference shown"
