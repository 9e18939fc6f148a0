"""The single figures, each with everything needed to believe it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.measures.intervals import Share
from portal.measures.quantiles import linear, nearest_rank
from portal.reports.facts import Material, RequestFact

JUDGED_FROM = 30
SHOWN_FROM = 5

TARGETS: dict[str, float] = {
    "targets_met": 0.95,
    "targets_met_of_opened": 0.95,
    "first_answer_targets_met": 0.95,
    "callbacks_kept": 0.95,
    "csat": 0.85,
    "survey_response_rate": 0.40,
    "reopened_share": 0.05,
}
AT_MOST = frozenset({"reopened_share"})
"""Targets that are kept by staying below them."""

Verdict = Literal["kept", "missed", "not judged"]


@dataclass(frozen=True)
class Indicator:
    """One figure with everything needed to believe it. What does not apply, or is undefined, is None."""

    value: float | int | None
    unit: Literal["requests", "offers", "share", "hours"]
    n: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    verdict: Verdict | None = None


def share(key: str, x: int, n: int) -> Indicator:
    """x of n with its interval, held against the target of this key."""
    counted = Share(x, n)
    target = TARGETS.get(key)
    judged = verdict(counted.value, n, target, at_most=key in AT_MOST)
    return Indicator(counted.value, "share", n, x, n, counted.low, counted.high, target, judged)


def verdict(value: float | None, n: int, target: float | None, *, at_most: bool = False) -> Verdict | None:
    """Kept or missed; nothing is judged on fewer than thirty."""
    if target is None or value is None:
        return None
    if n < JUDGED_FROM:
        return "not judged"
    return "kept" if (value <= target if at_most else value >= target) else "missed"


def _count(number: int) -> Indicator:
    return Indicator(number, "requests")


def _hours(
    values: Sequence[float], q: float, rule: Callable[[Sequence[float], float], float | None] = linear
) -> Indicator:
    return Indicator(rule(values, q), "hours", len(values))


def count_indicators(material: Material) -> dict[str, Indicator]:
    inside = material.period.contains
    opened = [one for one in material.requests if inside(one.opened_at)]
    resolved = [one for one in material.requests if one.resolved_at and inside(one.resolved_at)]
    closed = [one for one in material.requests if one.closed_at and inside(one.closed_at)]
    return {
        "opened": _count(len(opened)),
        "resolved": _count(len(resolved)),
        "closed": _count(len(closed)),
        **_backlog(material),
        **_promises(material, opened, closed),
        **_times(opened, resolved, closed),
        "reopened_share": share("reopened_share", sum(one.reopen_count > 0 for one in resolved), len(resolved)),
        "reassigned_share": share(
            "reassigned_share", sum(one.reassignment_count > 0 for one in resolved), len(resolved)
        ),
        **_satisfaction(material),
        **_offers(material),
        "callbacks_kept": _calls(material),
    }


def _backlog(material: Material) -> dict[str, Indicator]:
    months = backlog_by_month(material)
    by_closing = months[-1][1] if months else material.unclosed_before
    return {"backlog_end": _count(len(open_at_end(material))), "backlog_end_by_closing": _count(by_closing)}


def open_at_end(material: Material) -> list[RequestFact]:
    end = material.period.end_at
    return [one for one in material.requests if one.opened_at < end and (one.ended_at is None or one.ended_at >= end)]


def _promises(material: Material, opened: list[RequestFact], closed: list[RequestFact]) -> dict[str, Indicator]:
    as_of, inside = material.as_of, material.period.contains
    decided = [one for one in material.requests if (at := one.decided(as_of)) and inside(at)]
    answers = [one.answered_in_time(as_of) for one in material.requests if (at := one.answer_decided()) and inside(at)]
    return {
        "targets_met_of_opened": kept_share("targets_met_of_opened", (one.kept(as_of) for one in opened)),
        "targets_met_of_closed": kept_share("targets_met_of_closed", (one.kept(as_of) for one in closed)),
        "targets_met": kept_share("targets_met", (one.kept(as_of) for one in decided)),
        "first_answer_targets_met": kept_share("first_answer_targets_met", answers),
    }


def kept_share(key: str, outcomes: Iterable[bool | None]) -> Indicator:
    tally = Counter(outcomes)
    return share(key, tally[True], tally[True] + tally[False])


def _times(opened: list[RequestFact], resolved: list[RequestFact], closed: list[RequestFact]) -> dict[str, Indicator]:
    first = sorted(one.hours_until(one.first_answered_at) for one in opened if one.first_answered_at)
    done = resolution_hours(resolved)
    shut = sorted(one.hours_until(one.closed_at) for one in closed if one.closed_at and not one.withdrawn)
    return {
        "first_answer_hours_median": _hours(first, 0.5),
        "first_answer_hours_p90": _hours(first, 0.9),
        "resolution_hours_median": _hours(done, 0.5),
        "resolution_hours_p90": _hours(done, 0.9),
        "resolution_hours_median_nearest": _hours(done, 0.5, nearest_rank),
        "resolution_hours_p90_nearest": _hours(done, 0.9, nearest_rank),
        "resolution_hours_median_of_opened": _hours(resolution_hours(opened), 0.5),
        "closing_hours_median": _hours(shut, 0.5),
    }


def resolution_hours(requests: Iterable[RequestFact]) -> list[float]:
    """Hours from opening to the last resolution, sorted; requests without one are left out."""
    return sorted(one.hours_until(one.resolved_at) for one in requests if one.resolved_at)


def _satisfaction(material: Material) -> dict[str, Indicator]:
    survey = material.survey
    satisfied = survey.satisfaction.top_two
    csat = share("csat", satisfied.x, satisfied.n)
    if satisfied.n < SHOWN_FROM:
        # So few answers could be told apart; the page says how many there were, and no more.
        csat = Indicator(None, "share", satisfied.n, target=csat.target)
    return {"csat": csat, "survey_response_rate": share("survey_response_rate", survey.completed, survey.delivered)}


def _offers(material: Material) -> dict[str, Indicator]:
    offers = material.offers
    hours = _hours(offers.hours, 0.5)
    if offers.picked < SHOWN_FROM:
        hours = Indicator(None, "hours", offers.picked)
    return {
        "offers_made": Indicator(offers.made, "offers"),
        "offers_picked": share("offers_picked", offers.picked, offers.settled),
        "offers_picked_hours_median": hours,
    }


def _calls(material: Material) -> Indicator:
    kept, missed = material.calls.kept, material.calls.missed(material.as_of)
    return share("callbacks_kept", kept, kept + missed)


def backlog_by_month(material: Material) -> list[tuple[int, int]]:
    """(open, not closed) at each month's end: what was there before, and what came, less what went."""
    still_open, unclosed, ends = material.open_before, material.unclosed_before, []
    for month in material.months:
        still_open += month.opened - month.ended
        unclosed += month.opened - month.closed
        ends.append((still_open, unclosed))
    return ends
