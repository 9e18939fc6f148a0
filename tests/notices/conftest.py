from __future__ import annotations

import pytest
from flask import Flask

from portal.people.models import Person
from tests.builders import a_person
from tests.notices.board import a_writer


@pytest.fixture
def writer(app: Flask) -> Person:
    return a_writer()


@pytest.fixture
def releaser(app: Flask) -> Person:
    """May release, and writes nothing."""
    return a_person(roles=("manager",))


@pytest.fixture
def customer(app: Flask) -> Person:
    return a_person("Anna Berg")
