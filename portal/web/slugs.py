"""Names as parts of addresses."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count

from portal.web.folding import folded

LONGEST_SLUG = 60


def slug_of(name: str, otherwise: str) -> str:
    """'Łódź: new keys' as 'lodz-new-keys'; `otherwise` for a name that has no letters an address can hold."""
    return re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:LONGEST_SLUG].strip("-") or otherwise


def free_slug(slug: str, taken: Collection[str]) -> str:
    """The same, or with the first number behind it that nobody has."""
    return slug if slug not in taken else next(one for n in count(2) if (one := f"{slug}-{n}") not in taken)
