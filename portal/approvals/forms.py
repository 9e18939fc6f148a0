"""The forms of asking for a yes and of answering."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf

from portal.web.forms import CreatingForm, PortalForm, at_most, needed, words_field

SAID_YES, SAID_NO = "yes", "no"


class VerdictForm(PortalForm):
    """The answer is the name of the button that sent it."""

    seen = HiddenField()
    verdict = HiddenField(validators=[AnyOf((SAID_YES, SAID_NO), message=_l("Choose yes or no."))])
    words = words_field(
        TextAreaField, _l("A few words"), most=2000, hint=_l("Needed for a no: whoever asked reads why.")
    )


class TakeBackForm(CreatingForm):
    """Why nobody has to say yes after all."""

    version = HiddenField()
    words = words_field(
        TextAreaField,
        _l("Why?"),
        missing=_l("Say why. Whoever was asked reads it, and so does the customer."),
        most=1000,
        hint=_l("Whoever was asked reads it, and so does the customer."),
    )


class AskApprovalForm(CreatingForm):
    whom = StringField(
        _l("Who has to say yes?"),
        [needed(_l("Enter who has to say yes.")), at_most(200)],
        description=_l("The whole name, or the mail address."),
    )
    question = words_field(
        TextAreaField, _l("What should they know?"), most=2000, hint=_l("They and the customer read it.")
    )
    version = HiddenField()
