"""Forms of those who work on requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from portal.requests.forms import WithFiles
from portal.web.forms import PortalForm, at_most, needed, options

LONGEST_WORK = 10_000
"""Minutes that can be written down at once: three weeks of somebody's work."""


class WriteForm(WithFiles):
    """One box, four deeds. `version` is the state of the request that the writer has read."""

    body = TextAreaField(_l("Write"), [needed(_l("Write a few words.")), at_most(5000)])
    deed = RadioField(
        _l("What it is"),
        choices=options(
            [
                ("answer", _l("An answer to the customer")),
                ("ask", _l("A question to the customer; the clock stands still until the answer")),
                ("note", _l("A note for colleagues only")),
                ("resolve", _l("What was done: the request is resolved")),
            ]
        ),
        default="answer",
    )
    minutes = IntegerField(
        _l("Minutes you spent"),
        [Optional(), NumberRange(0, LONGEST_WORK, _l("Enter whole minutes, from 0 to %(max)s."))],
        description=_l("Working time on this request, for what the service costs. Customers do not see it."),
    )
    version = HiddenField()


class AssignForm(PortalForm):
    to = SelectField(_l("Person"), coerce=int)
    team = SelectField(_l("Team"), coerce=int)
    why = StringField(_l("Why"), [at_most(300)])


class PriorityForm(PortalForm):
    priority = SelectField(
        _l("Priority"),
        coerce=int,
        choices=options([(1, _l("1, critical")), (2, _l("2, high")), (3, _l("3, normal")), (4, _l("4, low"))]),
    )
