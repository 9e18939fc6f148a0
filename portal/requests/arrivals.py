"""The files that come with a form about a request."""

from __future__ import annotations

from functools import partial

from portal.extensions import db
from portal.files.arrivals import arrived
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.questions.forms import take_files
from portal.refusal import Refusal
from portal.requests.asking import OpenForm
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


def take_files_of(opened: OpenForm, *, by: Person) -> bool:
    """Store what came with a request form, at once, so that mending another answer loses none; were all allowed?

    Each question for a file has its own. A script that only knows `files` answers the first of them with those.
    """
    opened.files, fits = files_of(opened.form, by=by)
    if opened.asks_for_files:
        opened.files_of_questions = take_files(opened.form, opened.questions, partial(arrived, by_id=by.id))
        if any(one.uploads for one in opened.file_fields):
            db.session.commit()
    opened.lend_files()
    return fits and not opened.refused_files


def find_files_of(opened: OpenForm, *, by: Person) -> None:
    """The files that a draft holds."""
    opened.files = arrived(None, opened.form.kept.data, by_id=by.id)
    if opened.asks_for_files:
        opened.files_of_questions = take_files(opened.form, opened.questions, partial(arrived, by_id=by.id))
