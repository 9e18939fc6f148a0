"""Offers: two or three ways to fulfil a request, of which the customer picks one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.choices.states import OPEN, PICKED, STATES
from portal.extensions import Base
from portal.people.models import Person
from portal.requests.models import ServiceRequest

STILL_OPEN = text(f"state = '{OPEN}'")


class Offer(Base):
    """What was offered about a request, by whom and when, and what became of it.

    A request has one open offer at most. `settled_at` and `settled_by` say when it stopped being open and who did that;
    nobody, when time or the end of the request did. `lapses_at` is when the last of its times passes; None while one of
    its options is bound to no time.
    """

    __table_args__ = (
        CheckConstraint("state IN ('" + "', '".join(STATES) + "')", name="state_is_known"),
        CheckConstraint("(state = 'picked') = (picked_number IS NOT NULL)", name="a_picked_one_says_which"),
        Index("ix_offer_one_open", "request_id", unique=True, sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
        Index("ix_offer_of_request", "request_id", "id"),
        Index("ix_offer_made", "offered_at"),
        Index("ix_offer_lapsing", "lapses_at", sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"))
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    offered_at: Mapped[datetime]
    words: Mapped[str]
    state: Mapped[str] = mapped_column(default=OPEN)
    lapses_at: Mapped[datetime | None]
    picked_number: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)

    request: Mapped[ServiceRequest] = relationship()
    offered_by: Mapped[Person] = relationship(foreign_keys=offered_by_id)
    settled_by: Mapped[Person | None] = relationship(foreign_keys=settled_by_id)
    options: Mapped[list[OfferedOption]] = relationship(order_by="OfferedOption.number", back_populates="offer")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    @property
    def picked(self) -> OfferedOption | None:
        """The option that was picked."""
        return next((one for one in self.options if one.number == self.picked_number), None)

    @property
    def noted_by(self) -> Person | None:
        """Who wrote down what the customer chose on the phone; None where they chose themselves."""
        own = self.request.customer_id, self.request.asked_by_id
        return self.settled_by if self.state == PICKED and self.settled_by_id not in own else None

    def find(self, number: int | None) -> OfferedOption | None:
        """The option with this number."""
        return next((one for one in self.options if one.number == number), None)


class OfferedOption(Base):
    """One way: what it takes of the customer's time, when it works, and what one gives up with it."""

    __table_args__ = (CheckConstraint("minutes >= 0", name="minutes_are_not_negative"),)

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str]
    words: Mapped[str]
    minutes: Mapped[int]
    when_words: Mapped[str]
    when_at: Mapped[datetime | None]
    gives_up: Mapped[str]

    offer: Mapped[Offer] = relationship(back_populates="options")

    def is_over(self, at: datetime) -> bool:
        """Has the time that it was bound to passed?"""
        return self.when_at is not None and self.when_at <= at


class OfferLink(Base):
    """The secret link of one person to one offer; only its digest is kept."""

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)

    offer: Mapped[Offer] = relationship()
    person: Mapped[Person] = relationship()
