"""Survey files: two of them together tell no more than each alone."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from flask import Flask

from portal.extensions import db
from portal.surveys import actions, instruments
from portal.surveys.export import responses_csv
from portal.surveys.tokens import token_of
from portal.web.moment import now
from tests.builders import a_person, a_request, a_segment, a_service, resolve

SCORES = (5, 4, 1, 3, 2, 5, 4, 2, 1, 3, 5, 4)


def test_the_place_of_a_line_does_not_join_the_files_of_two_attributes(app: Flask) -> None:
    begin = now() - timedelta(days=3)
    wave, agent = instruments.ensure_standard_wave(at=begin), a_person(roles=("agent",))
    services, segments = [a_service(), a_service()], [a_segment("Works"), a_segment("Office")]
    for place, score in enumerate(SCORES * 2):
        customer = a_person(segment=segments[place % 2])
        request = a_request(customer, services[place // 12], at=begin)
        resolve(request, by=agent, at=begin + timedelta(hours=1))
        case = actions.make_case(wave, request, at=begin + timedelta(hours=1))
        assert case and actions.answer(token_of(case.id), score, "", at=now())
    db.session.commit()
    for by, column in (("service", "service"), ("segment", "segment")):
        lines = list(csv.DictReader(io.StringIO(responses_csv(wave, by=by))))
        told = [(line[column], line["csat_overall"], line["comment"]) for line in lines]
        assert len({line[column] for line in lines}) == 2 and len(told) == 24
        assert told == sorted(told)
        assert [line["number"] for line in lines] == [str(number) for number in range(1, 25)]
