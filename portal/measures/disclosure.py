"""Which groups are too small to show, so that no single answer can be worked out."""

from collections.abc import Mapping

SMALLEST_GROUP = 5


def hidden(counts: Mapping[str, int], k: int = SMALLEST_GROUP) -> frozenset[str]:
    """The groups to hide: those below k, and more until what is hidden cannot be got by subtraction.

    One hidden group alone, or hidden groups that together are below k, would give themselves away beside the
    total; then the smallest group still shown is hidden as well (of equal ones, the first by name).
    A group that nobody belongs to is below k too: leave it out of the counts when its emptiness is no secret.
    """
    shown = sorted((count, name) for name, count in counts.items() if count >= k)
    away = {name: count for name, count in counts.items() if count < k}
    while away and shown and (len(away) == 1 or sum(away.values()) < k):
        count, name = shown.pop(0)
        away[name] = count
    return frozenset(away)
