"""What a report is counted from: plain facts, however they were fetched. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.measures.clock import Pause, elapsed
from portal.measures.periods import Period
from portal.measures.satisfaction import Satisfaction
from portal.measures.service_hours import ServiceHours

OWN = "portal"
"""The source of the requests that were asked here; any other source is a log that was brought in."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RequestFact:
    """What a report needs to know of one request. `waiting`: its clock stands still now."""

    service: str
    customer: int
    priority: int
    source: str
    withdrawn: bool
    waiting: bool
    opened_at: datetime
    hours: ServiceHours | None = None
    pauses: tuple[Pause, ...] = ()
    first_answer_due_at: datetime | None = None
    first_answered_at: datetime | None = None
    due_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    ended_at: datetime | None = None
    decided_at: datetime | None = None
    target_met: bool | None = None
    reopen_count: int = 0
    reassignment_count: int = 0

    @property
    def imported(self) -> bool:
        return self.source != OWN

    def overdue(self, as_of: datetime) -> bool:
        """Still open, its promised moment past: missed, though nobody has written it down yet.

        While a clock stands still there is no promised moment, unless it had passed before.
        """
        if self.imported or self.withdrawn or self.target_met is not None:
            return False
        return self.ended_at is None and self.due_at is not None and self.due_at <= as_of

    def kept(self, as_of: datetime) -> bool | None:
        """Was the promise kept? None while undecided, without a promise, or when the request was withdrawn."""
        if self.withdrawn:
            return None
        return False if self.overdue(as_of) else self.target_met

    def decided(self, as_of: datetime) -> datetime | None:
        """The moment at which `kept` was settled: resolved in time, or the promised moment passing."""
        return self.due_at if self.overdue(as_of) else self.decided_at

    def answered_in_time(self, as_of: datetime) -> bool | None:
        """Was the first answer given by its promised moment? None while undecided or where none was promised."""
        due_at = self.first_answer_due_at
        if due_at is None:
            return None
        if self.first_answered_at is not None:
            return self.first_answered_at <= due_at
        return None if self.withdrawn or due_at > (self.ended_at or as_of) else False

    def answer_decided(self) -> datetime | None:
        """The moment at which `answered_in_time` was settled."""
        if self.first_answer_due_at is None or self.first_answered_at is None:
            return self.first_answer_due_at
        return min(self.first_answered_at, self.first_answer_due_at)

    def hours_until(self, moment: datetime) -> float:
        """Service hours without the pauses; for an imported request, whose calendar nobody knows, elapsed hours."""
        if self.imported or self.hours is None:
            return (moment - self.opened_at) / HOUR
        return elapsed(self.hours, self.opened_at, moment, self.pauses) / HOUR


@dataclass(frozen=True)
class MonthCount:
    """What happened in one month. `ended`: resolved or withdrawn; `kept` of the `n` whose outcome was decided."""

    label: str
    opened: int
    resolved: int
    closed: int
    ended: int
    n: int
    kept: int


@dataclass(frozen=True)
class WeekCount:
    """How many of the `n` requests opened in one ISO week were done as promised; only those whose outcome is known."""

    label: str
    n: int
    kept: int
    charted: bool = True


@dataclass(frozen=True)
class SurveyFacts:
    """Answers about the requests that were resolved in the period."""

    satisfaction: Satisfaction
    delivered: int
    completed: int
    newest_at: datetime | None = None


@dataclass(frozen=True)
class OfferFacts:
    """Offers of options made in the period: how many, how many are settled, and for those that were picked the hours
    that the customer took and how often each label was chosen."""

    made: int = 0
    settled: int = 0
    hours: tuple[float, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    newest_at: datetime | None = None

    @property
    def picked(self) -> int:
        return len(self.hours)


@dataclass(frozen=True)
class CallFacts:
    """Calls that were made in time, and the promised moments of those that were not, soonest first."""

    kept: int = 0
    passed: tuple[datetime, ...] = ()

    def missed(self, as_of: datetime) -> int:
        """Those whose moment has passed by then."""
        return sum(moment <= as_of for moment in self.passed)


NO_SURVEY = SurveyFacts(Satisfaction((0, 0, 0, 0, 0)), 0, 0)


@dataclass(frozen=True)
class Material:
    """Everything that one report is counted from.

    `requests` are all that were open at any time in the period or closed in it. `open_before` and `unclosed_before`
    count those that were open, or not closed, when the first month of `months` began.
    """

    period: Period
    now: datetime
    as_of: datetime
    requests: tuple[RequestFact, ...]
    months: tuple[MonthCount, ...] = ()
    weeks: tuple[WeekCount, ...] = ()
    open_before: int = 0
    unclosed_before: int = 0
    services_before: Mapping[str, int] = field(default_factory=dict)
    survey: SurveyFacts = NO_SURVEY
    offers: OfferFacts = OfferFacts()
    calls: CallFacts = CallFacts()
