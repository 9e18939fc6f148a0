"""What people wrote in a log: which rows are one message, who wrote it, and whether the customer may read it. Pure.

A message is public only where the mapping's words say so in every one of its rows. Anything else, also a word that
nobody has thought of, stays among colleagues.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from portal.imports.incoming import Kept, one_line
from portal.imports.mapping import Messages

LONGEST_AUTHOR = 200


class Message(NamedTuple):
    """One message; `first` is the row that says when it was written."""

    first: Kept
    by: str | None
    words: str
    public: bool
    by_customer: bool
    by_robot: bool

    @property
    def is_answer(self) -> bool:
        """Does it count as an answer: somebody else than the customer wrote it, a person, for the customer to read?"""
        return self.public and not self.by_customer and not self.by_robot


def public_rows(messages: Messages, place: Mapping[str, int], rows: Sequence[Kept]) -> list[Kept]:
    """The rows whose words a customer may read."""
    return [kept for one in _groups(messages, place, rows) if _is_public(messages, place, one) for kept in one]


def messages_in(
    messages: Messages, place: Mapping[str, int], rows: Sequence[Kept], robots: Collection[str] = ()
) -> list[Message]:
    """The messages of a request's rows, which are in order; those without words are none.

    `robots` are authors whose words never count as an answer, beside those that the mapping names.
    """
    told = (_message(messages, place, some, robots) for some in _groups(messages, place, rows))
    return [one for one in told if one.words]


def _groups(messages: Messages, place: Mapping[str, int], rows: Sequence[Kept]) -> Iterable[list[Kept]]:
    if not messages.same:
        return ([kept] for kept in rows)
    return (list(some) for _, some in groupby(rows, key=lambda kept: _cells(kept, place, messages.same)))


def _cells(kept: Kept, place: Mapping[str, int], columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(kept.cells[place[column]] for column in columns)


def _message(messages: Messages, place: Mapping[str, int], rows: list[Kept], robots: Collection[str]) -> Message:
    first = rows[0]
    by = one_line(first.cells[place[messages.by]])[:LONGEST_AUTHOR] or None
    words = messages.between.join(filter(None, (kept.cells[place[messages.text]] for kept in rows)))
    return Message(
        first=first,
        by=by,
        words=words.strip(),
        public=_is_public(messages, place, rows),
        by_customer=says(first, place, messages.customer, all),
        by_robot=by in robots or says(first, place, messages.robots, any),
    )


def _is_public(messages: Messages, place: Mapping[str, int], rows: list[Kept]) -> bool:
    return messages.all_public or all(says(kept, place, messages.public, all) for kept in rows)


def says(
    kept: Kept, place: Mapping[str, int], words: Mapping[str, tuple[str, ...]], how: Callable[[Iterable[bool]], bool]
) -> bool:
    """Have these columns of the row one of their words: all of them, or any? Never where no column is named."""
    return bool(words) and how(kept.cells[place[column]] in among for column, among in words.items())
