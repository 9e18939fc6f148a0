"""Medians and other quantiles, by the two rules that the reports print side by side."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil, floor
from typing import TypeVar

Quantity = TypeVar("Quantity", float, timedelta)


def linear(sorted_values: Sequence[Quantity], q: float) -> Quantity | None:
    """Between the two closest ranks, in proportion (type 7, what spreadsheets do)."""
    _check(q)
    if not sorted_values:
        return None
    rank = q * (len(sorted_values) - 1)
    below = floor(rank)
    if below + 1 >= len(sorted_values):
        return sorted_values[-1]
    low, high = sorted_values[below], sorted_values[below + 1]
    return low + (high - low) * (rank - below)


def nearest_rank(sorted_values: Sequence[Quantity], q: float) -> Quantity | None:
    """The smallest value that at least a share q of the values does not exceed: always one that occurred."""
    _check(q)
    if not sorted_values:
        return None
    # 0.07 * 100 is a hair above 7 in binary; the hair must not cost a rank.
    rank = ceil(q * len(sorted_values) - 1e-9)
    return sorted_values[max(rank, 1) - 1]


def _check(q: float) -> None:
    if not 0 <= q <= 1:
        raise ValueError("A quantile lies between 0 and 1.")
