"""Ending mail by one click of a mail program: a POST without a session and without a form's token (RFC 8058)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, request

from portal.extensions import csrf
from portal.web.pace import too_fast

View = TypeVar("View", bound=Callable[..., Any])
PACE = "30 per 15 minutes"


def ends_by_one_click(view: View) -> View:
    """For views whose address is a secret that can end mail and nothing else: the address is the proof.

    Only what mail programs send comes in without a form's token. The page's own button brings one, like any other.
    """

    @wraps(view)
    def checked(*args: Any, **named: Any) -> Any:
        if not _is_one_click():
            csrf.protect()
        return view(*args, **named)

    return csrf.exempt(checked)


def not_too_often(code: str) -> None:
    """Counted for each genuine link: the clicks of all who have their mail at one provider come from one address."""
    if too_fast(PACE, "one click", code):
        abort(429)


def _is_one_click() -> bool:
    return request.form.getlist("List-Unsubscribe") == ["One-Click"]
