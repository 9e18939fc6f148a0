"""Forms about incoming mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import EmailField

from portal.web.forms import CreatingForm, at_most, needed


class MakeRequestForm(CreatingForm):
    """Whose message it is; it becomes that person's request."""

    address = EmailField(
        _l("E-mail address of the person it is for"),
        [needed(_l("Enter the address that this person has here.")), at_most(254)],
    )
