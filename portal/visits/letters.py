"""The mail about a visit: to everybody who follows the request, and to who makes the visit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _

from portal.people.models import Person
from portal.requests import letters
from portal.requests.models import RequestEvent
from portal.visits.models import Visit
from portal.visits.telling import when_of
from portal.web.address import absolute
from portal.web.words import clock_time, local_day

Made = Callable[[Visit, Person], str]


def planned(visit: Visit, event: RequestEvent, at: datetime) -> None:
    """Who comes, when, where to and what they bring; and that it can be moved."""
    subject = _("%(who)s comes on %(when)s", who=visit.technician.name, when=when_of(visit))
    body = _("%(who)s comes to you because of “%(summary)s”.", **_words(visit))
    others = _("%(who)s comes to %(customer)s because of “%(summary)s”.", **_words(visit))
    _tell(visit, event, subject, [body, _facts(visit)], at, _invitation, others=others, to_change=True)
    to_technician(visit, event, _("a visit for you on %(when)s", when=when_of(visit)), at, _invitation)


def changed(visit: Visit, event: RequestEvent, at: datetime, *, before: str, left: Person | None) -> None:
    """What it is now, and what it was. Who goes now is told, and who does not go any more."""
    subject = _("the visit has changed: %(when)s", when=when_of(visit))
    body = _(
        "the visit because of “%(summary)s” has changed. It was planned for %(before)s.", **_words(visit), before=before
    )
    _tell(visit, event, subject, [body, _facts(visit), *_because(event)], at, _invitation, to_change=True)
    to_technician(visit, event, _("a visit of yours has changed: %(when)s", when=when_of(visit)), at, _invitation)
    if left is not None:
        _to(left, visit, event, _("a colleague makes this visit"), at, _cancellation)


def moved(visit: Visit, event: RequestEvent, at: datetime, *, before: str) -> None:
    """The customer chose another time: confirmed to the followers, told to the technician."""
    subject = _("the visit is moved: %(when)s", when=when_of(visit))
    body = _(
        "the visit because of “%(summary)s” is moved. It was planned for %(before)s.", **_words(visit), before=before
    )
    _tell(visit, event, subject, [body, _facts(visit)], at, _invitation)
    told = _("the customer moved a visit to %(when)s", when=when_of(visit))
    to_technician(visit, event, told, at, _invitation)


def cancelled(visit: Visit, event: RequestEvent, at: datetime) -> None:
    """Nobody comes, and every calendar forgets it."""
    subject = _("the visit on %(when)s is cancelled", when=when_of(visit))
    body = _("nobody comes on %(when)s: the visit because of “%(summary)s” is cancelled.", **_words(visit))
    _tell(visit, event, subject, [body, *_because(event)], at, _cancellation)
    to_technician(visit, event, subject, at, _cancellation)


def on_the_way(visit: Visit, event: RequestEvent, at: datetime) -> None:
    """It is nearly time; this is read now or never."""
    lines = [_("%(who)s is on the way to you now, to %(place)s.", **_words(visit))]
    others = _("%(who)s is on the way to %(customer)s now, to %(place)s.", **_words(visit))
    if visit.expected_at:
        lines.append(_("That should be at about %(at)s.", at=clock_time(visit.expected_at)))
    subject = _("%(who)s is on the way", who=visit.technician.name)
    _tell(visit, event, subject, lines, at, others=others, at_once=True)


def done(visit: Visit, event: RequestEvent, at: datetime) -> None:
    """What was done there."""
    body = _("%(who)s was with you about “%(summary)s” and wrote:", **_words(visit))
    others = _("%(who)s was with %(customer)s about “%(summary)s” and wrote:", **_words(visit))
    _tell(visit, event, _("about the visit"), [body, event.body or ""], at, others=others)


def missed(visit: Visit, event: RequestEvent, at: datetime, *, waits: bool) -> None:
    """We were there. How to go on."""
    body = _("%(who)s came to %(place)s and met nobody.", **_words(visit))
    lines = [body, *_because(event), _("Write to us when you are there, and we come again.")]
    if waits:
        lines.append(_("The clock stands still until then."))
    _tell(visit, event, _("we came and met nobody"), lines, at)


def to_technician(visit: Visit, event: RequestEvent, subject: str, at: datetime, made: Made) -> None:
    """Who makes the visit is told what others did to it."""
    if visit.technician_id != event.actor_id:
        _to(visit.technician, visit, event, subject, at, made)


def _to(person: Person, visit: Visit, event: RequestEvent, subject: str, at: datetime, made: Made) -> None:
    request = visit.request
    day = absolute(f"/visits?on={local_day(visit.starts_at).isoformat()}")
    lines = [f"{request.summary}", f"{request.customer.name}\n{_facts(visit)}", *_because(event), day]
    body, attached = "\n\n".join(lines), made(visit, person)
    letters.ask_colleague(request, person, f"{_cause(event)}:visit", subject, body, at, attached)


def _tell(
    visit: Visit,
    event: RequestEvent,
    subject: str,
    lines: list[str],
    at: datetime,
    made: Made | None = None,
    *,
    others: str | None = None,
    to_change: bool = False,
    at_once: bool = False,
) -> None:
    """Each reader's calendar names that reader alone: who else follows the request is nobody's business there.

    `others` is how it begins for those who are not visited themselves; only whose request it is may move it.
    """
    request = visit.request
    for person in letters.followers(request):
        first = others if others and person.id != request.customer_id else lines[0]
        last = [_how_to_change(visit, at)] if to_change and person in letters.concerned(request) else []
        body, attached = "\n\n".join([first, *lines[1:], *last]), made(visit, person) if made else None
        letters.send(request, person, _cause(event), subject, body, at, calendar=attached, at_once=at_once)


def _invitation(visit: Visit, reader: Person) -> str:
    # What writes calendars is large, and few letters need it.
    from portal.visits import calendar

    return calendar.invitation(visit, reader)


def _cancellation(visit: Visit, reader: Person) -> str:
    from portal.visits import calendar

    return calendar.cancellation(visit, reader)


def _cause(event: RequestEvent) -> str:
    return f"event{event.id}"


def _words(visit: Visit) -> dict[str, str]:
    return {
        "who": visit.technician.name,
        "customer": visit.request.customer.name,
        "summary": visit.request.summary,
        "when": when_of(visit),
        "place": visit.place,
    }


def _facts(visit: Visit) -> str:
    lines = [_("When: %(when)s", when=when_of(visit)), _("Where: %(place)s", place=visit.place)]
    if visit.brings:
        lines.append(_("We bring: %(what)s", what=visit.brings))
    return "\n".join(lines)


def _because(event: RequestEvent) -> list[str]:
    return [event.body] if event.body else []


def _how_to_change(visit: Visit, at: datetime) -> str:
    """What the page of the request offers as well, from now on."""
    if visit.may_move(at):
        return _("Does it not suit you? Choose another time, or cancel it, on the page of your request.")
    return _("Does it not suit you? Write to us and we find another time, or cancel it on the page of your request.")
