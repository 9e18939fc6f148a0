"""A request told from beginning to end, for every surface that shows what was asked: page, mail, table, paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import LazyString, format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.questions.rules import Question, answered
from portal.questions.words import answer_in_words, spoken
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.sheet import table
from portal.web.words import clock_time, local_day

Says = Callable[[RequestEvent, str], str]

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


def request_csv(request: ServiceRequest, parts: Iterable[Sequence[RequestEvent]]) -> Iterator[str]:
    """Question and answer, a line each; then what happened, of what its reader may see, a part at a time."""
    asked = [(_("In a few words"), request.summary), *answers_in_words(request)]
    if request.details:
        asked.append((_("What happened, or what do you need?"), request.details))
    yield BYTE_ORDER_MARK + table([(_("Question"), _("Answer")), *facts_of(request), *asked])
    for events in parts:
        yield table((dated(one.event.at), in_plain_words(one)) for one in told(events))


def in_plain_words(told: Told) -> str:
    """An event with all its text, where nothing can be folded."""
    changed = [_("%(what)s: %(new)s (before: %(old)s)", what=a, old=b, new=c) for a, b, c in told.changes]
    first = [_("As first written: %(words)s", words=one.body) for one in told.earlier]
    return "\n".join(part for part in (told.words, told.unproved, told.body, *changed, *first) if part)


def _asked(event: RequestEvent, name: str) -> str:
    if whole := event.data.get("from"):
        return _("%(name)s made this a request of its own; it was a part of %(ref)s", name=name, ref=whole)
    return _("%(name)s asked", name=name)


_said: dict[str, Says] = {
    "asked": lambda event, name: _asked(event, name),
    "replied": lambda event, name: _("%(name)s wrote", name=name),
    "answered": lambda event, name: _("%(name)s answered", name=name),
    "asked_customer": lambda event, name: _("%(name)s asked a question; the clock stopped", name=name),
    "noted": lambda event, name: _("%(name)s wrote a note for colleagues", name=name),
    "corrected": lambda event, name: _("%(name)s put right what was written before", name=name),
    "amended": lambda event, name: _("%(name)s changed what was asked", name=name),
    "taken": lambda event, name: _("%(name)s works on it", name=name),
    "assigned": lambda event, name: _("%(name)s gave it to %(to)s", name=name, to=event.data.get("to", "")),
    "priority_set": lambda event, name: _(
        "%(name)s set the priority from %(old)s to %(new)s",
        name=name,
        old=event.data.get("from"),
        new=event.data.get("to"),
    ),
    "spent": lambda event, name: ngettext(
        "%(name)s spent %(num)d minute on it",
        "%(name)s spent %(num)d minutes on it",
        event.data.get("minutes", 0),
        name=name,
    ),
    "resolved": lambda event, name: _("Resolved by %(name)s", name=name),
    "confirmed": lambda event, name: _("%(name)s said that it works", name=name),
    "reopened": lambda event, name: _("%(name)s opened it again", name=name),
    "withdrawn": lambda event, name: _("%(name)s withdrew it", name=name),
    "closed": lambda event, name: _("Closed by itself, a week after it was resolved"),
    "imported": lambda event, name: _("Brought in from another system"),
    "merged": lambda event, name: _("%(name)s goes on with it in %(ref)s", name=name, ref=event.data.get("into", "")),
    "joined": lambda event, name: _(
        "%(name)s goes on here with %(ref)s too", name=name, ref=event.data.get("from", "")
    ),
    "unmerged": lambda event, name: _("%(name)s made it a request of its own again", name=name),
    "unjoined": lambda event, name: _("%(name)s took %(ref)s out again", name=name, ref=event.data.get("from", "")),
    "split": lambda event, name: _(
        "%(name)s made a request of its own of a part: %(ref)s", name=name, ref=event.data.get("into", "")
    ),
    "linked": lambda event, name: _("%(name)s linked it to %(ref)s", name=name, ref=event.data.get("to", "")),
    "unlinked": lambda event, name: _(
        "%(name)s took the link to %(ref)s away", name=name, ref=event.data.get("to", "")
    ),
    "incident_linked": lambda event, name: _("%(name)s found that it is about a known problem", name=name),
    "incident_unlinked": lambda event, name: _("%(name)s found that it is not about the known problem", name=name),
    "incident_news": lambda event, name: _("News about the known problem, from %(name)s", name=name),
}
"""What each kind of event says, for every surface: page, paper, table, mail."""


@dataclass(frozen=True)
class Mark:
    """A few words beside the name of who wrote, and how they look; `waits` where the request goes on waiting."""

    words: LazyString
    look: str
    waits: LazyString | None = None


MARKS = {
    "asked_customer": Mark(_l("a question; the clock stops"), "status is-waiting small"),
    "resolved": Mark(_l("resolved"), "status is-resolved small"),
    "reopened": Mark(_l("opened again"), "status is-late small"),
    "noted": Mark(_l("note, for colleagues only"), "tag"),
    "incident_news": Mark(_l("news about the known problem"), "tag"),
}
PART = Mark(_l("made a request of its own"), "tag")
WRITTEN = ("asked", "replied", "answered")
"""With those that have a mark: kinds whose words stand under the name of who wrote. Others are facts of a line."""
CORRECTED = "corrected"
"""Newer words for an earlier message of one's own; `data["event"]` is the message."""


def says(kind: str, mark: Mark | None = None) -> Callable[[Says], Says]:
    """Register what a kind of event of a room above says, from the event and the name of who did it.

    With a mark, its text stands as somebody's words, under their name and the mark.
    """

    def register(words: Says) -> Says:
        _said[kind] = words
        if mark:
            MARKS[kind] = mark
        return words

    return register


def happened(event: RequestEvent, name: str | None = None) -> str:
    """What an event was, in a few words; its text stands below."""
    words = _said.get(event.kind)
    return words(event, name or name_of(event)) if words else name or name_of(event)


def name_of(event: RequestEvent) -> str:
    """Who did it. A message that could not be proved bears the address it came from and nobody's name."""
    if address := event.data.get("unverified"):
        return str(address)
    return event.actor.name if event.actor else _("The helpdesk")


def unproved(event: RequestEvent) -> str:
    """That nobody knows for certain who wrote a message; '' of all others."""
    address = event.data.get("unverified")
    return _("Came by mail from %(address)s. We could not prove who wrote it.", address=address) if address else ""


@dataclass(frozen=True)
class Earlier:
    """Words that were put right later."""

    at: datetime
    body: str


@dataclass(frozen=True)
class Told:
    """An event as it is read: with the newest words, and those before under them."""

    event: RequestEvent
    body: str
    earlier: tuple[Earlier, ...] = ()
    corrected_at: datetime | None = None

    @property
    def words(self) -> str:
        return happened(self.event)

    @property
    def is_written(self) -> bool:
        """Does it stand as somebody's words, rather than as a fact of a line?"""
        kind = self.event.kind
        return (kind in WRITTEN or kind in MARKS) and bool(self.body or kind in ("asked", "reopened"))

    @property
    def mark(self) -> Mark | None:
        part = self.event.kind == "asked" and "from" in self.event.data
        mark = PART if part else MARKS.get(self.event.kind)
        if mark and mark.waits and self.event.data.get("waits"):
            return replace(mark, words=mark.waits)
        return mark

    @property
    def unproved(self) -> str:
        return unproved(self.event)

    @property
    def quoted(self) -> str:
        """What a mail repeated of earlier ones."""
        return str(self.event.data.get("quoted") or "")

    @property
    def changes(self) -> Sequence[Sequence[str]]:
        """What was asked before and after somebody amended it: (question, old words, new words)."""
        return self.event.data.get("changes", ()) if self.event.kind == "amended" else ()


def told(events: Sequence[RequestEvent]) -> list[Told]:
    """The events as they are read, oldest first; a correction stands with what it puts right, where that is here."""
    here = {event.id for event in events}
    newer: dict[int, list[RequestEvent]] = {}
    for event in events:
        if event.kind == CORRECTED and event.data.get("event") in here:
            newer.setdefault(event.data["event"], []).append(event)
    folded = {event.id for several in newer.values() for event in several}
    first = next((event.data["summary"] for event in events if event.data.get("summary")), None)
    return [_told(event, newer.get(event.id, []), first) for event in events if event.id not in folded]


def _told(event: RequestEvent, newer: Sequence[RequestEvent], summary: str | None) -> Told:
    body = event.body or (summary or "" if event.kind == "asked" else "")
    if not newer:
        return Told(event, body)
    before = [Earlier(event.at, body), *(Earlier(one.at, one.body or "") for one in newer[:-1])]
    return Told(event, newer[-1].body or "", tuple(before), newer[-1].at)
