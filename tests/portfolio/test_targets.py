"""Targets by priority, as those who keep the offer write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.catalogue.models import Service, ServiceChange, ServiceTarget
from portal.extensions import db
from portal.portfolio import written
from portal.web.moment import now
from tests.builders import a_person, a_request, a_service
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
EDIT = "/portfolio/services/cards/edit"


@pytest.fixture
def keeper(visitor: Browser) -> Visitor:
    a_service("Printing cards", slug="cards", owner=None)
    db.session.commit()
    return visitor(a_person("Mona", roles=("manager",)))


def kept() -> dict[int, tuple[int | None, int | None]]:
    db.session.expire_all()
    return {one.priority: (one.first_answer_minutes, one.resolution_minutes) for one in db.session.query(ServiceTarget)}


def test_targets_are_kept_read_again_and_written_down(keeper: Visitor) -> None:
    keeper.submit(EDIT, {"target_1_first": "30 min", "target_1_done": "4 hours", "target_4_done": "2 days"})
    assert kept() == {1: (30, 240), 4: (None, 1200)}
    form = keeper.get(EDIT).form_for(EDIT)
    assert (form["target_1_first"], form["target_1_done"], form["target_4_done"]) == ("30 min", "4 hours", "2 days")
    assert "targets" in db.session.query(ServiceChange).one().note
    keeper.submit(EDIT, {"target_1_first": "", "target_1_done": "", "target_2_done": "5 h"})
    assert kept() == {2: (None, 300), 4: (None, 1200)}


def test_targets_change_no_request_that_is_under_way(keeper: Visitor) -> None:
    service = db.session.query(Service).one()
    request = a_request(service=service, at=now())
    db.session.commit()
    due = request.due_at
    keeper.submit(EDIT, {"target_1_done": "1 h", "resolution": "9", "resolution_unit": "hour"})
    db.session.expire_all()
    assert (request.due_at, request.resolution_minutes) == (due, 600)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"target_1_done": "soon"}, "Write it like 30 min"),
        ({"target_1_done": "-4 h"}, "Write it like 30 min"),
        ({"target_1_done": "0 h"}, "Write it like 30 min"),
        ({"target_1_done": "400 days"}, "longer than we can promise"),
        ({"target_1_done": "20 hours"}, "more urgent cannot be promised later"),
        ({"target_2_first": "2 hours"}, "more urgent cannot be promised later"),
        ({"target_4_done": "1 hour"}, "less urgent cannot be promised sooner"),
        ({"target_1_first": "40 min", "target_1_done": "30 min"}, "cannot be promised later than the end"),
    ],
)
def test_targets_that_cannot_be_are_refused_and_kept(keeper: Visitor, values: dict[str, Any], words: str) -> None:
    page = keeper.submit(EDIT, {"name": "Cards, new", **values}, expect=422)
    assert words in page.words and kept() == {}
    form = page.form_for(EDIT)
    assert form["name"] == "Cards, new" and all(form[name] == text for name, text in values.items())


def test_of_two_who_edit_at_once_the_slower_one_looks_again(keeper: Visitor) -> None:
    form = keeper.get(EDIT).form_for(EDIT)
    keeper.post(EDIT, {**form, "target_1_done": "2 h"})
    keeper.post(EDIT, {**form, "target_1_done": "3 h"}, expect=409)
    assert kept() == {1: (None, 120)}


@pytest.mark.parametrize(
    ("text", "minutes"), [("30 min", 30), ("30m", 30), ("4h", 240), ("1 Hour", 60), ("2 days", 1200), ("1d", 600)]
)
def test_lengths_of_time_are_read(text: str, minutes: int) -> None:
    assert written.read_target(text, 600) == minutes
    assert written.read_target(written.written_target(minutes, 600), 600) == minutes


def test_a_new_service_has_them_from_the_start(app: Flask, keeper: Visitor) -> None:
    new = "/portfolio/services/new"
    typed = {"name": "Loan", "summary": "For a trip.", "description": "A laptop.", "target_1_done": "1 h"}
    keeper.submit(new, typed)
    assert kept() == {1: (None, 60)}
