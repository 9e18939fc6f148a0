"""Rows that several people may change: who was quicker, and who must read again first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from portal.extensions import db
from portal.refusal import Conflict


def claim_version(row: Any, version: int, *, otherwise: str) -> None:
    """Mine to change, if it still is what I was looking at; a Conflict with these words if not.

    Told by one statement that also counts the version up, so of two who save at once one is refused.
    """
    model = type(row)
    mine = update(model).where(model.id == row.id, model.version == version).values(version=version + 1)
    if not db.session.execute(mine.returning(model.id)).first():
        raise Conflict(otherwise)
    db.session.refresh(row)
