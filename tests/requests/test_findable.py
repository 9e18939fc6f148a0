"""Requests of a release that kept no words for the search are found too, after a while."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.extensions import db
from portal.requests.background import index_older
from portal.requests.models import ServiceRequest
from tests.builders import a_person, a_request

pytestmark = pytest.mark.both_databases


def test_older_requests_become_findable_and_do_not_count_as_changed(app: Flask) -> None:
    customer = a_person()
    known, signs = a_request(customer, summary="Printers are loud"), a_request(customer, summary="???", details="!")
    db.session.execute(db.update(ServiceRequest).values(search_words=""))
    db.session.commit()
    before = {one.id: one.version for one in (known, signs)}
    index_older()
    db.session.expire_all()
    assert "printers" in known.search_words
    assert signs.search_words == "-", "what has no words is not looked at again"
    assert {one.id: one.version for one in (known, signs)} == before
