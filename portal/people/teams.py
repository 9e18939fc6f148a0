"""Teams: what they are called, what they know and who belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from portal.extensions import db
from portal.people.audit import note
from portal.people.models import Person, Team
from portal.refusal import Refusal

MOST_COMPETENCIES = 20
LONGEST_COMPETENCY = 60


def sizes() -> Mapping[int, int]:
    """How many people each team has (ix_person_team_id)."""
    query = select(Person.team_id, func.count()).where(Person.team_id.is_not(None)).group_by(Person.team_id)
    return {team_id: count for team_id, count in db.session.execute(query) if team_id is not None}


def members(team: Team) -> Sequence[Person]:
    """Who belongs to it, by name (ix_person_team_id)."""
    query = select(Person).where(Person.team_id == team.id).order_by(Person.name, Person.id)
    return db.session.scalars(query.limit(500)).all()


def in_a_list(text: str) -> list[str]:
    """Words with commas between, each once and without blanks around it."""
    return list(dict.fromkeys(word for part in text.split(",") if (word := " ".join(part.split()))))


def save_team(
    team: Team | None,
    *,
    name: str,
    description: str,
    competencies: Iterable[str],
    people: Iterable[Person],
    by: Person,
    at: datetime,
) -> Team:
    """A new team, or changes to one. Who is not named belongs to it no more; who was elsewhere comes over."""
    known = list(competencies)
    if len(known) > MOST_COMPETENCIES or any(len(word) > LONGEST_COMPETENCY for word in known):
        raise Refusal(
            _("Use at most %(most)s competencies of a few words each.", most=MOST_COMPETENCIES), field="competencies"
        )
    same_name = select(Team.id).where(func.lower(Team.name) == name.lower(), Team.id != (team.id if team else 0))
    if db.session.scalar(same_name):
        raise Refusal(_("There is a team of this name already."), field="name")
    team = team or Team()
    db.session.add(team)
    team.name, team.description, team.competencies = name, description, known
    db.session.flush()
    _place(team, {person.id: person for person in people}, by, at)
    return team


def _place(team: Team, wanted: Mapping[int, Person], by: Person, at: datetime) -> None:
    before = {person.id: person for person in members(team)}
    for number in before.keys() - wanted.keys():
        before[number].team_id = None
        note(by, before[number], "left the team", team.name, at)
    for number in wanted.keys() - before.keys():
        wanted[number].team_id = team.id
        note(by, wanted[number], "joined the team", team.name, at)
    if before.keys() != wanted.keys():
        # Its people are a part of the team: who edits an older state is told so.
        flag_modified(team, "name")
