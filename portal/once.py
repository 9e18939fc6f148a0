"""One-time keys: the same form sent twice makes one thing."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, insert


class OnceKey(Base):
    """A key that a form carried, and the address of what it made."""

    key: Mapped[str] = mapped_column(primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(index=True)
    leads_to: Mapped[str | None]


_KEYS: Any = OnceKey.__table__
_SETTLE = update(_KEYS).where(_KEYS.c.key == bindparam("claimed")).values(leads_to=bindparam("leads_to"))


def new_key() -> str:
    """A fresh key for a form that makes something."""
    return secrets.token_urlsafe(16)


def claim(key: str | None, *, at: datetime) -> str | None:
    """Take the key for this transaction; returns where an earlier use of it led, or None when this is the first.

    A form without a key is not protected. On PostgreSQL a second claim waits for the first one's commit.
    """
    if not key:
        return None
    # Not its count of rows: PostgreSQL's driver does not tell that of an insert.
    taken = insert(_KEYS).on_conflict_do_nothing().returning(_KEYS.c.key)
    if db.session.connection().execute(taken, {"key": key[:64], "claimed_at": at}).first():
        return None
    return db.session.scalar(select(OnceKey.leads_to).where(OnceKey.key == key[:64])) or "/"


def settle(key: str | None, leads_to: str) -> None:
    """Write down where the claimed key led, in the same transaction."""
    if key:
        db.session.connection().execute(_SETTLE, {"claimed": key[:64], "leads_to": leads_to})


def forget_before(moment: datetime) -> None:
    """Old keys protect nobody any more."""
    db.session.execute(delete(OnceKey).where(OnceKey.claimed_at < moment))
