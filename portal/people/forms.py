"""Forms about people."""

from __future__ import annotations

import hashlib
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Email, Optional

from portal.people.models import Department, Person, Segment, Team
from portal.people.standing_in import written
from portal.web.access import ROLES
from portal.web.forms import CreatingForm, PortalForm, at_most, in_our_time, needed, options, words_field

ROLE_WORDS = {
    "agent": _l("Agent: answers requests"),
    "specialist": _l("Specialist: answers what needs more knowledge"),
    "liaison": _l("Liaison: runs surveys and focus groups, raises improvements"),
    "communicator": _l("Communicator: writes the mission and the service deal"),
    "analyst": _l("Analyst: reads results and reports"),
    "manager": _l("Manager: answers for the service, reads reports, keeps improvements"),
    "board_member": _l("Board member: reads reports and decides"),
    "administrator": _l("Administrator: people, roles, mail"),
}


class SignInForm(PortalForm):
    email = EmailField(_l("E-mail address"), [needed(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [needed(_l("Enter your password."))])
    next = HiddenField()


class ResetForm(PortalForm):
    email = EmailField(_l("E-mail address"), [needed(_l("Enter your e-mail address.")), at_most(200)])


class NewPasswordForm(PortalForm):
    new = PasswordField(_l("New password"), [needed(_l("Enter a new password."))])


class ChangePasswordForm(PortalForm):
    current = PasswordField(_l("Current password"), [needed(_l("Enter your current password."))])
    new = PasswordField(_l("New password"), [needed(_l("Enter a new password."))])


class MailForm(PortalForm):
    how = RadioField(
        _l("How do you want mail about requests?"),
        choices=options(
            [
                ("each", _l("At once: a message for each thing that happens")),
                ("digest", _l("Once a day: everything in one message, in the morning")),
                ("none", _l("No mail: I look here myself")),
            ]
        ),
    )


class PictureForm(PortalForm):
    picture = FileField(_l("Picture"))


class PersonForm(CreatingForm):
    """For administrators: a new person, or an existing one (whose address stays)."""

    name = StringField(_l("Name"), [needed(_l("Enter a name.")), at_most(120)])
    email = EmailField(
        _l("E-mail address"),
        [needed(_l("Enter an e-mail address.")), at_most(200), Email(_l("Enter an address like name@example.com."))],
    )
    department_id = SelectField(_l("Department"), coerce=int)
    segment_id = SelectField(_l("Customer segment"), coerce=int)
    team_id = SelectField(_l("Team"), coerce=int)
    roles = SelectMultipleField(
        _l("Roles"), choices=options((role, ROLE_WORDS[role]) for role in ROLES if role != "customer")
    )
    active = BooleanField(_l("May sign in"), default=True)

    def offer(self, departments: list[Department], segments: list[Segment], teams: list[Team]) -> None:
        """What can be chosen from."""
        none: list[tuple[int, Any]] = [(0, _l("None"))]
        self.department_id.choices = options(none + [(one.id, one.name) for one in departments])
        self.segment_id.choices = options(none + [(one.id, one.name) for one in segments])
        self.team_id.choices = options(none + [(one.id, one.name) for one in teams])

    @staticmethod
    def of(person: Person) -> dict[str, Any]:
        """The values that an existing person has."""
        return {
            "name": person.name,
            "email": person.email,
            "department_id": person.department_id or 0,
            "segment_id": person.segment_id or 0,
            "team_id": person.team_id or 0,
            "roles": sorted(person.roles),
            "active": person.active,
        }


class AwayForm(PortalForm):
    """Days away, and who decides meanwhile."""

    stand_in = words_field(StringField, _l("Who stands in"), most=200, hint=_l("The whole name, or the mail address."))
    away_from_on = DateField(_l("First day away"), [Optional(), in_our_time])
    away_until_on = DateField(_l("Last day away"), [Optional(), in_our_time])

    @staticmethod
    def of(person: Person) -> dict[str, Any]:
        """What is planned so far."""
        days = {"away_from_on": person.away_from_on, "away_until_on": person.away_until_on}
        return {"stand_in": written(person.stand_in), **days}


class ChangePersonForm(PersonForm, AwayForm):
    """`version` stands for the values that the editor has read."""

    email = None  # the address is the account's name and stays
    manager = words_field(
        StringField, _l("Line manager"), most=200, hint=_l("Says yes where a service asks for it. Name or address.")
    )
    phone = words_field(StringField, _l("Telephone"), most=40)
    is_robot = BooleanField(_l("A program, not a person"), description=_l("What it writes never counts as an answer."))
    version = HiddenField()

    @staticmethod
    def of(person: Person) -> dict[str, Any]:
        """The values of a person and what stands for them."""
        own = {"manager": written(person.manager), "phone": person.phone or "", "is_robot": person.is_robot}
        values = {**PersonForm.of(person), **AwayForm.of(person), **own}
        return {**values, "version": hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:16]}
