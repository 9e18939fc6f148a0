from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask


@pytest.fixture
def request_context(app: Flask) -> Iterator[Flask]:
    """Inside a request, where words have a language."""
    with app.test_request_context():
        yield app
