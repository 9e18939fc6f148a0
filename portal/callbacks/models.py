"""Calls after a request is resolved: the rules that make them, and each call with what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.callbacks.states import OUTCOMES, WHICH
from portal.catalogue.models import Service
from portal.extensions import Base
from portal.people.models import Person
from portal.requests.models import ServiceRequest

OWED = text("is_open")


class CallbackRule(Base):
    """After which requests we call, from the moment the rule was made until it is ended; its words never change.

    Resolutions up to the place (`place_at`, `place_id`) have been looked at. `share` is that of a sample.
    """

    __table_args__ = (
        CheckConstraint("which IN ('" + "', '".join(WHICH) + "')", name="which_is_known"),
        CheckConstraint("share > 0 AND share <= 1", name="share_is_a_share"),
        CheckConstraint("within_hours > 0", name="within_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    which: Mapped[str]
    share: Mapped[float] = mapped_column(default=1.0)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    within_hours: Mapped[int]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    place_at: Mapped[datetime]
    place_id: Mapped[int] = mapped_column(default=0)

    service: Mapped[Service | None] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)


class Callback(Base):
    """A call that is owed to a person about one resolution of a request, by when, and what came of it.

    `is_open` while it is owed. `tried_at` and `called_by` are those of the last call. `is_private` when it follows from
    an answer to a survey: those who answer are told that only a liaison sees it with their name, so nobody else may
    see that this call is owed, nor its traces on the request.
    """

    __table_args__ = (
        UniqueConstraint("rule_id", "request_id", "closure_seq"),
        CheckConstraint("outcome IN ('" + "', '".join(OUTCOMES) + "')", name="outcome_is_known"),
        CheckConstraint("(outcome IS NULL) = is_open", name="what_is_done_has_an_outcome"),
        Index("ix_callback_owed", "due_at", "id", sqlite_where=OWED, postgresql_where=OWED),
        Index("ix_callback_due", "due_at"),
        Index("ix_callback_done", "done_at", "id"),
        Index("ix_callback_of_request", "request_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("callback_rule.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"))
    closure_seq: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    owed_since: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    called_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_open: Mapped[bool] = mapped_column(default=True)
    is_private: Mapped[bool] = mapped_column(default=False)
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    words: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    rule: Mapped[CallbackRule] = relationship()
    request: Mapped[ServiceRequest] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    called_by: Mapped[Person | None] = relationship(foreign_keys=called_by_id)

    __mapper_args__ = {"version_id_col": version}

    def is_late(self, at: datetime) -> bool:
        """Was it not done by the promised moment?"""
        return self.due_at < (self.done_at or at)
