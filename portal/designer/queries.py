"""Reads of working copies and of what was published. Those who keep the offer see every service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload, load_only

from portal.catalogue.models import RequestForm, Service
from portal.catalogue.queries import current_form
from portal.designer.arranging import Questions
from portal.designer.models import FormDraft
from portal.extensions import contains, db
from portal.people.models import Segment
from portal.questions.rules import read_questions
from portal.requests.models import ServiceRequest
from portal.web.folding import folded


@dataclass(frozen=True)
class WorkingCopy:
    """The questions of a service as they are worked on: the published ones until somebody changes something."""

    service: Service
    published: RequestForm | None
    draft: FormDraft | None

    @property
    def questions(self) -> Questions:
        return read_questions(self.draft.questions_data) if self.draft else self.published_questions

    @property
    def published_questions(self) -> Questions:
        return self.published.questions if self.published else ()

    @property
    def number(self) -> int:
        """The number of the form that customers see; 0 before the first."""
        return self.published.number if self.published else 0

    @property
    def version(self) -> int:
        return self.draft.version if self.draft else 0

    @property
    def is_changed(self) -> bool:
        return self.draft is not None and self.questions != self.published_questions

    @property
    def is_overtaken(self) -> bool:
        """Was another form published since this copy was begun?"""
        return self.draft is not None and self.is_changed and self.draft.based_on != self.number


def find_service(slug: str) -> Service | None:
    """The service with this address, whatever its state and whoever it is for."""
    return db.session.scalar(select(Service).where(Service.slug == slug).options(joinedload(Service.hours_plan)))


def working_copy(service: Service) -> WorkingCopy:
    """What is worked on for this service (uq service_id)."""
    query = select(FormDraft).where(FormDraft.service_id == service.id).options(joinedload(FormDraft.changed_by))
    return WorkingCopy(service, current_form(service), db.session.scalar(query))


def services(words: str, *, skip: int, size: int) -> Sequence[WorkingCopy]:
    """Services by name with their newest form and working copy; every word must occur in the name or description."""
    newest = select(func.max(RequestForm.number)).where(RequestForm.service_id == Service.id)
    query = select(Service, RequestForm, FormDraft).outerjoin(
        RequestForm,
        and_(RequestForm.service_id == Service.id, RequestForm.number == newest.correlate(Service).scalar_subquery()),
    )
    query = query.outerjoin(FormDraft, FormDraft.service_id == Service.id)
    query = query.options(joinedload(FormDraft.changed_by))
    for word in folded(words).split()[:8]:
        query = query.where(contains(Service.search_words, word))
    rows = db.session.execute(query.order_by(Service.name, Service.id).offset(skip).limit(size))
    return [WorkingCopy(*row) for row in rows]


def find_form(service: Service, number: int) -> RequestForm | None:
    """One published form (uq service_id, number)."""
    return db.session.scalar(select(RequestForm).filter_by(service_id=service.id, number=number))


def forms_of(service: Service) -> Sequence[RequestForm]:
    """What was published, newest first, without the questions themselves (bounded)."""
    facts = load_only(
        RequestForm.number, RequestForm.published_at, RequestForm.published_by_id, RequestForm.change_note
    )
    query = select(RequestForm).where(RequestForm.service_id == service.id)
    query = query.options(facts, joinedload(RequestForm.published_by))
    return db.session.scalars(query.order_by(RequestForm.number.desc()).limit(200)).all()


def asked_under(service: Service) -> Mapping[int | None, int]:
    """How many requests were asked under each form, by its key (ix_service_request_service)."""
    query = select(ServiceRequest.request_form_id, func.count()).where(ServiceRequest.service_id == service.id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(ServiceRequest.request_form_id))}


def keys_ever_used(service: Service) -> set[str]:
    """The keys of all questions that were ever published: an old answer must not be taken for a new question's."""
    rows = db.session.scalars(
        select(RequestForm.questions_data).where(RequestForm.service_id == service.id).order_by(RequestForm.number)
    )
    return {key for data in rows for key in keys_in(read_questions(data))}


def keys_in(questions: Questions) -> set[str]:
    """The keys of the questions and of their columns."""
    return {one.key for one in questions} | {column.key for one in questions for column in one.columns}


def segments() -> Sequence[Segment]:
    """Every segment by name (bounded)."""
    return db.session.scalars(select(Segment).order_by(Segment.name, Segment.id).limit(200)).all()
