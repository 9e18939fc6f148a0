"""The mission and the service deal: written by those who may, kept in every wording."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from portal.catalogue.models import ServiceDeal
from portal.extensions import db
from tests.builders import a_person
from tests.visitor import Visitor

EDIT = "/how-it-works/edit"
WORDS = {"mission": "We keep you working.", "promise": "A person answers.", "in_return": "Tell us what you see."}


def test_a_communicator_writes_the_deal_and_everybody_reads_it(app: Flask, visitor: Callable[..., Visitor]) -> None:
    writer, reader = a_person(roles=("communicator",)), a_person()
    db.session.commit()
    browser = visitor(writer)
    assert "Write the mission" in browser.get("/how-it-works").words
    page = browser.follow(browser.submit(EDIT, WORDS))
    assert "The new words are published." in page.words
    seen = visitor(reader).get("/how-it-works").words
    assert "We keep you working." in seen and "A person answers." in seen and "Change these words" not in seen
    assert db.session.query(ServiceDeal).one().published_by_id == writer.id


def test_the_earlier_wording_is_kept(app: Flask, visitor: Callable[..., Visitor]) -> None:
    browser = visitor(a_person(roles=("manager",)))
    browser.submit(EDIT, WORDS)
    browser.submit(EDIT, {**WORDS, "mission": "Newer words."})
    assert [deal.mission for deal in db.session.query(ServiceDeal).order_by(ServiceDeal.id)] == [
        "We keep you working.",
        "Newer words.",
    ]


def test_two_writers_at_once_are_told_and_lose_nothing(app: Flask, visitor: Callable[..., Visitor]) -> None:
    first, second = visitor(a_person(roles=("communicator",))), visitor(a_person(roles=("communicator",)))
    opened_early = second.get(EDIT).form_for(EDIT)
    first.submit(EDIT, WORDS)
    told = second.post(EDIT, {**opened_early, **WORDS, "mission": "My own words."}, expect=409)
    assert "Somebody published new words" in told.words and told.value("mission").strip() == "My own words."


@pytest.mark.parametrize("field", sorted(WORDS))
def test_empty_words_are_refused_and_the_rest_is_kept(app: Flask, visitor: Callable[..., Visitor], field: str) -> None:
    browser = visitor(a_person(roles=("communicator",)))
    refused = browser.submit(EDIT, {**WORDS, field: " "}, expect=422)
    kept = next(name for name in WORDS if name != field)
    assert WORDS[kept] in refused.html
    assert db.session.query(ServiceDeal).count() == 0


def test_a_customer_may_not_write_it(app: Flask, visitor: Callable[..., Visitor]) -> None:
    browser = visitor(a_person())
    browser.get(EDIT, expect=403)
    browser.post(EDIT, WORDS, expect=403)
