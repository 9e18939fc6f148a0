"""Help articles: who wrote them, whom they helped, and what was missing."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from portal.demo.diary import Story
from portal.demo.life import Helpdesk
from portal.knowledge import actions
from portal.knowledge.actions import Written
from portal.knowledge.models import Article
from portal.knowledge.queries import find_reading
from portal.people.models import Person
from portal.people.visitor import digest
from portal.web.words import local_day

SOME_MINUTES = timedelta(minutes=25)


def begin(helpdesk: Helpdesk) -> None:
    """All articles, each from its first words on."""
    plan = tomllib.loads((Path(__file__).parent / "knowledge.toml").read_text(encoding="utf-8"))
    for row in plan["articles"]:
        helpdesk.diary.begin(_article(helpdesk, row))
    for row in plan["drafts"]:
        helpdesk.diary.begin(_draft(helpdesk, row))
    for row in plan["retired"]:
        helpdesk.diary.begin(_retired(helpdesk, row))


def _article(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    """Written, published, revised where somebody missed something, and judged by those who read it."""
    revised, writer = row.get("revised"), helpdesk.company.accounts[row["owner"]]
    at = yield helpdesk.calendar.ago(row["days"], 10, 10)
    first = row["body"].replace(revised["now"], revised["was"]) if revised else row["body"]
    article = actions.begin(_written(helpdesk, row, first), by=writer, at=at)
    at = yield at + SOME_MINUTES
    actions.publish(article, note="The first words", version=article.version, by=writer, at=at)
    _readers(helpdesk, row, article)
    if revised:
        at = yield helpdesk.calendar.ago(revised["days"], 15, 20)
        actions.save(article, _written(helpdesk, row, row["body"]), version=article.version, by=writer, at=at)
        at = yield at + SOME_MINUTES
        actions.publish(article, note=revised["note"], version=article.version, by=writer, at=at)


def _draft(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    at = yield helpdesk.calendar.ago(row["days"], 16, 40)
    actions.begin(_written(helpdesk, row, row["body"]), by=helpdesk.company.accounts[row["owner"]], at=at)


def _retired(helpdesk: Helpdesk, row: dict[str, Any]) -> Story:
    writer = helpdesk.company.accounts[row["owner"]]
    at = yield helpdesk.calendar.ago(row["days"], 9, 30)
    article = actions.begin(_written(helpdesk, row, row["body"]), by=writer, at=at)
    at = yield at + SOME_MINUTES
    actions.publish(article, note="The first words", version=article.version, by=writer, at=at)
    at = yield helpdesk.calendar.ago(row["gone"], 11, 15)
    actions.retire(article, why=row["why"], version=article.version, by=writer, at=at)


def _written(helpdesk: Helpdesk, row: dict[str, Any], body: str) -> Written:
    segments = [helpdesk.company.segments[name].slug for name in row.get("segments", [])]
    return Written(
        title=row["title"],
        summary=row["summary"],
        body=body.strip(),
        segments=segments,
        services=row["services"],
        owner=helpdesk.company.accounts[row["owner"]],
        review_on=local_day(helpdesk.calendar.end) + timedelta(days=row.get("review", 120)),
    )


def _readers(helpdesk: Helpdesk, row: dict[str, Any], article: Article) -> None:
    """Some of those who may read it say whether it helped; the first who say no say what was missing."""
    dice, names = helpdesk.dice(f"readers of {article.slug}"), row.get("segments")
    readers = [one for one in helpdesk.company.customers if not names or (one.segment and one.segment.name in names)]
    missing = list(row["missing"])
    for reader in dice.sample(readers, min(row["said"], len(readers))):
        helpdesk.diary.begin(_reader(helpdesk, row, article, reader, missing, dice))


def _reader(
    helpdesk: Helpdesk, row: dict[str, Any], article: Article, reader: Person, missing: list[str], dice: Random
) -> Story:
    days = min(row["days"] - 1, helpdesk.calendar.days)
    moment = helpdesk.calendar.end - timedelta(days=dice.uniform(0.2, days), minutes=dice.randrange(600))
    solved = dice.random() < row["solved"]
    at = yield helpdesk.calendar.awake(moment, dice)
    reading = find_reading(reader, article.slug)
    if reading is not None:
        words = missing.pop() if missing and not solved else None
        actions.say(reading, solved=solved, missing=words, once=_once(helpdesk, article, reader, at), by=reader, at=at)


def _once(helpdesk: Helpdesk, article: Article, reader: Person, at: datetime) -> str:
    """As the page of the article does it."""
    return digest(f"{helpdesk.secret}:{reader.id}:{actions.KIND}:{article.slug}:{local_day(at)}")
