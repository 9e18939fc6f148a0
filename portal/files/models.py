"""What was attached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base


class StoredFile(Base):
    """A file in the store. `key` is its random address; `name` is what its sender called it, made harmless.

    It is `loose` until something it belongs to is made: a form may be sent again to mend an answer. While a draft
    holds it, it is kept until `held_until_at`.
    """

    __table_args__ = (
        Index("ix_stored_file_loose", "stored_at", sqlite_where=text("loose"), postgresql_where=text("loose")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    stored_at: Mapped[datetime]
    stored_by_id: Mapped[int | None]
    loose: Mapped[bool] = mapped_column(default=True)
    held_until_at: Mapped[datetime | None]
