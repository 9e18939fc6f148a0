"""How well suggestions work on real texts, beside plain full text: does somebody who asks again see the first asking?

For each text that has a near twin, its title is typed (the first words of the text where it has no title), and the
first five suggestions are looked at. A near twin is another text of the set whose body shares at least six tenths of
the words: of all different words of both, so many are in both (Jaccard). That says nothing of titles or of ranking.
All this happens in a database of its own in memory.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from sqlalchemy import create_engine, insert, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from portal.measures.intervals import Share
from portal.search.engine import known_terms
from portal.search.models import Document, DocumentSegment, DocumentTopic
from portal.search.queries import MOST_SUGGESTED, near_documents
from portal.search.vocabulary import Vocabulary
from portal.search.words import kept, wanted, words_of
from portal.web.moment import now

ALIKE = 0.6
FEWEST_WORDS = 3
"""A text of one or two words is like many others by chance."""
FIRST_WORDS = 8


class Written(NamedTuple):
    """A text as somebody wrote it."""

    title: str
    body: str

    @property
    def typed(self) -> str:
        """What is typed first when it is asked again."""
        return self.title.strip() or " ".join(self.body.split()[:FIRST_WORDS])


@dataclass(frozen=True)
class Measured:
    """How many texts have a twin, and the shares of the questions whose twin was among the first five."""

    texts: int
    with_twin: int
    ours: Share
    plain: Share


def measure(texts: Sequence[Written], *, most: int | None = None, seed: int = 1) -> Measured:
    """Ask for each text that has a near twin, or for `most` of them, drawn with fixed dice."""
    twins = near_twins(texts)
    asked = sorted(twins)
    if most is not None and most < len(asked):
        asked = sorted(Random(seed).sample(asked, most))
    with _scratch(texts) as session:
        vocabulary = Vocabulary.of(known_terms(session), len(texts))
        ours = sum(_is_hit(_ours(session, texts[one], vocabulary), one, twins) for one in asked)
        plain = sum(_is_hit(_plain(session, texts[one]), one, twins) for one in asked)
        session.rollback()
    return Measured(len(texts), len(twins), Share(ours, len(asked)), Share(plain, len(asked)))


def _is_hit(found: list[int], itself: int, twins: Mapping[int, set[int]]) -> bool:
    """The text itself stands in the set too, but whoever asks has not sent it yet."""
    first = [one for one in found if one != itself][:MOST_SUGGESTED]
    return not twins[itself].isdisjoint(first)


# --- twins ------------------------------------------------------------------------------------------------------------


def near_twins(texts: Sequence[Written]) -> dict[int, set[int]]:
    """The near twins of each text that has one.

    Two texts that are so much alike share one of their rarest words, so only such pairs are compared.
    """
    bodies = [frozenset(words_of(one.body)) for one in texts]
    number = Counter(word for body in bodies for word in body)
    seen: dict[str, list[int]] = defaultdict(list)
    twins: dict[int, set[int]] = defaultdict(set)
    for one in sorted(range(len(bodies)), key=lambda one: len(bodies[one])):
        for other in _likely(bodies, one, number, seen):
            if _likeness(bodies[one], bodies[other]) >= ALIKE:
                twins[one].add(other)
                twins[other].add(one)
    return dict(twins)


def _likely(bodies: Sequence[frozenset[str]], one: int, number: Counter[str], seen: dict[str, list[int]]) -> set[int]:
    """The shorter texts that share a rare word with this one and are long enough; it is remembered itself."""
    body = bodies[one]
    if len(body) < FEWEST_WORDS:
        return set()
    rarest = sorted(body, key=lambda word: (number[word], word))[: len(body) - math.ceil(ALIKE * len(body)) + 1]
    likely = {other for word in rarest for other in seen[word] if len(bodies[other]) >= ALIKE * len(body)}
    for word in rarest:
        seen[word].append(one)
    return likely


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both)


# --- asking -----------------------------------------------------------------------------------------------------------


def _scratch(texts: Sequence[Written]) -> Session:
    """Every text as a help article, in our index and in a plain one."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    tables = [model.__table__ for model in (Document, DocumentSegment, DocumentTopic)]
    Document.metadata.create_all(engine, tables=tables)  # type: ignore[arg-type]
    session = Session(engine)
    session.execute(text("CREATE VIRTUAL TABLE plain USING fts5(title, body)"))
    session.execute(insert(Document), list(_documents(texts)))
    session.execute(
        text("INSERT INTO plain (rowid, title, body) VALUES (:number, :title, :body)"),
        [{"number": n + 1, "title": one.title, "body": one.body} for n, one in enumerate(texts)],
    )
    return session


def _documents(texts: Sequence[Written]) -> Iterator[dict[str, object]]:
    for place, one in enumerate(texts):
        title_words, title_stems = kept(one.title)
        body_words, body_stems = kept(one.body)
        yield {
            "id": place + 1, "kind": "article", "key": str(place), "title": one.title, "summary": "", "address": "",
            "title_words": title_words, "title_stems": title_stems, "body_words": body_words,
            "body_stems": body_stems, "for_everyone": True, "changed_at": now(),
        }  # fmt: skip


def _ours(session: Session, one: Written, vocabulary: Vocabulary) -> list[int]:
    words = vocabulary.understood(wanted(one.typed))
    if not words:
        return []
    found = near_documents(session, words, vocabulary, kinds=("article",), size=MOST_SUGGESTED + 1)
    return [int(document.key) for document in found]


def _plain(session: Session, one: Written) -> list[int]:
    """FTS5 as it comes: any of the words, the best by bm25 first."""
    words = dict.fromkeys(words_of(one.typed))
    if not words:
        return []
    query = "SELECT rowid FROM plain WHERE plain MATCH :words ORDER BY bm25(plain), rowid LIMIT :size"
    values = {"words": " OR ".join(f'"{word}"' for word in words), "size": MOST_SUGGESTED + 1}
    return [row[0] - 1 for row in session.execute(text(query), values)]
