"""The forms of asking; the questions of a service are added to them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField

from portal.requests.forms import WithFiles
from portal.web.forms import CreatingForm, at_most, needed


class AskForm(WithFiles):
    """What every request form asks; the service's own questions are added to it.

    `version` and `deal` say which questions and which service deal were shown; `part` is the step that is open, and
    `shown` are the questions that were on it.
    """

    summary = StringField(_l("In a few words"), [needed(_l("Say in a few words what it is about.")), at_most(120)])
    details = TextAreaField(_l("What happened, or what do you need?"), [at_most(5000)])
    for_person = StringField(_l("Name or mail address"), [at_most(200)])
    version = HiddenField()
    deal = HiddenField()
    part = HiddenField()
    shown = HiddenField()


class AmendForm(CreatingForm):
    """The same words and questions once more. `seen` is the version of the request that was opened."""

    summary = StringField(_l("In a few words"), [needed(_l("Say in a few words what it is about.")), at_most(120)])
    details = TextAreaField(_l("What happened, or what do you need?"), [at_most(5000)])
    seen = HiddenField()
    shown = HiddenField()
