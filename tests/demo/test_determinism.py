"""The same day makes the same portal."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from portal.demo.summary import summary_of
from portal.demo.telling import tell
from portal.extensions import db
from tests.demo.conftest import END, opened
from tests.demo.test_demo import dump

pytestmark = pytest.mark.timeout(400)
"""Two tellings take a while on a busy machine."""


def _tell(folder: Path, empty: Path, end: datetime) -> tuple[list[str], dict]:
    folder.mkdir()
    shutil.copy(empty, folder / "portal.db")
    app = opened(folder)
    with app.app_context():
        line = summary_of(tell(end, days=12), app)
        rows = dump().splitlines()
        db.session.remove()
        db.engine.dispose()
    return rows, line


def test_two_tellings_of_the_same_day_are_equal(tmp_path: Path, empty_database: Path) -> None:
    first, first_line = _tell(tmp_path / "first", empty_database, END)
    second, second_line = _tell(tmp_path / "second", empty_database, END)
    differing = [(a[:300], b[:300]) for a, b in zip(first, second, strict=False) if a != b]
    assert not differing, differing[:3]
    assert len(first) == len(second)
    assert first_line == second_line


def test_a_weekend_and_a_night_make_a_portal_as_well(tmp_path: Path, empty_database: Path) -> None:
    _rows, line = _tell(tmp_path / "weekend", empty_database, END + timedelta(days=4, hours=17))
    assert line["today"] == "2026-04-19"
    assert line["objects"]["survey_tokens_identified"]
