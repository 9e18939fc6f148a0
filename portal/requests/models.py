"""Requests, what happened to them, and what was attached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, event, inspect, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalogue.models import HoursPlan, RequestForm, Service, ServiceDeal
from portal.extensions import Base
from portal.files.models import StoredFile
from portal.measures.clock import Pause
from portal.measures.service_hours import ServiceHours
from portal.notices.models import Notice
from portal.people.models import Department, Person, Segment, Team
from portal.requests.states import OPEN, STATES
from portal.sealed import seal
from portal.search.owned import make_owned_index

FIRST_NUMBER = 1000
DRAFTS_LAST = timedelta(days=30)
"""How long a draft is kept after its last change."""
CLOCK_STOPPED_AT = datetime(9999, 1, 1, tzinfo=UTC)
"""Where a request stands in the queue while its clock is stopped: after everything that has a due moment."""

OPEN_ROWS = text("is_open")
UNFINDABLE = text("found_by = ''")
"""Requests of a release that did not keep who may find them by which words."""
ESCALATED = text("is_open AND escalated_at IS NOT NULL")
LINKED = text("notice_id IS NOT NULL")
"""Requests about a known incident."""


def reference_of(number: int) -> str:
    """REQ-1042: what people say on the telephone."""
    return f"REQ-{number + FIRST_NUMBER}"


def _open_index(name: str, *columns: str) -> Index:
    """An index of the open rows only: it stays small however many requests there have been."""
    return Index(name, *columns, sqlite_where=OPEN_ROWS, postgresql_where=OPEN_ROWS)


class ServiceRequest(Base):
    """What somebody asked for, the promise that was made then, and where it stands.

    The targets and the hours are those shown when it was asked: changing the service later rewrites nothing.
    `target_met` and `decided_at` say whether the promise was kept and at which moment that was decided: when it was
    resolved in time, or when the due moment passed. `next_due_at` orders the queue. `asked_by` is set when somebody
    else than the customer asked; `service_deal` is the wording that was shown then; `found_by` holds its words for each
    who may find it (see `findable`); `minutes_spent` is working time that was written down. `pauses` holds [from, until
    or None, reason], where the reason is a state of waiting; while somebody has to say yes it ends with the state to go
    back to. `warn_at` is when the worker next has something to say
    about the promise, and `told_until_at` the moment up to which it has; `said_answer_at` and `said_due_at` are new
    moments that the customer was told, because of `said_why`; they never change what was promised. Colleagues of
    `shared_department_id` may read it. `extras` names the rooms that keep something of this request, so that a page
    asks only those. `proposed_team` waits for a person's yes; `proposed_why` names the rule and what it went by.
    `notice_id` is the known incident it is about, `merged_into` the request it goes on in.
    """

    __table_args__ = (
        CheckConstraint("state IN ('" + "', '".join(STATES) + "')", name="state_is_known"),
        UniqueConstraint("source", "source_reference"),
        Index("ix_service_request_mine", "customer_id", "is_open", "id"),
        Index("ix_service_request_asked", "asked_by_id", "is_open", "id"),
        Index("ix_service_request_opened", "opened_at"),
        Index("ix_service_request_ended", "ended_at"),
        Index("ix_service_request_resolved", "resolved_at"),
        Index("ix_service_request_closed", "closed_at"),
        Index("ix_service_request_decided", "decided_at"),
        Index("ix_service_request_service", "service_id", "opened_at"),
        Index("ix_service_request_unfindable", "id", sqlite_where=UNFINDABLE, postgresql_where=UNFINDABLE),
        # The last three are only read: the counts above the worklist come from the index alone.
        _open_index("ix_service_request_queue", "next_due_at", "id", "is_open", "state", "first_answered_at"),
        _open_index("ix_service_request_desk", "assignee_id", "next_due_at", "id"),
        _open_index("ix_service_request_due", "due_at"),
        _open_index("ix_service_request_warning", "warn_at", "id"),
        _open_index("ix_service_request_shared", "shared_department_id", "id"),
        Index("ix_service_request_escalated", "next_due_at", "id", sqlite_where=ESCALATED, postgresql_where=ESCALATED),
        Index("ix_service_request_incident", "notice_id", "id", sqlite_where=LINKED, postgresql_where=LINKED),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    request_form_id: Mapped[int | None] = mapped_column(ForeignKey("request_form.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    service_deal_id: Mapped[int | None] = mapped_column(ForeignKey("service_deal.id"))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    proposed_team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    proposed_why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    hours_plan_id: Mapped[int] = mapped_column(ForeignKey("hours_plan.id"))
    shared_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("service_request.id"), index=True)

    summary: Mapped[str]
    details: Mapped[str]
    found_by: Mapped[str] = mapped_column(default="", deferred=True)
    answers: Mapped[dict[str, Any]]
    channel: Mapped[str] = mapped_column(default="portal")
    priority: Mapped[int] = mapped_column(default=3)
    impact: Mapped[int | None]
    urgency: Mapped[int | None]
    state: Mapped[str]
    is_open: Mapped[bool]

    first_answer_minutes: Mapped[int | None]
    resolution_minutes: Mapped[int | None]
    pauses: Mapped[list[Any]] = mapped_column(default=list)
    opened_at: Mapped[datetime]
    first_answer_due_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    original_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    told_until_at: Mapped[datetime | None]
    said_answer_at: Mapped[datetime | None]
    said_due_at: Mapped[datetime | None]
    said_why: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    target_met: Mapped[bool | None]
    reopen_count: Mapped[int] = mapped_column(default=0)
    reassignment_count: Mapped[int] = mapped_column(default=0)
    minutes_used: Mapped[int | None]
    minutes_spent: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[datetime | None]
    extras: Mapped[list[Any]] = mapped_column(default=list)

    source: Mapped[str] = mapped_column(default="portal")
    source_reference: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    service: Mapped[Service] = relationship()
    request_form: Mapped[RequestForm | None] = relationship()
    customer: Mapped[Person] = relationship(foreign_keys=customer_id)
    asked_by: Mapped[Person | None] = relationship(foreign_keys=asked_by_id)
    assignee: Mapped[Person | None] = relationship(foreign_keys=assignee_id)
    segment: Mapped[Segment | None] = relationship()
    service_deal: Mapped[ServiceDeal | None] = relationship()
    department: Mapped[Department | None] = relationship(foreign_keys=department_id)
    shared_department: Mapped[Department | None] = relationship(foreign_keys=shared_department_id)
    team: Mapped[Team | None] = relationship(foreign_keys=team_id)
    proposed_team: Mapped[Team | None] = relationship(foreign_keys=proposed_team_id)
    notice: Mapped[Notice | None] = relationship()
    merged_into: Mapped[ServiceRequest | None] = relationship(remote_side=id)
    hours_plan: Mapped[HoursPlan] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def reference(self) -> str:
        return reference_of(self.id)

    @property
    def hours(self) -> ServiceHours:
        return self.hours_plan.hours

    @property
    def clock_pauses(self) -> tuple[Pause, ...]:
        """The times in which the clock stood still; the last one may still last."""
        return tuple(
            Pause(datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None) for a, b, *_why in self.pauses
        )

    @property
    def clock_is_stopped(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    @property
    def resolution_target(self) -> timedelta | None:
        return None if self.resolution_minutes is None else timedelta(minutes=self.resolution_minutes)

    @property
    def waits_for(self) -> str | None:
        """Why the clock stands still: a state of waiting, or None while it runs."""
        return (self.pauses[-1][2:] or ["waiting"])[0] if self.clock_is_stopped else None

    @property
    def returns_to(self) -> str | None:
        """The state that it stood in before somebody was asked for a yes, and goes back to."""
        return (self.pauses[-1][3:] or [None])[0] if self.clock_is_stopped else None

    def keeps(self, room: str) -> None:
        """A room keeps something of this request from now on, and is asked for it by its pages."""
        if room not in self.extras:
            self.extras = [*self.extras, room]

    def enter(self, state: str) -> None:
        """Change the state, and with it whether the request counts as open."""
        self.state = state
        self.is_open = state in OPEN


class RequestDraft(Base):
    """What somebody has begun to ask for and not sent: the words as typed, under the form they were typed into.

    `once` is the one-time key of that form, so the same form saved twice is one draft, and sending it ends the draft.
    `typed` holds [name, text] pairs as a browser sends them. `part` is the step of the form that was open.
    """

    __table_args__ = (
        UniqueConstraint("person_id", "once"),
        Index("ix_request_draft_mine", "person_id", "saved_at"),
        Index("ix_request_draft_old", "saved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    request_form_id: Mapped[int | None] = mapped_column(ForeignKey("request_form.id"))
    once: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    typed: Mapped[list[Any]] = mapped_column(deferred=True)
    part: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]

    service: Mapped[Service] = relationship()
    request_form: Mapped[RequestForm | None] = relationship()

    @property
    def kept_until_at(self) -> datetime:
        return self.saved_at + DRAFTS_LAST


class RequestWatcher(Base):
    """Somebody who may read a request and reply to it beside those who asked. Leaving deletes the row.

    `is_open` repeats the request's own, so that the list of what one watches is one walk of an index.
    """

    __table_args__ = (Index("ix_request_watcher_mine", "person_id", "is_open", "request_id"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    is_open: Mapped[bool]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys=person_id)


@event.listens_for(ServiceRequest, "after_update")
def _note_for_watchers(_mapper: Any, connection: Connection, request: ServiceRequest) -> None:
    """Whatever opened or ended the request, the lists of those who watch it follow."""
    if "watchers" in request.extras and inspect(request).attrs.is_open.history.has_changes():
        watching = update(RequestWatcher).where(RequestWatcher.request_id == request.id)
        connection.execute(watching.values(is_open=request.is_open))


class PromiseWarning(Base):
    """Something about a promise that those who work on it have to be told, until the mail that says it is written.

    `about` is a remark of the promise, such as "end near". A row lives from the transaction that found it due to the
    one that writes the mail, so a worker that dies in between has lost nothing.
    """

    __table_args__ = (UniqueConstraint("request_id", "about", "moment_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"))
    about: Mapped[str]
    moment_at: Mapped[datetime]

    request: Mapped[ServiceRequest] = relationship()


class RequestLink(Base):
    """Two requests that belong together. Each link is two rows, so that either side finds its own by its key.

    `kind` says what the other one is to this: `related`, or `made_of_it`, split off from it, or `made_from`.
    """

    __table_args__ = (CheckConstraint("kind IN ('related', 'made_of_it', 'made_from')", name="kind_is_known"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        ForeignKey("service_request.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]


class RequestEvent(Base):
    """Something that happened. Rows are only added; a correction is another event, and the database holds to that.

    What each `kind` says to readers is in `telling`; rooms above add their own. `public` events are read by the
    customer. A message that came by mail and could not be proved has `data["unverified"]`, the address it came from.
    """

    __table_args__ = (Index("ix_request_event_timeline", "request_id", "at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str]
    public: Mapped[bool]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    body: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)

    actor: Mapped[Person | None] = relationship()


make_owned_index(ServiceRequest.__table__, "found_by")
seal(RequestEvent)


class RequestFile(Base):
    """A file that belongs to a request, added with one of its events."""

    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("request_event.id", ondelete="CASCADE"))

    file: Mapped[StoredFile] = relationship()
    request: Mapped[ServiceRequest] = relationship()


ASKED, READY, FAILED = "asked", "ready", "failed"


class RequestPaper(Base):
    """The newest PDF of a request, as it stood at one of its versions: asked for, or ready, or why it failed."""

    __table_args__ = (CheckConstraint("stage IN ('asked', 'ready', 'failed')", name="stage_is_known"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("service_request.id", ondelete="CASCADE"), primary_key=True)
    request_version: Mapped[int]
    stage: Mapped[str]
    asked_at: Mapped[datetime]
    problem: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(deferred=True)
