"""What is done with the offer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from portal.catalogue.models import Category, HoursPlan, RequestForm, Service, ServiceDeal
from portal.extensions import db
from portal.people.models import Person, Segment
from portal.questions.rules import Question, write_questions
from portal.web.folding import folded

SOMETHING_ELSE = "something-else"


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
    return service


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


def publish_deal(*, mission: str, promise: str, in_return: str, by: Person | None, at: datetime) -> ServiceDeal:
    """A new wording of the mission and the service deal; the old ones stay."""
    deal = ServiceDeal(published_at=at, published_by=by, mission=mission, promise=promise, in_return=in_return)
    db.session.add(deal)
    return deal


def note_demand(service: Service, *, asked: int, decided: int, kept: int, minutes: int | None) -> None:
    """How often it was asked for lately, how many promises were decided and kept, and the median of minutes used."""
    service.asked_lately, service.decided_lately, service.kept_lately = asked, decided, kept
    service.minutes_lately = minutes
