"""The mail about a request: one message per event, in the customer's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import current_app
from flask_babel import gettext as _

from portal.mail.actions import write
from portal.mail.addresses import reply_address
from portal.people.mail_off import stop_link
from portal.people.models import Person
from portal.questions.words import labelled
from portal.requests import queries, states
from portal.requests.leave_link import leave_link
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.reopening import can_reopen, reopens_until
from portal.requests.telling import answers_in_words
from portal.web.address import absolute
from portal.web.words import in_full


def send(
    request: ServiceRequest,
    to: Person,
    cause: str,
    subject: str,
    body: str,
    at: datetime,
    *,
    calendar: str | None = None,
    at_once: bool = False,
    key: str | None = None,
) -> None:
    """One letter, as its reader wants mail. Its cause makes the key, so an event never writes twice to one person.

    A `key` of its own is for what concerns several requests of a person and is told once.

    What is good for nothing tomorrow goes out `at_once`, and not with the reader's daily digest.
    """
    answer_to, stop = answer_address(request, to), None
    closing = [_where_to_read(request, at, by_mail=bool(answer_to) and to.mail_wanted != "digest")]
    if "watchers" in request.extras and not queries.is_own(request, to):
        stop = leave_link(request, to)
        closing.append(_("You get this because you read along. Stop that here:\n%(address)s", address=stop))
    subject = f"{request.reference}: {subject}"
    letter = Letter(subject, [body, *closing], answer_to, calendar, key=key, at_once=at_once, stop=stop)
    _post(request, to, cause, letter, at)


def _where_to_read(request: ServiceRequest, at: datetime, *, by_mail: bool) -> str:
    """The page, and whether one can answer there or by mail."""
    address = absolute(f"/requests/{request.reference}")
    if by_mail and states.can("reply", request.state):
        return _("Answer this mail, or read and answer here:\n%(address)s", address=address)
    if states.can("reply", request.state) or can_reopen(request, at):
        return _("Read and answer here:\n%(address)s", address=address)
    return _("Read it here:\n%(address)s", address=address)


class Reader(Protocol):
    """What a letter has to know of its reader."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def first_name(self) -> str: ...

    @property
    def email(self) -> str | None: ...


@dataclass(frozen=True)
class Letter:
    """What is written, without the greeting."""

    subject: str
    parts: list[str]
    answer_to: str | None
    calendar: str | None = None
    key: str | None = None
    at_once: bool = False
    stop: str | None = None
    """Where its reader ends such mail, if that is not all mail about requests. A digest is about several of them."""


def _post(request: ServiceRequest, to: Person, cause: str, letter: Letter, at: datetime) -> None:
    """Into the outbox, or into the pile for the reader's next digest."""
    if to.mail_wanted == "none":
        return
    # What has a time to keep is not for tomorrow's digest.
    waits = to.mail_wanted == "digest" and not (letter.calendar or letter.at_once)
    # In a digest the words stand below their subject, not below a greeting.
    body = _sentence(letter.parts) if waits else [_greeting(to), *letter.parts]
    write(
        key=letter.key or f"{request.reference}:{cause}:{to.id}",
        to_address=to.email,
        to_name=to.name,
        subject=letter.subject,
        body="\n\n".join(body) + "\n",
        at=at,
        thread=request.reference,
        reply_to=letter.answer_to,
        calendar=letter.calendar,
        stop_link=stop_link(to) if waits or not letter.stop else letter.stop,
        in_digest=waits,
    )


def _sentence(parts: list[str]) -> list[str]:
    """The same, beginning with a capital letter."""
    return [parts[0][:1].upper() + parts[0][1:], *parts[1:]] if parts else []


def answer_address(request: ServiceRequest, person: Person) -> str | None:
    """Where this person answers about this request by mail, if the portal reads mail."""
    base, secret = current_app.config["REPLY_ADDRESS"], current_app.config["SECRET_KEY"]
    return reply_address(base, secret, request_id=request.id, person_id=person.id) if base else None


def tell(
    request: ServiceRequest, cause: str, subject: str, body: str, at: datetime, *, calendar: str | None = None
) -> None:
    """The same letter to everybody who follows the request."""
    for person in followers(request):
        send(request, person, cause, subject, body, at, calendar=calendar)


def concerned(request: ServiceRequest) -> list[Person]:
    """Whose request it is: the customer, and who asked for them."""
    return [request.customer, *([request.asked_by] if request.asked_by else [])]


def followers(request: ServiceRequest) -> list[Person]:
    """Everybody who is told: whose request it is, and who watches it."""
    watching = queries.watchers(request) if "watchers" in request.extras else ()
    return [*concerned(request), *(one for one in watching if one.active)]


def received(request: ServiceRequest, at: datetime) -> None:
    """We have it, and this is the promise; what was asked, so that it can be read again without signing in."""
    for person in concerned(request):
        send(request, person, "received", _("we have your request"), "\n\n".join(_received(request, person)), at)


def _received(request: ServiceRequest, reader: Person) -> list[str]:
    lines = [_first_line(request, reader), *promises(request)]
    answers = [labelled(wording, words) for wording, words in answers_in_words(request)]
    if answers or request.details:
        lines.append(_("This is what was asked:"))
        lines.append("\n\n".join([*([request.details] if request.details else []), *answers]))
    return lines


def promises(request: ServiceRequest) -> list[str]:
    """What is promised, in sentences."""
    if request.state == states.APPROVAL:
        return [_("Somebody has to say yes first. We have asked them, and the clock stands still until then.")]
    lines = []
    if request.first_answer_due_at:
        lines.append(_("A person answers you by %(when)s.", when=in_full(request.first_answer_due_at)))
    if request.due_at:
        moves = _("That time moves only while we wait for you or for others.")
        lines.append(f"{_('It is done by %(when)s.', when=in_full(request.due_at))} {moves}")
    return lines


def _first_line(request: ServiceRequest, reader: Person) -> str:
    words = {"summary": request.summary, "ref": request.reference}
    if request.asked_by is None:
        return _("we have your request “%(summary)s”. Its reference is %(ref)s.", **words)
    if reader.id == request.asked_by_id:
        sentence = _("we have your request “%(summary)s” for %(name)s. Its reference is %(ref)s.")
        return sentence % {**words, "name": request.customer.name}
    sentence = _(
        "%(name)s asked for you: “%(summary)s”. Its reference is %(ref)s, and you can follow it and write to us."
    )
    return sentence % {**words, "name": request.asked_by.name}


def answered(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """Somebody of the helpdesk wrote."""
    body = _("%(name)s wrote about “%(summary)s”:", name=_name(event), summary=request.summary) + f"\n\n{event.body}"
    tell(request, f"event{event.id}", _("we wrote to you"), body, at)


def question(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """We need something from the customer, and the clock stands still until then."""
    body = _("%(name)s has a question about “%(summary)s”:", name=_name(event), summary=request.summary)
    own, others = _("The clock stands still until you answer."), _("The clock stands still until the answer.")
    for person in followers(request):
        wait = own if person in concerned(request) else others
        send(request, person, f"event{event.id}", _("we have a question"), f"{body}\n\n{event.body}\n\n{wait}", at)


def replied(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """One of those who follow it wrote: the others are told."""
    body = _("%(name)s wrote about “%(summary)s”:", name=_name(event), summary=request.summary)
    for person in followers(request):
        if person.id != event.actor_id:
            send(request, person, f"event{event.id}", _("a new message"), f"{body}\n\n{event.body}", at)


def not_open(request: ServiceRequest, event: RequestEvent, to: Person, at: datetime) -> None:
    """An answer by mail came after the end: it is kept, and this is how to go on."""
    body = _("thank you for your message. We have kept it, and whoever solved “%(summary)s” reads it.") % {
        "summary": request.summary
    }
    until = reopens_until(request)
    if until and at < until:
        more = _("If something is still wrong, open it again until %(when)s: that takes one click.")
        more = more % {"when": in_full(until)}
    elif request.merged_into is not None:
        there = absolute(f"/requests/{request.merged_into.reference}")
        more = _("It goes on in %(ref)s. Please write there:\n%(address)s") % {
            "ref": request.merged_into.reference,
            "address": there,
        }
    else:
        more = _("The request has ended. If you need something more, please ask for it as a new request.")
    send(request, to, f"event{event.id}", _("we have your message"), f"{body}\n\n{more}", at)


def amended(request: ServiceRequest, event: RequestEvent, changes: Sequence[Sequence[str]], at: datetime) -> None:
    """What was asked is asked in other words now; all of them, before and after."""
    words = {"name": _name(event), "summary": request.summary}
    own, others = _("you have changed “%(summary)s”:", **words), _("%(name)s has changed “%(summary)s”:", **words)
    lines = [_("%(what)s: %(new)s (before: %(old)s)", what=what, old=old, new=new) for what, old, new in changes]
    for person in followers(request):
        first = own if person.id == event.actor_id else others
        send(request, person, f"event{event.id}", _("changed"), "\n\n".join([first, *lines]), at)


def started(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """Somebody works on it now."""
    body = _("%(name)s works on your request “%(summary)s” now.", name=_name(event), summary=request.summary)
    tell(request, f"event{event.id}", _("somebody works on it"), body, at)


def resolved(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """Done, whether as promised, and how to say that it is not."""
    body = _("your request “%(summary)s” is resolved. %(name)s wrote:", name=_name(event), summary=request.summary)
    for person in followers(request):
        parts = filter(None, (body, event.body, _kept_or_late(request), _how_to_reopen(request, person, at)))
        send(request, person, f"event{event.id}", _("resolved"), "\n\n".join(parts), at)


def _how_to_reopen(request: ServiceRequest, reader: Person, at: datetime) -> str:
    """For those whose request it is: until when; '' for others, and when it cannot be opened again."""
    until = reopens_until(request) if reader in concerned(request) else None
    if until is None or at >= until:
        return ""
    return _("If it does not work after all, open it again on its page until %(when)s.", when=in_full(until))


def _kept_or_late(request: ServiceRequest) -> str:
    """What became of the promise, in the words of the request's page."""
    if request.target_met is None or request.due_at is None:
        return ""
    when = in_full(request.due_at)
    if request.target_met:
        return _("We promised it by %(when)s, and it is done as promised.", when=when)
    return _("We promised it by %(when)s, and it is done later than that. We are sorry.", when=when)


def ended(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """Closed, withdrawn or opened again: confirmed to who did it, told to the others."""
    for person in followers(request):
        subject, body = _ending(request, event, own=event.actor_id in (None, person.id))
        after = _promised_now(request, at) if event.kind == "reopened" else _how_to_reopen(request, person, at)
        send(request, person, f"event{event.id}", subject, "\n\n".join(filter(None, (body, after))), at)


def _promised_now(request: ServiceRequest, at: datetime) -> str:
    """The promise of a request that was opened again, in the words of its page."""
    due_at, said_at = request.due_at, request.said_due_at
    expected = in_full(said_at) if said_at and said_at > max(at, due_at or at) else ""
    after = _("We expect it by %(when)s.", when=expected) if expected else ""
    if due_at is None:
        return after
    promised = in_full(due_at)
    if due_at <= at:
        missed = _("We promised it by %(when)s and missed that. We are sorry.", when=promised)
        return f"{missed} {after}".rstrip()
    if after:
        return _("We promised it by %(when)s and will not manage that.", when=promised) + f" {after}"
    return _("It is done by %(when)s now: the time since it was resolved is added.", when=promised)


def _ending(request: ServiceRequest, event: RequestEvent, *, own: bool) -> tuple[str, str]:
    words = {"summary": request.summary, "name": _name(event)}
    if event.kind == "confirmed":
        told = _("thank you for telling us that it works. The request is closed.")
        return _("closed"), told if own else _(
            "%(name)s says that “%(summary)s” works. The request is closed.", **words
        )
    if event.kind == "withdrawn":
        told = _("you have withdrawn “%(summary)s”. Nothing more happens.", **words)
        return _("withdrawn"), told if own else _(
            "%(name)s has withdrawn “%(summary)s”. Nothing more happens.", **words
        )
    if event.kind == "reopened":
        told = _("your request “%(summary)s” is open again. We are sorry it was not solved.", **words)
        return _("open again"), told if own else _opened_by_another(request, event)
    return _("closed"), _("your request “%(summary)s” was resolved a week ago and is closed now.", **words)


def _opened_by_another(request: ServiceRequest, event: RequestEvent) -> str:
    first = _("%(name)s has opened “%(summary)s” again:", summary=request.summary, name=_name(event))
    return f"{first}\n\n{event.body}"


def left(request: ServiceRequest, person: Person, event: RequestEvent, at: datetime) -> None:
    """The link of a letter was used: the last message about it, and how to read it again."""
    used = _("the link for that in one of our messages was used.")
    parts = [
        _("you no longer read %(ref)s along: %(used)s", ref=request.reference, used=used),
        _("To read along again, ask %(name)s to invite you.", name=request.customer.name),
    ]
    _post(request, person, f"event{event.id}", Letter(f"{request.reference}: {_('you left it')}", parts, None), at)


def to_assignee(request: ServiceRequest, event: RequestEvent, at: datetime) -> None:
    """The customer wrote, opened again or withdrew: whoever works on it is told.

    An answer by mail is read by the customer, so a letter with words for colleagues asks for none.
    """
    agent = request.assignee
    if agent is None or agent.id == event.actor_id:
        return
    words = {
        "replied": _("the customer wrote"),
        "mailed": _("a message of an unproved sender"),
        "amended": _("the customer changed what was asked"),
        "reopened": _("opened again"),
        "withdrawn": _("withdrawn"),
    }
    subject = f"{request.reference}: {words.get(event.kind, _('given to you'))}"
    answer_to = answer_address(request, agent) if event.public else None
    parts = [request.summary, event.body or "", absolute(f"/queue/{request.reference}")]
    if answer_to and agent.mail_wanted != "digest" and states.can("answer", request.state):
        parts.append(_("If you answer this mail, the customer reads it as your answer."))
    _post(request, agent, f"event{event.id}", Letter(subject, [one for one in parts if one], answer_to), at)


def kept_as_note(request: ServiceRequest, event: RequestEvent, to: Person, at: datetime) -> None:
    """A colleague wrote by mail to a request that has ended, and may think that the customer reads it: always sent."""
    said = _(
        "your mail about “%(summary)s” is kept as a note for colleagues. The customer does not read it, because the "
        "request has ended.",
        summary=request.summary,
    )
    parts = [said, absolute(f"/queue/{request.reference}")]
    if can_reopen(request, at):
        parts.insert(1, _("To write to the customer, open the request again there."))
    ask_colleague(request, to, f"event{event.id}", _("your mail is kept as a note"), "\n\n".join(parts), at)


def to_colleague(
    request: ServiceRequest,
    to: Person,
    cause: str,
    subject: str,
    body: str,
    at: datetime,
    calendar: str | None = None,
    *,
    key: str | None = None,
) -> None:
    """News for one who works on it, as that colleague wants mail: it also stands in the queue, for who wants none.

    It carries no address for answers: a colleague's answer by mail would be read by the customer.
    """
    _post(request, to, cause, Letter(f"{request.reference}: {subject}", [body], None, calendar, key), at)


def ask_colleague(
    request: ServiceRequest,
    to: Reader,
    cause: str,
    subject: str,
    body: str,
    at: datetime,
    calendar: str | None = None,
    *,
    key: str | None = None,
) -> None:
    """What one is asked personally: a yes, a visit, a look at a note that names one. Always sent, and at once.

    Somebody waits for it and is told that it was sent, so neither a digest nor the wish for no mail keeps it back; and
    it has no link that ends such mail, since that would not end it. What takes it back comes the same way.
    """
    write(
        key=key or f"{request.reference}:{cause}:{to.id}",
        to_address=to.email,
        to_name=to.name,
        subject=f"{request.reference}: {subject}",
        body=f"{_greeting(to)}\n\n{body}\n",
        at=at,
        thread=request.reference,
        calendar=calendar,
    )


def _greeting(to: Reader) -> str:
    return _("Hello %(name)s,", name=to.first_name)


def _name(event: RequestEvent) -> str:
    return event.actor.name if event.actor else _("The helpdesk")
