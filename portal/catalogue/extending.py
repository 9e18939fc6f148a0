"""Writing down the holidays of another year. Hours never change, so the longer ones are new, and services take them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from portal.catalogue.closures import YEARS_AHEAD, holidays_of, years_from
from portal.catalogue.models import HoursPlan, Service, ServiceChange
from portal.extensions import db
from portal.web.words import local_day

log = logging.getLogger(__name__)


def extend_holidays(*, at: datetime) -> int:
    """Give services whose hours know too few years of holidays longer ones; returns how many services.

    Requests keep the hours that they were promised.
    """
    year = local_day(at).year
    moved = 0
    for plan in _plans_that_end(before=year + YEARS_AHEAD):
        longer = _longer(plan, year)
        if longer is not None:
            moved += _move_services(plan, longer, at)
    return moved


def _plans_that_end(*, before: int) -> Sequence[HoursPlan]:
    used = select(Service.hours_plan_id).where(Service.state != "retired")
    query = select(HoursPlan).where(HoursPlan.holidays.is_not(None), HoursPlan.holidays_until < before)
    return db.session.scalars(query.where(HoursPlan.id.in_(used)).order_by(HoursPlan.id).limit(200)).all()


def _longer(plan: HoursPlan, year: int) -> HoursPlan | None:
    years = years_from(year)
    try:
        more = {day.isoformat() for day in holidays_of(plan.holidays, years) if day.year > (plan.holidays_until or 0)}
    except ValueError as reason:
        log.warning("the hours “%s” cannot be extended: %s", plan.name, reason)
        return None
    longer = HoursPlan(
        name=plan.name,
        zone=plan.zone,
        windows=plan.windows,
        closed_on=sorted({*plan.closed_on, *more}),
        in_words=plan.in_words,
        holidays=plan.holidays,
        holidays_until=years[-1],
    )
    db.session.add(longer)
    return longer


def _move_services(plan: HoursPlan, longer: HoursPlan, at: datetime) -> int:
    query = select(Service).where(Service.hours_plan_id == plan.id, Service.state != "retired")
    services = db.session.scalars(query.with_for_update()).all()
    for service in services:
        # Whoever edits the service meanwhile looks again, or would put the shorter hours back.
        service.hours_plan, service.version = longer, service.version + 1
        note = _("Hours: the holidays until %(year)s are written down", year=longer.holidays_until)
        db.session.add(ServiceChange(service=service, at=at, by=None, kind="changed", note=note, public=False))
    return len(services)
