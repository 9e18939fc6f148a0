"""Short ways to articles for tests."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from portal.catalogue.models import Service
from portal.extensions import db
from portal.knowledge import actions
from portal.knowledge.actions import Written
from portal.knowledge.models import Article
from portal.knowledge.queries import find_reading
from portal.people.models import Person, Segment
from tests.builders import TUESDAY_10, a_person

BODY = "Turn it **off**.\n\n1. Wait\n2. Turn it on\n"

_numbers = count(1)


def a_draft(writer: Person | None = None, *, at: datetime = TUESDAY_10, **words: Any) -> Article:
    number = next(_numbers)
    segments: list[Segment] = words.pop("segments", [])
    services: list[Service] = words.pop("services", [])
    written = Written(
        title=words.pop("title", f"The printer prints nothing {number}"),
        summary=words.pop("summary", "Often it only needs to begin afresh."),
        body=words.pop("body", BODY),
        segments=[one.slug for one in segments],
        services=[one.slug for one in services],
        **words,
    )
    return actions.begin(written, by=writer or a_person(roles=("agent",)), at=at)


def an_article(writer: Person | None = None, *, at: datetime = TUESDAY_10, **words: Any) -> Article:
    writer = writer or a_person(roles=("agent",))
    article = a_draft(writer, at=at, **words)
    publish(article, writer, at=at)
    return article


def publish(article: Article, writer: Person, *, note: str = "New", at: datetime = TUESDAY_10) -> None:
    actions.publish(article, note=note, version=article.version, by=writer, at=at)


def rewrite(article: Article, writer: Person, *, at: datetime = TUESDAY_10, **words: Any) -> None:
    standing = {name: getattr(article, name) for name in Written.__dataclass_fields__}
    actions.save(article, Written(**{**standing, **words}), version=article.version, by=writer, at=at)


def say(article: Article, person: Person, *, solved: bool, missing: str | None = None) -> None:
    reading = find_reading(person, article.slug)
    assert reading is not None
    actions.say(reading, solved=solved, missing=missing, once=f"{article.slug} {person.id}", by=person, at=TUESDAY_10)
    db.session.flush()
