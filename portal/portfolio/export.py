"""The review as a file: the same figures as on the page."""

from __future__ import annotations

from collections.abc import Iterable

from portal.portfolio.queries import Reviewed
from portal.web.sheet import table

COLUMNS = (
    "service",
    "name",
    "asked",
    "promises_kept",
    "promises_decided",
    "rated_good",
    "rated",
    "hours_spent",
    "cost",
    "not_needed",
    "decision",
    "into",
    "review_on",
)


def review_csv(rows: Iterable[Reviewed]) -> str:
    """One line a service; what the page does not say is empty here too."""
    return table([COLUMNS, *(_line(row) for row in rows)])


def _line(row: Reviewed) -> tuple[object, ...]:
    seen, last = row.figures, row.last
    rated = seen.rated if seen.rating_is_exact else None
    return (
        row.slug,
        row.name,
        seen.asked,
        *((seen.kept.x, seen.kept.n) if seen.kept else ("", "")),
        *((rated.x, rated.n) if rated else ("", "")),
        round(seen.spent_minutes / 60, 2),
        "" if seen.cost_cents is None else f"{seen.cost_cents / 100:.2f}",
        row.avoided,
        last.outcome if last else "",
        last.into.slug if last and last.into else "",
        last.review_on.isoformat() if last else "",
    )
