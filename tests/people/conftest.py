"""People with passwords, and a browser that signs in as people do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.people import actions
from portal.people.models import Person
from tests.builders import TUESDAY_10
from tests.visitor import Page, Visitor

PASSWORD = "correct horse battery"

SignIn = Callable[..., Page]


@pytest.fixture
def anna(app: object) -> Person:
    return actions.add_person(name="Anna Berg", email="anna@example.com", password=PASSWORD, by=None, at=TUESDAY_10)


@pytest.fixture
def boss(app: object) -> Person:
    return actions.add_person(
        name="Bo Admin",
        email="bo@example.com",
        password=PASSWORD,
        roles=["administrator"],
        by=None,
        at=TUESDAY_10,
    )


def sign_in(
    browser: Visitor, email: str, password: str, *, address: str = "127.0.0.1", expect: int = 303, **more: str
) -> Page:
    """Send the form of the sign-in page."""
    values = {"email": email, "password": password, **more}
    return browser.post("/sign-in", values, expect=expect, environ_base={"REMOTE_ADDR": address})
