"""The words of a page in the reader's language, quickly: a page asks for some hundred of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import Flask, g
from flask_babel import get_locale, get_translations
from markupsafe import Markup, escape


def init_app(app: Flask) -> None:
    """Take the place of the library's functions in templates, which look everything up anew for each word."""
    app.jinja_env.globals.update(_=translated, gettext=translated, ngettext=translated_number)


def translated(words: str, /, **values: Any) -> Markup:
    """The words with values in them; what is not markup already is escaped."""
    catalogue = _translations()
    return _filled(catalogue.ugettext(words), values) if values else _unchanging(catalogue, words)


def translated_number(one: str, many: str, num: int, /, **values: Any) -> Markup:
    """The same for words that depend on a number."""
    return _filled(_translations().ungettext(one, many, num), {"num": num, **values})


def locale_name() -> str:
    """The reader's locale by its name, such as 'en_GB', found once for each request."""
    found: str | None = g.get("locale_name")
    if found is None:
        found = g.locale_name = str(get_locale())
    return found


def _filled(words: str, values: dict[str, Any]) -> Markup:
    """Numbers stay numbers, for words that say how many places they want."""
    return Markup(words % {name: v if type(v) in _NUMBERS else escape(v) for name, v in values.items()})


_NUMBERS = (int, float)


@lru_cache(maxsize=4096)
def _unchanging(catalogue: NullTranslations, words: str) -> Markup:
    return _filled(catalogue.ugettext(words), {})


def _translations() -> NullTranslations:
    """The catalogue of this request's language, found once."""
    found: NullTranslations | None = g.get("translations")
    if found is None:
        found = g.translations = get_translations()
    return found
