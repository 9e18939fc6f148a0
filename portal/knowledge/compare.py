"""What differs between two wordings, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

AROUND = 2
"""Lines that are shown before and after a change."""


@dataclass(frozen=True)
class Line:
    """A line that is in both (`same`), only in the older (`gone`) or only in the newer (`added`), or lines left out."""

    how: str
    words: str


def compared(old: str, new: str) -> list[Line]:
    """The changes between two texts with a little of what stands around them; nothing when they are equal."""
    before, after = _written_lines(old), _written_lines(new)
    matcher = SequenceMatcher(None, before, after)
    groups = list(matcher.get_grouped_opcodes(AROUND))
    shown: list[Line] = []
    for last, group in pairwise([None, *groups]):
        if last:
            shown.append(Line("left_out", ""))
        assert group is not None
        for deed, a, b, c, d in group:
            shown += _lines(deed, before[a:b], after[c:d])
    return shown


def _written_lines(text: str) -> list[str]:
    """Without the empty ones, of which nobody wants to know."""
    return [line for line in text.splitlines() if line.strip()]


def _lines(deed: str, old: list[str], new: list[str]) -> Iterator[Line]:
    if deed == "equal":
        yield from (Line("same", words) for words in old)
        return
    yield from (Line("gone", words) for words in old)
    yield from (Line("added", words) for words in new)
