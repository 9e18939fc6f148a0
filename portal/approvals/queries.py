"""Reads of approvals, for those who answer them and for the pages of requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from portal.approvals.models import Approval, ApprovalLink
from portal.approvals.stages import WAITING
from portal.extensions import db
from portal.files.models import StoredFile
from portal.people.models import Person
from portal.people.visitor import digest
from portal.requests.models import RequestEvent, RequestFile, ServiceRequest

MOST_SHOWN = 20

_WITH_REQUEST = (
    joinedload(ApprovalLink.person),
    joinedload(ApprovalLink.approval).joinedload(Approval.decided_by),
    joinedload(ApprovalLink.approval).joinedload(Approval.approver),
    joinedload(ApprovalLink.approval).joinedload(Approval.asked_by),
    joinedload(ApprovalLink.approval).joinedload(Approval.request).joinedload(ServiceRequest.customer),
    joinedload(ApprovalLink.approval).joinedload(Approval.request).joinedload(ServiceRequest.asked_by),
    joinedload(ApprovalLink.approval).joinedload(Approval.request).joinedload(ServiceRequest.service),
    joinedload(ApprovalLink.approval).joinedload(Approval.request).joinedload(ServiceRequest.hours_plan),
    joinedload(ApprovalLink.approval).joinedload(Approval.request).joinedload(ServiceRequest.request_form),
)


def find_by_token(token: str) -> ApprovalLink | None:
    """The link with this secret, of somebody who still works here (unique token_sha256)."""
    query = select(ApprovalLink).join(ApprovalLink.person).where(Person.active)
    return db.session.scalar(query.where(ApprovalLink.token_sha256 == digest(token)).options(*_WITH_REQUEST))


def find_mine(viewer: Person, number: int) -> ApprovalLink | None:
    """An approval that the viewer was asked for (primary key)."""
    mine = ApprovalLink.approval_id == number, ApprovalLink.person_id == viewer.id
    return db.session.scalar(select(ApprovalLink).where(*mine).options(*_WITH_REQUEST))


def asked_of(viewer: Person, *, waiting: bool, size: int) -> Sequence[ApprovalLink]:
    """What the viewer was asked for, the newest first (ix_approval_link_mine)."""
    query = select(ApprovalLink).where(ApprovalLink.person_id == viewer.id, ApprovalLink.is_waiting.is_(waiting))
    query = query.options(
        joinedload(ApprovalLink.approval).joinedload(Approval.decided_by),
        joinedload(ApprovalLink.approval).joinedload(Approval.request).joinedload(ServiceRequest.customer),
        joinedload(ApprovalLink.approval).joinedload(Approval.request).joinedload(ServiceRequest.service),
    )
    return db.session.scalars(query.order_by(ApprovalLink.approval_id.desc()).limit(size)).all()


def approvals_of(request: ServiceRequest) -> Sequence[Approval]:
    """The approvals of a request, the newest first, with the people (ix_approval_request; one statement)."""
    return db.session.scalars(_OF_REQUEST, {"request": request.id}).all()


_OF_REQUEST = (
    select(Approval)
    .where(Approval.request_id == bindparam("request"))
    .options(
        joinedload(Approval.approver),
        joinedload(Approval.stand_in),
        joinedload(Approval.decided_by),
    )
    .order_by(Approval.id.desc())
    .limit(MOST_SHOWN)
)


def waiting_of(request: ServiceRequest) -> Approval | None:
    """The approval that a request waits for (ix_approval_one_waits)."""
    query = select(Approval).where(Approval.request_id == request.id, Approval.stage == WAITING)
    return db.session.scalar(query)


def due_for_reminder(at: datetime, *, size: int) -> Sequence[int]:
    """Those whose answer has been waited for long enough (ix_approval_due)."""
    query = select(Approval.id).where(Approval.stage == WAITING, Approval.remind_at <= at)
    return db.session.scalars(query.order_by(Approval.remind_at, Approval.id).limit(size)).all()


def file_names(request: ServiceRequest) -> Sequence[str]:
    """What was attached when it was asked; the files themselves are read on the request's own page."""
    query = select(StoredFile.name).join(RequestFile, RequestFile.file_id == StoredFile.id)
    query = query.join(RequestEvent, RequestEvent.id == RequestFile.event_id)
    asked = RequestFile.request_id == request.id, RequestEvent.kind == "asked"
    return db.session.scalars(query.where(*asked).order_by(StoredFile.id).limit(50)).all()
