"""What was refused, back in the form it came from. Every page that saves something says no in this one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask_babel import gettext as _

from portal.extensions import db
from portal.refusal import Conflict, Refusal
from portal.web.crossing import MAY_HAVE_CROSSED, crossed
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
        _carry(form, stands)
    except MAY_HAVE_CROSSED as error:
        if not crossed(error):
            raise
        # Two who pressed at the same moment: the database let one of them through, and the other keeps the words.
        db.session.rollback()
        form.crossed = True
        form.refuse(Refusal(_("Somebody changed this at the same moment. Look at how it stands now, then send again.")))
        _carry(form, stands)


def _carry(form: PortalForm, stands: Callable[[], int] | None) -> None:
    if stands is not None:
        form["version"].data = str(stands())
