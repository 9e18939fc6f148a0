"""Offering options, choosing one of them, and what ends an offer. Nothing is committed here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.choices import letters, queries
from portal.choices.models import Offer, OfferedOption, OfferLink
from portal.choices.states import DECLINED, EXPIRED, FEWEST, LONGEST_MINUTES, MOST, OPEN, PICKED, WITHDRAWN
from portal.extensions import db
from portal.people.models import Person
from portal.people.visitor import digest
from portal.refusal import Conflict, Refusal
from portal.requests import actions as requests
from portal.requests import states
from portal.requests.clock import note_first_answer
from portal.requests.letters import concerned
from portal.requests.models import RequestEvent, ServiceRequest
from portal.requests.queries import is_own


@dataclass(frozen=True)
class Way:
    """One option as the desk words it."""

    label: str
    minutes: int
    words: str = ""
    when_words: str = ""
    when_at: datetime | None = None
    gives_up: str = ""


def offer(request: ServiceRequest, *, words: str, ways: Sequence[Way], by: Person, at: datetime) -> Offer:
    """Offer two or three ways; what was offered before and not answered is replaced. The clock stands still."""
    requests.require("offer", request)
    _check(ways, at)
    replaced = _take_back_open(request, by, at)
    if request.assignee_id is None:
        request.assignee, request.team_id = by, by.team_id or request.team_id
    made = _write(request, words, ways, by, at)
    data = {"offer": made.id, "labels": [one.label for one in made.options], "replaced": replaced}
    event = requests.happen(request, "options_offered", by, at, body=made.words or None, data=data)
    note_first_answer(request, at)
    requests.wait(request, states.WAITING, at=at)
    request.keeps("choices")
    for person in concerned(request):
        letters.offered(made, person, event, _new_link(made, person), at)
    letters.also_told(made, event, at)
    return made


def _check(ways: Sequence[Way], at: datetime) -> None:
    """Two or three options that can be told apart and can still come true."""
    if not FEWEST <= len(ways) <= MOST:
        raise Refusal(_("Offer two or three options."))
    labels = [way.label.strip().casefold() for way in ways]
    for number, way in enumerate(ways, 1):
        if not labels[number - 1]:
            raise Refusal(_("Give option %(n)d a name.", n=number), field=f"label_{number}")
        if labels[number - 1] in labels[: number - 1]:
            raise Refusal(_("Two options have the same name. Name them apart."), field=f"label_{number}")
        if not 0 <= way.minutes <= LONGEST_MINUTES:
            words = _("Enter the minutes of option %(n)d from 0 to %(most)d.", n=number, most=LONGEST_MINUTES)
            raise Refusal(words, field=f"minutes_{number}")
        if way.when_at is None and not way.when_words.strip():
            raise Refusal(
                _("Say when option %(n)d works: a time, or in words.", n=number), field=f"when_words_{number}"
            )
        if way.when_at is not None and way.when_at <= at:
            raise Refusal(_("The time of option %(n)d has passed.", n=number), field=f"when_at_{number}")


def _take_back_open(request: ServiceRequest, by: Person, at: datetime) -> bool:
    """A new offer takes the place of an open one."""
    earlier = queries.open_offer(request)
    if earlier is None:
        return False
    _settle(earlier, WITHDRAWN, by, at)
    db.session.flush()
    return True


def _write(request: ServiceRequest, words: str, ways: Sequence[Way], by: Person, at: datetime) -> Offer:
    moments = [way.when_at for way in ways]
    made = Offer(
        request=request,
        offered_by=by,
        offered_at=at,
        words=words.strip(),
        lapses_at=None if None in moments else max(moment for moment in moments if moment),
        options=[_option(number, way) for number, way in enumerate(ways, 1)],
    )
    db.session.add(made)
    db.session.flush()
    return made


def _option(number: int, way: Way) -> OfferedOption:
    return OfferedOption(
        number=number,
        label=way.label.strip(),
        words=way.words.strip(),
        minutes=way.minutes,
        when_words=way.when_words.strip(),
        when_at=way.when_at,
        gives_up=way.gives_up.strip(),
    )


def _new_link(made: Offer, person: Person) -> str:
    """The secret of one person's link: 128 random bits, kept as a digest."""
    token = secrets.token_urlsafe(16)
    db.session.add(OfferLink(token_sha256=digest(token), offer_id=made.id, person_id=person.id))
    return token


def pick(offer: Offer, number: int | None, *, by: Person, at: datetime) -> OfferedOption:
    """The customer chooses, which counts as their reply: the clock runs again. The same choice twice is one choice."""
    option = offer.find(number)
    if option is None:
        raise Refusal(_("Choose one of the options."))
    if offer.picked_number == option.number:
        return option
    _require_open(offer, by)
    event = _write_pick(offer, option, by, at)
    letters.picked(offer, option, event, at)
    return option


def pick_for(offer: Offer, number: int | None, *, who: Person, words: str, by: Person, at: datetime) -> OfferedOption:
    """The desk writes down what the customer chose on the phone; the page and the mail say who noted it, and why."""
    option = offer.find(number)
    if option is None:
        raise Refusal(_("Choose one of the options."), field="option")
    if not words.strip():
        raise Refusal(_("Say who told us, and how."), field="words")
    if is_own(offer.request, by):
        raise Refusal(_("This is your own request. Choose on its page."))
    _require_open(offer, who)
    event = _write_pick(offer, option, by, at, words=words.strip(), told_by=who.name)
    letters.noted(offer, option, who, event, at)
    return option


def _write_pick(
    offer: Offer, option: OfferedOption, by: Person, at: datetime, *, words: str | None = None, **more: str
) -> RequestEvent:
    """What both ways of picking keep; `told_by` marks what was said on the phone."""
    if option.is_over(at):
        raise Refusal(_("The time of “%(label)s” has passed. Choose another one.", label=option.label), field="option")
    _settle(offer, PICKED, by, at, option.number)
    data = {"offer": offer.id, "option": option.number, "label": option.label, "minutes": option.minutes, **more}
    event = requests.happen(offer.request, "option_picked", by, at, body=words, data=data)
    _go_on(offer.request, at)
    return event


def decline(offer: Offer, *, words: str, by: Person, at: datetime) -> None:
    """None of them suits the customer, who says why; that is a reply like any other."""
    _require_open(offer, by)
    _settle(offer, DECLINED, by, at)
    said = _("None of the options suits me.")
    requests.reply(offer.request, words=f"{said}\n\n{words.strip()}", by=by, at=at)


def withdraw(offer: Offer, *, words: str, by: Person, at: datetime) -> None:
    """The desk takes the offer back, and it is our turn again."""
    if not offer.is_open:
        raise Conflict(_("This offer is not open any more. Read what happened meanwhile."))
    request = offer.request
    _settle(offer, WITHDRAWN, by, at)
    event = requests.happen(request, "offer_withdrawn", by, at, body=words.strip() or None, data={"offer": offer.id})
    _go_on(request, at)
    letters.taken_back(offer, event, at)


def end_with_request(request: ServiceRequest, *, at: datetime) -> None:
    """The request ended, and with it what was still offered."""
    if (offer := queries.open_offer(request)) is not None:
        _settle(offer, EXPIRED, None, at)


def stand_again(request: ServiceRequest, *, merged_at: datetime, at: datetime) -> None:
    """The request goes on by itself again: what it offered when it was merged can be chosen, or it is our turn."""
    offer = queries.newest_offer(request)
    if offer is None or offer.state != EXPIRED or offer.settled_at != merged_at:
        return
    if offer.lapses_at is None or offer.lapses_at > at:
        offer.state, offer.settled_at = OPEN, None
    else:
        _go_on(request, at)


def expire_lapsed(*, at: datetime, limit: int) -> int:
    """Offers of which every time has passed; returns how many there were."""
    lapsed = queries.lapsed_offers(at=at, limit=limit)
    for offer in lapsed:
        request = offer.request
        _settle(offer, EXPIRED, None, at)
        event = requests.happen(request, "offer_expired", None, at, data={"offer": offer.id})
        _go_on(request, at)
        letters.lapsed(offer, event, at)
    return len(lapsed)


def _require_open(offer: Offer, by: Person) -> None:
    """Only who asked or is asked for chooses, only once, and only while the request is under way."""
    if not is_own(offer.request, by):
        raise Refusal(_("Only the person whose request it is can choose."))
    if not offer.is_open:
        raise Conflict(_("This was settled meanwhile. What stands here now is how it is."))
    requests.require("offer", offer.request)


def _settle(offer: Offer, state: str, by: Person | None, at: datetime, number: int | None = None) -> None:
    offer.state, offer.picked_number = state, number
    offer.settled_by, offer.settled_at = by, at


def _go_on(request: ServiceRequest, at: datetime) -> None:
    """We waited for this answer; what else we may wait for goes on."""
    if states.WAITING in (request.state, request.returns_to):
        requests.work_on(request, at=at)
