"""Results as they may be shown: no group below the wave's smallest size, and none that subtraction would reveal.

Pages and files ask here, so what is silent on the page is silent in the file too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.measures.disclosure import SMALLEST_GROUP, hidden
from portal.measures.intervals import Share
from portal.measures.response_rates import Fieldwork
from portal.measures.satisfaction import Satisfaction
from portal.surveys import answers, queries
from portal.surveys.answers import fieldwork_in, satisfaction_in, sum_of
from portal.surveys.models import ANONYMOUS, SurveyWave, WaveTally

FEW = 10
"""Below this, counts are said instead of percentages, and nobody is named as one of a unanimous group."""

Names = Callable[[Iterable[int]], Mapping[int, tuple[str, str]]]
NAMES: dict[str, Names] = {"service": answers.service_names, "segment": answers.segment_names}


@dataclass(frozen=True)
class Figures:
    """The satisfaction of a group that is large enough to be shown."""

    satisfaction: Satisfaction

    @property
    def n(self) -> int:
        return self.satisfaction.n

    @property
    def share(self) -> Share:
        return self.satisfaction.top_two

    @property
    def is_few(self) -> bool:
        return self.n < FEW

    @property
    def place(self) -> float:
        """Where the share stands on a line of 100, and below the ends of its interval."""
        return _place(self.share.value)

    @property
    def low_place(self) -> float:
        return _place(self.share.low)

    @property
    def high_place(self) -> float:
        return _place(self.share.high)

    def count(self, point: int) -> int:
        """How many chose this point of the scale."""
        return self.satisfaction.counts[point - 1]

    def bar(self, point: int) -> float:
        """The length of its bar: the longest is 100."""
        return round(100 * self.count(point) / max(self.satisfaction.counts), 1)

    @property
    def unanimous(self) -> str | None:
        """“all” or “none” when so few answered alike that a precise figure would speak for each of them."""
        if not self.is_few:
            return None
        return {self.n: "all", 0: "none"}.get(self.share.x)


def _place(share: float | None) -> float:
    return round(100 * (share or 0), 2)


@dataclass(frozen=True)
class Group:
    """A service's or a segment's part of the results. `figures` is None where it must stay silent."""

    id: int
    slug: str
    name: str
    figures: Figures | None


@dataclass(frozen=True)
class Results:
    """A wave's results. `figures` is None when too few have answered: then nothing of it may be shown."""

    wave: SurveyWave
    figures: Figures | None
    fieldwork: Fieldwork
    reasons: Mapping[str, int]
    groups: Mapping[str, list[Group]]

    def find(self, by: str, slug: str) -> Group | None:
        """The group with this slug, when it may be shown alone; for small groups and unknown ones alike, None."""
        return next((group for group in self.groups[by] if slug and group.slug == slug and group.figures), None)


def results_of(wave: SurveyWave, *, k: int | None = None) -> Results:
    """Everything that may be shown of a wave, from its tallies: the same work however many have answered."""
    tallies = answers.tallies_of([wave])
    counted = sum_of(tallies)
    figures = _figures(satisfaction_in(counted), wave.k_min)
    has_groups = figures is not None and wave.mode != ANONYMOUS
    groups = {by: _groups(by, tallies, k or wave.k_min) if has_groups else [] for by in NAMES}
    return Results(wave, figures, fieldwork_in(counted), _reasons(counted), groups)


def overview() -> list[tuple[SurveyWave, Figures | None, Fieldwork]]:
    """Each wave with its figures, if they may be shown, and its fieldwork. Two statements."""
    totals = answers.totals_by_wave()
    rows = []
    for wave in queries.waves():
        counted = totals.get(wave.id, Counter())
        rows.append((wave, _figures(satisfaction_in(counted), wave.k_min), fieldwork_in(counted)))
    return rows


def ratings(start: datetime, end: datetime) -> Mapping[int, Share]:
    """Satisfied of those who answered, for each service whose share may be shown beside the total of all of them.

    The strictest of the waves decides how small a group may be.
    """
    found = {number: one for number, one in answers.satisfaction_by_service(start, end).items() if one.n}
    strictest = max((wave.k_min for wave in queries.waves()), default=SMALLEST_GROUP)
    away = hidden({str(number): one.n for number, one in found.items()}, max(strictest, SMALLEST_GROUP))
    return {number: one.top_two for number, one in found.items() if str(number) not in away}


def _figures(satisfaction: Satisfaction, k: int) -> Figures | None:
    return Figures(satisfaction) if satisfaction.n >= k else None


def _groups(by: str, tallies: Iterable[WaveTally], k: int) -> list[Group]:
    """The groups of one attribute, largest first; those below k, and those that would give them away, are silent."""
    split: dict[int, Counter[str]] = {}
    for tally in tallies:
        if tally.what.startswith("score:"):
            split.setdefault(getattr(tally, f"{by}_id"), Counter())[tally.what] += tally.n
    names = NAMES[by](split)
    found = {number: satisfaction_in(counted) for number, counted in split.items()}
    away = hidden({str(number): group.n for number, group in found.items()}, k)
    groups = [
        Group(number, *names.get(number, ("", "")), None if str(number) in away else Figures(group))
        for number, group in found.items()
    ]
    return sorted(groups, key=lambda group: (-(group.figures.n if group.figures else 0), group.name))


def _reasons(counted: Mapping[str, int]) -> dict[str, int]:
    """Every disposition, with its reason where there is one, and how many cases have it."""
    return {what.removeprefix("case:"): n for what, n in sorted(counted.items()) if what.startswith("case:") and n}
