"""Documents to find in tests."""

from __future__ import annotations

from typing import Any

from portal.people.models import Person
from portal.search import queries
from portal.search.actions import put
from portal.search.queries import Results
from portal.search.words import wanted
from tests.builders import TUESDAY_10


def a_document(title: str, *, kind: str = "article", words: str = "", summary: str = "", **more: Any) -> str:
    """Put it into the index; returns its key."""
    key = more.pop("key", title.lower().replace(" ", "-"))
    address = more.pop("address", f"/knowledge/{key}")
    put(
        kind,
        key,
        title=title,
        summary=summary,
        words=words,
        address=address,
        at=more.pop("at", TUESDAY_10),
        **more,
    )
    return key


def found(viewer: Person, typed: str, **more: Any) -> Results:
    """What the page finds for these words, with typing errors forgiven."""
    words, _pairs = queries.vocabulary().mended(wanted(typed))
    return queries.find(viewer, words, at=more.pop("at", TUESDAY_10), **more)


def titles(viewer: Person, typed: str, **more: Any) -> list[str]:
    """The titles in the order in which they are shown."""
    return [one.title for shown in found(viewer, typed, **more).kinds.values() for one in shown]


def suggested(viewer: Person, typed: str, **more: Any) -> list[str]:
    """The titles of what is suggested."""
    return [one.title for one in queries.suggest(viewer, typed, at=more.pop("at", TUESDAY_10), **more)]
