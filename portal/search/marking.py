"""Showing which words of a result were looked for."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from portal.search.words import WORD, Wanted, stem
from portal.web.folding import folded


class Marker:
    """Marks the wanted words in a text; everything else of it stays plain text."""

    def __init__(self, words: Sequence[Wanted]) -> None:
        self.forms = {form for one in words for form in one.forms}
        self.begun = tuple(one.word for one in words if one.begun)

    def __call__(self, text: str) -> Markup:
        pieces: list[Markup] = []
        end = 0
        for found in WORD.finditer(text):
            if self._is_wanted(folded(found.group())):
                pieces += [escape(text[end : found.start()]), Markup("<mark>{}</mark>").format(found.group())]
                end = found.end()
        return Markup("").join([*pieces, escape(text[end:])])

    def _is_wanted(self, word: str) -> bool:
        return word in self.forms or stem(word) in self.forms or bool(self.begun and word.startswith(self.begun))
