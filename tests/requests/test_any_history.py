"""Whatever happens to a request, the moments stored with it are those that a second teller of the story computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.catalogue.models import HoursPlan, ServiceTarget
from portal.extensions import db
from portal.measures.clock import Pause, due_moment, elapsed
from portal.measures.due import WARN_AFTER, due_moments
from portal.measures.priority import priority_of
from portal.measures.service_hours import ServiceHours
from portal.people.models import Person
from portal.requests import actions, states, warnings
from portal.requests.checking import drifted
from portal.requests.clock import terms_of
from portal.requests.models import CLOCK_STOPPED_AT, ServiceRequest
from portal.requests.reopening import can_reopen
from tests.builders import a_person, a_request, a_service
from tests.measures.strategies import any_moment, service_hours

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
REASONS = {"ask_customer": "waiting", "hold": "held", "ask_approval": "approval"}


@dataclass
class Story:
    """The same history told by the rules alone: pauses, targets, first answer, what was told."""

    opened_at: datetime
    first: int
    done: int
    targets: dict[int, tuple[int, int]]
    hours: ServiceHours
    pauses: list[Pause] = field(default_factory=list)
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    is_open: bool = True
    reopens: int = 0
    told_until: datetime = NEVER
    before: str = ""
    """Where it stood when somebody was asked for a yes."""
    said: dict[str, datetime] = field(default_factory=dict)

    def stands(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].end_at is None

    def due(self, minutes: float, pauses: list[Pause] | None = None) -> datetime | None:
        return due_moment(self.hours, self.opened_at, timedelta(minutes=minutes), pauses or self.pauses)

    def first_due(self) -> datetime | None:
        """Frozen by the answer: the pauses as they were then, the running one as if it had ended."""
        if self.answered_at is None:
            return self.due(self.first)
        then = [one for one in self.pauses if one.start_at < self.answered_at]
        ended = [Pause(p.start_at, min(p.end_at or self.answered_at, self.answered_at)) for p in then]
        return due_moment(self.hours, self.opened_at, timedelta(minutes=self.first), ended)

    def next_due(self) -> datetime:
        if self.stands() or not self.is_open:
            return CLOCK_STOPPED_AT
        ahead = [self.due(self.done)] if self.answered_at else [self.first_due(), self.due(self.done)]
        return min(one for one in ahead if one)

    def warn_at(self) -> datetime | None:
        """The first moment not told yet: three quarters gone, missed, or a new moment gone by, of both promises."""
        if not self.is_open:
            return None
        moments = [self.due(self.done * WARN_AFTER), self.due(self.done), self._said("end")]
        if self.answered_at is None:
            moments += [self.due(self.first * WARN_AFTER), self.due(self.first), self._said("answer")]
        return min((one for one in moments if one and one > self.told_until), default=None)

    def _said(self, of: str) -> datetime | None:
        return None if self.stands() else self.said.get(of)

    def stop(self, at: datetime) -> None:
        self.go(at)
        self.pauses.append(Pause(at, None))

    def go(self, at: datetime) -> None:
        if self.stands():
            self.pauses[-1] = Pause(self.pauses[-1].start_at, at)

    def sooner(self, priority: int, at: datetime) -> None:
        """Another priority promises only what is sooner and still to come."""
        used = elapsed(self.hours, self.opened_at, at, self.pauses)
        first, done = self.targets.get(priority, (self.first, self.done))
        if self.answered_at is None and first < self.first and used < timedelta(minutes=first):
            self.first = first
        if done < self.done and used < timedelta(minutes=done):
            self.done = done


DEEDS = [
    *("reply", "answer", "ask_customer", "hold", "go_on", "ask_approval", "approve", "resolve", "reopen", "confirm"),
    *("withdraw", "note", "take", "priority", "priority", "look"),
]
STEPS = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.integers(0, 4 * 24 * 60), st.integers(1, 3), st.integers(1, 3)), max_size=16
)
TARGETS = st.dictionaries(st.sampled_from([1, 2, 4]), st.tuples(st.integers(1, 1500), st.integers(1, 4000)))


@given(
    hours=service_hours,
    start=any_moment,
    first=st.integers(1, 1500),
    done=st.integers(1, 4000),
    targets=TARGETS,
    steps=STEPS,
)
@settings(max_examples=80, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_stored_moments_equal_a_recomputation_for_any_history(
    app: Flask,
    hours: ServiceHours,
    start: datetime,
    first: int,
    done: int,
    targets: dict[int, tuple[int, int]],
    steps: list[tuple[str, int, int, int]],
) -> None:
    db.session.rollback()
    customer, agent = a_person(), a_person(roles=("agent",))
    service = a_service(hours_plan=kept(hours), first_answer_minutes=first, resolution_minutes=done)
    service.targets = [
        ServiceTarget(priority=number, first_answer_minutes=a, resolution_minutes=b)
        for number, (a, b) in targets.items()
    ]
    request, at = a_request(customer, service, at=start), start
    story = Story(start, first, done, targets, hours)
    agree(request, story)
    for deed, minutes, impact, urgency in steps:
        at += timedelta(minutes=minutes)
        if happens(deed, request, story, at, customer, agent, impact, urgency):
            agree(request, story)
    db.session.flush()
    db.session.refresh(request)
    agree(request, story)
    assert drifted() == []


def kept(hours: ServiceHours) -> HoursPlan:
    closed = sorted(day.isoformat() for day in hours.closed_on)
    windows = [list(window) for window in hours.windows]
    plan = HoursPlan(name="Any", zone=hours.zone, windows=windows, closed_on=closed, in_words="Any")
    db.session.add(plan)
    db.session.flush()
    return plan


def happens(
    deed: str,
    request: ServiceRequest,
    story: Story,
    at: datetime,
    customer: Person,
    agent: Person,
    impact: int,
    urgency: int,
) -> bool:
    """Do it on both sides, if it is possible in that state."""
    if deed == "look":
        look(request, story, at)
        return True
    if not states.can("set_priority" if deed == "priority" else deed, request.state):
        return False
    if deed == "reopen" and not can_reopen(request, at):
        return False
    words: dict[str, Any] = {} if deed in ("confirm", "take") else {"words": "words"}
    if deed == "priority":
        actions.set_priority(request, impact=impact, urgency=urgency, by=agent, at=at)
        story.sooner(priority_of(impact, urgency), at)
    elif deed == "ask_approval":
        story.before = request.state
        actions.wait(request, states.APPROVAL, at=at)
    elif deed == "approve":
        actions.go_back(request, at=at)
        assert request.state == story.before
        if request.state in states.STOPPED:
            story.stop(at)
            return True
    else:
        by = customer if deed in ("reply", "reopen", "confirm", "withdraw") else agent
        was = request.state
        getattr(actions, deed)(request, by=by, at=at, **words)
        if deed == "reply" and was == "waiting":
            story.go(at)
        if was == "approval":
            note_meanwhile(deed, story)
    tell(deed, story, at)
    return True


def note_meanwhile(deed: str, story: Story) -> None:
    """What happens while somebody has to say yes tells where it stands afterwards."""
    if deed == "reply" and story.before == "waiting":
        story.before = "in_progress"
    if deed in ("take", "answer") and story.before == "received":
        story.before = "in_progress"


def look(request: ServiceRequest, story: Story, at: datetime) -> None:
    """A round of the worker, which says what is to be said; the new moments are taken as it said them."""
    db.session.flush()
    ripe = story.warn_at() is not None and story.warn_at() <= at  # type: ignore[operator]
    assert warnings.look_after(at=at) == (1 if ripe else 0)
    db.session.flush()
    db.session.refresh(request)
    if ripe:
        story.told_until = at
        take_said(request, story)


def take_said(request: ServiceRequest, story: Story) -> None:
    said = {"answer": request.said_answer_at, "end": request.said_due_at}
    story.said = {of: moment for of, moment in said.items() if moment}


def tell(deed: str, story: Story, at: datetime) -> None:
    """What the rules say of a deed."""
    if deed in ("answer", "ask_customer", "hold", "resolve"):
        story.answered_at = story.answered_at or at
    if deed in REASONS:
        story.stop(at)
    if deed in ("go_on", "approve", "resolve", "withdraw"):
        story.go(at)
    if deed in ("resolve", "withdraw"):
        story.is_open = False
    if deed == "resolve":
        story.resolved_at = at
    if deed == "reopen":
        assert story.resolved_at
        story.pauses.append(Pause(story.resolved_at, at))
        story.is_open, story.resolved_at = True, None
        story.reopens += 1


def agree(request: ServiceRequest, story: Story) -> None:
    take_said(request, story)
    assert request.due_at == story.due(story.done)
    assert request.first_answer_due_at == story.first_due()
    assert request.next_due_at == story.next_due()
    assert request.warn_at == story.warn_at()
    assert (request.first_answer_minutes, request.resolution_minutes) == (story.first, story.done)
    assert request.first_answered_at == story.answered_at
    assert (request.is_open, request.resolved_at) == (story.is_open, story.resolved_at)
    assert request.reopen_count == story.reopens
    if story.is_open:
        assert request.ended_at is request.closed_at is request.minutes_used is None
    assert request.clock_is_stopped == story.stands()
    if request.clock_is_stopped:
        assert request.waits_for == request.state
    moments = due_moments(terms_of(request))
    stored = request.first_answer_due_at, request.due_at, request.next_due_at, request.warn_at
    assert stored == (
        moments.first_answer_due_at,
        moments.due_at,
        moments.next_due_at or CLOCK_STOPPED_AT,
        moments.warn_at,
    )
