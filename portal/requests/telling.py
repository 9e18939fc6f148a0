"""A request told from beginning to end, for every surface that shows what was asked: page, mail, table, paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from portal.questions.rules import Question, answered
from portal.questions.words import answer_in_words, spoken
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.sheet import table
from portal.web.words import clock_time, local_day

Says = Callable[[RequestEvent, str], str]
_said: dict[str, Says] = {}

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheets need it to read the file as UTF-8."""


def answers_of(request: ServiceRequest) -> list[tuple[Question, Any]]:
    """The questions as they were worded then, with their answers."""
    return answered(spoken(request.request_form.questions) if request.request_form else (), request.answers)


def answers_in_words(request: ServiceRequest) -> list[tuple[str, str]]:
    """The same as plain text."""
    return [(question.wording, answer_in_words(question, answer)) for question, answer in answers_of(request)]


def whom_in_words(request: ServiceRequest) -> str:
    """Whose request it is, and who asked."""
    if request.asked_by is None:
        return request.customer.name
    return _("%(name)s, asked by %(other)s", name=request.customer.name, other=request.asked_by.name)


def dated(at: datetime) -> str:
    """A moment as it is said on what is kept: 'Tuesday 14 April 2026, 10:00'."""
    return f"{format_date(local_day(at), 'EEEE d MMMM y')}, {clock_time(at)}"


def facts_of(request: ServiceRequest) -> list[tuple[str, str]]:
    """What was asked, by whom and for whom, and what was promised."""
    facts = [
        (_("Reference"), request.reference),
        (_("Service"), request.service.name),
        (_("For"), whom_in_words(request)),
        (_("Asked"), dated(request.opened_at)),
    ]
    if request.first_answer_due_at:
        facts.append((_("First answer promised by"), dated(request.first_answer_due_at)))
    due_at = request.original_due_at or request.due_at
    if due_at:
        facts.append((_("Promised to be done by"), dated(due_at)))
    if request.ended_at:
        facts.append((_("Ended"), dated(request.ended_at)))
    return facts


def request_csv(request: ServiceRequest) -> str:
    """Question and answer, a line each."""
    asked = [(_("In a few words"), request.summary), *answers_in_words(request)]
    if request.details:
        asked.append((_("What happened, or what do you need?"), request.details))
    return BYTE_ORDER_MARK + table([(_("Question"), _("Answer")), *facts_of(request), *asked])


def says(kind: str) -> Callable[[Says], Says]:
    """Register what a kind of event of a room above says, from the event and the name of who did it."""

    def register(words: Says) -> Says:
        _said[kind] = words
        return words

    return register


def happened(event: RequestEvent, name: str | None = None) -> str:
    """What an event was, in a few words; its text stands below."""
    name = name or (event.actor.name if event.actor else _("The helpdesk"))
    if words := _said.get(event.kind):
        return words(event, name)
    plain = {
        "asked": _("%(name)s asked"),
        "replied": _("%(name)s wrote"),
        "answered": _("%(name)s answered"),
        "asked_customer": _("%(name)s asked a question; the clock stopped"),
        "taken": _("%(name)s works on it"),
        "resolved": _("Resolved by %(name)s"),
        "confirmed": _("%(name)s said that it works"),
        "reopened": _("%(name)s opened it again"),
        "withdrawn": _("%(name)s withdrew it"),
        "closed": _("Closed by itself, a week after it was resolved"),
        "imported": _("Brought in from another system"),
    }
    return plain.get(event.kind, "%(name)s") % {"name": name}


def told(events: Sequence[RequestEvent]) -> list[tuple[RequestEvent, str]]:
    """The public events in words, oldest first."""
    return [(event, happened(event)) for event in events if event.public]
