"""What the tests of visits stand on."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.catalogue.models import Service
from tests.builders import a_service, desk_hours


@pytest.fixture
def always(app: Flask) -> Service:
    """A service that is open around the clock, so that a page can be looked at whatever the time is."""
    plan = desk_hours()
    plan.windows = [[day, 0, 1440] for day in range(7)]
    plan.in_words = "Always"
    return a_service(hours_plan=plan)
