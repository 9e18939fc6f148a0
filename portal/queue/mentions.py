"""Who is meant by @ in a note. Pure: what was written and who could be meant go in, people come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

AT_SIGN = re.compile(r"(?<![\w.@/+-])@(\w[\w.+-]*(?:[ \u00a0]+[\w'-]+){0,3})")
"""An @ that begins a word, and up to four words behind it; an e-mail address has its @ inside."""
MOST_NAMED = 20


@dataclass(frozen=True)
class Colleague:
    """Somebody who can be meant."""

    id: int
    name: str
    email: str | None

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def handle(self) -> str:
        """What means nobody else: the address before its @, or the name of somebody without one."""
        return f"@{(self.email or self.name).partition('@')[0]}"


@dataclass(frozen=True)
class Mentions:
    """Who was meant, what could mean several people, and what means nobody."""

    meant: tuple[Colleague, ...]
    unclear: tuple[tuple[str, tuple[Colleague, ...]], ...]
    unknown: tuple[str, ...]


def mentions_in(words: str, colleagues: Sequence[Colleague]) -> Mentions:
    """Everybody whom the words name, each once, in the order of the words."""
    meant: dict[int, Colleague] = {}
    unclear: dict[str, tuple[Colleague, ...]] = {}
    unknown: dict[str, None] = {}
    for written in list(dict.fromkeys(AT_SIGN.findall(words)))[:MOST_NAMED]:
        said, found = _resolved(written.split(), colleagues)
        if len(found) == 1:
            meant[found[0].id] = found[0]
        elif found:
            unclear[f"@{said}"] = found
        else:
            unknown[f"@{said}"] = None
    return Mentions(tuple(meant.values()), tuple(unclear.items()), tuple(unknown))


def _resolved(written: Sequence[str], colleagues: Sequence[Colleague]) -> tuple[str, tuple[Colleague, ...]]:
    """The longest run of words that is somebody's whole name; else the first word as address, first or last name."""
    for length in range(len(written), 1, -1):
        name = " ".join(written[:length])
        if found := _those(colleagues, lambda one: [one.name], name):
            return name, found
    first = written[0].rstrip(".-+")
    return first, _those(colleagues, _address, first) or _those(colleagues, _names, first)


def _address(one: Colleague) -> list[str]:
    return [one.handle[1:]] if one.email else []


def _names(one: Colleague) -> list[str]:
    return [one.name, *one.name.split()]


def _those(
    colleagues: Sequence[Colleague], names: Callable[[Colleague], Iterable[str]], said: str
) -> tuple[Colleague, ...]:
    wanted = said.casefold()
    return tuple(one for one in colleagues if any(name.casefold() == wanted for name in names(one)))
