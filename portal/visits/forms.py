"""The forms of visits, and their words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired

from portal.people.models import Person
from portal.refusal import Refusal
from portal.visits.actions import Plan
from portal.visits.models import Visit
from portal.web.forms import CreatingForm, PortalForm, in_our_time, named, needed, words_field
from portal.web.moment import portal_zone

MINUTES = (5, 10, 15, 20, 30, 45, 60)
"""How long the way may take; a list is quicker than a keyboard on a telephone."""


class PlanForm(CreatingForm):
    """Who goes, when, where to. `version` says which plan somebody changes."""

    technician = SelectField(_l("Who goes?"), [needed(_l("Choose who goes."))], coerce=int)
    on = DateField(_l("Day"), [needed(_l("Choose a day.")), in_our_time])
    start = TimeField(_l("From"), [needed(_l("Enter when the visit begins, such as 10:00."))])
    end = TimeField(_l("Until"), [needed(_l("Enter when the visit ends, such as 12:00."))])
    place = words_field(
        StringField, _l("Where to?"), missing=_l("Enter a place that one finds, such as “3 East, desk 12”."), most=200
    )
    brings = words_field(
        StringField,
        _l("What do they bring?"),
        most=300,
        hint=_l("The customer reads this, and it stands in the day plan."),
    )
    outside = BooleanField(_l("Outside service hours on purpose"))
    version = HiddenField()

    def offer(self, people: Iterable[Person]) -> None:
        """Who can be sent."""
        self.technician.choices = named(people)

    def plan(self, technician: Person) -> Plan:
        """What was typed, on the portal's clock."""
        return Plan(
            technician=technician,
            starts_at=_moment(self.on.data, self.start.data, "start"),
            ends_at=_moment(self.on.data, self.end.data, "end"),
            place=self.place.data or "",
            brings=self.brings.data or "",
            outside_hours=bool(self.outside.data),
        )


class ChangeForm(PlanForm):
    why = words_field(
        StringField, _l("Why does it change?"), most=300, hint=_l("The customer and the technician read this.")
    )

    @staticmethod
    def of(visit: Visit) -> dict[str, Any]:
        """The plan as it stands."""
        start, end = (at.astimezone(portal_zone()) for at in (visit.starts_at, visit.ends_at))
        return {
            "technician": visit.technician_id,
            "on": start.date(),
            "start": start.time(),
            "end": end.time(),
            "place": visit.place,
            "brings": visit.brings,
            "outside": visit.outside_hours,
            "version": str(visit.version),
        }


class CancelForm(CreatingForm):
    words = words_field(StringField, _l("Why?"), most=300)
    version = HiddenField()


class DoneForm(CreatingForm):
    words = words_field(
        TextAreaField,
        _l("What was done?"),
        missing=_l("Say in a sentence what was done."),
        hint=_l("The customer reads this."),
    )
    resolves = BooleanField(_l("This is what was asked for: the request is resolved"))


class MissedForm(CreatingForm):
    words = words_field(
        StringField,
        _l("What should the customer know?"),
        most=300,
        hint=_l("For example whom you asked, or where you left a note."),
    )
    waits = BooleanField(
        _l("We wait for the customer"), description=_l("The clock stands still until they write."), default=True
    )


class MoveForm(PortalForm):
    """Another time, among those that are free."""

    start = RadioField(
        _l("When does it suit you?"), [InputRequired(_l("Choose one of the times."))], validate_choice=False
    )
    version = HiddenField()

    @property
    def chosen_at(self) -> datetime | None:
        """The chosen moment; whether it is free is asked when it is taken."""
        try:
            at = datetime.fromisoformat(self.start.data or "")
        except ValueError:
            return None
        return at if at.tzinfo else None


def minutes_on_the_way(sent: str | None) -> int | None:
    """How long the way takes, when somebody said so."""
    return next((minutes for minutes in MINUTES if str(minutes) == sent), None)


def _moment(on: date | None, clock: time | None, field: str) -> datetime:
    assert on is not None and clock is not None  # both are required fields
    zone = portal_zone()
    at = datetime.combine(on, clock, zone).astimezone(UTC)
    if at.astimezone(zone).time() != clock:
        raise Refusal(_("The clock is put forward that night: this time does not exist."), field=field)
    return at
