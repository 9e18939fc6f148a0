"""Requests that are told by hand: two customers find something in every state, and the queue is not empty."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.demo import attachments
from portal.demo.diary import Story
from portal.demo.life import Helpdesk
from portal.demo.times import after
from portal.people.models import Person
from portal.requests import actions
from portal.requests.models import ServiceRequest

OF_THE_CUSTOMER = {"reply", "reopen", "confirm"}
WITHOUT_WORDS = {"take", "confirm"}


def begin(helpdesk: Helpdesk) -> None:
    """All of them; each is told at its own time."""
    plan = tomllib.loads((Path(__file__).parent / "stories.toml").read_text(encoding="utf-8"))
    for number, row in enumerate(plan["stories"]):
        helpdesk.diary.begin(_told_by_hand(helpdesk, number, row))
    for number, row in enumerate(plan["unfinished"]):
        helpdesk.diary.begin(_unfinished(helpdesk, number, row))


def _told_by_hand(helpdesk: Helpdesk, number: int, row: dict[str, Any]) -> Story:
    """Asked in these words, and then one deed after the other."""
    kind, dice = helpdesk.offer.kinds[row["service"]], helpdesk.dice(f"story {number}")
    asks, worker = helpdesk.company.accounts[row["customer"]], helpdesk.company.workers[kind.team][0]
    customer = helpdesk.company.named(row["for"]) if "for" in row else asks
    at = yield helpdesk.calendar.ago(*row["at"])
    request = helpdesk.submit(kind, customer, dice, at=at, words=row["ask"], shows=row.get("shows", ""), by=asks)
    say = helpdesk.speaker(request, dice)
    for step in row["steps"]:
        at = yield helpdesk.calendar.ago(*step["at"])
        by = asks if step["deed"] in OF_THE_CUSTOMER else worker
        _do(request, step, say(step.get("words", "")), by, at)


def _do(request: ServiceRequest, step: dict[str, Any], words: str, by: Person, at: datetime) -> None:
    more: dict[str, Any] = {} if step["deed"] in WITHOUT_WORDS else {"words": words}
    if "file" in step:
        more["files"] = attachments.text(step["file"], step["text"], by=by, at=at)
    getattr(actions, step["deed"])(request, by=by, at=at, **more)


def _unfinished(helpdesk: Helpdesk, number: int, row: dict[str, Any]) -> Story:
    """Somebody's request that has had its first answer, and no more than that."""
    dice, kind = helpdesk.dice(f"unfinished {number}"), helpdesk.offer.kinds[row["service"]]
    days, hour, minute = row["at"]
    at = yield helpdesk.calendar.ago(days - helpdesk.calendar.is_over, hour, minute)
    customer = helpdesk.who(dice, at, kind)
    request = helpdesk.submit(kind, customer, dice, at=at)
    worker = dice.choice(helpdesk.company.workers[kind.team])
    at = yield after(request.hours, at, dice.uniform(5, 25))
    if row.get("waits"):
        actions.ask_customer(request, words=dice.choice(kind.backs), by=worker, at=at)
    else:
        actions.answer(request, words=helpdesk.speaker(request, dice).say("first_answers"), by=worker, at=at)
