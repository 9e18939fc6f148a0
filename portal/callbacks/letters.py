"""The one mail about calls: that we could not reach somebody, and how to tell us what we wanted to hear."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from portal.callbacks.models import Callback
from portal.requests import letters


def not_reached(callback: Callback, at: datetime) -> None:
    """After the last try."""
    request = callback.request
    said = _(
        "we called you %(tries)d times to ask whether “%(summary)s” works, and did not reach you. "
        "We do not call again.",
        tries=callback.tries,
        summary=request.summary,
    )
    after = _("If it does not work, or you want to tell us something, write to us there.")
    letters.send(
        request, callback.person, f"callback{callback.id}", _("we could not reach you"), f"{said}\n\n{after}", at
    )
