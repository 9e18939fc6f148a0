"""The form of the service deal."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField

from portal.web.forms import PortalForm, at_most, needed


class DealForm(PortalForm):
    mission = TextAreaField(
        _l("Our mission"),
        [needed(_l("Say in a sentence what the helpdesk is for.")), at_most(300)],
        description=_l("One sentence. It stands on everybody's first page."),
    )
    promise = TextAreaField(_l("What we promise"), [needed(_l("Say what you promise.")), at_most(3000)])
    version = HiddenField()
    in_return = TextAreaField(_l("What we ask of you"), [needed(_l("Say what you ask in return.")), at_most(3000)])
