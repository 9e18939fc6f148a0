"""The moments of a promise, from its terms and nothing else.

What is stored with a request is what this says: it is computed anew at each event, and whoever doubts a stored moment
computes it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.measures.clock import Pause, due_moment
from portal.measures.service_hours import NOTHING, ServiceHours, add_open_time, open_time_between

WARN_AFTER = 0.75
"""The share of the promised time after which those who work on a request are warned."""

NEW_TIME_SHARE = 0.5
"""After a miss we expect to need half of what was promised once more, and at least this long."""
SHORTEST_NEW_TIME = timedelta(minutes=30)
ROUNDED_TO = timedelta(minutes=15)


@dataclass(frozen=True)
class PromiseTerms:
    """What the moments follow from.

    `given_due_at` was promised elsewhere, where no target is known. `told_until_at` is when the worker last
    said what there was to say. `said_answer_at` and `said_due_at` are new moments that customers were told.
    """

    hours: ServiceHours
    opened_at: datetime
    first_answer: timedelta | None = None
    resolution: timedelta | None = None
    pauses: tuple[Pause, ...] = ()
    first_answered_at: datetime | None = None
    given_due_at: datetime | None = None
    is_open: bool = True
    told_until_at: datetime | None = None
    said_answer_at: datetime | None = None
    said_due_at: datetime | None = None

    @property
    def stands_still(self) -> bool:
        return any(pause.end_at is None for pause in self.pauses)


@dataclass(frozen=True)
class DueMoments:
    """When the first answer and the end are due, what is due next, and when there is something to say about it."""

    first_answer_due_at: datetime | None
    due_at: datetime | None
    next_due_at: datetime | None
    warn_at: datetime | None


@dataclass(frozen=True)
class Remark:
    """Something to say at that moment: that a promise is near its end, was missed, or that a new moment has passed.

    `of` is "answer" or "end", `kind` is "near", "missed" or "said".
    """

    at: datetime
    of: str
    kind: str


def due_moments(terms: PromiseTerms) -> DueMoments:
    """All moments of a promise."""
    first = first_answer_due(terms)
    due = _reached(terms, terms.resolution) if terms.resolution else terms.given_due_at
    ahead = (one.at for one in _remarks(terms, first, due) if not _told(terms, one))
    return DueMoments(first, due, _next(terms, first, due), min(ahead, default=None))


def to_say(terms: PromiseTerms, at: datetime) -> list[Remark]:
    """What the worker has to say by that moment; that a promise is near goes without saying once it is missed."""
    first = first_answer_due(terms)
    due = _reached(terms, terms.resolution) if terms.resolution else terms.given_due_at
    ripe = [one for one in _remarks(terms, first, due) if one.at <= at and not _told(terms, one)]
    over = {one.of for one in ripe if one.kind == "missed"}
    return [one for one in ripe if one.kind != "near" or one.of not in over]


def first_answer_due(terms: PromiseTerms) -> datetime | None:
    """When the first answer is due. Once it is given, nothing that comes later moves what was promised then."""
    if terms.first_answer is None:
        return None
    if terms.first_answered_at is None:
        return _reached(terms, terms.first_answer)
    before = _until(terms.pauses, terms.first_answered_at)
    return due_moment(terms.hours, terms.opened_at, terms.first_answer, before)


def new_time(hours: ServiceHours, target: timedelta | None, at: datetime) -> datetime:
    """A moment that is realistic after a miss: some service time from now on, on a full quarter of an hour."""
    more = max((target or NOTHING) * NEW_TIME_SHARE, SHORTEST_NEW_TIME)
    expected = add_open_time(hours, at, more)
    over = (expected - expected.replace(minute=0, second=0, microsecond=0)) % ROUNDED_TO
    return expected + (ROUNDED_TO - over) if over else expected


def moved_by_pause(hours: ServiceHours, said_at: datetime, pause: Pause) -> datetime:
    """A moment that was told, after a pause in which nobody could work towards it."""
    if pause.end_at is None or pause.start_at >= said_at:
        return said_at
    return add_open_time(hours, pause.end_at, open_time_between(hours, pause.start_at, said_at))


def _reached(terms: PromiseTerms, target: timedelta) -> datetime | None:
    return due_moment(terms.hours, terms.opened_at, target, terms.pauses)


def _until(pauses: tuple[Pause, ...], moment: datetime) -> tuple[Pause, ...]:
    """The pauses as they were at that moment, as if the last one had ended then."""
    return tuple(
        Pause(one.start_at, moment if one.end_at is None or one.end_at > moment else one.end_at)
        for one in pauses
        if one.start_at < moment
    )


def _next(terms: PromiseTerms, first: datetime | None, due: datetime | None) -> datetime | None:
    if terms.stands_still or not terms.is_open:
        return None
    ahead = [due] if terms.first_answered_at else [first, due]
    return min((one for one in ahead if one), default=None)


def _remarks(terms: PromiseTerms, first: datetime | None, due: datetime | None) -> Iterator[Remark]:
    """Everything that there is to say in the life of the promise as it stands."""
    if not terms.is_open:
        return
    if terms.first_answered_at is None:
        yield from _remarks_of(terms, "answer", terms.first_answer, first, terms.said_answer_at)
    yield from _remarks_of(terms, "end", terms.resolution, due, terms.said_due_at)


def _remarks_of(
    terms: PromiseTerms, of: str, target: timedelta | None, due: datetime | None, said: datetime | None
) -> Iterator[Remark]:
    near = _reached(terms, target * WARN_AFTER) if target else None
    if near:
        yield Remark(near, of, "near")
    if due:
        yield Remark(due, of, "missed")
    if said and not terms.stands_still:
        yield Remark(said, of, "said")


def _told(terms: PromiseTerms, remark: Remark) -> bool:
    return terms.told_until_at is not None and remark.at <= terms.told_until_at
