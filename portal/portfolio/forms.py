"""The forms of those who keep the offer, and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, StopValidation

from portal.catalogue.closures import named_countries, named_regions, place_of
from portal.catalogue.keeping import Offer, Target
from portal.catalogue.models import Category, HoursPlan, Service
from portal.catalogue.promises import minutes_a_day
from portal.people.models import Person, Segment
from portal.portfolio import written
from portal.refusal import Refusal
from portal.web.forms import CreatingForm, PortalForm, at_most, named, number_or_none, options, words_field

EVERYONE, SOME = "everyone", "some"
MOST_OPTIONS = 8
LARGEST_COST = 100_000_000
"""Cents: what a single request can cost."""


def readable(read: Callable[[str], Any], message: Any) -> Callable[[Any, Any], None]:
    """The text must be one that `read` can read."""

    def check(_form: Any, field: Any) -> None:
        try:
            read(field.data or "")
        except ValueError:
            raise StopValidation(message) from None

    return check


def _target(label: Any, hint: Any) -> IntegerField:
    bounds = NumberRange(1, written.LONGEST_TARGET, _l("Enter a whole number above 0, or leave it empty."))
    return IntegerField(label, validators=[Optional(), bounds], description=hint)


def _of_priority(label: Any) -> StringField:
    message = _l("Write it like 30 min, 4 hours or 2 days, or leave it empty.")
    # A day is as long as the hours say; here it is enough that it can be read.
    fits = readable(lambda text: written.read_target(text, 1), message)
    return StringField(label, validators=[Optional(), at_most(20), fits])


TARGET_PRIORITIES = (1, 2, 4)
"""The priorities with targets of their own; 3 is the usual one."""


def _unit(label: Any) -> SelectField:
    units = [("minute", _l("minutes")), ("hour", _l("working hours")), ("day", _l("working days"))]
    return SelectField(label, [InputRequired(_l("Choose a unit."))], choices=options(units), default="hour")


class ServiceForm(CreatingForm):
    """Everything that is said of a service. `version` says which state of it somebody edits."""

    name = words_field(StringField, _l("Name"), most=80, missing=_l("Enter the name that people would use."))
    summary = words_field(
        StringField,
        _l("In one sentence"),
        most=160,
        missing=_l("Say in one sentence what it is."),
        hint=_l("It stands below the name in every list."),
    )
    description = words_field(
        TextAreaField,
        _l("What it is, and for whom"),
        most=5000,
        missing=_l("Say what people get, and what they do not."),
    )
    category = SelectField(_l("Shelf"), coerce=number_or_none)
    new_category = words_field(StringField, _l("Or a new shelf"), most=60)
    hours = SelectField(
        _l("Hours"),
        [InputRequired(_l("Choose the hours."))],
        coerce=int,
        description=_l("The clock of a promise runs only then. Requests keep the hours they have."),
    )
    first_answer = _target(_l("First answer within"), _l("In service time. Leave it empty to promise nothing."))
    first_answer_unit = _unit(_l("First answer, in"))
    resolution = _target(_l("Done within"), _l("In service time. Leave it empty to promise nothing."))
    resolution_unit = _unit(_l("Done, in"))
    target_1_first = _of_priority(_l("First answer, priority 1"))
    target_1_done = _of_priority(_l("Done, priority 1"))
    target_2_first = _of_priority(_l("First answer, priority 2"))
    target_2_done = _of_priority(_l("Done, priority 2"))
    target_4_first = _of_priority(_l("First answer, priority 4"))
    target_4_done = _of_priority(_l("Done, priority 4"))
    audience = RadioField(
        _l("Who can ask"),
        choices=options([(EVERYONE, _l("Everyone")), (SOME, _l("Only these groups of customers"))]),
        default=EVERYONE,
        validators=[InputRequired(_l("Choose who can ask."))],
    )
    segments = SelectMultipleField(_l("Groups of customers"), coerce=int)
    cost = words_field(
        StringField, _l("What it costs the customer"), most=200, hint=_l("In words. Empty means: nothing.")
    )
    cost_each = words_field(
        StringField,
        _l("What one request costs us, beside working time"),
        most=20,
        hint=_l("An amount such as 12.50, for the review only."),
    )
    ways = words_field(
        TextAreaField,
        _l("Ways to do it"),
        most=2000,
        hint=_l("One a line: the name, a colon, and what is good to know."),
    )
    have_ready = words_field(StringField, _l("What to have ready"), most=300)
    who_does_it = words_field(StringField, _l("Who does it"), most=200)
    owner = SelectField(_l("Who keeps this service"), coerce=number_or_none)
    approval = SelectField(
        _l("Who has to say yes before work begins"),
        choices=options(
            [
                ("", _l("Nobody")),
                ("manager", _l("The customer’s line manager")),
                ("owner", _l("Whoever keeps this service")),
            ]
        ),
        description=_l("They are asked by mail, and the clock stands still until they answer."),
    )
    shared = BooleanField(
        _l("Colleagues in the customer’s department can read the requests"),
        description=_l("For what a department shares, such as a meeting room. Customers are told before they ask."),
    )
    note = words_field(
        StringField,
        _l("What is new for customers"),
        most=300,
        hint=_l("They read it on the service and under “New this month”. Empty tells them nothing."),
    )
    version = HiddenField()

    def offer_choices(
        self,
        categories: Iterable[Category],
        hours: Iterable[HoursPlan],
        segments: Iterable[Segment],
        people: Iterable[Person],
    ) -> None:
        """What one can choose from."""
        self.category.choices = named(categories, _l("None"))
        self.hours.choices = options([(one.id, f"{one.name}: {one.in_words}") for one in hours])
        self.segments.choices = named(segments)
        self.owner.choices = named(people, _l("Nobody yet"))

    def validate_audience(self, field: Any) -> None:
        if field.data == SOME and not self.segments.data:
            raise StopValidation(_("Choose at least one group, or everyone."))

    def validate_approval(self, field: Any) -> None:
        if field.data == "owner" and not self.owner.data:
            raise StopValidation(_("Choose who keeps this service, or somebody else to say yes."))

    def validate_cost_each(self, field: Any) -> None:
        readable(_cents, _("Enter an amount such as 12.50."))(self, field)

    def validate_ways(self, field: Any) -> None:
        if len(written.read_options(field.data or "")) > MOST_OPTIONS:
            raise StopValidation(_("Name at most %(n)s ways.", n=MOST_OPTIONS))

    def targets(self, minutes_a_day: int) -> tuple[Target, ...]:
        """The targets by priority, without rows that say nothing."""
        rows = [
            Target(number, *(self._target(number, end, minutes_a_day) for end in ("first", "done")))
            for number in TARGET_PRIORITIES
        ]
        return tuple(one for one in rows if one.first_answer_minutes or one.resolution_minutes)

    def _target(self, number: int, end: str, minutes_a_day: int) -> int | None:
        field = self[f"target_{number}_{end}"]
        if not field.data:
            return None
        try:
            return written.read_target(field.data, minutes_a_day)
        except ValueError:
            raise Refusal(_("That is longer than we can promise."), field=field.name) from None

    def as_offer(
        self, *, hours: HoursPlan, category: Category | None, segments: Iterable[Segment], owner: Person | None
    ) -> Offer:
        """What the form says, with the things that its keys stand for."""
        wanted = set(self.segments.data or ()) if self.audience.data == SOME else set()
        return Offer(
            name=self.name.data,
            summary=self.summary.data,
            description=self.description.data,
            hours_plan=hours,
            category=category,
            first_answer_minutes=_minutes(self.first_answer.data, self.first_answer_unit.data, hours),
            resolution_minutes=_minutes(self.resolution.data, self.resolution_unit.data, hours),
            for_segments=tuple(one for one in segments if one.id in wanted),
            cost=self.cost.data or None,
            cost_each_cents=_cents(self.cost_each.data or ""),
            options=written.read_options(self.ways.data or ""),
            have_ready=self.have_ready.data or None,
            who_does_it=self.who_does_it.data or None,
            owner=owner,
            targets=self.targets(minutes_a_day(hours.hours)),
            approval=self.approval.data or None,
            shared_with_department=bool(self.shared.data),
        )


def _cents(text: str) -> int:
    cents = written.read_money(text) if text.strip() else 0
    if cents > LARGEST_COST:
        raise ValueError("too much")
    return cents


def _minutes(amount: int | None, unit: str, hours: HoursPlan) -> int | None:
    return None if amount is None else written.minutes_of(amount, unit, minutes_a_day(hours.hours))


def as_written(service: Service) -> dict[str, Any]:
    """A service as the form shows it."""
    a_day = minutes_a_day(service.hours_plan.hours)
    names = ("name", "summary", "description", "cost", "have_ready", "who_does_it", "version")
    return {name: getattr(service, name) for name in names} | {
        "category": service.category_id,
        "hours": service.hours_plan_id,
        **_targets_as_written(service, a_day),
        **_target_as_written("first_answer", service.first_answer_minutes, a_day),
        **_target_as_written("resolution", service.resolution_minutes, a_day),
        "audience": EVERYONE if service.for_everyone else SOME,
        "segments": [one.id for one in service.for_segments],
        "cost_each": written.written_money(service.cost_each_cents),
        "ways": written.written_options(service.options or ()),
        "owner": service.owner_id,
        "approval": service.approval or "",
        "shared": service.shared_with_department,
    }


def _targets_as_written(service: Service, a_day: int) -> dict[str, str]:
    found = {}
    for one in service.targets:
        found[f"target_{one.priority}_first"] = written.written_target(one.first_answer_minutes, a_day)
        found[f"target_{one.priority}_done"] = written.written_target(one.resolution_minutes, a_day)
    return found


def _target_as_written(name: str, minutes: int | None, a_day: int) -> dict[str, Any]:
    amount, unit = written.amount_of(minutes, a_day) if minutes else (None, "hour")
    return {name: amount, f"{name}_unit": unit}


def _day(label: Any) -> Any:
    """When we are open on that day of the week."""
    message = _l("Write it like 08:00 to 12:00, 13:00 to 17:00.")
    return StringField(label, validators=[Optional(), at_most(60), readable(written.read_day, message)])


class HoursForm(CreatingForm):
    """New service hours: a line for each day of the week."""

    name = words_field(StringField, _l("Name"), most=80, missing=_l("Enter a name, such as “Desk hours”."))
    zone = words_field(
        StringField, _l("Time zone"), most=60, missing=_l("Enter a time zone."), hint=_l("Such as Europe/Berlin.")
    )
    day_0 = _day(_l("Monday"))
    day_1 = _day(_l("Tuesday"))
    day_2 = _day(_l("Wednesday"))
    day_3 = _day(_l("Thursday"))
    day_4 = _day(_l("Friday"))
    day_5 = _day(_l("Saturday"))
    day_6 = _day(_l("Sunday"))
    country = SelectField(
        _l("Public holidays of"),
        coerce=lambda code: code or "",
        description=_l("We are closed on them. Those of new years are added by themselves."),
    )
    region = SelectField(_l("With those of"), coerce=lambda code: code or "")
    closed_on = words_field(
        TextAreaField, _l("Also closed on"), most=6000, hint=_l("One day a line, such as 2026-12-24.")
    )
    in_words = words_field(
        StringField,
        _l("As customers read it"),
        most=200,
        hint=_l("Empty: we write it from the days, such as “Monday to Friday, 08:00 to 18:00”."),
    )

    def offer_places(self) -> None:
        """The countries that one can choose from, and the regions of the one that is chosen."""
        self.country.choices = options([("", _("No country")), *named_countries()])
        self.region.choices = options([("", _("The whole country")), *named_regions(self.country.data or "")])

    @property
    def place(self) -> str | None:
        return place_of(self.country.data, self.region.data)

    def validate_closed_on(self, field: Any) -> None:
        readable(written.read_days, _("Write each day like 2026-12-24, one a line."))(self, field)

    def days(self) -> list[Any]:
        """The seven fields of the week."""
        return [self[f"day_{number}"] for number in range(7)]

    def windows(self) -> list[written.Window]:
        """When it is open."""
        return [
            (number, *span) for number, field in enumerate(self.days()) for span in written.read_day(field.data or "")
        ]


def day_names() -> list[str]:
    """The days of the week in the reader's language, Monday first."""
    return [str(field.label.text) for field in HoursForm(formdata=None).days()]


class LiveForm(PortalForm):
    """Offering a draft, or offering again what had retired."""

    note = words_field(
        TextAreaField,
        _l("What is new for customers"),
        most=300,
        missing=_l("Say in a sentence what is new. Customers read it."),
        hint=_l("They read it on the service and under “New this month”."),
    )
    version = HiddenField()


class RetireForm(PortalForm):
    """Offering it no longer, with the reason that customers read."""

    why = words_field(
        TextAreaField,
        _l("Why does it end?"),
        most=300,
        missing=_l("Say in a sentence why it ends. Customers read it."),
        hint=_l("Whoever comes to the old address reads this."),
    )
    successor = SelectField(
        _l("What takes its place"), coerce=number_or_none, description=_l("The old address leads there.")
    )
    version = HiddenField()


class DecisionForm(CreatingForm):
    """What is decided about a service, and when it is looked at again."""

    outcome = RadioField(
        _l("What is decided?"),
        choices=options(
            [
                ("keep", _l("Keep it as it is")),
                ("improve", _l("Improve it")),
                ("merge", _l("Merge it into another service")),
                ("retire", _l("Retire it")),
            ]
        ),
        validators=[InputRequired(_l("Choose what is decided."))],
    )
    into = SelectField(_l("Into which service, if it merges"), coerce=number_or_none)
    reason = words_field(TextAreaField, _l("Why?"), most=1000, missing=_l("Enter the reason in a sentence or two."))
    review_on = DateField(_l("Look at it again on"), validators=[InputRequired(_l("Enter a day to look again."))])


NEXT_REVIEW = timedelta(days=180)
