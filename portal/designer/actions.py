"""What those who keep the offer do with a working copy, and how it is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _

from portal.catalogue.actions import publish_form
from portal.catalogue.models import RequestForm, Service
from portal.designer import arranging
from portal.designer.arranging import Questions
from portal.designer.models import FormDraft
from portal.designer.queries import WorkingCopy, keys_ever_used, keys_in, working_copy
from portal.extensions import db
from portal.people.models import Person
from portal.questions.conditions import Condition
from portal.questions.rules import Question, write_questions
from portal.questions.trouble import trouble
from portal.refusal import Conflict, Refusal


def add_question(
    service: Service, new: Question, *, parent: str = "", after: str = "", version: int, by: Person, at: datetime
) -> Question:
    """A new question, or a column of repeating rows. Its key is made from its wording, once."""
    copy = _current(service, version)
    new = _with_keys(new, _taken(service, copy))
    _keep(copy, arranging.added(copy.questions, new, parent=parent, after=after), by=by, at=at)
    return new


def change_question(service: Service, address: str, new: Question, *, version: int, by: Person, at: datetime) -> None:
    """Other words, bounds or choices for a question; its key stays."""
    copy = _current(service, version)
    kept = replace(new, key=_found(copy, address).key)
    _keep(copy, arranging.changed(copy.questions, address, kept), by=by, at=at)


def set_condition(
    service: Service, key: str, condition: Condition | None, *, version: int, by: Person, at: datetime
) -> None:
    """When a question is asked; None asks it always."""
    copy = _current(service, version)
    changed = replace(_found(copy, key), shown_if=condition)
    _keep(copy, arranging.changed(copy.questions, key, changed), by=by, at=at)


def remove_question(service: Service, address: str, *, version: int, by: Person, at: datetime) -> None:
    """Take a question out of the working copy. Published forms and their answers keep it."""
    copy = _current(service, version)
    _found(copy, address)
    _keep(copy, arranging.removed(copy.questions, address), by=by, at=at)


def move_question(service: Service, address: str, place: int, *, version: int, by: Person, at: datetime) -> None:
    """Ask a question at another place, counted from 1."""
    copy = _current(service, version)
    _found(copy, address)
    _keep(copy, arranging.moved(copy.questions, address, place), by=by, at=at)


def duplicate_question(service: Service, address: str, *, version: int, by: Person, at: datetime) -> Question:
    """A copy right after the question, under a key of its own."""
    copy = _current(service, version)
    _found(copy, address)
    questions, new = arranging.duplicated(copy.questions, address, _taken(service, copy))
    _keep(copy, questions, by=by, at=at)
    return new


def throw_away(service: Service, *, version: int, by: Person, at: datetime) -> None:
    """Go back to the published questions."""
    copy = _current(service, version)
    if copy.draft is not None:
        _settle(copy.draft, copy.published_questions, copy.number, by=by, at=at)


def publish(
    service: Service, *, note: str, public: bool, over: int, version: int, by: Person, at: datetime
) -> RequestForm:
    """Publish the working copy under the next number. `over` is the number that the person knows it replaces."""
    copy = _current(service, version)
    if over != copy.number:
        raise Conflict(_("Form %(number)d was published meanwhile.", number=copy.number))
    if not copy.is_changed or copy.draft is None:
        raise Refusal(_("Nothing differs from the form that customers see, so there is nothing to publish."))
    if found := trouble(copy.draft.questions_data):
        raise Refusal(" ".join(found))
    published = publish_form(service, copy.questions, note=note, public=public, by=by, at=at)
    _settle(copy.draft, copy.questions, published.number, by=by, at=at)
    return published


def _current(service: Service, version: int) -> WorkingCopy:
    """The working copy, when it is still the one that the person looked at."""
    copy = working_copy(service)
    if copy.version != version:
        who = copy.draft.changed_by.name if copy.draft and copy.draft.changed_by else _("Somebody")
        raise Conflict(_("%(name)s changed this form while you were at it.", name=who))
    return copy


def _found(copy: WorkingCopy, address: str) -> Question:
    question = arranging.find(copy.questions, address)
    if question is None:
        raise Conflict(_("This question is not in the form any more."))
    return question


def _taken(service: Service, copy: WorkingCopy) -> set[str]:
    return keys_ever_used(service) | keys_in(copy.questions)


def _with_keys(new: Question, taken: set[str]) -> Question:
    """The question and its columns under keys of their own."""
    key = arranging.fresh_key(new.wording, taken)
    columns: list[Question] = []
    for column in new.columns:
        others = {one.key for one in columns}
        columns.append(replace(column, key=arranging.fresh_key(column.wording, others)))
    return replace(new, key=key, columns=tuple(columns))


def _keep(copy: WorkingCopy, questions: Questions, *, by: Person, at: datetime) -> None:
    """Write the list down as the working copy; the first change makes one."""
    data = write_questions(arranging.checked(questions))
    draft = copy.draft
    if draft is None:
        draft = FormDraft(service=copy.service, based_on=copy.number)
        db.session.add(draft)
    elif not copy.is_changed:
        draft.based_on = copy.number
    draft.questions_data, draft.changed_by, draft.changed_at = data, by, at
    db.session.flush()


def _settle(draft: FormDraft, questions: Questions, number: int, *, by: Person, at: datetime) -> None:
    """The copy stands for a published form again."""
    draft.questions_data, draft.based_on = write_questions(questions), number
    draft.changed_by, draft.changed_at = by, at
    db.session.flush()
