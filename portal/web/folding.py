"""Words as they are compared in a search: without case and accents, the same on every database."""

from __future__ import annotations

import unicodedata

SINGLE_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
"""Letters that Unicode does not take apart into a letter and a mark."""


def folded(text: str) -> str:
    """'Łódź' and 'LODZ' both become 'lodz'."""
    # Compatibility forms first: a letter may hide its case in one of them.
    plain = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFKD", plain)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return bare.translate(SINGLE_LETTERS).casefold()
