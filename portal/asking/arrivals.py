"""The files that come with a form while it is filled in."""

from __future__ import annotations

from functools import partial

from portal.asking.open_form import OpenForm
from portal.extensions import db
from portal.files.arrivals import arrived
from portal.people.models import Person
from portal.questions.forms import take_files
from portal.requests.arrivals import files_of


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
