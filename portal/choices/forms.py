"""The forms of offers, and their words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from portal.choices.actions import Way
from portal.choices.models import Offer
from portal.choices.states import MOST
from portal.people.models import Person
from portal.web.forms import CreatingForm, PortalForm, in_our_time, options, words_field

PARTS = ("label", "words", "minutes", "when_at", "when_words", "gives_up")


class OfferForm(CreatingForm):
    """Two or three options side by side; a third that is left empty is none."""

    version = HiddenField()
    words = words_field(
        TextAreaField,
        _l("What the customer should know first"),
        hint=_l("What you found, in plain words. It stands above the options."),
    )

    def option_fields(self, number: int) -> list[Any]:
        """The fields of one option, in their order."""
        return [self[f"{part}_{number}"] for part in PARTS]

    def is_begun(self, number: int) -> bool:
        """Is there anything in this option?"""
        return any(field.data not in (None, "") for field in self.option_fields(number))

    def ways(self, zone: ZoneInfo) -> list[Way]:
        """The options that were filled in. Two are always asked for."""
        return [self._way(number, zone) for number in range(1, MOST + 1) if number < MOST or self.is_begun(number)]

    def _way(self, number: int, zone: ZoneInfo) -> Way:
        label, words, minutes, when_at, when_words, gives_up = (one.data for one in self.option_fields(number))
        return Way(
            label=label or "",
            words=words or "",
            minutes=-1 if minutes is None else minutes,
            when_at=when_at.replace(tzinfo=zone) if when_at else None,
            when_words=when_words or "",
            gives_up=gives_up or "",
        )


def _add_option(number: int) -> None:
    """The same six fields for each option."""
    fields = {
        "label": words_field(StringField, _l("What it is called"), most=80, hint=_l("Short, such as “Repair”.")),
        "words": words_field(TextAreaField, _l("What we do"), most=500),
        "minutes": IntegerField(
            _l("Minutes of the customer's time"), validators=[Optional()], description=_l("0 when we need none of it.")
        ),
        "when_at": DateTimeLocalField(
            _l("When: day and time"),
            validators=[Optional(), in_our_time],
            format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        ),
        "when_words": words_field(
            StringField, _l("When: in words"), most=120, hint=_l("Such as “any morning this week”.")
        ),
        "gives_up": words_field(StringField, _l("What the customer gives up with it"), most=300),
    }
    for part in PARTS:
        setattr(OfferForm, f"{part}_{number}", fields[part])


for _number in range(1, MOST + 1):
    _add_option(_number)


def begun_with(options: Sequence[dict[str, Any]], earlier: Offer | None, zone: ZoneInfo) -> dict[str, Any]:
    """What the form begins with: the open offer that it replaces, or else the ways that the service names."""
    if earlier is not None:
        return {"words": earlier.words} | {
            f"{part}_{option.number}": _local(getattr(option, part), zone)
            for option in earlier.options
            for part in PARTS
        }
    named = enumerate(options[:MOST], 1)
    return {f"{part}_{number}": option.get(part, "") for number, option in named for part in ("label", "words")}


def _local(value: Any, zone: ZoneInfo) -> Any:
    """A moment as the field shows it, on the portal's clock."""
    return (
        value.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None) if isinstance(value, datetime) else value
    )


class WithdrawForm(PortalForm):
    """Taking an offer back, and why."""

    version = HiddenField()
    words = words_field(TextAreaField, _l("Why, for the customer"), most=1000)


class PickForm(PortalForm):
    """One press on one option. `offer` is the one that the page showed."""

    offer = HiddenField()
    option = HiddenField()


class PickForForm(CreatingForm):
    """What a customer said on the phone. Where two may choose, it says which of them it was."""

    version = HiddenField()
    offer = HiddenField()
    option = RadioField(_l("What was chosen?"), [InputRequired(_l("Choose what was chosen."))], coerce=int)
    who = RadioField(_l("Who chose?"), [InputRequired(_l("Say which of them chose."))], coerce=int)
    words = words_field(
        TextAreaField,
        _l("Who told us, and how?"),
        missing=_l("Say who told us, and how."),
        most=1000,
        hint=_l("Such as “Ana rang from the train”. It stands on the request, and the customer reads it."),
    )

    def choose_from(self, offer: Offer, people: Sequence[Person], at: datetime) -> None:
        """The options that can still come true, and those who may choose."""
        self.option.choices = options([(one.number, one.label) for one in offer.options if not one.is_over(at)])
        if len(people) > 1:
            self.who.choices = options([(person.id, person.name) for person in people])
        elif "who" in self:
            del self.who


class NoneForm(CreatingForm):
    """None of them suits; what would."""

    offer = HiddenField()
    body = words_field(
        TextAreaField,
        _l("What would suit you instead?"),
        missing=_l("Say what would suit you, so that we can offer that."),
        most=10_000,
    )
