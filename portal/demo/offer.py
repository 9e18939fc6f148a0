"""The service offer of Halden Works, and what its people write when they ask, as `offer.toml` has it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import holidays

from portal.catalogue.actions import add_service, ensure_something_else, publish_deal
from portal.catalogue.models import Category, HoursPlan, RequestForm, Service, ServiceDeal, ServiceTarget
from portal.catalogue.queries import current_form
from portal.demo.company import Company
from portal.extensions import db
from portal.people.models import Person
from portal.questions.rules import Question, read_questions
from portal.web.words import local_day

FACTS = ("who_does_it", "cost", "have_ready")
NO_SAMPLES = [""]
OPEN_WHEN_OTHERS_SLEEP = "always"


@dataclass
class Kind:
    """A service with what people write about it: how often it is asked, and by which team it is done."""

    service: Service
    form: RequestForm | None
    team: str
    weight: float
    asks: list[list[str]]
    fixes: list[str]
    backs: list[str]
    samples: dict[str, list[Any]]
    pile: list[list[str]] = field(default_factory=list)

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.form.questions if self.form else ()

    def next_ask(self, dice: Random) -> list[str]:
        """What somebody writes; nothing comes a second time before everything came once."""
        if not self.pile:
            self.pile = dice.sample(self.asks, len(self.asks))
        return self.pile.pop()

    def is_for(self, person: Person) -> bool:
        return self.service.for_everyone or person.segment in self.service.for_segments


@dataclass(frozen=True)
class Offer:
    """Everything that can be asked for."""

    kinds: dict[str, Kind]
    desk_hours: HoursPlan
    deal: ServiceDeal


@lru_cache(maxsize=1)
def script() -> dict[str, Any]:
    """What is offered, asked and done."""
    return tomllib.loads((Path(__file__).parent / "offer.toml").read_text(encoding="utf-8"))


def set_up(company: Company, *, zone: str, at: datetime) -> Offer:
    """Publish the mission, the service deal and the catalogue."""
    plan = script()
    deal = publish_deal(
        mission=plan["mission"], promise=_text(plan["promise"]), in_return=_text(plan["in_return"]), by=None, at=at
    )
    hours = {name: _hours(row, zone, at, closes=name != OPEN_WHEN_OTHERS_SLEEP) for name, row in plan["hours"].items()}
    shelves = {
        slug: Category(slug=slug, name=name, position=place)
        for place, (slug, name) in enumerate(plan["categories"].items(), start=1)
    }
    db.session.add_all([*hours.values(), *shelves.values()])
    db.session.flush()
    kinds = [_kind(row, _service(row, hours, shelves, company, at)) for row in plan["services"]]
    kinds.append(_kind(plan["else"], ensure_something_else(hours_plan=hours["desk"], at=at)))
    return Offer({kind.service.slug: kind for kind in kinds}, hours["desk"], deal)


def _text(lines: str) -> str:
    return lines.strip()


def _hours(row: dict[str, Any], zone: str, at: datetime, *, closes: bool) -> HoursPlan:
    closed = public_holidays(local_day(at).year) if closes else []
    days = [day.isoformat() for day in closed]
    return HoursPlan(
        name=row["name"],
        zone=zone,
        windows=row["windows"],
        closed_on=days,
        in_words=row["in_words"],
        holidays="DE" if closes else None,
        holidays_until=local_day(at).year + 3 if closes else None,
    )


def public_holidays(year: int) -> list[date]:
    """The public holidays of this year and the three after it, and the days between Christmas and New Year's Eve."""
    years = range(year, year + 4)
    official = holidays.country_holidays("DE", years=years)
    quiet = [date(one, 12, day) for one in years for day in (24, 31)]
    return sorted({*official, *quiet})


def _service(
    row: dict[str, Any],
    hours: dict[str, HoursPlan],
    shelves: dict[str, Category],
    company: Company,
    at: datetime,
) -> Service:
    return add_service(
        slug=row["slug"],
        name=row["name"],
        summary=row["summary"],
        description=_text(row["description"]),
        hours_plan=hours[row.get("hours", "desk")],
        questions=questions_in(row["questions"]),
        category=shelves[row["category"]],
        first_answer_minutes=row["first"],
        resolution_minutes=row["done"],
        for_segments=[company.segments[name] for name in row.get("segments", [])],
        owner=company.accounts[row["owner"]],
        targets=[
            ServiceTarget(priority=of, first_answer_minutes=first, resolution_minutes=done)
            for of, first, done in row.get("priorities", [])
        ],
        options=[{"label": label, "words": words} for label, words in row.get("options", [])],
        cost_each_cents=row.get("cost_each_cents", 0),
        at=at,
        **{fact: row[fact] for fact in FACTS},
    )


def questions_in(rows: list[dict[str, Any]]) -> tuple[Question, ...]:
    """A list of questions, without what people usually answer."""
    return read_questions([{name: value for name, value in row.items() if name != "samples"} for row in rows])


def samples_in(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """What people usually answer, by question."""
    return {row["key"]: row.get("samples", NO_SAMPLES) for row in rows}


def _kind(row: dict[str, Any], service: Service) -> Kind:
    return Kind(
        service=service,
        form=current_form(service),
        team=row["team"],
        weight=row["weight"],
        asks=row["asks"],
        fixes=row["fixes"],
        backs=row["backs"],
        samples=samples_in(row.get("questions", [])),
    )
