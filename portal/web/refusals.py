"""What was refused, back in the form it came from. Every page that saves something says no in this one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from portal.extensions import db
from portal.refusal import Conflict, Refusal
from portal.web.forms import PortalForm


@contextmanager
def refusals_in(form: PortalForm, stands: Callable[[], int] | None = None) -> Iterator[None]:
    """Undo what is refused inside, and go on after it with the reason in the form.

    `stands` tells the version that stands there now: the form carries it from then on, so that whoever has read what
    changed can send the same words again.
    """
    try:
        yield
    except Refusal as refusal:
        db.session.rollback()
        if isinstance(refusal, Conflict):
            form.conflict = refusal.reason
        else:
            form.refuse(refusal)
        if stands is not None:
            form["version"].data = str(stands())
