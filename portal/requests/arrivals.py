"""The files that come with a form about a request."""

from __future__ import annotations

from portal.extensions import db
from portal.files.arrivals import arrived
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.refusal import Refusal
from portal.requests.forms import WithFiles


def files_of(form: WithFiles, *, by: Person) -> tuple[list[StoredFile], bool]:
    """The files and whether all were allowed; stored at once, so that mending another answer loses none.

    Where one was not, the form is validated and says so; validating it again would forget that.
    """
    try:
        files = arrived(form.files.data, form.kept.data, by_id=by.id)
        if form.files.data:
            db.session.commit()
        return files, True
    except Refusal as refusal:
        db.session.rollback()
        form.validate()
        form.refuse(refusal)
        return arrived(None, form.kept.data, by_id=by.id), False
