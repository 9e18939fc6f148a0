"""The answers to choose from, written one a line.

“Laptop = laptop” stands for the words “Laptop” and for what is kept with an answer, “laptop”. Somebody who changes the
words leaves what follows the sign, so old answers and conditions still mean the same. A new line needs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flask_babel import gettext as _

from portal.designer.arranging import fresh_key
from portal.questions.rules import Choice

SIGN = " = "
MOST = 2000
LONGEST = 200


def choice_lines(choices: Iterable[Choice]) -> str:
    """The choices as they are edited."""
    return "\n".join(f"{one.words}{SIGN}{one.value}" for one in choices)


def translated_lines(choices: Iterable[Choice], language: str) -> str:
    """The choices in a language; a line that is not translated yet has nothing before the sign."""
    return "\n".join(f"{one.translations.get(language, '')}{SIGN}{one.value}".lstrip() for one in choices)


def read_choices(text: str, old: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices that the lines say, with the translations that they had; raises ValueError in plain words."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise ValueError(_("Offer at most %(most)d answers.", most=MOST))
    known = {one.value: one for one in old}
    by_words = {one.words: one.value for one in reversed(old)}
    found: dict[str, Choice] = {}
    for line in lines:
        words, value = _cut(f" {line}", known)
        if not value and by_words.get(words, "") not in found:
            value = by_words.get(words, "")
        value = value or fresh_key(words, {*known, *found})
        _check(words, value, found)
        found[value] = replace(known[value], words=words) if value in known else Choice(value, words)
    return tuple(found.values())


def _cut(line: str, known: Iterable[str]) -> tuple[str, str]:
    """(words, value); a value that is there already may itself hold the sign."""
    for value in sorted(known, key=len, reverse=True):
        if line.endswith(SIGN + value):
            return line.removesuffix(SIGN + value).strip(), value
    words, sign, value = line.rpartition(SIGN)
    return (words.strip(), value.strip()) if sign else (line.strip(), "")


def _check(words: str, value: str, found: Iterable[str]) -> None:
    if not words:
        raise ValueError(_("Write words before “= %(value)s”.", value=value))
    if max(len(words), len(value)) > LONGEST:
        raise ValueError(_("An answer to choose may have at most %(most)d characters.", most=LONGEST))
    if value in found:
        raise ValueError(_("“%(value)s” stands in two lines. Each answer needs a name of its own.", value=value))


def with_translations(choices: Sequence[Choice], language: str, text: str, old: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices with their words in a language; raises ValueError where a line is for none of them.

    Lines for choices that were there before and are taken away now go with them.
    """
    known = {one.value for one in (*choices, *old)}
    said = dict.fromkeys(known, "")
    for line in (" ".join(line.split()) for line in text.splitlines() if line.strip()):
        words, value = _cut(f" {line}", known)
        if value not in known:
            raise ValueError(_("“%(line)s” is for none of the answers: end it with “=” and one.", line=line))
        said[value] = words
    return tuple(_in_language(one, language, said[one.value]) for one in choices)


def _in_language(choice: Choice, language: str, words: str) -> Choice:
    others = {name: text for name, text in choice.translations.items() if name != language}
    return replace(choice, translations=others | ({language: words} if words else {}))
