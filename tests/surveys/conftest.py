"""A desk that closes requests and hears what people say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person, Segment
from portal.surveys import actions, instruments
from portal.surveys.models import SampleCase, SurveyWave
from portal.surveys.tokens import token_of
from portal.web.moment import now
from tests.builders import a_person, a_request, a_service, resolve

Closed = Callable[..., SampleCase]


@pytest.fixture
def opened() -> datetime:
    """Three days ago: recent enough that links still work, which are checked against the real clock."""
    return (now() - timedelta(days=3)).replace(microsecond=0, tzinfo=UTC)


@pytest.fixture
def wave(app: Flask, opened: datetime) -> SurveyWave:
    wave = instruments.ensure_standard_wave(at=opened)
    db.session.commit()
    return wave


@pytest.fixture
def agent(app: Flask) -> Person:
    return a_person("Kyra Lindqvist", roles=("agent",))


@pytest.fixture
def closed(app: Flask, opened: datetime, agent: Person) -> Closed:
    """`closed(wave)` is the case of a request that was resolved an hour after the wave opened."""
    usual: list[Service] = []

    def make(wave: SurveyWave, *, service: Service | None = None, segment: Segment | None = None) -> SampleCase:
        if service is None and not usual:
            usual.append(a_service("Virus on my desktop"))
        customer = a_person(segment=segment)
        request = a_request(customer, service or usual[0], at=opened)
        resolve(request, by=agent, at=opened + timedelta(hours=1))
        case = actions.make_case(wave, request, at=opened + timedelta(hours=1))
        assert case is not None
        db.session.commit()
        return case

    return make


@pytest.fixture
def answered(closed: Closed) -> Closed:
    """`answered(wave, 4, "words")` is a case whose customer has answered."""

    def make(wave: SurveyWave, score: int | None, comment: str = "", **more: object) -> SampleCase:
        case = closed(wave, **more)
        assert actions.answer(token_of(case.id), score, comment, at=now())
        db.session.commit()
        return case

    return make
