"""The words of a page in the reader's language, quickly: a page asks for some hundred of them."""

from __future__ import annotations

from typing import Any

from babel.support import NullTranslations
from flask import Flask, g
from flask_babel import get_translations
from markupsafe import Markup


def init_app(app: Flask) -> None:
    """Take the place of the library's functions in templates, which look everything up anew for each word."""
    app.jinja_env.globals.update(_=translated, gettext=translated, ngettext=translated_number)


def translated(words: str, /, **values: Any) -> Markup:
    """The words with values in them; what is not markup already is escaped."""
    return Markup(_translations().ugettext(words)) % values


def translated_number(one: str, many: str, num: int, /, **values: Any) -> Markup:
    """The same for words that depend on a number."""
    return Markup(_translations().ungettext(one, many, num)) % {"num": num, **values}


def _translations() -> NullTranslations:
    """The catalogue of this request's language, found once."""
    found: NullTranslations | None = g.get("translations")
    if found is None:
        found = g.translations = get_translations()
    return found
