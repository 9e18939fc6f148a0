"""Forms of those who work on requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.refusal import Refusal
from portal.requests.forms import WithFiles
from portal.web.forms import CreatingForm, PortalForm, at_most, needed, options

LONGEST_WORK = 10_000
"""Minutes that can be written down at once: three weeks of somebody's work."""


class WriteForm(WithFiles):
    """One box, five deeds. `version` is the state of the request that the writer has read."""

    body = TextAreaField(_l("Write"), [needed(_l("Write a few words.")), at_most(5000)])
    deed = RadioField(
        _l("What it is"),
        choices=options(
            [
                ("answer", _l("An answer to the customer")),
                ("ask", _l("A question to the customer; the clock stands still until the answer")),
                ("note", _l("A note for colleagues only")),
                ("resolve", _l("What was done: the request is resolved")),
                ("reopen", _l("Open it again, and why; the customer reads it")),
            ]
        ),
        default="answer",
    )
    minutes = IntegerField(
        _l("Minutes you spent"),
        [Optional(), NumberRange(0, LONGEST_WORK, _l("Enter whole minutes, from 0 to %(max)s."))],
        description=_l("Working time on this request, for what the service costs. Customers do not see it."),
    )
    canned = SelectField(_l("Put in a canned reply"), validate_choice=False)
    version = HiddenField()
    seen = HiddenField()
    """The last event that the writer has read, so that a refused form can say what came after it."""


class AssignForm(PortalForm):
    to = SelectField(_l("Person"), coerce=int)
    team = SelectField(_l("Team"), coerce=int)
    why = StringField(_l("Why"), [at_most(300)])


class EscalateForm(CreatingForm):
    """To the second level; the reason is for colleagues."""

    specialist = SelectField(_l("Specialist"), coerce=int)
    level_team = SelectField(_l("Team"), coerce=int)
    reason = StringField(_l("Why"), [needed(_l("Say why it needs the second level.")), at_most(300)])

    def refuse(self, refusal: Refusal) -> None:
        """`to` is the field of whoever hands over; here it is the specialist."""
        super().refuse(Refusal(refusal.reason, field="specialist" if refusal.field == "to" else refusal.field))


class MinutesForm(CreatingForm):
    """Working time without writing; a minus takes back what was written by mistake."""

    spent = IntegerField(
        _l("Minutes"),
        [
            InputRequired(_l("Enter minutes.")),
            NumberRange(-LONGEST_WORK, LONGEST_WORK, _l("Enter whole minutes, at most %(max)s.")),
        ],
        description=_l("With a minus in front, they are taken back."),
    )
    what_for = StringField(_l("What for"), [at_most(300)])

    def refuse(self, refusal: Refusal) -> None:
        """`minutes` is the field beside the words; here it is alone."""
        super().refuse(Refusal(refusal.reason, field="spent" if refusal.field == "minutes" else refusal.field))
