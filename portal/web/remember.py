"""What is the same for many people is fetched once in a while, not at each request."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

Value = TypeVar("Value")


def remembered(key: Hashable, fetch: Callable[[], Value]) -> Value:
    """What `fetch` gave under this key, at most REMEMBER_SECONDS old; kept per process and application.

    Only plain values belong here: a row of the database would be tied to a session that is over.
    """
    lasts = current_app.config["REMEMBER_SECONDS"]
    kept: dict[Hashable, tuple[float, Any]] = current_app.extensions.setdefault("remembered", {})
    found = kept.get(key)
    if found and time.monotonic() - found[0] < lasts:
        known: Value = found[1]
        return known
    value = fetch()
    if lasts:
        kept[key] = (time.monotonic(), value)
    return value
