"""Changing what was asked before anybody works on it: the same questions once more, and the old words are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.asking.forms import AmendForm
from portal.people.models import Person
from portal.questions.forms import answers_in, filled, question_fields, with_questions
from portal.questions.reading import PREFIX
from portal.questions.rules import SILENT, Question
from portal.refusal import Refusal
from portal.requests import letters
from portal.requests.actions import happen, require
from portal.requests.findable import put_findable
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.telling import answers_in_words
from portal.requests.whom import people_for

Change = tuple[str, str, str]
"""What was asked, the old words, the new ones."""


def opened(request: ServiceRequest, viewer: Person, *, sent: bool) -> Any:
    """The form with the words and answers as they stand, or as they were sent. Files stay with the request."""
    questions = request.request_form.questions if request.request_form else ()
    kind = with_questions(AmendForm, questions, people=people_for(viewer))
    if sent:
        form = kind()
    else:
        data = filled(questions, request.answers)
        data["summary"], data["details"] = request.summary, request.details
        form = kind(formdata=data)
        form.seen.data = str(request.version)
    for question in form.questions:
        if question.kind == "file":
            form[PREFIX + question.key].hold((one["key"], one["name"]) for one in request.answers.get(question.key, []))
    return form


def fields_of(form: Any) -> list[Any]:
    """What is asked as it is answered so far, without what cannot be changed here."""
    return [one for one in question_fields(form, form.questions) if one.question.kind != "file"]


def keys_of(form: Any) -> str:
    """What is asked on this page, so that the next answer tells which questions are new."""
    return " ".join(one.question.key for one in fields_of(form) if one.question.kind not in SILENT) or "-"


def new_in(form: Any) -> list[Question]:
    """Unanswered questions that were not on the page that was sent."""
    known = set((form.shown.data or "").split())
    asked = [one for one in fields_of(form) if one.question.kind not in SILENT and one.question.key not in known]
    return [one.question for one in asked if known and one.data is None]


def amend(
    request: ServiceRequest,
    *,
    summary: str,
    details: str,
    answers: Mapping[str, Any],
    by: Person,
    at: datetime,
) -> RequestEvent:
    """Other words for what was asked, while nobody works on it; both stay readable."""
    require("amend", request)
    before, first = _words_of(request), request.summary
    request.summary, request.details, request.answers = summary.strip(), details.strip(), dict(answers)
    changes = _changes(before, _words_of(request))
    if not changes:
        raise Refusal(_("You have changed nothing."))
    event = happen(request, "amended", by, at, data={"summary": first, "changes": changes})
    put_findable(request)
    letters.amended(request, event, changes, at)
    letters.to_assignee(request, event, at)
    return event


def _words_of(request: ServiceRequest) -> dict[str, str]:
    own = {_("In a few words"): request.summary, _("What happened, or what do you need?"): request.details}
    return own | dict(answers_in_words(request))


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Sequence[Change]:
    asked = list(dict.fromkeys([*before, *after]))
    pairs = [(what, before.get(what, ""), after.get(what, "")) for what in asked]
    return [(what, old, new) for what, old, new in pairs if old != new]


def answers_sent(form: Any) -> dict[str, Any]:
    """The answers to what is asked now, the files that came before among them."""
    return answers_in(form, form.questions)
