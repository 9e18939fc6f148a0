"""The words that the index knows: what is rare, what is common, and what a mistyped word may have meant."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import current_app

from portal.search.engine import Term
from portal.search.words import SMALL_WORDS, Wanted, with_other
from portal.web.remember import remembered

SHORTEST_MENDED, LONG = 4, 8
SMALL, UNKNOWN = 0.1, 0.5
"""What a small word counts for beside one that says something, and a word that no document holds."""
BROUGHT, FEW = 2, 500
"""The words of a suggestion bring at most half of all documents, or so many where there are few."""
CALM = 50
"""Among a few documents no word is really rare, so it is counted as if there were so many more."""


@dataclass(frozen=True)
class Vocabulary:
    """How often each word and stem occurs, and which of them people may have meant."""

    documents: int = 0
    occurs: dict[str, int] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    in_order: tuple[str, ...] = ()

    @classmethod
    def of(cls, terms: Iterable[Term], documents: int) -> Vocabulary:
        terms = list(terms)
        occurs = {term.word: term.documents for term in terms}
        meant = tuple(term.word for term in terms if term.is_word and _can_be_meant(term.word))
        return cls(documents, occurs, meant, tuple(sorted(occurs)))

    def knows(self, one: Wanted) -> bool:
        """Does any document hold it, or a longer word while it is being typed?"""
        if any(form in self.occurs for form in one.forms):
            return True
        place = bisect_left(self.in_order, one.word)
        return one.begun and place < len(self.in_order) and self.in_order[place].startswith(one.word)

    def nearest(self, word: str) -> str | None:
        """The known word that differs least: one slip in a short word, two in a long one; common words first."""
        if not _can_be_meant(word):
            return None
        # Loaded with the first word that nobody knows: a start takes long enough without it.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        slips = 1 if len(word) < LONG else 2
        near = process.extract(word, self.words, scorer=OSA.distance, score_cutoff=slips, limit=None)
        best = min(near, key=lambda one: (one[1], *self._doubt(one[0], word), one[0]), default=None)
        return best[0] if best else None

    def _doubt(self, other: str, word: str) -> tuple[bool, bool, int]:
        """Among equally near words: people know how it begins, and leave letters out rather than add some."""
        return other[0] != word[0], len(other) < len(word), -self.occurs[other]

    def mended(self, words: Sequence[Wanted]) -> tuple[tuple[Wanted, ...], list[tuple[str, str]]]:
        """The words with what they may have meant beside them, and the pairs (typed, meant)."""
        meant = {one.word: self.nearest(one.word) for one in words if not self.knows(one)}
        pairs = [(typed, other) for typed, other in meant.items() if other]
        known = dict(pairs)
        return tuple(with_other(one, known[one.word]) if one.word in known else one for one in words), pairs

    def understood(self, words: Sequence[Wanted]) -> tuple[Wanted, ...]:
        """What a sentence is about: typing errors mended, and a last word that is known taken as finished."""
        mended, _pairs = self.mended(words)
        return tuple(replace(one, begun=one.begun and one.word not in self.occurs) for one in mended)

    def as_typed(self, words: Sequence[Wanted]) -> tuple[Wanted, ...]:
        """The words without their stems, where they are known as they stand."""
        return tuple(replace(one, forms=(one.word,)) if one.word in self.occurs else one for one in words)

    def rarest(self, words: Sequence[Wanted]) -> tuple[Wanted, ...]:
        """The rarest words, as many as bring no more than a part of all documents: common ones tell nothing apart."""
        most = max(self.documents // BROUGHT, FEW)
        asked: list[Wanted] = []
        for one in sorted(words, key=self._occurs):
            most -= self._occurs(one)
            if asked and most < 0:
                break
            asked.append(one)
        return tuple(asked)

    def weight(self, one: Wanted) -> float:
        """How much this word says: rare ones more, small ones little; one that no document holds may say anything."""
        occurs = self._occurs(one)
        rarity = math.log(1 + (self.documents + CALM) / (occurs + CALM / 10))
        return rarity * (SMALL if one.word in SMALL_WORDS else 1 if occurs else UNKNOWN)

    def _occurs(self, one: Wanted) -> int:
        return max((self.occurs.get(form, 0) for form in one.forms), default=0)


def _can_be_meant(word: str) -> bool:
    return len(word) >= SHORTEST_MENDED and word.isalpha()


def remembered_vocabulary(
    state: Callable[[], tuple[int, datetime | None]], terms: Callable[[], Iterable[Term]]
) -> Vocabulary:
    """The vocabulary, kept per process and fetched again when the documents have changed."""
    now_at = remembered("state of the documents", state)
    kept: tuple[Hashable, Vocabulary] | None = current_app.extensions.get("vocabulary")
    if kept is None or kept[0] != now_at:
        kept = current_app.extensions["vocabulary"] = (now_at, Vocabulary.of(terms(), now_at[0]))
    return kept[1]
