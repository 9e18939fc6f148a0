"""The mail about a promise: that we wait for somebody outside, go on, are sooner, or missed it and expect it when."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.people.models import Person
from portal.requests import letters, states
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.address import absolute
from portal.web.words import in_full


def held(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """We wait for somebody outside, and the clock stands still until we go on."""
    _tell(
        request,
        event,
        _("we wait for somebody else"),
        _("with “%(summary)s” we wait for somebody else. %(name)s wrote:", **_words(request, event)),
        event.body or "",
        _("The clock stands still until we go on. You need not do anything; we write to you then."),
        at=at,
    )


def still_held(request: ServiceRequest, newest: RequestEvent, to: Person, weeks: int, at: datetime) -> None:
    """To whoever works on it: nothing has happened for so many weeks."""
    since = newest.at if request.waits_for != states.HELD else datetime.fromisoformat(request.pauses[-1][0])
    waits = _("“%(summary)s” waits for somebody outside since %(when)s.", summary=request.summary, when=in_full(since))
    quiet = ngettext("Nothing has happened for a week.", "Nothing has happened for %(num)d weeks.", weeks)
    then = _("Ask how it stands, and go on or write to the customer what you know:\n%(address)s")
    there = absolute(f"/queue/{request.reference}")
    why = newest.body if newest.kind == "held" else None
    parts = [f"{waits} {quiet}", *([why] if why else []), then % {"address": there}]
    cause, subject = f"event{newest.id}:quiet{weeks}", _("waits for somebody else still")
    letters.to_colleague(request, to, cause, subject, "\n\n".join(parts), at)


def goes_on(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """What we waited for is here."""
    _tell(
        request,
        event,
        _("we go on"),
        _("we go on with your request “%(summary)s”.", summary=request.summary),
        event.body or "",
        _due(request),
        at=at,
    )


def sooner(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """It matters more than we thought, so we promise it sooner."""
    _tell(
        request,
        event,
        _("we promise it sooner"),
        _(
            "your request “%(summary)s” matters more than we first thought, so we do it sooner.",
            summary=request.summary,
        ),
        _due(request) or _("The clock stands still now; you read the new time when it runs again."),
        at=at,
    )


def new_time(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """Somebody says when they expect it, and why not as promised."""
    assert request.said_due_at
    words = _words(request, event) | {"when": in_full(request.said_due_at)}
    if request.due_at is None:
        first = _("%(name)s expects “%(summary)s” to be done by %(when)s:", **words)
    else:
        first = _(
            "we promised “%(summary)s” by %(promised)s and do not manage that. %(name)s expects it by %(when)s:",
            promised=in_full(request.due_at),
            **words,
        )
    _tell(request, event, _("a new time"), first, event.body or "", at=at)


def missed_answer(request: ServiceRequest, event: RequestEvent, promised_at: datetime, at: datetime) -> None:
    """Nobody has answered by the promised moment."""
    _tell(
        request,
        event,
        _("we missed the time for a first answer"),
        _(
            "we promised that a person answers “%(summary)s” by %(promised)s. We missed that, and we are sorry.",
            summary=request.summary,
            promised=in_full(promised_at),
        ),
        event.body or "",
        _expected(_("We now expect to answer by %(when)s."), request.said_answer_at),
        at=at,
    )


def missed(request: ServiceRequest, event: RequestEvent, promised_at: datetime, at: datetime) -> None:
    """It is not done by the promised moment."""
    _tell(
        request,
        event,
        _("we missed the time we promised"),
        _(
            "we promised that “%(summary)s” is done by %(promised)s. We missed that, and we are sorry.",
            summary=request.summary,
            promised=in_full(promised_at),
        ),
        event.body or "",
        _expected(_("We now expect it to be done by %(when)s."), request.said_due_at),
        at=at,
    )


def missed_answer_again(request: ServiceRequest, event: RequestEvent, said_at: datetime, at: datetime) -> None:
    """Nobody has answered by the moment that we named after the first miss either."""
    _tell(
        request,
        event,
        _("we still owe you a first answer"),
        _(
            "we expected to answer “%(summary)s” by %(said)s. We missed that too, and we are sorry.",
            summary=request.summary,
            said=in_full(said_at),
        ),
        event.body or "",
        _("We have just asked again that a person answers you."),
        at=at,
    )


def missed_again(request: ServiceRequest, event: RequestEvent, said_at: datetime, at: datetime) -> None:
    """It is not done by the moment either that was said instead of the promised one."""
    _tell(
        request,
        event,
        _("we missed the new time as well"),
        _(
            "we expected “%(summary)s” to be done by %(said)s. We missed that too, and we are sorry.",
            summary=request.summary,
            said=in_full(said_at),
        ),
        event.body or "",
        _("We have just asked those who work on it for a new time. You read it as soon as they say it."),
        at=at,
    )


def _expected(sentence: str, expected_at: datetime | None) -> str:
    return sentence % {"when": in_full(expected_at)} if expected_at else ""


def _due(request: ServiceRequest) -> str:
    return _("It is done by %(when)s.", when=in_full(request.due_at)) if request.due_at else ""


def _words(request: ServiceRequest, event: RequestEvent) -> dict[str, str]:
    return {"summary": request.summary, "name": event.actor.name if event.actor else _("The helpdesk")}


def _tell(request: ServiceRequest, event: RequestEvent, subject: str, *parts: str, at: datetime) -> None:
    letters.tell(request, f"event{event.id}", subject, "\n\n".join(part for part in parts if part), at)
