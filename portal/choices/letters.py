"""Mail about offers: the options with a link each, what was chosen, and what became of an offer nobody took."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.choices.models import Offer, OfferedOption
from portal.people.models import Person
from portal.requests import letters
from portal.requests.models import RequestEvent, ServiceRequest
from portal.web.address import absolute
from portal.web.words import in_full


def minutes_in_words(minutes: int) -> str:
    """What it takes of the customer's time."""
    return ngettext("%(num)d minute", "%(num)d minutes", minutes) if minutes else _("none")


def when_in_words(option: OfferedOption) -> str:
    """When it works, as a moment, in words, or both."""
    return ", ".join(part for part in (in_full(option.when_at) if option.when_at else "", option.when_words) if part)


def offered(offer: Offer, person: Person, event: RequestEvent, token: str, at: datetime) -> None:
    """To whoever may choose: each option with its own link. Opening a link chooses nothing."""
    request = offer.request
    opening = _(
        "%(name)s offers you a choice about “%(summary)s”:", name=offer.offered_by.name, summary=request.summary
    )
    ways = [_option(one, absolute(f"/choice/{token}?option={one.number}")) for one in offer.options]
    none = _("None of these suits you? Tell us here:\n%(address)s", address=absolute(f"/choice/{token}"))
    after = _(
        "Opening a link chooses nothing; you confirm on the page. The clock stands still until you have chosen. "
        "The links are yours alone: please do not pass this message on."
    )
    body = "\n\n".join(part for part in (opening, offer.words, *ways, none, after) if part)
    letters.send(request, person, f"event{event.id}", _("you have a choice"), body, at)


def _option(option: OfferedOption, address: str) -> str:
    """One way as a paragraph, in the same order on page and in mail, so that they compare."""
    lines = [
        f"{option.number}. {option.label}",
        option.words,
        *_facts(option),
        _("Choose this: %(address)s", address=address),
    ]
    return "\n".join(line for line in lines if line)


def also_told(offer: Offer, event: RequestEvent, at: datetime) -> None:
    """To those who watch: they see what is offered, and somebody else chooses."""
    request = offer.request
    own = {one.id for one in letters.concerned(request)}
    body = _(
        "%(name)s offered a choice about “%(summary)s”. %(customer)s chooses.",
        name=offer.offered_by.name,
        summary=request.summary,
        customer=request.customer.name,
    )
    labels = "\n".join(f"{one.number}. {one.label}" for one in offer.options)
    for person in letters.followers(request):
        if person.id not in own:
            letters.send(request, person, f"event{event.id}", _("a choice is offered"), f"{body}\n\n{labels}", at)


def picked(offer: Offer, option: OfferedOption, event: RequestEvent, at: datetime) -> None:
    """Confirmed to those whose request it is and who watch, told to whoever works on it."""
    request, who = offer.request, event.actor.name if event.actor else ""
    facts = _facts(option)
    said = _("%(name)s chose for “%(summary)s”: %(label)s.", name=who, summary=request.summary, label=option.label)
    yours = _("you chose for “%(summary)s”: %(label)s.", summary=request.summary, label=option.label)
    after = _("We go on with it now. If something changes, write to us on the request’s page.")
    for person in letters.followers(request):
        own = person.id == event.actor_id
        subject = _("your choice is with us") if own else _("%(name)s has chosen", name=who)
        body = "\n\n".join((yours if own else said, "\n".join(facts), after))
        letters.send(request, person, f"event{event.id}", subject, body, at)
    to_desk(request, event, _("the customer chose: %(label)s", label=option.label), said, at)


def _facts(option: OfferedOption) -> list[str]:
    """What one compares, a line each."""
    return [
        _("Your time: %(span)s", span=minutes_in_words(option.minutes)),
        _("When: %(when)s", when=when_in_words(option)),
        _("What you give up: %(what)s", what=option.gives_up or _("nothing")),
    ]


def noted(offer: Offer, option: OfferedOption, who: Person, event: RequestEvent, at: datetime) -> None:
    """What was said on the phone, in writing, so that whoever was misunderstood can say so."""
    request, name = offer.request, event.actor.name if event.actor else ""
    words = {"name": name, "summary": request.summary, "label": option.label}
    after = _("We go on with it now. If this is not what was said, write to us on the request’s page.")
    for person in letters.followers(request):
        if person.id == who.id:
            subject = _("we noted your choice")
            said = _("you told us by phone what you choose for “%(summary)s”: %(label)s. %(name)s noted it:", **words)
        else:
            subject = _("%(who)s has chosen", who=who.name)
            said = _(
                "%(who)s told us by phone what to choose for “%(summary)s”: %(label)s. %(name)s noted it:",
                who=who.name,
                **words,
            )
        body = "\n\n".join((said, event.body or "", "\n".join(_facts(option)), after))
        letters.send(request, person, f"event{event.id}", subject, body, at)
    to_desk(
        request, event, _("the customer chose: %(label)s", label=option.label), _("Noted by %(name)s.", **words), at
    )


def taken_back(offer: Offer, event: RequestEvent, at: datetime) -> None:
    """The desk withdrew it: the links lead nowhere any more."""
    request = offer.request
    who = event.actor.name if event.actor else ""
    said = _("%(name)s took back the choice about “%(summary)s”.", name=who, summary=request.summary)
    after = _("You need not choose any more. The clock runs again.")
    body = "\n\n".join(part for part in (said, event.body, after) if part)
    letters.tell(request, f"event{event.id}", _("nothing to choose any more"), body, at)


def lapsed(offer: Offer, event: RequestEvent, at: datetime) -> None:
    """Every time that was offered has passed."""
    request = offer.request
    said = _("the times that we offered for “%(summary)s” have passed.", summary=request.summary)
    after = _("It is our turn now: we come back to you with other ways.")
    letters.tell(request, f"event{event.id}", _("the times have passed"), f"{said} {after}", at)
    to_desk(request, event, _("nobody chose in time"), said, at)


def to_desk(request: ServiceRequest, event: RequestEvent, subject: str, body: str, at: datetime) -> None:
    """Whoever works on it is told, unless it was they."""
    agent = request.assignee
    if agent is None or agent.id == event.actor_id:
        return
    # They may read along as well, and then get both letters.
    key = f"{request.reference}:event{event.id}:desk{agent.id}"
    there = absolute(f"/queue/{request.reference}")
    letters.to_colleague(request, agent, f"event{event.id}", subject, f"{body}\n\n{there}", at, key=key)
