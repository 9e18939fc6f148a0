"""Teams, for administrators: the list, a new one, changes to one."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import settle
from portal.people import queries, teams
from portal.people.blueprint import room
from portal.people.models import Team
from portal.people.team_forms import TeamForm
from portal.people.visitor import viewer
from portal.refusal import Conflict
from portal.web.access import may
from portal.web.forms import version_sent
from portal.web.moment import now
from portal.web.page import page
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before


@room.get("/people/teams")
@may("manage people")
def all_teams() -> Response:
    return page("people/teams.html", teams=queries.teams(), sizes=teams.sizes())


@room.route("/people/teams/new", methods=["GET", "POST"])
@may("manage people")
def new_team() -> Response:
    form = TeamForm()
    form.offer(queries.holders("work the queue"), ())
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            return _kept(None, form)
    return page("people/team.html", form.status, form=form, team=None)


@room.route("/people/teams/<int:team_number>", methods=["GET", "POST"])
@may("manage people")
def edit_team(team_number: int) -> Response:
    team = queries.find_team(team_number) or abort(404)
    own = teams.members(team)
    form = TeamForm(data=TeamForm.of(team, own))
    form.offer(queries.holders("work the queue"), own)
    if form.validate_on_submit():
        with refusals_in(form, lambda: team.version):
            if version_sent(form) != team.version:
                raise Conflict(_("Somebody changed this team while you were writing."))
            return _kept(team, form)
    return page("people/team.html", form.status, form=form, team=team, own=own)


def _kept(team: Team | None, form: TeamForm) -> Response:
    people = [one for number in form.members.data or [] if (one := queries.find_person(number))]
    saved = teams.save_team(
        team,
        name=form.name.data or "",
        description=form.description.data or "",
        competencies=teams.in_a_list(form.competencies.data or ""),
        people=people,
        by=viewer(),
        at=now(),
    )
    if team is None:
        settle(form.once.data, url_for("people.all_teams"))
    db.session.commit()
    flash(_("The team “%(name)s” is kept.", name=saved.name))
    return redirect(url_for("people.all_teams"), 303)
