"""Control charts: which month is a signal, and which is only the usual up and down."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Literal

Signal = Literal["above", "below"]
Counted = tuple[str, int, int]

SIGMAS = 3
"""How far from the centre a limit lies, in standard deviations (Shewhart)."""
D2 = 1.128
"""The mean range of two normal values, in standard deviations (NIST/SEMATECH handbook, 6.3.2.2)."""


@dataclass(frozen=True)
class ChartPoint:
    """k of n under a label; without n there is neither a share nor limits."""

    label: str
    k: int
    n: int
    p: float | None
    lcl: float | None
    ucl: float | None
    signal: Signal | None


@dataclass(frozen=True)
class PChart:
    """Shares over time around one centre; the limits are wider where n is small."""

    centre: float | None
    points: tuple[ChartPoint, ...]


@dataclass(frozen=True)
class XmRChart:
    """Single values over time around their mean."""

    centre: float
    mean_range: float
    lcl: float
    ucl: float
    signals: tuple[Signal | None, ...]


def p_chart(points: Sequence[Counted], baseline: Sequence[Counted] | float | None = None) -> PChart:
    """Chart points of (label, k, n). The centre is that of the points, of earlier points, or a given share.

    The limits are those of the NIST/SEMATECH handbook, 6.3.3.2. Raises ValueError where k is not between 0 and n.
    """
    centre = baseline if isinstance(baseline, int | float) else _centre(points if baseline is None else baseline)
    return PChart(centre, tuple(_chart_point(centre, *point) for point in points))


def xmr_chart(values: Sequence[float]) -> XmRChart | None:
    """Chart single values such as hours or counts; one value alone has no chart."""
    if len(values) < 2:
        return None
    centre = sum(values) / len(values)
    mean_range = sum(abs(b - a) for a, b in pairwise(values)) / (len(values) - 1)
    half = SIGMAS * mean_range / D2
    lcl, ucl = centre - half, centre + half
    return XmRChart(centre, mean_range, lcl, ucl, tuple(_signal(value, lcl, ucl) for value in values))


def _centre(points: Sequence[Counted]) -> float | None:
    total = sum(n for _, _, n in points)
    return sum(k for _, k, _ in points) / total if total else None


def _chart_point(centre: float | None, label: str, k: int, n: int) -> ChartPoint:
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a share.")
    if not n:
        return ChartPoint(label, k, n, None, None, None, None)
    if centre is None:
        return ChartPoint(label, k, n, k / n, None, None, None)
    half = SIGMAS * sqrt(centre * (1 - centre) / n)
    lcl, ucl = max(0.0, centre - half), min(1.0, centre + half)
    return ChartPoint(label, k, n, k / n, lcl, ucl, _signal(k / n, lcl, ucl))


def _signal(value: float, lcl: float, ucl: float) -> Signal | None:
    if value > ucl:
        return "above"
    return "below" if value < lcl else None
