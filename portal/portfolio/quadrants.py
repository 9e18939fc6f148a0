"""Where each service stands on the one picture of the portfolio: how much it is asked for, and how well it does. Pure.

Places are pixels in a picture of a fixed size, so that names can be put where none covers another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from statistics import median

WIDTH, HEIGHT = 760.0, 470.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 748.0, 34.0, 412.0
RADIUS, LETTER, LINE = 5.0, 7.2, 16.0
LONGEST_NAME = 26
FROM_HERE_LOGARITHMIC = 30
"""When the most asked for is asked this often, steps of ten keep the seldom ones apart."""


@dataclass(frozen=True)
class Point:
    """A service to be placed. `share` is how well it does, from 0 to 1."""

    key: str
    name: str
    demand: int
    share: float


@dataclass(frozen=True)
class Box:
    """A rectangle that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.bottom <= other.top or other.bottom <= self.top)


@dataclass(frozen=True)
class Label:
    """A name beside its dot; `anchor` is the side of the text that stands at x."""

    x: float
    y: float
    words: str
    anchor: str
    box: Box


@dataclass(frozen=True)
class Dot:
    """A service on the picture. Without a label there was no free place for its name."""

    key: str
    name: str
    x: float
    y: float
    quadrant: str
    label: Label | None


@dataclass(frozen=True)
class Tick:
    place: float
    value: float


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn. The lines that cut it into four stand at `split_x` and `split_y`."""

    dots: tuple[Dot, ...]
    split_x: float
    split_y: float
    demand_level: float
    logarithmic: bool
    demand_ticks: tuple[Tick, ...]
    share_ticks: tuple[Tick, ...]


def picture(points: Sequence[Point], *, level: float) -> Picture | None:
    """The picture of these services, cut at the middle of their demand and at this level of share; None for none.

    The quadrant is named by demand and share: much_well, much_badly, little_well, little_badly. What stands on a line
    counts as much, or as well.
    """
    if not points:
        return None
    across, up = _Across(max(one.demand for one in points)), _Up(min([level, *(one.share for one in points)]))
    middle = float(median(one.demand for one in points))
    places = {one.key: (across.x(one.demand), up.y(one.share)) for one in points}
    labels = _labels(points, places)
    dots = tuple(
        Dot(one.key, one.name, *places[one.key], quadrant_of(one, middle, level), labels.get(one.key)) for one in points
    )
    return Picture(
        dots, across.x(middle), up.y(level), middle, across.logarithmic, tuple(across.ticks()), tuple(up.ticks())
    )


def quadrant_of(point: Point, middle: float, level: float) -> str:
    """One of the four fields, by demand and share."""
    return ("much_" if point.demand >= middle else "little_") + ("well" if point.share >= level else "badly")


class _Across:
    """From how often something is asked for to where it stands from left to right."""

    def __init__(self, most: int) -> None:
        self.most = max(most, 1)
        self.logarithmic = most >= FROM_HERE_LOGARITHMIC

    def x(self, demand: float) -> float:
        share = log10(1 + demand) / log10(1 + self.most) if self.logarithmic else demand / self.most
        return round(LEFT + 12 + share * (RIGHT - LEFT - 30), 1)

    def ticks(self) -> Iterator[Tick]:
        for value in self._values():
            yield Tick(self.x(value), value)

    def _values(self) -> list[int]:
        if self.logarithmic:
            return [0, *(10**power for power in range(len(str(self.most))))]
        step = max(1, -(-self.most // 5))
        return list(range(0, self.most + 1, step))


class _Up:
    """From a share to its height; what is better stands higher. The picture begins a little below the lowest."""

    def __init__(self, least: float) -> None:
        room = max(1 - least, 0.05) * 0.1
        self.low = max(0.0, least - room)

    def y(self, share: float) -> float:
        return round(BOTTOM - 10 - (share - self.low) / (1 - self.low) * (BOTTOM - TOP - 20), 1)

    def ticks(self) -> Iterator[Tick]:
        step = next(size for size in (1, 2, 5, 10, 20) if (1 - self.low) * 100 / size <= 6)
        for hundredths in range(100, -1, -step):
            if hundredths / 100 >= self.low:
                yield Tick(self.y(hundredths / 100), hundredths / 100)


def _labels(points: Sequence[Point], places: dict[str, tuple[float, float]]) -> dict[str, Label]:
    """Names where they fit, those asked for most first; a name that would cover a dot or another name is left out."""
    dots = {key: Box(x - RADIUS - 1, y - RADIUS - 1, x + RADIUS + 1, y + RADIUS + 1) for key, (x, y) in places.items()}
    taken: list[Box] = []
    found: dict[str, Label] = {}
    for point in sorted(points, key=lambda one: (-one.demand, one.name, one.key)):
        others = [box for key, box in dots.items() if key != point.key] + taken
        label = next((one for one in _tries(point, *places[point.key]) if _is_free(one.box, others)), None)
        if label is not None:
            found[point.key] = label
            taken.append(label.box)
    return found


def _tries(point: Point, x: float, y: float) -> Iterator[Label]:
    """The places around a dot where its name may stand, best first."""
    words = shortened(point.name)
    width, gap = len(words) * LETTER, RADIUS + 4
    for shift in (0.0, -10.0, 10.0):
        yield Label(x + gap, y + shift + 4, words, "start", _box(x + gap, y + shift, width))
        yield Label(x - gap, y + shift + 4, words, "end", _box(x - gap - width, y + shift, width))
    for shift in (-15.0, 15.0):
        yield Label(x, y + shift + 4, words, "middle", _box(x - width / 2, y + shift, width))


def _box(left: float, middle: float, width: float) -> Box:
    return Box(round(left, 1), round(middle - LINE / 2, 1), round(left + width, 1), round(middle + LINE / 2, 1))


def _is_free(box: Box, others: Sequence[Box]) -> bool:
    inside = box.left >= LEFT + 4 and box.right <= RIGHT and box.top >= TOP and box.bottom <= BOTTOM
    return inside and not any(box.meets(other) for other in others)


def shortened(name: str) -> str:
    """A name that is too long for the picture ends in an ellipsis."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
