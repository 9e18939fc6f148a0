from __future__ import annotations

import pytest
from flask import Flask

from tests.house.furniture import House, furnish


@pytest.fixture
def house(app: Flask) -> House:
    """One of everything, in a database of its own."""
    return furnish()
