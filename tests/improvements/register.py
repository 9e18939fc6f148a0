"""Short ways to improvements for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from portal.extensions import db
from portal.focus_groups.models import Finding
from portal.improvements import actions
from portal.improvements.actions import Draft, Measured, Source
from portal.improvements.models import Improvement
from portal.people.models import Person
from tests.builders import a_person
from tests.focus_groups.sessions import a_finding, a_held_session

BETTER = Measured("Visits missed or late", "lower", 23, 212, "autumn", 7, 248, "spring")
WAY = ("approved", "in_progress", "monitoring")


def now() -> datetime:
    return datetime.now(UTC)


def a_keeper() -> Person:
    return a_person(roles=("manager",))


def a_quote(words: str | None = "Nobody told me when he would come.", **more: Any) -> Finding:
    return a_finding(a_held_session(**more), quote=words)


def an_improvement(by: Person | None = None, source: Source | None = None, **more: Any) -> Improvement:
    keeper = by or a_keeper()
    draft = Draft(
        title="A window for each visit", description="Say when we come", owner=keeper, due_on=date(2030, 5, 1)
    )
    improvement = actions.raise_improvement(replace(draft, **more), source or Source(), by=keeper, at=now())
    db.session.commit()
    return improvement


def moved(improvement: Improvement, *steps: str, by: Person | None = None) -> Improvement:
    keeper = by or a_keeper()
    for to in steps:
        actions.move(improvement, to, reason="So decided", version=improvement.version, by=keeper, at=now())
    db.session.commit()
    return improvement


def closed(improvement: Improvement, outcome: str = "successful", measured: Measured = BETTER) -> Improvement:
    moved(improvement, *WAY)
    actions.close(
        improvement,
        outcome=outcome,
        words="Measured in spring",
        measured=measured,
        version=improvement.version,
        by=a_keeper(),
        at=now(),
    )
    db.session.commit()
    return improvement


def published(
    improvement: Improvement, *, said: str = "Nobody told me when.", did: str = "A window of two hours."
) -> Improvement:
    actions.publish(improvement, you_said=said, we_did=did, version=improvement.version, by=a_keeper(), at=now())
    db.session.commit()
    return improvement
