"""What was brought in, when, and from which file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base


class ImportRun(Base):
    """One import that brought something. The digest says which file it was, whatever it is called today."""

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    at: Mapped[datetime]
    rows_read: Mapped[int]
    made: Mapped[int]
    refused: Mapped[int]
