"""Where the new words of an answer end and the repeated history begins. Pure.

The patterns by which mail programs introduce what they repeat come from mail-parser-reply, in the languages that our
readers write. They are run by a machine that gives up after a moment, because some of them can be made to take hours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

LANGUAGES = ["en", "de", "fr", "nl", "es", "it", "pl", "da", "sv"]
SECONDS = 0.2
LONGEST = 100_000


@lru_cache(maxsize=1)
def _introductions() -> Any:
    """ "On Tuesday, Anna wrote:" and its kin."""
    import regex  # type: ignore[import-untyped]
    from mailparser_reply.parser import EmailMessage

    return regex.compile(EmailMessage(text="", languages=list(LANGUAGES)).HEADER_REGEX.pattern, regex.M | regex.I)


def fold(text: str) -> tuple[str, str]:
    """(the new words, the repeated ones). Nothing is lost: an answer written between repeated lines is all new."""
    text = text.strip()
    start = _introduced(text[:LONGEST])
    if start is None or _answers_between(text[start:]):
        start = _trailing_quote(text)
    new, repeated = text[:start].strip(), text[start:].strip()
    return (new, repeated) if new else (text, "")


def _introduced(text: str) -> int | None:
    try:
        found = _introductions().search(text, timeout=SECONDS, concurrent=True)
    except TimeoutError:
        return None
    return found.start() if found else None


def _answers_between(rest: str) -> bool:
    """Do new lines follow repeated ones, as when somebody answers point by point?"""
    lines = [line for line in rest.splitlines() if line.strip()]
    quoted = [number for number, line in enumerate(lines) if line.startswith(">")]
    return bool(quoted) and any(not line.startswith(">") for line in lines[quoted[0] :])


def _trailing_quote(text: str) -> int:
    """Where the last lines that are all repeated begin; the end of the text when there are none."""
    lines = text.split("\n")
    first = len(lines)
    while first and (lines[first - 1].startswith(">") or not lines[first - 1].strip()):
        first -= 1
    return len("\n".join(lines[:first]))
