"""A desk with a request on it."""

from __future__ import annotations

from tests.requests.conftest import case

__all__ = ["case"]
