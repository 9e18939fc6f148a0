"""What people answered, as the report counts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from portal.extensions import db
from portal.reports import counts
from portal.surveys import actions as surveys
from portal.surveys.instruments import ensure_standard_wave
from portal.surveys.models import BOUNCED
from portal.surveys.tokens import token_of
from tests.builders import a_person, a_request, a_service, resolve
from tests.reports.conftest import APRIL_20

LAST_OF_MARCH = datetime(2026, 3, 31, 8, tzinfo=UTC)


@pytest.fixture
def asked(app: Flask) -> list[int]:
    """Eight requests resolved on the last of March; six customers answer in April, one mail came back."""
    with time_machine.travel(LAST_OF_MARCH, tick=False):
        wave = ensure_standard_wave(at=LAST_OF_MARCH)
        service, agent = a_service(), a_person(roles=("agent",))
        cases = []
        for _ in range(8):
            request = a_request(a_person(), service, at=LAST_OF_MARCH)
            resolve(request, by=agent, at=LAST_OF_MARCH + timedelta(hours=1))
            cases.append(surveys.make_case(wave, request, at=LAST_OF_MARCH + timedelta(hours=1)))
        db.session.commit()
    with time_machine.travel(LAST_OF_MARCH + timedelta(days=2), tick=False):
        for case, score in zip(cases[:6], (5, 4, 4, 2, 5, None), strict=True):
            assert case is not None
            assert surveys.answer(token_of(case.id), score, "", at=LAST_OF_MARCH + timedelta(days=2))
        assert cases[7] is not None
        cases[7].disposition = BOUNCED
        db.session.commit()
    return [case.id for case in cases if case]


def figures_of(code: str) -> dict[str, dict[str, object]]:
    return counts.count_period(code, now=APRIL_20, portal_zone="Europe/Berlin").figures["indicators"]


def test_answers_belong_to_the_month_in_which_the_request_was_resolved(asked: list[int]) -> None:
    march, april = figures_of("2026-03"), figures_of("2026-04")
    assert (march["csat"]["numerator"], march["csat"]["n"]) == (4, 5)
    assert april["csat"]["n"] == 0 and april["survey_response_rate"]["n"] == 0


def test_mail_that_came_back_was_not_delivered(asked: list[int]) -> None:
    rate = figures_of("2026-03")["survey_response_rate"]
    assert rate["n"] == 7
    assert rate["numerator"] == 5, "an answer without a score is a partial one"
