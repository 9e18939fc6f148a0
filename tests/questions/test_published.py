"""What was published stays as it was, whoever asks the database to change it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from portal.catalogue.models import RequestForm
from portal.extensions import db
from tests.builders import a_service

QUESTIONS = [{"key": "device", "kind": "text", "wording": "Which device?"}]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE request_form SET questions_data = '[]'",
        "UPDATE request_form SET number = number + 1",
        "UPDATE request_form SET change_note = 'Nothing happened'",
        "DELETE FROM request_form",
    ],
)
def test_the_database_refuses_to_change_a_published_form(app: Flask, statement: str) -> None:
    service = a_service(questions=QUESTIONS)
    db.session.commit()
    with pytest.raises(DatabaseError, match="what was published never changes"):
        db.session.execute(text(statement))
    db.session.rollback()
    kept = db.session.query(RequestForm).filter_by(service_id=service.id).one()
    assert kept.questions_data == QUESTIONS and kept.number == 1
