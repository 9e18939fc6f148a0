"""What the first page shows to everybody alike: popular services, the newest change, the mission with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from portal.catalogue import queries as catalogue
from portal.catalogue.promises import Offered, offered
from portal.improvements import queries as improvements
from portal.measures.intervals import Share
from portal.people.models import Person
from portal.surveys.answers import satisfaction_between
from portal.web.moment import now
from portal.web.remember import remembered
from portal.web.words import number, percent

POPULAR = 6
LATELY = timedelta(days=90)
THIS_MONTH = timedelta(days=30)
FEWEST = 5
"""Below this many, a figure is not shown: it would say more about single people than about the service."""


@dataclass(frozen=True)
class Figure:
    """One figure of the service deal, with the words beside it."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class Deal:
    """The mission, and how well it is kept."""

    mission: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Change:
    """The newest “you said, we did”."""

    you_said: str
    we_did: str


@dataclass(frozen=True)
class Front:
    """Everything of the first page that is not personal."""

    popular: tuple[Offered, ...]
    news: tuple[catalogue.News, ...]
    change: Change | None
    deal: Deal | None


def front_for(viewer: Person) -> Front:
    """The front as this person's segment sees it."""
    return remembered(("front", viewer.segment_id), lambda: _front(viewer))


def _front(viewer: Person) -> Front:
    popular = tuple(offered(service) for service in catalogue.services_for(viewer, size=POPULAR))
    newest = improvements.newest_answer()
    change = Change(newest.you_said or "", newest.we_did or "") if newest else None
    news = tuple(catalogue.news_for(viewer, since=now() - THIS_MONTH))
    return Front(popular, news, change, _deal())


def _deal() -> Deal | None:
    deal = catalogue.current_deal()
    if deal is None:
        return None
    satisfied = satisfaction_between(now() - LATELY, now()).top_two
    figures = ((_("of promises kept"), catalogue.kept_lately()), (_("satisfied or very satisfied"), satisfied))
    return Deal(deal.mission, tuple(_figure(label, share) for label, share in figures if share.n >= FEWEST))


def _figure(label: str, share: Share) -> Figure:
    note = _("%(x)s of %(n)s in the last 90 days", x=number(share.x), n=number(share.n))
    return Figure(label, percent(share.value), note)
