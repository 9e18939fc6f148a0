"""Forms for putting words right, and for merging, splitting and linking requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from portal.web.forms import CreatingForm, at_most, needed


class CorrectForm(CreatingForm):
    body = TextAreaField(_l("How it should read"), [needed(_l("Write a few words.")), at_most(5000)])


class MergeForm(CreatingForm):
    """`version` is the state of the request that the reader has seen."""

    into = StringField(_l("Goes on in"), [needed(_l("Enter a reference, such as REQ-1042.")), at_most(40)])
    let_read = BooleanField(
        _l("Those who asked may read the other request from now on, with everything written there"),
        description=_l("Needed only when it belongs to somebody else, who goes on not reading this one."),
    )
    version = HiddenField()


class SplitForm(CreatingForm):
    summary = StringField(_l("In a few words"), [needed(_l("Say in a few words what it is about.")), at_most(120)])
    details = TextAreaField(_l("What is to be done there"), [at_most(5000)])
    service = SelectField(_l("Service"), [needed(_l("Choose a service."))], coerce=int)


class LinkForm(CreatingForm):
    other = StringField(_l("The other request"), [needed(_l("Enter a reference, such as REQ-1042.")), at_most(40)])


class IncidentForm(CreatingForm):
    notice = SelectField(_l("Known problem"), [needed(_l("Choose a known problem."))], coerce=int)
