"""What every form has: the token, kind errors, a one-time key for those that make something."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.i18n import DummyTranslations, get_translations
from wtforms.validators import InputRequired, Length, Optional, StopValidation

from portal.once import new_key
from portal.refusal import Conflict, Refusal
from portal.web.paging import whole_number


@lru_cache(maxsize=32)
def _words_of_library(language: str) -> Any:
    try:
        return get_translations([language])
    except OSError:
        return DummyTranslations()


class PortalForm(FlaskForm):
    """A form that can take a refusal back to the field it belongs to."""

    conflict = ""
    """What somebody else did meanwhile; the page says it beside what stands there now, not among what to mend."""
    crossed = False
    """Did somebody change the same at the same moment, so that it has to be sent once more?"""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Any:
            """The library's own few sentences, read from the disk once and not for each form."""
            return _words_of_library(str(get_locale()))

    def refuse(self, refusal: Refusal) -> None:
        """Show the reason at its field, or above the form."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.reason)
        else:
            field.errors = [*field.errors, refusal.reason]

    def listed_errors(self) -> list[tuple[str, str]]:
        """(id of the first control or '', sentence) for the summary, in the order of the fields."""
        listed = [("", str(error)) for error in self.form_errors]
        for field in self:
            listed += located_errors(field)
        return listed

    @property
    def status(self) -> int:
        """What a page that shows this form answers with: 409 after a conflict, 422 when there is something to mend."""
        if self.conflict or self.crossed:
            return Conflict.status
        return 422 if self.listed_errors() else 200


class CreatingForm(PortalForm):
    """A form that makes something carries a one-time key, so that two clicks make one thing."""

    once = HiddenField(default=new_key)


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """(value, words) as the options of a choice."""
    return [SelectChoice(value, words) for value, words in pairs]


def named(rows: Iterable[Any], nothing: Any = None) -> list[SelectChoice]:
    """Rows to choose from by name, after the words for choosing none of them."""
    first = [SelectChoice("", nothing)] if nothing else []
    return first + [SelectChoice(one.id, one.name) for one in rows]


def number_or_none(value: Any) -> int | None:
    """What a select sends: a key, or nothing."""
    return int(value) if value else None


def version_sent(form: Any) -> int:
    """The version of the row that the form was made for. A form sent without one fits no row, whatever its default."""
    sent = form.version.raw_data
    number = whole_number(sent[0] if sent else None)
    return -1 if number is None else number


def first_control(field: Field) -> str:
    """The id of the element that an error link should lead to."""
    return f"{field.id}-0" if isinstance(field, (RadioField, SelectMultipleField)) else field.id


def located_errors(field: Field) -> list[tuple[str, str]]:
    """(id of the control to mend, sentence); a field of many controls knows which one is meant."""
    if hasattr(field, "located_errors"):
        return field.located_errors()
    return [(first_control(field), str(error)) for error in field.errors]


class Needed(InputRequired):
    """Something must be there; blanks alone are nothing, except in a password."""

    def __call__(self, form: Any, field: Field) -> None:
        super().__call__(form, field)
        if isinstance(field.data, str) and not field.data.strip() and not isinstance(field, PasswordField):
            raise StopValidation(self.message)


def in_our_time(_form: Any, field: Field) -> None:
    """A day that a clock can be set to: far outside, other time zones have no such moment."""
    if field.data and not 1970 <= field.data.year <= 2200:
        raise StopValidation(_("Enter a year between 1970 and 2200."))


def needed(message: Any) -> InputRequired:
    """This must be filled in; `message` says what to do."""
    return Needed(message=message)


def at_most(characters: int) -> Length:
    """A kind upper bound on text."""
    return Length(max=characters, message=_l("Use at most %(max)d characters."))


def words_field(kind: type[StringField], label: Any, *, missing: Any = None, most: int = 2000, hint: Any = "") -> Any:
    """A text that must be there when `missing` says what to enter, and is optional otherwise."""
    first = needed(missing) if missing else Optional()
    return kind(label, validators=[first, at_most(most)], filters=[_stripped], description=hint)


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text
