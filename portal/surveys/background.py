"""The round that asks: every closing of a request gets its case, and cases that are over are ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from portal.catalogue import queries as catalogue
from portal.catalogue.actions import note_rating
from portal.extensions import db, reading
from portal.jobs import every
from portal.measures.intervals import Share
from portal.surveys import actions, instruments, queries, results
from portal.surveys.models import SurveyWave
from portal.web.moment import now

AT_ONCE = 50
MOST_BATCHES = 40
MARK_AGES = timedelta(hours=1)
LATELY = timedelta(days=90)


@every(60)
def ask_customers() -> None:
    """Make cases, invite, and end what is over, a few at a time so that nobody waits long for the database."""
    if not _anything_to_do():
        return
    instruments.ensure_standard_wave(at=now())
    db.session.commit()
    _in_batches(lambda: actions.end_reopened(limit=AT_ONCE))
    _in_batches(lambda: actions.end_expired(at=now(), limit=AT_ONCE))
    for number in [wave.id for wave in queries.standing_waves(at=now())]:
        _in_batches(partial(_sweep, number))


def _sweep(number: int) -> int:
    return actions.take_in_closures(queries.wave_by_id(number), at=now(), limit=AT_ONCE)


def _in_batches(work: Callable[[], int]) -> None:
    for _batch in range(MOST_BATCHES):
        done = work()
        db.session.commit()
        if done < AT_ONCE:
            return


def _anything_to_do() -> bool:
    with reading():
        return _something_waits()


def _something_waits() -> bool:
    at = now()
    if queries.find_wave(instruments.STANDARD) is None or queries.reopened_cases(limit=1):
        return True
    if queries.expired_cases(at=at, limit=1):
        return True
    return any(_wave_waits(wave, at) for wave in queries.standing_waves(at=at))


def _wave_waits(wave: SurveyWave, at: datetime) -> bool:
    """Something has ended, or the mark of how far we have looked has grown old."""
    since, until = queries.span_to_sweep(wave, at=at)
    old = wave.swept_through_at is None or until - wave.swept_through_at > MARK_AGES
    return old or bool(queries.closures_without_case(wave, since=since, until=until, limit=1))


@every(3600)
def count_ratings() -> None:
    """How people rated each service in the last 90 days, for the pages on which it is offered."""
    at = now()
    found = results.ratings(at - LATELY, at)
    for service in catalogue.all_services():
        share = found.get(service.id, Share(0, 0))
        note_rating(service, good=share.x, n=share.n)
    db.session.commit()
