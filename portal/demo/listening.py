"""Asking customers afterwards: the standing survey, a few waves of their own, and what people answer."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from portal.demo.diary import Story
from portal.demo.life import Helpdesk
from portal.extensions import db
from portal.requests.models import ServiceRequest
from portal.surveys import actions, instruments
from portal.surveys.models import SampleCase, SurveyWave
from portal.surveys.tokens import token_of

ANSWER = 0.37
"""How many of those asked answer."""

KEPT_WEIGHTS = {5: 55, 4: 36, 3: 5, 2: 3, 1: 1}
LATE_WEIGHTS = {5: 10, 4: 24, 3: 24, 2: 26, 1: 16}


@lru_cache(maxsize=1)
def script() -> dict[str, Any]:
    """What is said, found and decided."""
    return tomllib.loads((Path(__file__).parent / "listening.toml").read_text(encoding="utf-8"))


def begin(helpdesk: Helpdesk) -> None:
    """Ask after every request from the first day on, and a few about something of its own."""
    helpdesk.diary.begin(_asking(helpdesk))
    for row in script()["waves"]:
        helpdesk.diary.begin(_wave(helpdesk, row))


def _asking(helpdesk: Helpdesk) -> Story:
    """Twice a day, those whose requests have ended are asked, and what is over is ended."""
    calendar, last = helpdesk.calendar, 0
    at = yield calendar.start
    wave = instruments.ensure_standard_wave(at=at)
    for day in calendar.all_days():
        for hour in (12, 18):
            at = yield calendar.at(day, hour * 60 + 10)
            actions.end_reopened()
            actions.end_expired(at=at)
            actions.take_in_closures(wave, at=at, limit=500)
            for case in _new_cases(wave, last):
                last = case.id
                helpdesk.diary.begin(_answering(helpdesk, case, at))


def _new_cases(wave: SurveyWave, last: int) -> Sequence[SampleCase]:
    query = select(SampleCase).where(SampleCase.wave_id == wave.id, SampleCase.id > last, SampleCase.is_open)
    return db.session.scalars(query.order_by(SampleCase.id)).all()


def _answering(helpdesk: Helpdesk, case: SampleCase, asked_at: datetime) -> Story:
    """Some answer, most of them on the same day or the next."""
    dice = helpdesk.dice(f"case {case.id}")
    by_hand = {helpdesk.company.accounts[name].id for name in ("customer_a", "customer_b")}
    if dice.random() > ANSWER or (case.customer_id in by_hand and asked_at > helpdesk.calendar.end - timedelta(days=8)):
        return
    at = yield helpdesk.calendar.awake(asked_at + timedelta(hours=0.2 + dice.expovariate(1 / 20)), dice)
    score = None if dice.random() < 0.02 else _score(case.request, dice)
    actions.answer(token_of(case.id), score, _comment(score, dice), at=at)


def _score(request: ServiceRequest, dice: Random) -> int:
    pleased = request.target_met is not False and not request.reopen_count
    weights = KEPT_WEIGHTS if pleased else LATE_WEIGHTS
    return dice.choices(list(weights), weights=list(weights.values()))[0]


def _comment(score: int | None, dice: Random) -> str:
    """The less content, the more is said."""
    if score is None or dice.random() > {5: 0.3, 4: 0.35}.get(score, 0.75):
        return ""
    return dice.choice(script()["comments"][str(score)])


# --- waves about something of its own -----------------------------------------------------------------------------


def _wave(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """Ask some customers of these services once; so many of each answer within three days."""
    at = yield helpdesk.calendar.ago(0, 9) - timedelta(days=row["days_ago"])
    wave = instruments.open_wave(
        slug=row["slug"],
        title=row["title"],
        at=at,
        kind="periodic",
        mode=row["mode"],
        expires_days=row["days_ago"] + 10,
    )
    wanted = Counter(row["answered"])
    for place, request in enumerate(_requests_about(row["services"], row["invited"])):
        case = actions.make_case(wave, request, at=at)
        group = request.service.slug if row["services"] else ""
        if case and case.is_open and wanted[group]:
            wanted[group] -= 1
            helpdesk.diary.begin(_answers_wave(helpdesk, row["slug"], case, at + timedelta(hours=1 + 4 * place)))


def _answers_wave(helpdesk: Helpdesk, slug: str, case: SampleCase, moment: datetime) -> Story:
    dice = helpdesk.dice(f"{slug} {case.request_id}")
    at = yield helpdesk.calendar.awake(moment, dice)
    score = _score(case.request, dice)
    actions.answer(token_of(case.id), score, _comment(score, dice), at=at)


def _requests_about(services: list[str], most: int) -> list[ServiceRequest]:
    """The latest ended requests about these services, or about any; one of each customer and service."""
    query = select(ServiceRequest).where(ServiceRequest.ended_at.is_not(None), ServiceRequest.state != "withdrawn")
    found: dict[tuple[int, str], ServiceRequest] = {}
    for request in db.session.scalars(query.order_by(ServiceRequest.id.desc()).limit(600)):
        slug = request.service.slug
        if not services or slug in services:
            found.setdefault((request.customer_id, slug if services else ""), request)
    return list(found.values())[:most]
