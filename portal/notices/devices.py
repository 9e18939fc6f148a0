"""Whether a device is meant by the words of a notice. Pure."""

from __future__ import annotations

import re

from portal.web.folding import folded

_WORD = re.compile(r"\w+")


def device_words(text: str | None) -> frozenset[str]:
    """The words of a device or of its model, without case, accents and signs."""
    return frozenset(_WORD.findall(folded(text or "")))


def fits(meant: str, device: str | None) -> bool:
    """Is each word that is meant a word of the device? 'OptiPlex 7070' means 'Dell OptiPlex 7070'."""
    words = device_words(meant)
    return bool(words) and words <= device_words(device)
