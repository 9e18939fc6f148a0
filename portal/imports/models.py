"""What was brought in, when, and from which file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
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


class ListedService(Base):
    """What a list said of a service when it was last brought in.

    A later edition is compared with this and not with the service, so that what was changed here since stays. `gone`:
    the list named it no longer, and so it retired; only such a one comes back with the list.
    """

    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
    reference: Mapped[str]
    said: Mapped[dict[str, Any]]
    gone: Mapped[bool] = mapped_column(default=False)

    service: Mapped[Service] = relationship()
