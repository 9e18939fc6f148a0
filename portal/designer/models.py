"""The working copies of request forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.people.models import Person


class FormDraft(Base):
    """The questions of a service as they are worked on. What is published is never touched.

    There is one for each service, made with the first change. `based_on` is the number of the published form that it
    was begun from; after publishing or throwing away it stands for that form again.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), unique=True)
    questions_data: Mapped[list[Any]]
    based_on: Mapped[int]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    service: Mapped[Service] = relationship()
    changed_by: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}
