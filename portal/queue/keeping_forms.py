"""Forms for what the desk keeps: filters, canned replies, rules that propose a team, and deeds on several requests."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from portal.queue.models import CannedReply, TeamRule
from portal.web.forms import CreatingForm, PortalForm, at_most, needed, number_or_none, words_field


class FilterForm(CreatingForm):
    name = words_field(StringField, _l("Name"), missing=_l("Give it a name."), most=60)
    is_shared = BooleanField(_l("My team sees it too"))
    is_first = BooleanField(_l("My queue opens with it"))
    query = HiddenField()


class CannedForm(CreatingForm):
    name = words_field(StringField, _l("Name"), missing=_l("Give it a name."), most=80)
    body = TextAreaField(_l("Words"), [needed(_l("Write a few words.")), at_most(5000)])
    is_shared = BooleanField(_l("Everybody at the desk may use and mend it"))
    version = HiddenField()

    @staticmethod
    def of(reply: CannedReply) -> dict[str, Any]:
        return {"name": reply.name, "body": reply.body, "is_shared": reply.is_shared, "version": reply.version}


class RuleForm(CreatingForm):
    words = StringField(
        _l("Words"),
        [at_most(600)],
        description=_l("One or more, with commas between. One of them must occur in what was asked."),
    )
    service = SelectField(_l("Service"), coerce=number_or_none)
    segment = SelectField(_l("Customers"), coerce=number_or_none)
    team = SelectField(_l("Propose this team"), coerce=number_or_none, validators=[needed(_l("Choose a team."))])
    is_on = BooleanField(_l("The rule is on"), default=True)
    version = HiddenField()

    @staticmethod
    def of(rule: TeamRule) -> dict[str, Any]:
        return {
            "words": ", ".join(rule.words),
            "service": rule.service_id,
            "segment": rule.segment_id,
            "team": rule.team_id,
            "is_on": rule.is_on,
            "version": rule.version,
        }


class TryForm(PortalForm):
    """What would be proposed; nothing is kept."""

    text = TextAreaField(_l("Words of a request"), [at_most(5000)])
    service = SelectField(_l("Service"), coerce=number_or_none)
    segment = SelectField(_l("Customers"), coerce=number_or_none)


class TogetherForm(CreatingForm):
    """A deed on the requests that were ticked. `back` is the view of the queue in which they were."""

    deed = HiddenField()
    to = SelectField(_l("Person"), coerce=int, default=0)
    team = SelectField(_l("Team"), coerce=int, default=0)
    why = StringField(_l("Why"), [at_most(300)])
    back = HiddenField()
