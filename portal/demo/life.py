"""The daily life of the helpdesk: people ask, colleagues answer, most is done in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random

from flask import current_app

from portal.demo import attachments
from portal.demo.answers import answers_to
from portal.demo.chance import dice_for
from portal.demo.company import Company
from portal.demo.diary import Diary, Story, Told
from portal.demo.offer import Kind, Offer
from portal.demo.times import BY_WEEKDAY, Calendar, after
from portal.demo.words import Speaker
from portal.measures.clock import elapsed
from portal.people.models import Person
from portal.requests import actions, queries
from portal.requests.models import ServiceRequest
from portal.requests.reopening import REOPENS_FOR

A_DAY = 12.8
"""How many ask on an average working day."""

ON_A_DAY_OFF = 0.5

QUIET_FOR = timedelta(days=14)
"""For so long before the end, those whose requests are told by hand do not ask by chance."""

SHORT_OF_HANDS = timedelta(days=9)
"""For so long before the end two colleagues are ill: more is asked, and answers take longer."""

THEIR_OWN = 3.5
"""How much more often those ask for a service whom it was made for."""


class Helpdesk:
    """Where the stories play: who works, what is offered, and which day it is."""

    def __init__(self, company: Company, offer: Offer, calendar: Calendar, diary: Diary) -> None:
        self.company, self.offer, self.calendar, self.diary = company, offer, calendar, diary
        self.secret = current_app.config["SECRET_KEY"]
        self.taste = {one.id: 0.3 + self.dice(f"taste {one.id}").random() ** 2 for one in company.customers}
        self.taste[company.accounts["customer_a"].id] = 1.5

    def dice(self, purpose: str) -> Random:
        return dice_for(self.secret, purpose)

    def open_doors(self) -> None:
        """Begin the stories of everybody who asks in the quarter, and the tidying of each evening."""
        dice = self.dice("arrivals")
        for number, at in enumerate(sorted(self._arrivals(dice))):
            self.diary.begin(self._asked(self.dice(f"request {number}"), at))
        self.diary.begin(self._tidying())

    def _arrivals(self, dice: Random) -> Iterable[datetime]:
        for day in self.calendar.all_days():
            usual = self._usual_number(day)
            for _ in range(max(0, round(dice.gauss(usual, usual**0.5)))):
                yield self.calendar.at(day, self.calendar.busy_minute(dice))

    def _usual_number(self, day: date) -> float:
        if not self.calendar.is_working(day):
            return ON_A_DAY_OFF
        return A_DAY * BY_WEEKDAY[day.weekday()] * (1.3 if self._is_busy(self.calendar.at(day, 720)) else 1)

    def _is_busy(self, at: datetime) -> bool:
        return at > self.calendar.end - SHORT_OF_HANDS

    def _tidying(self) -> Story:
        """Each evening, what was resolved a week ago is closed."""
        for day in self.calendar.all_days():
            at = yield self.calendar.at(day, 18 * 60 + 30)
            for request in queries.resolved_before(at - REOPENS_FOR, size=500):
                actions.close(request, at=at)

    # --- one request, from asking to its end ----------------------------------------------------------------------

    def _asked(self, dice: Random, when: datetime) -> Story:
        at = yield when
        customer = self.who(dice, at)
        kind = self._what(customer, dice)
        request = self.submit(kind, customer, dice, at=at)
        yield from self._worked_on(request, kind, dice)

    def who(self, dice: Random, at: datetime, kind: Kind | None = None) -> Person:
        """Somebody who asks; for `kind`, somebody who may ask for that."""
        told_by_hand = {self.company.accounts[name].id for name in ("customer_a", "customer_b")}
        recent = at > self.calendar.end - QUIET_FOR
        people = [one for one in self.company.customers if not (recent and one.id in told_by_hand)]
        people = [one for one in people if kind is None or kind.is_for(one)]
        return dice.choices(people, weights=[self.taste[one.id] for one in people])[0]

    def _what(self, customer: Person, dice: Random) -> Kind:
        kinds = [kind for kind in self.offer.kinds.values() if kind.is_for(customer)]
        return dice.choices(kinds, weights=[_wish(kind, customer) for kind in kinds])[0]

    def submit(
        self,
        kind: Kind,
        customer: Person,
        dice: Random,
        *,
        at: datetime,
        words: list[str] | None = None,
        shows: str = "",
        by: Person | None = None,
        said: dict[str, str] | None = None,
    ) -> ServiceRequest:
        """Somebody asks, in the words given or in some of those that people use; `shows` names a picture.

        `by` is who asks when it is not the customer; `said` are answers that must fit the words.
        """
        speaker = Speaker(customer, self.company, dice, at)
        summary, details = (speaker(text) for text in words or kind.next_ask(dice))
        if not shows and not words and dice.random() < 0.07:
            shows = dice.choice(["screen.png", "photo.png", "what-it-says.png"])
        return actions.submit_request(
            service=kind.service,
            form=kind.form,
            summary=summary,
            details=details,
            answers=answers_to(kind, dice, at=at, fill=speaker, colleagues=self.company.customers) | (said or {}),
            by=by or customer,
            customer=customer,
            deal=self.offer.deal,
            at=at,
            files=attachments.picture(shows, dice, by=customer, at=at) if shows else (),
        )

    def _worked_on(self, request: ServiceRequest, kind: Kind, dice: Random) -> Story:
        if dice.random() < 0.03:
            yield from self._withdrawn(request, dice)
            return
        worker = yield from self._first_answer(request, kind, dice)
        busy = self._is_busy(request.opened_at)
        share = _share_of_promise(dice, busy)
        answered = True
        if dice.random() < (0.3 if busy else 0.2):
            answered = yield from self._question(request, kind, worker, dice)
        if answered:
            yield from self._in_between(request, worker, share, dice)
        words = dice.choice(kind.fixes) if answered else self.speaker(request, dice).say("no_reply_fixes")
        at = yield self._done_at(request, share) if answered else request.opened_at
        actions.spend(request, minutes=_minutes_at_work(request, dice), by=worker, at=at)
        actions.resolve(request, words=words, by=worker, at=at)
        yield from self._aftermath(request, worker, dice)

    def _first_answer(self, request: ServiceRequest, kind: Kind, dice: Random) -> Told[Person]:
        """Somebody of the team answers, nearly always as soon as was promised; now and then it went to others first."""
        share = dice.betavariate(1.6, 2.4) * 0.95 if dice.random() < 0.95 else dice.uniform(1.05, 1.8)
        minutes = min(share * (request.first_answer_minutes or 60), 0.05 * (request.resolution_minutes or 600) + 40)
        worker = dice.choice(self.company.workers[kind.team])
        if dice.random() < 0.12:
            at = yield after(request.hours, request.opened_at, minutes / 3)
            actions.assign(
                request,
                to=None,
                team=self.company.teams[kind.team],
                why="",
                by=dice.choice(self.company.workers["Desk"]),
                at=at,
            )
        at = yield after(request.hours, request.opened_at, minutes)
        if dice.random() < 0.5:
            actions.take(request, by=worker, at=at)
        if dice.random() < 0.12:
            impact, urgency = dice.choice([(1, 1), (1, 2), (2, 1), (2, 1), (3, 3)])
            actions.set_priority(request, impact=impact, urgency=urgency, by=worker, at=at)
        actions.answer(request, words=self.speaker(request, dice).say("first_answers"), by=worker, at=at)
        return worker

    def _question(self, request: ServiceRequest, kind: Kind, worker: Person, dice: Random) -> Told[bool]:
        """We need something from the customer; returns whether we got it."""
        at = yield after(request.hours, self._told(request), 0.08 * (request.resolution_minutes or 600))
        actions.ask_customer(request, words=dice.choice(kind.backs), by=worker, at=at)
        if dice.random() < 0.06:
            yield after(request.hours, at, 5 * 600)
            return False
        at = yield self.calendar.awake(at + timedelta(hours=0.3 + dice.expovariate(1 / 14)), dice)
        actions.reply(request, words=self.speaker(request, dice).say("replies"), by=request.customer, at=at)
        return True

    def _in_between(self, request: ServiceRequest, worker: Person, share: float, dice: Random) -> Told[None]:
        """Notes, news, a hand-over, a word from the customer, and telling when it will be late."""
        speaker = self.speaker(request, dice)
        ends = self._done_at(request, share)
        begins = self._told(request)
        places = [dice.uniform(0.1, 0.9) for _ in range(dice.choice([0, 0, 0, 1, 2]))]
        for moment in (begins + (ends - begins) * one for one in sorted(places)):
            deed = dice.random()
            if deed < 0.25:
                at = yield self.calendar.awake(moment, dice)
                actions.reply(request, words=speaker.say("extra_words"), by=request.customer, at=at)
                continue
            at = yield after(request.hours, moment, 2)
            if deed < 0.6:
                actions.note(request, words=speaker.say("notes"), by=worker, at=at)
            elif deed < 0.75:
                self._hand_over(request, worker, speaker, at)
            else:
                actions.answer(request, words=speaker.say("updates"), by=worker, at=at)
        if share > 1 and request.due_at and dice.random() < 0.5:
            at = yield request.due_at
            if request.is_open:
                actions.answer(request, words=speaker.say("late_words"), by=worker, at=at)

    def _hand_over(self, request: ServiceRequest, worker: Person, speaker: Speaker, at: datetime) -> None:
        others = [one for team in self.company.workers.values() for one in team if one is not worker]
        to = speaker.dice.choice(others)
        actions.assign(request, to=to, team=None, why=speaker.say("why_assigned"), by=worker, at=at)

    def _aftermath(self, request: ServiceRequest, worker: Person, dice: Random) -> Told[None]:
        """Most say nothing; some confirm; a few open it again."""
        chance = dice.random()
        if chance > 0.36 or request.resolved_at is None:
            return
        at = yield self.calendar.awake(request.resolved_at + timedelta(hours=0.4 + dice.expovariate(1 / 16)), dice)
        if request.state != "resolved":
            return
        if chance > 0.045:
            actions.confirm(request, by=request.customer, at=at)
            return
        speaker = self.speaker(request, dice)
        actions.reopen(request, words=speaker.say("reopen_words"), by=request.customer, at=at)
        at = yield after(request.hours, at, dice.uniform(0.1, 0.35) * (request.resolution_minutes or 600))
        actions.resolve(request, words=speaker.say("second_fixes"), by=worker, at=at)

    def _withdrawn(self, request: ServiceRequest, dice: Random) -> Told[None]:
        at = yield self.calendar.awake(request.opened_at + timedelta(hours=0.2 + dice.expovariate(1 / 5)), dice)
        actions.withdraw(request, words=self.speaker(request, dice).say("withdraw_words"), by=request.customer, at=at)

    # --- when -----------------------------------------------------------------------------------------------------

    def _told(self, request: ServiceRequest) -> datetime:
        return request.first_answered_at or request.opened_at

    def _done_at(self, request: ServiceRequest, share: float) -> datetime:
        """When this share of the promised time is used, pauses left out."""
        last = max([self._told(request), *(pause.end_at for pause in request.clock_pauses if pause.end_at)])
        used = elapsed(request.hours, request.opened_at, last, request.clock_pauses).total_seconds() / 60
        return after(request.hours, last, share * (request.resolution_minutes or 600) - used)

    def speaker(self, request: ServiceRequest, dice: Random) -> Speaker:
        return Speaker(request.customer, self.company, dice, request.opened_at)


def _wish(kind: Kind, customer: Person) -> float:
    """How likely this person wants this: the warehouse scans, others do not, and everybody forgets passwords."""
    in_warehouse = customer.segment is not None and customer.segment.name == "Warehouse"
    if kind.service.slug == "hand-scanners":
        return kind.weight * THEIR_OWN * in_warehouse
    return kind.weight if kind.service.for_everyone else kind.weight * THEIR_OWN


def _minutes_at_work(request: ServiceRequest, dice: Random) -> int:
    """What was written down as working time: little of a promise is work; now and then nobody writes it down."""
    if dice.random() < 0.15:
        return 0
    return 5 * max(1, round((request.resolution_minutes or 600) ** 0.5 * dice.uniform(0.1, 0.45)))


def _share_of_promise(dice: Random, busy: bool) -> float:
    """How much of the promised time a request takes: nearly always less than all of it."""
    if dice.random() < (0.11 if busy else 0.075):
        return 1.03 + dice.expovariate(1 / 0.35)
    return 0.55 + 0.43 * dice.random() if busy else 0.12 + 0.84 * dice.betavariate(1.9, 1.7)
