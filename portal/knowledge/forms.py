"""The forms of articles, and their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from portal.web.forms import CreatingForm, PortalForm, named, number_or_none, options, words_field

NAMES_OF_LANGUAGES = {
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
}


class ArticleForm(CreatingForm):
    """What an article says and for whom. `version` says which one somebody edits."""

    title = words_field(
        StringField,
        _l("Title"),
        most=120,
        missing=_l("Enter a title."),
        hint=_l("What somebody would type who has the problem, such as “The printer prints nothing”."),
    )
    summary = words_field(
        StringField,
        _l("In one sentence"),
        most=300,
        missing=_l("Enter one sentence."),
        hint=_l("It stands in lists and in the search."),
    )
    body = words_field(TextAreaField, _l("The article"), most=60_000, missing=_l("Enter what to do."))
    services = SelectMultipleField(_l("Which services is it about?"))
    another = SelectField(_l("Add a service"), validators=[Optional()])
    segments = SelectMultipleField(
        _l("Who may read it?"), description=_l("Tick nobody, and everyone who is signed in may read it.")
    )
    language = SelectField(
        _l("Language"),
        choices=options([("", _l("The language of the portal")), *NAMES_OF_LANGUAGES.items()]),
        validators=[Optional()],
    )
    owner = SelectField(_l("Who looks after it?"), coerce=number_or_none)
    review_on = DateField(
        _l("When should somebody look at it again?"),
        validators=[Optional()],
        description=_l("We remind whoever looks after it. Without a day, it is a year from now."),
    )
    version = HiddenField()

    def offer(self, *, services: Iterable[Any], segments: Iterable[Any], owners: Iterable[Any]) -> None:
        """The services, segments and people to choose from; services that are chosen already stand as ticks."""
        chosen = set(self.services.data or ())
        known = list(services)
        self.services.choices = options((one.slug, one.name) for one in known if one.slug in chosen)
        rest = [(one.slug, one.name) for one in known if one.slug not in chosen]
        self.another.choices = options([("", _l("None")), *rest])
        self.segments.choices = options((one.slug, one.name) for one in segments)
        self.owner.choices = named(owners, _l("Nobody yet"))


class PublishForm(PortalForm):
    """What is said about a new version."""

    note = words_field(
        StringField,
        _l("What is new?"),
        most=200,
        missing=_l("Enter what is new."),
        hint=_l("One sentence for the history, such as “The new address of the printer server”."),
    )
    version = HiddenField()


class LookAgainForm(PortalForm):
    """It is still right; when to look again."""

    review_on = DateField(_l("Look at it again on"), validators=[InputRequired(_l("Enter a day."))])
    version = HiddenField()


class RetireForm(PortalForm):
    """Why nobody needs it any more."""

    why = words_field(
        StringField,
        _l("Why?"),
        most=300,
        missing=_l("Enter why. Whoever follows an old link reads it."),
        hint=_l("Such as “The old printers are gone since May”."),
    )
    version = HiddenField()


class MissingForm(PortalForm):
    """What a reader missed."""

    missing = words_field(
        TextAreaField,
        _l("What was missing?"),
        most=1000,
        hint=_l("Whoever writes the article reads it, without your name."),
    )
