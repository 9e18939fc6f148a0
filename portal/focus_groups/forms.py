"""The forms of focus groups, and their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, NumberRange

from portal.focus_groups.states import CHATHAM_HOUSE, SEGMENT_ONLY
from portal.web.forms import CreatingForm, PortalForm, in_our_time, named, number_or_none, options, words_field


class PlanForm(CreatingForm):
    """A study and its session. `version` says which one somebody edits."""

    title = words_field(
        StringField, _l("What is it about?"), most=120, missing=_l("Enter a few words, such as “Working from home”.")
    )
    objective = words_field(
        TextAreaField,
        _l("What do you want to understand?"),
        missing=_l("Enter what you want to understand."),
        hint=_l("The people invited read this."),
    )
    decision_informed = words_field(
        TextAreaField,
        _l("Which decision will it inform?"),
        missing=_l("Enter the decision; without one, do not ask people for their time."),
    )
    segment = SelectField(_l("Is it for one group of customers?"), coerce=number_or_none)
    attribution_rule = RadioField(
        _l("How may words be attributed?"),
        choices=options(
            [
                (SEGMENT_ONLY, _l("“Somebody from Finance”: the group, never the name")),
                (CHATHAM_HOUSE, _l("“A participant”: neither name nor group")),
            ]
        ),
        default=SEGMENT_ONLY,
        validators=[InputRequired(_l("Choose how words may be attributed."))],
    )
    starts_at = DateTimeLocalField(
        _l("When does it begin?"), validators=[InputRequired(_l("Enter a day and a time.")), in_our_time]
    )
    planned_minutes = IntegerField(
        _l("How many minutes?"),
        default=90,
        validators=[
            InputRequired(_l("Enter the planned minutes.")),
            NumberRange(15, 240, _l("Plan between 15 and 240 minutes")),
        ],
    )
    place = words_field(StringField, _l("Where?"), most=200, missing=_l("Enter a room or an address."))
    seats = IntegerField(
        _l("How many seats?"),
        default=6,
        description=_l("Five to eight people talk best."),
        validators=[
            InputRequired(_l("Enter the number of seats.")),
            NumberRange(1, 100, _l("Offer between 1 and 100 seats")),
        ],
    )
    moderator = SelectField(
        _l("Who moderates?"), coerce=number_or_none, validators=[InputRequired(_l("Choose a moderator."))]
    )
    version = HiddenField()

    def offer(self, segments: Iterable[Any], moderators: Iterable[Any]) -> None:
        """The groups and people to choose from."""
        self.segment.choices = named(segments, _l("Everybody"))
        self.moderator.choices = named(moderators)


class InviteForm(CreatingForm):
    """Several people at once."""

    people = SelectMultipleField(
        _l("Whom to invite"), coerce=int, validators=[DataRequired(_l("Choose at least one person."))]
    )

    def offer(self, people: Iterable[Any]) -> None:
        self.people.choices = named(people)


class AttendanceForm(PortalForm):
    """Who came; nobody at all is an answer too."""

    came = SelectMultipleField(_l("Who came"), coerce=int)

    def offer(self, invitees: Iterable[Any]) -> None:
        self.came.choices = options((one.id, one.person.name) for one in invitees)


class FindingForm(CreatingForm):
    """One thing the group showed."""

    statement = words_field(
        TextAreaField,
        _l("What did the group show?"),
        most=1000,
        missing=_l("Enter one sentence that says what was found."),
    )
    sentiment = RadioField(
        _l("How did people feel about it?"),
        choices=options([("positive", _l("Positive")), ("mixed", _l("Mixed")), ("negative", _l("Negative"))]),
        validators=[InputRequired(_l("Choose how people felt about it."))],
    )
    service = SelectField(_l("Which service is it about?"), coerce=number_or_none)
    quote = words_field(
        TextAreaField,
        _l("Their words, as near as you can"),
        most=1000,
        hint=_l("Without names: nobody may be recognised."),
    )
    version = HiddenField()

    def offer(self, services: Iterable[Any]) -> None:
        self.service.choices = named(services, _l("No particular one"))


class CancelForm(PortalForm):
    """Why a session is called off."""

    reason = words_field(
        TextAreaField,
        _l("Why does it not take place?"),
        most=500,
        missing=_l("Enter a reason; everybody invited reads it."),
    )


class AnswerForm(PortalForm):
    """What somebody who is invited says. Nothing is chosen by opening the page; each of its two forms has a button."""

    answer = HiddenField(default="accept", validators=[AnyOf(["accept", "decline"], _l("Choose whether you come."))])
    access_needs = words_field(
        TextAreaField,
        _l("Anything we should prepare for you?"),
        most=500,
        hint=_l("Step-free access, an interpreter, a screen nearby. Only the moderator reads it."),
    )
