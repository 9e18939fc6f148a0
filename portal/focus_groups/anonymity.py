"""Keeping names out of what people said. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST = 3
"""Shorter parts of a name (“de”, “Li”) are ordinary words too often to be looked for."""


def named_in(text: str, names: Iterable[str]) -> str | None:
    """The first part of any of these names that the text mentions, written as a name is written."""
    words = set(re.findall(r"\w+", text))
    parts = (part for name in names for part in re.findall(r"\w+", name))
    return next((part for part in parts if len(part) >= SHORTEST and part in words), None)
