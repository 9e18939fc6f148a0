"""Words as they are kept for searching and as somebody types them: folded, stemmed lightly, and harmless."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import current_app

from portal.web.folding import folded

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 64
MOST_KEPT = 60_000
"""Signs of one text that are searched. PostgreSQL refuses more than a megabyte of words in a row."""
MOST_WORDS = 12
MOST_TYPED = 500

LANGUAGES = {
    "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip

_SMALL = """
    a about all also am an and any are as at be been but by can cannot could did do does dont for from get had has have
    hello help hi how i if im in into is it its just like me my need no not of on or our out please so some thanks that
    the their them then there they this to up us want was we were what when where which who why will with would you your
    aber als auch auf aus bei bin bitte bis das dass dem den der des die ein eine einen einer es fur habe hallo ich ist
    kann kein keine mein meine mit nach nicht noch oder sich sie sind und von vom wenn wie wir zu zum zur
    au aux avec bonjour ce ces comment dans de du elle est et il je la le les ma mais mes mon ne nous ou par pas pour
    que qui sa se ses son sur un une vous
"""
SMALL_WORDS = frozenset(_SMALL.split())
"""Words that say little about what somebody looks for, in the languages that are typed most."""


@dataclass(frozen=True)
class Wanted:
    """One word of a query: as it was typed, folded, and every form that counts as finding it."""

    word: str
    forms: tuple[str, ...]
    begun: bool = False
    """Longer words that begin like this are meant too, because it may still be being typed."""


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [word[:LONGEST_WORD] for word in WORD.findall(folded(text))]


def kept(text: str) -> tuple[str, str]:
    """(words, stems) of a text for the index; a stem that is the word itself is left out."""
    words = words_of(text[:MOST_KEPT])
    return " ".join(words), " ".join(other for word in words if (other := stem(word)) != word)


def for_index(*texts: str) -> str:
    """The words and the stems of these texts in one line."""
    return " ".join(part for text in texts for part in kept(text) if part)


def wanted(text: str, *, typing: bool = True) -> tuple[Wanted, ...]:
    """What a query looks for: its words, each once. The last one may be unfinished while somebody is `typing`."""
    words = list(dict.fromkeys(words_of(text[:MOST_TYPED].replace("\0", " "))))[:MOST_WORDS]
    ends_open = typing and not text[-1:].isspace()
    return tuple(_wanted(word, ends_open and word == words[-1]) for word in words)


def _wanted(word: str, is_last: bool) -> Wanted:
    return Wanted(word, tuple(dict.fromkeys((word, stem(word)))), is_last and len(word) > 1)


def with_other(one: Wanted, other: str) -> Wanted:
    """The same wish, content with another word too."""
    return Wanted(one.word, tuple(dict.fromkeys((*one.forms, other, stem(other)))), one.begun)


def telling(words: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """The words that say something; all of them when none does."""
    return tuple(one for one in words if one.word not in SMALL_WORDS) or tuple(words)


def stem(word: str) -> str:
    """The word without its ending, in the portal's language; what has a digit stays as it is."""
    return _stem(word, LANGUAGES.get(current_app.config["LOCALE"][:2].lower(), ""))


@lru_cache(maxsize=100_000)
def _stem(word: str, language: str) -> str:
    if not language or not word.isalpha():
        return word
    # Loaded with the first word: a start takes long enough without it.
    import snowballstemmer

    # A stemmer of its own each time: they keep what they work on inside, and several threads stem at once.
    # A stem may bring back a letter that folding took away.
    return folded(snowballstemmer.stemmer(language).stemWord(word)) or word
