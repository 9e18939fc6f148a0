"""Files in a form: those that came now, and those that came with an earlier try of the same form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from portal.files.actions import find_kept, store_files
from portal.files.models import StoredFile
from portal.files.policy import MOST_AT_ONCE
from portal.web.moment import now


def arrived(uploads: Iterable[Any] | None, kept: Iterable[Any] | None, *, by_id: int) -> list[StoredFile]:
    """Store what arrived and find what was kept; raises Refusal when a file is not allowed or there are too many."""
    config = current_app.config
    before = find_kept([str(key) for key in kept or []], by_id=by_id)
    stored = store_files(
        uploads or [],
        folder=config["DATA_DIR"],
        limit=config["UPLOAD_LIMIT"],
        by_id=by_id,
        at=now(),
        already=len(before),
    )
    return [*before, *stored]


def policy_in_words() -> str:
    """The policy as it is printed beside each file field."""
    return _(
        "Pictures, PDF, TXT, LOG or CSV; up to %(size)s MB each, %(n)s at once. Programs and archives are refused.",
        size=max(1, current_app.config["UPLOAD_LIMIT"] // (1024 * 1024)),
        n=MOST_AT_ONCE,
    )
