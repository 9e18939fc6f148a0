"""The forms of calls and of the rules that make them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import NumberRange, Optional

from portal.callbacks.actions import LONGEST_HOURS
from portal.callbacks.states import ALL, SAMPLE
from portal.callbacks.words import ASKED_WORDS, WHICH_WORDS
from portal.web.forms import CreatingForm, named, needed, number_or_none, options, words_field


class RecordForm(CreatingForm):
    """What a call came to."""

    version = HiddenField()
    outcome = RadioField(
        _l("What came of the call?"),
        choices=options(ASKED_WORDS.items()),
        validators=[needed(_l("Choose what came of the call."))],
    )
    words = words_field(
        TextAreaField,
        _l("What was said"),
        hint=_l("Colleagues read it. When the request is opened again, the customer reads it as well."),
    )
    reopen = BooleanField(_l("Open the request again"), description=_l("Only when it does not work."))


class RuleForm(CreatingForm):
    """A new rule."""

    which = RadioField(
        _l("After which requests do we call?"),
        choices=options(WHICH_WORDS.items()),
        validators=[needed(_l("Choose after which requests we call."))],
        default=ALL,
    )
    percent = IntegerField(
        _l("How many percent, when it is a sample?"),
        validators=[Optional(), NumberRange(1, 100, _l("Enter a share from 1 to 100 percent."))],
    )
    service = SelectField(_l("Of which service?"), coerce=number_or_none, validators=[Optional()])
    within_hours = IntegerField(
        _l("Within how many service hours?"),
        validators=[
            needed(_l("Enter within how many service hours we call.")),
            NumberRange(1, LONGEST_HOURS, _l("Enter from %(min)d to %(max)d service hours.")),
        ],
        default=9,
    )

    def offer(self, services: Iterable[Any]) -> None:
        """Put the services to choose from into the form."""
        self.service.choices = named(services, nothing=_l("All services"))

    @property
    def share(self) -> float:
        """The share of a sample; 0 when it was left out, which no sample may be."""
        return (self.percent.data or 0) / 100 if self.which.data == SAMPLE else 1.0
