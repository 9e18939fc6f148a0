"""The figures of a service in review: what it brings and what it costs in the last 90 days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.measures.intervals import Share

FEWEST = 5
"""Below this many, no share is said."""
FEW = 10
"""Below this many answers, a rating is said in words: an exact one could speak for each of them."""


@dataclass(frozen=True)
class Figures:
    """`kept` and `rated` are None where there are too few to say; `cost_cents` where nothing is counted as cost."""

    asked: int
    kept: Share | None
    rated: Share | None
    spent_minutes: int
    cost_cents: int | None

    @property
    def rating_is_exact(self) -> bool:
        """May the rating be said as a number? Not when so few are of one mind."""
        return self.rated is not None and (self.rated.n >= FEW or self.rated.x not in (0, self.rated.n))

    def as_data(self) -> dict[str, Any]:
        """Plain data, kept with a decision; a rating that may not be said exactly is not kept either."""
        rated = self.rated if self.rating_is_exact else None
        return {
            "asked": self.asked,
            "kept": [self.kept.x, self.kept.n] if self.kept else None,
            "rated": [rated.x, rated.n] if rated else None,
            "spent_minutes": self.spent_minutes,
            "cost_cents": self.cost_cents,
        }


def figures(
    *,
    asked: int,
    kept: tuple[int, int],
    rated: tuple[int, int],
    spent_minutes: int,
    cost_each_cents: int,
    hour_cost_cents: int,
) -> Figures:
    """The figures from what was counted: (x, n) of promises kept and of good ratings."""
    return Figures(
        asked=asked,
        kept=Share(*kept) if kept[1] >= FEWEST else None,
        rated=Share(*rated) if rated[1] >= FEWEST else None,
        spent_minutes=spent_minutes,
        cost_cents=cost(asked, cost_each_cents, spent_minutes, hour_cost_cents),
    )


def cost(asked: int, cost_each_cents: int, spent_minutes: int, hour_cost_cents: int) -> int | None:
    """What the requests cost us, in cents: each its own cost, and working time; None when neither has a price."""
    if not cost_each_cents and not hour_cost_cents:
        return None
    return asked * cost_each_cents + round(spent_minutes * hour_cost_cents / 60)
