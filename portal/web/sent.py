"""A form that was sent before: its deed is done once, and every other try leads where the first one led."""

from __future__ import annotations

from typing import Any

from flask import redirect
from werkzeug.wrappers import Response

from portal.extensions import db
from portal.once import claim
from portal.web.moment import now


def sent_before(form: Any) -> Response | None:
    """The way that the same form took when it was sent before; None the first time, and its key is taken then.

    The view that goes on settles the key with its address, before its commit.
    """
    earlier = claim(form.once.data, at=now())
    if earlier is None:
        return None
    db.session.rollback()
    return redirect(earlier, 303)
