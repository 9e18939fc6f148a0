"""Patterns for texts: regular expressions that somebody wrote and that must not stop the portal. Pure."""

from __future__ import annotations

import re
from typing import Any

LONGEST = 500
MOST_REPEATS = 20_000
SECONDS = 0.05

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|[()|]|.", re.DOTALL)


def compiled(pattern: str) -> Any:
    """The pattern, ready to use; raises ValueError when it is none, or too large to be used."""
    if len(pattern) > LONGEST or _size(pattern) > MOST_REPEATS:
        raise ValueError("the pattern is too large")
    # Loaded with the first pattern: few forms have one, and every start would take longer.
    import regex  # type: ignore[import-untyped]

    try:
        return regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"“{pattern}” is no pattern: {error}") from None


def fits(pattern: str, text: str) -> bool | None:
    """Does the whole text fit? None when it takes too long to tell."""
    try:
        # Other visitors go on while this one is looked at.
        return compiled(pattern).fullmatch(text, timeout=SECONDS, concurrent=True) is not None
    except TimeoutError:
        return None


def _size(pattern: str) -> int:
    """About how many steps the pattern has once its counted repeats are written out: the library writes them out."""
    sums, last = [0], 0
    for token in _TOKEN.finditer(pattern):
        sign = token.group()
        if token.group(1):
            last = min(last, MOST_REPEATS) * max(int(token.group(1)), int(token.group(2) or 0))
            sums[-1] += last
            continue
        if sign == "(":
            sums.append(0)
        elif sign == ")" and len(sums) > 1:
            last = max(sums.pop(), 1)
            sums[-1] += last
        else:
            last = 1
            sums[-1] += 1
    return sum(sums)
