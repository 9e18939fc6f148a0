"""Reads for asking: what can be asked for now, and which versions may still stand on a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from portal.catalogue.models import RequestForm, Service, ServiceDeal
from portal.catalogue.queries import offered_to
from portal.extensions import db
from portal.people.models import Person
from portal.web.access import holds


@dataclass(frozen=True)
class Askable:
    """A service as it can be asked for now: its newest questions, and the deal that is shown beside them."""

    service: Service
    published: RequestForm | None
    deal: ServiceDeal | None


def find_askable(viewer: Person, slug: str) -> Askable | None:
    """The service, when the viewer may ask for it; those who ask for anybody may begin with any live one."""
    offered = (Service.state == "live") if holds(viewer.roles, "ask for anybody") else offered_to(viewer)
    row = db.session.execute(_ASKABLE.where(offered), {"slug": slug}).first()
    return Askable(*row) if row else None


_newest_form = (
    select(RequestForm.id)
    .where(RequestForm.service_id == Service.id)
    .order_by(RequestForm.number.desc())
    .limit(1)
    .correlate(Service)
    .scalar_subquery()
)
_ASKABLE = (
    select(Service, RequestForm, ServiceDeal)
    .outerjoin(RequestForm, RequestForm.id == _newest_form)
    .outerjoin(ServiceDeal, ServiceDeal.id == select(func.max(ServiceDeal.id)).scalar_subquery())
    .where(Service.slug == bindparam("slug"))
    .options(joinedload(Service.hours_plan))
)
"""Built once, because every step of a form asks it."""


def find_form_shown(service: Service, number: int | None, *, since: datetime) -> RequestForm | None:
    """A version of this service's questions that may still be open somewhere (unique service_id, number).

    That is the newest, or one that was replaced after `since`; whatever an older one did not ask is asked now.
    """
    if number is None:
        return None
    later = aliased(RequestForm)
    gone = exists().where(
        later.service_id == RequestForm.service_id, later.number > RequestForm.number, later.published_at < since
    )
    mine = (RequestForm.service_id == service.id) & (RequestForm.number == number)
    return db.session.scalar(select(RequestForm).where(mine, ~gone))


def find_deal_shown(number: int | None, *, since: datetime) -> ServiceDeal | None:
    """A version of the deal that may still stand on a form: the newest, or one that was replaced after `since`."""
    if number is None:
        return None
    later = aliased(ServiceDeal)
    gone = exists().where(later.id > ServiceDeal.id, later.published_at < since)
    return db.session.scalar(select(ServiceDeal).where(ServiceDeal.id == number, ~gone))
