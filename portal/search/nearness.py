"""How near a document is to what somebody types. A suggestion that is not near enough would only be in the way."""

from __future__ import annotations

from collections.abc import Sequence

from portal.search.vocabulary import Vocabulary
from portal.search.words import Wanted

NEAR_ENOUGH, INCIDENT_NEAR_ENOUGH = 0.3, 0.25
"""What is broken now is shown sooner than an article."""
IN_TEXT = 0.6
"""What a word counts for that stands in the text alone, beside one in the title."""


def nearness(words: Sequence[Wanted], vocabulary: Vocabulary, *, title: str, body: str = "") -> float:
    """The share of what was typed that the document covers, 0 to 1, by how much each word says."""
    in_title, in_body = set(title.split()), set(body.split())
    weights = [(vocabulary.weight(one), _covered(one, in_title, in_body)) for one in words]
    whole = sum(weight for weight, _covered_by in weights)
    return sum(weight * covered for weight, covered in weights) / whole if whole else 0.0


def near_enough(kind: str) -> float:
    """How near a thing of this kind must be."""
    return INCIDENT_NEAR_ENOUGH if kind == "incident" else NEAR_ENOUGH


def _covered(one: Wanted, in_title: set[str], in_body: set[str]) -> float:
    if _holds(one, in_title):
        return 1.0
    return IN_TEXT if _holds(one, in_body) else 0.0


def _holds(one: Wanted, held: set[str]) -> bool:
    if any(form in held for form in one.forms):
        return True
    return one.begun and any(word.startswith(one.word) for word in held)
