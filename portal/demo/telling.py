"""The whole demonstration: filling an empty portal, in one piece."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update

from portal.catalogue.models import Service
from portal.demo import company, improving, keeping, knowing, listening, noticing, offer, promising, stories
from portal.demo.chance import dice_for, predictable
from portal.demo.diary import Diary
from portal.demo.life import Helpdesk
from portal.demo.times import Calendar
from portal.extensions import db
from portal.jobs import run_due
from portal.mail.models import OutboxMessage
from portal.measures.periods import month_of
from portal.people.models import Person
from portal.reports import actions as reports
from portal.reports.background import count_months
from portal.requests import papers
from portal.requests.background import count_demand
from portal.requests.models import ServiceRequest
from portal.surveys.background import count_ratings
from portal.web.moment import as_if

QUARTER = 92
LONG_AGO = timedelta(days=400)
STILL_ON_ITS_WAY = timedelta(days=1)


def is_empty() -> bool:
    """Whether nobody has used this portal yet."""
    return not any(db.session.scalar(select(table.id).limit(1)) for table in (Person, Service))


def tell(end: datetime, *, days: int = QUARTER) -> Helpdesk:
    """Let the days before this moment happen. People, requests and answers are there as a whole or not at all."""
    secret = current_app.config["SECRET_KEY"]
    with predictable(dice_for(secret, "keys")):
        helpdesk = _move_in(secret, end, days)
        helpdesk.open_doors()
        for part in (keeping, knowing, noticing, stories, promising, listening, improving):
            part.begin(helpdesk)
        helpdesk.diary.tell_until(end)
        _settle_mail(end)
        with as_if(end):
            promising.owe_calls(at=end)
            count_demand()
            count_ratings()
            count_months()
            keeping.review(helpdesk, at=end)
            _print(helpdesk, end)
    return helpdesk


def _move_in(secret: str, end: datetime, days: int) -> Helpdesk:
    """People and offer as they have stood for a year."""
    at = end - LONG_AGO
    with as_if(at):
        people = company.settle(dice_for(secret, "company"), at=at)
        offered = offer.set_up(people, zone=current_app.config["TIME_ZONE"], at=at)
    return Helpdesk(people, offered, Calendar(offered.desk_hours.hours, end, days), Diary())


def _settle_mail(end: datetime) -> None:
    """What was written before yesterday has long arrived; what is younger still waits for its delivery."""
    old = update(OutboxMessage).where(OutboxMessage.written_at < end - STILL_ON_ITS_WAY)
    db.session.execute(old.values(sent_at=OutboxMessage.written_at, tries=1))


def _print(helpdesk: Helpdesk, end: datetime) -> None:
    """The PDF of the last whole month, and of the newest request of one customer, as a worker would make them."""
    last = month_of(end, current_app.config["TIME_ZONE"]).previous()
    reports.ask_for_paper(last.code, at=end)
    own = select(ServiceRequest).where(ServiceRequest.customer_id == helpdesk.company.accounts["customer_b"].id)
    for newest in db.session.scalars(own.order_by(ServiceRequest.id.desc()).limit(1)):
        papers.ask_for_paper(newest, at=end)
    db.session.commit()
    run_due(end)
