"""The offer: services, their hours, their promises and their questions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.measures.priority import USUAL_PRIORITY
from portal.measures.service_hours import ServiceHours
from portal.people.models import Person, Segment
from portal.questions.rules import Question, read_questions
from portal.sealed import seal


class HoursPlan(Base):
    """Service hours. A row never changes: new hours are a new row, so no promise of the past is rewritten.

    `holidays` names the public holidays among the closed days, such as "DE" or "DE-BE", and `holidays_until` is the
    last year that they were written down for.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    zone: Mapped[str]
    windows: Mapped[list[Any]]
    closed_on: Mapped[list[Any]]
    in_words: Mapped[str]
    holidays: Mapped[str | None]
    holidays_until: Mapped[int | None]

    @property
    def hours(self) -> ServiceHours:
        """The same as the value that the clock computes with."""
        return _hours(self.zone, tuple(tuple(w) for w in self.windows), tuple(self.closed_on))


@lru_cache(maxsize=64)
def _hours(zone: str, windows: tuple[Any, ...], closed_on: tuple[str, ...]) -> ServiceHours:
    return ServiceHours(zone, windows, frozenset(date.fromisoformat(day) for day in closed_on))


class Category(Base):
    """A shelf of the catalogue."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)


STATES = ("draft", "live", "retired")


class Service(Base):
    """Something a customer can ask for. Its targets are minutes of service time; None promises nothing.

    A draft is seen by those who keep the offer only; a retired one leads to its successor. The figures that end in
    `_lately` are of the last 90 days and are counted by the rooms that know them. `options` are ways to have it done,
    each {"label", "words"}. `cost` is what the customer pays, in words; `cost_each_cents` what one request costs us
    beside working time. `approval` says who has to say yes first: the customer's line manager or the service's owner.
    """

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'live', 'retired')", name="state_is_known"),
        CheckConstraint("first_answer_minutes > 0", name="first_answer_is_positive"),
        CheckConstraint("resolution_minutes > 0", name="resolution_is_positive"),
        CheckConstraint("approval IN ('manager', 'owner')", name="approval_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    summary: Mapped[str]
    description: Mapped[str]
    search_words: Mapped[str]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    hours_plan_id: Mapped[int] = mapped_column(ForeignKey("hours_plan.id"))
    first_answer_minutes: Mapped[int | None]
    resolution_minutes: Mapped[int | None]
    for_everyone: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(default="live")
    retired_at: Mapped[datetime | None]
    retired_why: Mapped[str | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approval: Mapped[str | None]
    shared_with_department: Mapped[bool] = mapped_column(default=False)
    options: Mapped[list[Any]] = mapped_column(default=list)
    cost_each_cents: Mapped[int] = mapped_column(default=0)
    who_does_it: Mapped[str | None]
    cost: Mapped[str | None]
    have_ready: Mapped[str | None]
    source: Mapped[str | None]
    source_reference: Mapped[str | None]
    asked_lately: Mapped[int] = mapped_column(default=0)
    decided_lately: Mapped[int] = mapped_column(default=0)
    kept_lately: Mapped[int] = mapped_column(default=0)
    minutes_lately: Mapped[int | None]
    rated_lately: Mapped[int] = mapped_column(default=0)
    rated_good_lately: Mapped[int] = mapped_column(default=0)
    spent_minutes_lately: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    category: Mapped[Category | None] = relationship()
    hours_plan: Mapped[HoursPlan] = relationship()
    for_segments: Mapped[list[Segment]] = relationship(secondary="service_segment")
    successor: Mapped[Service | None] = relationship(remote_side=id)
    owner: Mapped[Person | None] = relationship()
    targets: Mapped[list[ServiceTarget]] = relationship(cascade="all, delete-orphan", order_by="ServiceTarget.priority")

    @property
    def is_live(self) -> bool:
        return self.state == "live"

    @property
    def first_answer_target(self) -> timedelta | None:
        return None if self.first_answer_minutes is None else timedelta(minutes=self.first_answer_minutes)

    @property
    def resolution_target(self) -> timedelta | None:
        return None if self.resolution_minutes is None else timedelta(minutes=self.resolution_minutes)

    def minutes_for(self, priority: int) -> tuple[int | None, int | None]:
        """The targets of a priority, first answer and end; the usual ones where it has none of its own."""
        usual = self.first_answer_minutes, self.resolution_minutes
        if priority == USUAL_PRIORITY:
            return usual
        own = next((one for one in self.targets if one.priority == priority), None)
        return (own.first_answer_minutes or usual[0], own.resolution_minutes or usual[1]) if own else usual


Index("ix_service_shelf", Service.state, Service.asked_lately.desc(), Service.name, Service.id)
Index("ix_service_by_name", Service.state, Service.name, Service.id)


class ServiceTarget(Base):
    """Targets of a service for one priority, where they differ from the usual ones; minutes of service time.

    The usual priority has no row: its targets are the service's own, which are shown before one asks.
    """

    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 4", name="priority_is_known"),
        CheckConstraint("first_answer_minutes > 0", name="first_answer_is_positive"),
        CheckConstraint("resolution_minutes > 0", name="resolution_is_positive"),
    )

    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    priority: Mapped[int] = mapped_column(primary_key=True)
    first_answer_minutes: Mapped[int | None]
    resolution_minutes: Mapped[int | None]


class ServiceSegment(Base):
    """A segment that may ask for a service which is not for everyone."""

    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)


class RequestForm(Base):
    """A published list of questions of a service. It never changes: a new wording is a new number."""

    __table_args__ = (UniqueConstraint("service_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    number: Mapped[int]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    change_note: Mapped[str] = mapped_column(default="")
    questions_data: Mapped[list[Any]]

    service: Mapped[Service] = relationship()
    published_by: Mapped[Person | None] = relationship()

    @property
    def questions(self) -> tuple[Question, ...]:
        return read_questions(self.questions_data)


seal(RequestForm)


class ServiceChange(Base):
    """Something about a service that is worth saying: it is new, it changed, it retired. Rows are only added.

    `kind` is one of: opened, form_published, changed, retired, decided. Public ones are read by customers as "new".
    """

    __table_args__ = (Index("ix_service_change_of", "service_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    note: Mapped[str]
    public: Mapped[bool] = mapped_column(default=True)

    service: Mapped[Service] = relationship()
    by: Mapped[Person | None] = relationship()


class ServiceDeal(Base):
    """The mission and the service deal: what we promise and what we ask in return. The newest row is the one shown."""

    id: Mapped[int] = mapped_column(primary_key=True)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    mission: Mapped[str]
    promise: Mapped[str]
    in_return: Mapped[str]

    published_by: Mapped[Person | None] = relationship()


seal(ServiceDeal)
