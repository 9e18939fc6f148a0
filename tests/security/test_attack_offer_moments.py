"""Moments that no clock has."""

from __future__ import annotations

from typing import Any

import pytest

from portal.extensions import db
from portal.notices.models import Notice
from tests.builders import a_person


@pytest.mark.parametrize("kind", ["incident", "maintenance", "announcement"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_notice_at_the_end_of_time_is_refused_in_words(visitor: Any, kind: str, moment: str) -> None:
    writer = visitor(a_person("Ana Lopes", roles=("agent",)))
    sent = {"kind": kind, "title": "Mail", "body": "Late", "starts_at": moment, "ends_at": moment}
    page = writer.post("/notices/new", sent, expect=422)
    assert "Enter a year between 1970 and 2200." in page.words and db.session.query(Notice).count() == 0


def test_a_focus_group_at_the_beginning_of_time_is_refused_in_words(visitor: Any) -> None:
    liaison = visitor(a_person("Ana Lopes", roles=("liaison",)))
    page = liaison.post("/focus-groups/new", {"starts_at": "0001-01-01T00:00"}, expect=422)
    assert "Enter a year between 1970 and 2200." in page.words
