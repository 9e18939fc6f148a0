"""The service offer of Halden Works, and what its people write when they ask, as `offer.toml` has it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import holidays

from portal.catalogue.actions import add_service, ensure_something_else, publish_deal
from portal.catalogue.models import Category, HoursPlan, RequestForm, Service
from portal.catalogue.queries import current_form
from portal.extensions import db
from portal.people.models import Person, Segment
from portal.questions.rules import Question, read_questions
from portal.web.words import local_day

FACTS = ("who_does_it", "cost", "have_ready")
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
    samples: dict[str, list[str]]
    pile: list[list[str]] = field(default_factory=list)

    @cached_property
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


def set_up(segments: dict[str, Segment], *, zone: str, at: datetime) -> Offer:
    """Publish the mission, the service deal and the catalogue."""
    plan = tomllib.loads((Path(__file__).parent / "offer.toml").read_text(encoding="utf-8"))
    publish_deal(
        mission=plan["mission"], promise=_text(plan["promise"]), in_return=_text(plan["in_return"]), by=None, at=at
    )
    hours = {name: _hours(row, zone, at, closes=name != OPEN_WHEN_OTHERS_SLEEP) for name, row in plan["hours"].items()}
    shelves = {
        slug: Category(slug=slug, name=name, position=place)
        for place, (slug, name) in enumerate(plan["categories"].items(), start=1)
    }
    db.session.add_all([*hours.values(), *shelves.values()])
    db.session.flush()
    kinds = [_kind(row, _service(row, hours, shelves, segments, at)) for row in plan["services"]]
    kinds.append(_kind(plan["else"], ensure_something_else(hours_plan=hours["desk"], at=at)))
    return Offer({kind.service.slug: kind for kind in kinds}, hours["desk"])


def _text(lines: str) -> str:
    return lines.strip()


def _hours(row: dict[str, Any], zone: str, at: datetime, *, closes: bool) -> HoursPlan:
    closed = public_holidays(local_day(at).year) if closes else []
    days = [day.isoformat() for day in closed]
    return HoursPlan(name=row["name"], zone=zone, windows=row["windows"], closed_on=days, in_words=row["in_words"])


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
    segments: dict[str, Segment],
    at: datetime,
) -> Service:
    return add_service(
        slug=row["slug"],
        name=row["name"],
        summary=row["summary"],
        description=_text(row["description"]),
        hours_plan=hours[row.get("hours", "desk")],
        questions=[_question(one) for one in row["questions"]],
        category=shelves[row["category"]],
        first_answer_minutes=row["first"],
        resolution_minutes=row["done"],
        for_segments=[segments[name] for name in row.get("segments", [])],
        at=at,
        **{fact: row[fact] for fact in FACTS},
    )


def _question(row: dict[str, Any]) -> Question:
    return read_questions([{name: value for name, value in row.items() if name != "samples"}])[0]


def _kind(row: dict[str, Any], service: Service) -> Kind:
    return Kind(
        service=service,
        form=current_form(service),
        team=row["team"],
        weight=row["weight"],
        asks=row["asks"],
        fixes=row["fixes"],
        backs=row["backs"],
        samples={one["key"]: one.get("samples", [""]) for one in row.get("questions", [])},
    )


def answers_to(kind: Kind, dice: Random, *, at: datetime, fill: Any) -> dict[str, Any]:
    """What somebody answers to the questions of the service; `fill` puts names and numbers in."""
    asked = [one for one in kind.questions if one.kind != "file"]
    return {one.key: _answer(one, kind.samples[one.key], dice, at, fill) for one in asked}


def _answer(question: Question, samples: list[str], dice: Random, at: datetime, fill: Any) -> Any:
    if not question.required and dice.random() < 0.3:
        return None
    if question.kind == "choice":
        return dice.choice(question.choices).value
    if question.kind == "yes_no":
        return dice.random() < 0.4
    if question.kind == "date":
        past = question.key in {"since", "right_on"}
        return (local_day(at) + timedelta(days=-dice.randint(0, 5) if past else dice.randint(3, 20))).isoformat()
    return fill(dice.choice(samples)) or None
