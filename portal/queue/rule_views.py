"""Rules that propose a team: the list, a new one, changes to one, and what they would say to some words."""

from __future__ import annotations

from typing import TypeVar

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.catalogue import queries as catalogue
from portal.extensions import db
from portal.once import settle
from portal.people import queries as people
from portal.queue import proposals
from portal.queue.blueprint import room
from portal.queue.keeping_forms import RuleForm, TryForm
from portal.queue.models import TeamRule
from portal.refusal import Conflict
from portal.web.access import may
from portal.web.forms import named, version_sent
from portal.web.page import page
from portal.web.refusals import refusals_in
from portal.web.sent import sent_before

Offered = TypeVar("Offered", RuleForm, TryForm)


@room.get("/queue/rules")
@may("keep the offer")
def rules() -> Response:
    """The rules in their order, and a place to try them; trying keeps nothing, so it is a question in the address."""
    form = TryForm(request.args)
    _offer(form)
    tried = proposals.proposal_for(form.text.data or "", form.service.data, form.segment.data) if request.args else None
    return page("queue/rules.html", rules=proposals.rules_in_order(), form=form, tried=tried, asked=bool(request.args))


@room.route("/queue/rules/new", methods=["GET", "POST"])
@may("keep the offer")
def new_rule() -> Response:
    form = _offer(RuleForm())
    if form.validate_on_submit():
        if earlier := sent_before(form):
            return earlier
        with refusals_in(form):
            return _kept(None, form)
    return page("queue/rule.html", form.status, form=form, rule=None)


@room.route("/queue/rules/<int:rule_number>", methods=["GET", "POST"])
@may("keep the offer")
def edit_rule(rule_number: int) -> Response:
    rule = proposals.find_rule(rule_number) or abort(404)
    form = _offer(RuleForm(data=RuleForm.of(rule)))
    if form.validate_on_submit():
        with refusals_in(form, lambda: rule.version):
            if version_sent(form) != rule.version:
                raise Conflict(_("Somebody changed this rule while you were writing."))
            return _kept(rule, form)
    return page("queue/rule.html", form.status, form=form, rule=rule)


def _kept(rule: TeamRule | None, form: RuleForm) -> Response:
    team = people.find_team(form.team.data) or abort(404)
    proposals.save_rule(
        rule,
        team=team,
        words=(form.words.data or "").split(","),
        service_id=form.service.data,
        segment_id=form.segment.data,
        is_on=bool(form.is_on.data),
    )
    if rule is None:
        settle(form.once.data, url_for("queue.rules"))
    return _saved(_("The rule is kept."))


@room.post("/queue/rules/<int:rule_number>/up")
@may("keep the offer")
def move_rule(rule_number: int) -> Response:
    proposals.move_up(proposals.find_rule(rule_number) or abort(404))
    return _saved(_("The rule stands one place further up."))


@room.post("/queue/rules/<int:rule_number>/remove")
@may("keep the offer")
def remove_rule(rule_number: int) -> Response:
    proposals.remove_rule(proposals.find_rule(rule_number) or abort(404))
    return _saved(_("The rule is removed."))


def _saved(words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for("queue.rules"), 303)


def _offer(form: Offered) -> Offered:
    """What can be chosen from."""
    form.service.choices = named(catalogue.all_services(), _("Any service"))
    form.segment.choices = named(people.segments(), _("Everybody"))
    if isinstance(form, RuleForm):
        form.team.choices = named(people.teams(), _("Choose one"))
    return form
