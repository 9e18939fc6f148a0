"""What is sent to the search: that something solved a question before it was asked."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from portal.web.forms import PortalForm, at_most, needed


class SolvedForm(PortalForm):
    """Which document solved it, and for which service somebody was about to ask."""

    kind = HiddenField(_l("Kind"), [needed(_l("Say what solved it.")), at_most(40)])
    key = HiddenField(_l("Key"), [needed(_l("Say what solved it.")), at_most(200)])
    service = HiddenField(_l("Service"), [at_most(200)])
