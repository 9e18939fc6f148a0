"""The forms of the register, and their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.improvements.actions import Measured
from portal.improvements.states import INCONCLUSIVE, SUCCESSFUL, UNSUCCESSFUL
from portal.web.forms import CreatingForm, PortalForm, named, number_or_none, options, words_field

LARGEST = 1_000_000_000


def _count(label: Any) -> IntegerField:
    return IntegerField(label, validators=[Optional(), NumberRange(0, LARGEST, _l("Enter a whole number from 0 up."))])


class MeasuredFields:
    """How one will know whether it worked."""

    measure = words_field(
        StringField, _l("What shows whether it works?"), most=120, hint=_l("Such as “Visits missed or late”.")
    )
    wanted = RadioField(
        _l("Better is"),
        choices=options([("higher", _l("more of it")), ("lower", _l("less of it"))]),
        default="higher",
        validators=[InputRequired(_l("Choose what would be better."))],
    )
    before_x = _count(_l("Before: how many"))
    before_n = _count(_l("Before: of how many"))
    before_words = words_field(
        StringField, _l("Before, in words"), most=120, hint=_l("Such as “autumn” or “188 in October”.")
    )
    after_x = _count(_l("After: how many"))
    after_n = _count(_l("After: of how many"))
    after_words = words_field(StringField, _l("After, in words"), most=120)

    def measured(self) -> Measured:
        """What these fields say together."""
        names = Measured.__dataclass_fields__
        return Measured(**{name: _or_nothing(getattr(self, name).data) for name in names})


def _or_nothing(value: Any) -> Any:
    return None if value == "" else value


class ImprovementForm(MeasuredFields, CreatingForm):
    """A proposal, or a change of one. `version` says which one somebody edits."""

    title = words_field(StringField, _l("What should become better?"), most=120, missing=_l("Enter a few words."))
    description = words_field(
        TextAreaField, _l("What do you propose, and why?"), missing=_l("Enter what you propose, and why.")
    )
    figure = words_field(
        StringField,
        _l("Does it come from a figure of a report?"),
        most=200,
        hint=_l("The period and the figure, such as “2016-03, targets missed”."),
    )
    service = SelectField(_l("Which service is it about?"), coerce=number_or_none)
    owner = SelectField(_l("Who sees to it?"), coerce=number_or_none)
    due_on = DateField(_l("By when?"), validators=[Optional()])
    version = HiddenField()

    def offer(self, services: Iterable[Any], owners: Iterable[Any]) -> None:
        """The services and people to choose from."""
        self.service.choices = named(services, _l("No particular one"))
        self.owner.choices = named(owners, _l("Nobody yet"))


class MoveForm(PortalForm):
    """The next step and why."""

    to = RadioField(_l("What happens now?"), validators=[InputRequired(_l("Choose the next step."))])
    reason = words_field(TextAreaField, _l("Why?"), hint=_l("Needed when it is declined or withdrawn."))
    version = HiddenField()


class CloseForm(MeasuredFields, PortalForm):
    """What came of it."""

    closure_code = RadioField(
        _l("What came of it?"),
        choices=options(
            [
                (SUCCESSFUL, _l("It worked, and the measure shows it")),
                (UNSUCCESSFUL, _l("It did not work")),
                (INCONCLUSIVE, _l("We cannot say")),
            ]
        ),
        validators=[InputRequired(_l("Choose what came of it."))],
    )
    outcome = words_field(TextAreaField, _l("In a sentence"), most=500, missing=_l("Enter what came of it."))
    version = HiddenField()


class PublishForm(PortalForm):
    """Both sides of the public page."""

    you_said = words_field(
        TextAreaField,
        _l("You said"),
        most=500,
        missing=_l("Enter what was said."),
        hint=_l("In the customers’ words, without names."),
    )
    we_did = words_field(TextAreaField, _l("We did"), most=500, missing=_l("Enter what was done."))
    version = HiddenField()
