"""Forms about the promise of a request: how much it matters, whom we wait for, when we expect it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, StopValidation

from portal.web.forms import CreatingForm, PortalForm, in_our_time, options, words_field
from portal.web.moment import portal_zone

IMPACT_WORDS = [
    (1, _l("The whole company or a site")),
    (2, _l("A department")),
    (3, _l("One person")),
]
URGENCY_WORDS = [
    (1, _l("Nobody can work until it is done")),
    (2, _l("Work goes on, with trouble")),
    (3, _l("It can wait a while")),
]
PRIORITY_WORDS = {1: _l("1, critical"), 2: _l("2, high"), 3: _l("3, normal"), 4: _l("4, low")}


def _chosen(message: Any) -> InputRequired:
    return InputRequired(message)


class PriorityForm(PortalForm):
    """Whom it stops and how soon it matters; the priority follows. Customers are never asked this."""

    impact = RadioField(_l("Whom does it stop?"), [_chosen(_l("Choose whom it stops."))], coerce=int)
    urgency = RadioField(_l("How soon does it matter?"), [_chosen(_l("Choose how soon it matters."))], coerce=int)
    version = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.impact.choices, self.urgency.choices = options(IMPACT_WORDS), options(URGENCY_WORDS)


class HoldForm(CreatingForm):
    """For whom we wait, in words that the customer reads."""

    words = words_field(
        TextAreaField,
        _l("For whom do we wait, and why?"),
        most=1000,
        missing=_l("Say for whom we wait, and why. The customer reads it."),
        hint=_l("Such as “The screen is ordered and comes from the maker on Thursday.” The customer reads it."),
    )
    version = HiddenField()


class GoOnForm(CreatingForm):
    """What has come, if there is something to say."""

    words = words_field(TextAreaField, _l("What has come?"), most=1000, hint=_l("The customer reads it."))
    version = HiddenField()


class NewTimeForm(CreatingForm):
    """A moment that we expect it at, and why it is not the one we promised."""

    expected = DateTimeLocalField(
        _l("We expect it to be done by"), [InputRequired(_l("Choose a day and a time.")), in_our_time]
    )
    why = words_field(
        TextAreaField,
        _l("Why?"),
        most=1000,
        missing=_l("Say in a sentence why. The customer reads it."),
        hint=_l("In plain words; the customer reads it."),
    )
    version = HiddenField()

    @property
    def expected_at(self) -> datetime:
        """The moment on the portal's clock. Of an hour that comes twice it is the first."""
        return self.expected.data.replace(tzinfo=portal_zone()).astimezone(UTC)

    def validate_expected(self, field: Any) -> None:
        if field.data and self.expected_at.astimezone(portal_zone()).replace(tzinfo=None) != field.data:
            raise StopValidation(_("On that day the clock jumps over this hour. Choose another time."))
