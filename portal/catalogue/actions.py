"""What is done with the offer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.catalogue import queries
from portal.catalogue.models import Category, HoursPlan, RequestForm, Service, ServiceChange, ServiceDeal
from portal.extensions import db
from portal.jobs import enqueue
from portal.people.models import Person, Segment
from portal.questions.rules import Question, write_questions
from portal.search.actions import put, remove
from portal.web.folding import folded

SOMETHING_ELSE = "something-else"
OFFER_CHANGED = "offer changed"
"""The job of those whose things are for the people who may ask for a service."""


def add_service(
    *,
    slug: str,
    name: str,
    summary: str,
    description: str,
    hours_plan: HoursPlan,
    questions: Sequence[Question] = (),
    category: Category | None = None,
    first_answer_minutes: int | None = None,
    resolution_minutes: int | None = None,
    for_segments: Collection[Segment] = (),
    at: datetime,
    **facts: Any,
) -> Service:
    """A live service with its first list of questions; without segments it is for everyone."""
    service = Service(
        slug=slug,
        name=name,
        summary=summary,
        description=description,
        search_words=search_words(name, summary, description),
        category=category,
        hours_plan=hours_plan,
        first_answer_minutes=first_answer_minutes,
        resolution_minutes=resolution_minutes,
        for_everyone=not for_segments,
        for_segments=list(for_segments),
        **facts,
    )
    db.session.add(service)
    db.session.add(RequestForm(service=service, number=1, published_at=at, questions_data=write_questions(questions)))
    db.session.flush()
    index_service(service, at=at)
    return service


def index_service(service: Service, *, at: datetime) -> None:
    """Let a live service be found by those whom it is for; one that is offered to nobody is not found at all.

    What else is found by its readers follows at once, and not at the next round.
    """
    enqueue(OFFER_CHANGED, {}, at=at, key=OFFER_CHANGED)
    if not service.is_live or not (service.for_everyone or service.for_segments):
        remove("service", service.slug)
        return
    put(
        "service",
        service.slug,
        title=service.name,
        summary=service.summary,
        words=" ".join(_further_words(service)),
        address=f"/services/{service.slug}",
        for_segments=() if service.for_everyone else service.for_segments,
        about=(service.slug,),
        at=at,
    )


def _further_words(service: Service) -> list[str]:
    """What a service may be looked for by, beside its name and summary."""
    options = [f"{one.get('label', '')} {one.get('words', '')}" for one in service.options or ()]
    category = service.category.name if service.category else ""
    return [service.description, category, service.have_ready or "", *options]


def reindex_services(*, at: datetime, size: int = 500) -> int:
    """Mend what the search knows of the offer, so many at a time; returns how many were wrong."""
    missing, strays = queries.missing_documents(size=size), queries.stray_documents(size=size)
    for service in missing:
        index_service(service, at=at)
    for slug in strays:
        remove("service", slug)
    return len(missing) + len(strays)


def search_words(*texts: str) -> str:
    """The words of a service as they are searched in."""
    return folded(" ".join(texts))


def ensure_something_else(*, hours_plan: HoursPlan, at: datetime) -> Service:
    """The service that always exists, for what has no service of its own."""
    found = db.session.query(Service).filter_by(slug=SOMETHING_ELSE).one_or_none()
    return found or add_service(
        slug=SOMETHING_ELSE,
        name=_("Something else"),
        summary=_("You did not find it in the list? Ask us anyway."),
        description=_("Tell us in your own words what you need. We find the right person for you."),
        hours_plan=hours_plan,
        first_answer_minutes=240,
        resolution_minutes=2400,
        at=at,
    )


def ensure_basics(*, zone: str, at: datetime) -> None:
    """What even a portal that nobody has set up offers: desk hours, and the service for everything else."""
    if db.session.scalar(select(Service.id).where(Service.slug == SOMETHING_ELSE)):
        return
    hours = HoursPlan(
        name="Desk hours",
        zone=zone,
        windows=[[weekday, 8 * 60, 18 * 60] for weekday in range(5)],
        closed_on=[],
        in_words=_("Monday to Friday, 08:00 to 18:00"),
    )
    db.session.add(hours)
    db.session.flush()
    ensure_something_else(hours_plan=hours, at=at)


def publish_form(
    service: Service, questions: Sequence[Question], *, note: str, public: bool, by: Person | None, at: datetime
) -> RequestForm:
    """The next number of a service's form; the ones before stay as they are. `public` tells customers of it."""
    # Held until the commit, so that two people cannot publish the same number.
    db.session.execute(select(Service.id).where(Service.id == service.id).with_for_update())
    last = db.session.scalar(select(func.max(RequestForm.number)).where(RequestForm.service_id == service.id)) or 0
    form = RequestForm(
        service=service,
        number=last + 1,
        published_at=at,
        published_by=by,
        change_note=note,
        questions_data=write_questions(questions),
    )
    db.session.add(form)
    db.session.add(ServiceChange(service=service, at=at, by=by, kind="form_published", note=note, public=public))
    db.session.flush()
    return form


def publish_deal(*, mission: str, promise: str, in_return: str, by: Person | None, at: datetime) -> ServiceDeal:
    """A new wording of the mission and the service deal; the old ones stay."""
    deal = ServiceDeal(published_at=at, published_by=by, mission=mission, promise=promise, in_return=in_return)
    db.session.add(deal)
    return deal


def note_demand(service: Service, *, asked: int, decided: int, kept: int, minutes: int | None, spent: int = 0) -> None:
    """How often it was asked for lately, how many promises were decided and kept, the median of minutes used, and the
    working time that was written down."""
    service.asked_lately, service.decided_lately, service.kept_lately = asked, decided, kept
    service.minutes_lately, service.spent_minutes_lately = minutes, spent


def note_rating(service: Service, *, good: int, n: int) -> None:
    """How many rated it lately and how many of them well; both 0 where nothing may be said."""
    service.rated_lately, service.rated_good_lately = n, good
