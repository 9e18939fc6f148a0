"""The form of a team."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField

from portal.people.models import Person, Team
from portal.web.forms import CreatingForm, options, words_field


class TeamForm(CreatingForm):
    name = words_field(StringField, _l("Name"), missing=_l("Enter a name."), most=80)
    description = words_field(TextAreaField, _l("What it is for"), most=500)
    competencies = words_field(
        StringField, _l("What it knows"), most=1500, hint=_l("A few words each, with commas between: VPN, switches.")
    )
    members = SelectMultipleField(_l("Who belongs to it"), coerce=int)
    version = HiddenField()

    def offer(self, people: Iterable[Person], own: Iterable[Person]) -> None:
        """Those who work the queue, and whoever belongs to it already."""
        everybody = {one.id: one for one in (*people, *own)}
        self.members.choices = options((one.id, _named(one)) for one in sorted(everybody.values(), key=_by_name))

    @staticmethod
    def of(team: Team, members: Iterable[Person]) -> dict[str, Any]:
        return {
            "name": team.name,
            "description": team.description,
            "competencies": ", ".join(team.competencies),
            "members": [one.id for one in members],
            "version": team.version,
        }


def _named(person: Person) -> str:
    return f"{person.name}, {person.email}" if person.email else person.name


def _by_name(person: Person) -> tuple[str, int]:
    return person.name, person.id
