"""Surveys in the field's own terms: instruments and their questions, waves, cases and their dispositions, answers.

What was asked never changes once it is published; what became of everybody who could have been asked is kept; and an
anonymous answer has no way back to its case.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, relationship

from portal.catalogue.models import Service
from portal.extensions import Base
from portal.people.models import Person, Segment
from portal.requests.models import ServiceRequest

IDENTIFIED, CONFIDENTIAL, ANONYMOUS = "identified", "confidential", "anonymous"
MODES = (IDENTIFIED, CONFIDENTIAL, ANONYMOUS)

INVITED, COMPLETE, PARTIAL, REFUSED = "invited", "complete", "partial", "refused"
NO_ANSWER, BOUNCED, NOT_SELECTED, INELIGIBLE = "no_answer", "bounced", "not_selected", "ineligible"
DISPOSITIONS = (INVITED, COMPLETE, PARTIAL, REFUSED, NO_ANSWER, BOUNCED, NOT_SELECTED, INELIGIBLE)

OVERALL, COMMENT = "csat_overall", "comment"
"""The stable names of the two questions that every instrument has so far."""


class PublishedForGood(RuntimeError):
    """Somebody tried to change what people have already been asked."""


class Instrument(Base):
    """A questionnaire, across its versions."""

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]


class InstrumentVersion(Base):
    """One wording of an instrument: a draft, then published and unchangeable, at last retired."""

    __table_args__ = (
        UniqueConstraint("instrument_id", "number"),
        CheckConstraint("status IN ('draft', 'published', 'retired')", name="status_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(default="draft")
    published_at: Mapped[datetime | None] = mapped_column(active_history=True)

    instrument: Mapped[Instrument] = relationship()


class QuestionVersion(Base):
    """One question as it was worded. `variable_name` is the same in every version of the instrument."""

    __table_args__ = (
        UniqueConstraint("instrument_version_id", "variable_name"),
        CheckConstraint("kind IN ('csat5', 'text')", name="kind_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    position: Mapped[int]
    variable_name: Mapped[str]
    kind: Mapped[str]
    wording: Mapped[str]
    required: Mapped[bool]

    version: Mapped[InstrumentVersion] = relationship()
    categories: Mapped[list[AnswerCategory]] = relationship(
        order_by="AnswerCategory.position", back_populates="question", lazy="raise"
    )


class AnswerCategory(Base):
    """A point of a scale, with its words. A missing one is offered apart and never counts as an answer."""

    __table_args__ = (UniqueConstraint("question_version_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    position: Mapped[int]
    value: Mapped[int | None]
    label: Mapped[str]
    is_missing: Mapped[bool] = mapped_column(default=False)

    question: Mapped[QuestionVersion] = relationship(back_populates="categories")


class SurveyWave(Base):
    """An instrument in the field. A transactional wave asks after every closed request; others are given their cases.

    `seed` decides who is selected, so that an audit can repeat it. Closures up to `swept_through_at` have their cases.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('transactional', 'periodic')", name="kind_is_known"),
        CheckConstraint("mode IN ('" + "', '".join(MODES) + "')", name="mode_is_known"),
        CheckConstraint("sampling_rate >= 0 AND sampling_rate <= 1", name="rate_is_a_share"),
        CheckConstraint("k_min >= 3", name="groups_are_not_tiny"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    kind: Mapped[str]
    mode: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    seed: Mapped[str]
    sampling_rate: Mapped[float] = mapped_column(default=1.0)
    quiet_days: Mapped[int] = mapped_column(default=0)
    delay_hours: Mapped[int] = mapped_column(default=0)
    expires_days: Mapped[int] = mapped_column(default=10)
    k_min: Mapped[int] = mapped_column(default=5)
    swept_through_at: Mapped[datetime | None]

    version: Mapped[InstrumentVersion] = relationship()

    @property
    def may_be_altered(self) -> bool:
        """Only where the answer stays with the person can the person change it."""
        return self.mode == IDENTIFIED


class SampleCase(Base):
    """One closing of one request: everybody who could have been asked, and what became of it.

    Service, segment and priority are those at that moment. `ended_at` is the closing that the case is about, so an
    answer belongs to the month in which the request was resolved. `is_open` while an answer may still come.
    """

    __table_args__ = (
        UniqueConstraint("wave_id", "request_id", "closure_seq"),
        CheckConstraint("disposition IN ('" + "', '".join(DISPOSITIONS) + "')", name="disposition_is_known"),
        Index("ix_sample_case_mine", "customer_id", "is_open", "expires_at"),
        Index("ix_sample_case_due", "is_open", "expires_at"),
        Index("ix_sample_case_ended", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"), index=True)
    closure_seq: Mapped[int]
    customer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"))
    priority: Mapped[int]
    ended_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    selected: Mapped[bool]
    not_selected_reason: Mapped[str | None]
    disposition: Mapped[str]
    is_open: Mapped[bool]

    wave: Mapped[SurveyWave] = relationship()
    request: Mapped[ServiceRequest] = relationship()
    customer: Mapped[Person] = relationship()
    service: Mapped[Service] = relationship()
    segment: Mapped[Segment | None] = relationship()


class ContactAttempt(Base):
    """That somebody was written to about a case. Opening a link is not a contact: mail software does that too."""

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("sample_case.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(default="invitation")
    sent_at: Mapped[datetime]


class ResponseToken(Base):
    """The secret link of a case; only its digest is kept, and no day of spending: it would lead to an answer."""

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("sample_case.id", ondelete="CASCADE"), unique=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    spent: Mapped[bool] = mapped_column(default=False)

    case: Mapped[SampleCase] = relationship()


class FatigueLedger(Base):
    """Who was asked on which day, for the quiet period. It has no link to answers and counts in every mode."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    asked_on: Mapped[date] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"), primary_key=True)


class SurveyOptOut(Base):
    """Somebody who does not want to be asked again."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    since_on: Mapped[date]


class Response(Base):
    """One person's answer to a wave. In an anonymous wave: no case, no moment, and no order of rows to betray it.

    `released` when it counts in the results. Answers without a name are released several at a time, so that
    yesterday's results and today's do not differ by one person.
    """

    __table_args__ = (
        Index("ix_response_listed", "wave_id", "released", "submitted_on", "id"),
        CheckConstraint("status IN ('partial', 'complete')", name="status_is_known"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"))
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("sample_case.id", ondelete="CASCADE"), unique=True)
    status: Mapped[str]
    submitted_on: Mapped[date]
    submitted_at: Mapped[datetime | None]
    released: Mapped[bool]

    wave: Mapped[SurveyWave] = relationship()
    case: Mapped[SampleCase | None] = relationship()


class Answer(Base):
    """The answer to one question; `missing_reason` says why there is none."""

    __table_args__ = (
        UniqueConstraint("response_id", "question_version_id"),
        CheckConstraint("missing_reason IN ('skipped', 'na')", name="reason_is_known"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    value: Mapped[int | None]
    text: Mapped[str | None]
    missing_reason: Mapped[str | None]

    response: Mapped[Response] = relationship()
    question: Mapped[QuestionVersion] = relationship()


class WaveTally(Base):
    """How often `what` occurred in a wave, kept in the transaction that makes it so: results need not count.

    `what` is a released score ("score:4", "score:na") or what became of cases ("case:complete",
    "case:not_selected:rate"). Service and segment are 0 where there is none, or where it must not be known.
    """

    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    segment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]


FROZEN: tuple[type[Base], ...] = (InstrumentVersion, QuestionVersion, AnswerCategory)


def _version_of(row: Any) -> InstrumentVersion | None:
    if isinstance(row, AnswerCategory):
        question: QuestionVersion | None = row.question
        return question.version if question is not None else None
    return row.version if isinstance(row, QuestionVersion) else row


@event.listens_for(Session, "before_flush")
def _keep_published(session: Session, _context: Any, _instances: Any) -> None:
    """What was published is neither changed nor deleted nor added to; a published version may only be retired."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, FROZEN) and (row in session.new or row in session.deleted or session.is_modified(row)):
            _refuse_if_published(session, row)


def _refuse_if_published(session: Session, row: Any) -> None:
    version = _version_of(row)
    if version is None or version in session.new or _published_at_before(version) is None:
        return
    changed = {attribute.key for attribute in _changes(row)}
    if row is version and row not in session.deleted and changed <= {"status"} and row.status == "retired":
        return
    raise PublishedForGood(f"{type(row).__name__} belongs to a published version and stays as it is")


def _published_at_before(version: InstrumentVersion) -> datetime | None:
    """The moment of publishing as the database has it, so that publishing itself is possible."""
    history = inspect(version).attrs.published_at.history
    if history.has_changes():
        return history.deleted[0] if history.deleted else None
    return version.published_at


def _changes(row: Any) -> list[Any]:
    return [attribute for attribute in inspect(row).attrs if attribute.history.has_changes()]


@event.listens_for(Session, "do_orm_execute")
def _no_bulk_changes(state: ORMExecuteState) -> None:
    """Nor may one statement rewrite them all."""
    if (state.is_update or state.is_delete) and state.bind_mapper and state.bind_mapper.class_ in FROZEN:
        raise PublishedForGood("questions are changed one by one, and only while they are a draft")
