"""The service that always exists."""

from __future__ import annotations

from flask import Flask

from portal.catalogue.actions import SOMETHING_ELSE
from portal.catalogue.background import keep_something_else
from portal.catalogue.models import HoursPlan, Service
from portal.extensions import db


def test_a_portal_that_nobody_has_set_up_offers_something_else(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["people", "add", "first@example.com", "--name", "First", "--password", "four plain words"]
    )
    assert result.exit_code == 0, result.output
    service = db.session.query(Service).one()
    assert service.slug == SOMETHING_ELSE and service.for_everyone and service.is_live
    assert service.hours_plan.zone == app.config["TIME_ZONE"]


def test_the_basics_are_laid_once(app: Flask) -> None:
    keep_something_else()
    keep_something_else()
    assert db.session.query(Service).count() == db.session.query(HoursPlan).count() == 1
