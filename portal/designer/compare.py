"""What differs between two lists of questions, question by question."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.designer.words import KIND_WORDS
from portal.questions.rules import Question
from portal.questions.saying import said

Pieces = tuple[tuple[bool, str], ...]


@dataclass(frozen=True)
class Difference:
    """One thing about a question that reads otherwise now. Empty words say that it was not there."""

    label: str
    old: str
    new: str

    @property
    def old_pieces(self) -> Pieces:
        """(gone?, words) of the old text, in order."""
        return _pieces(self.old, self.new)

    @property
    def new_pieces(self) -> Pieces:
        """(new?, words) of the new text, in order."""
        return _pieces(self.new, self.old)


def _pieces(text: str, other: str) -> Pieces:
    """The text cut into what the other one has too and what it has not."""
    here, there = text.split(" "), other.split(" ")
    if not text:
        return ()
    cut: list[tuple[bool, str]] = []
    for deed, start, end, _a, _b in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        if end > start:
            cut.append((deed != "equal", " ".join(here[start:end])))
    return tuple(cut)


@dataclass(frozen=True)
class Change:
    """What happened to one question. `how` is added, removed, changed or moved; a changed one may have moved too."""

    how: str
    question: Question
    differences: tuple[Difference, ...] = ()
    moved: tuple[int, int] | None = None


def compared(old: Sequence[Question], new: Sequence[Question]) -> list[Change]:
    """The changes in the order of the new list, with what was removed at the end."""
    before = {one.key: one for one in old}
    places = {one.key: number for number, one in enumerate(old, 1)}
    strayed = _strayed([places[one.key] for one in new if one.key in places])
    found = []
    for number, question in enumerate(new, 1):
        if question.key not in before:
            found.append(Change("added", question, tuple(_described(question, new))))
            continue
        differences = tuple(_differences(before[question.key], question, old, new))
        moved = (places[question.key], number) if places[question.key] in strayed else None
        if differences or moved:
            found.append(Change("changed" if differences else "moved", question, differences, moved))
    left = {one.key for one in new}
    return found + [Change("removed", one) for one in old if one.key not in left]


def _strayed(places: Sequence[int]) -> set[int]:
    """The fewest old places that one must move to turn one order into the other: all but a longest rising row."""
    tails: list[int] = []
    ends: list[int] = []
    came_from: dict[int, int | None] = {}
    for place in places:
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
        ends[at : at + 1] = [place]
        came_from[place] = ends[at - 1] if at else None
    stayed: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        stayed.add(last)
        last = came_from[last]
    return set(places) - stayed


def _described(question: Question, questions: Sequence[Question]) -> Iterator[Difference]:
    """What a new question is, as differences from nothing; its wording is its heading already."""
    for label, words in _facts(question, questions):
        if words not in ("", _("no")) and label != _("Wording"):
            yield Difference(label, "", words)


def _differences(
    old: Question, new: Question, before: Sequence[Question], after: Sequence[Question]
) -> Iterator[Difference]:
    same_condition = old.shown_if == new.shown_if
    for (label, was), (_label, now) in zip(_facts(old, before), _facts(new, after), strict=True):
        # A question that is reworded reads otherwise in each condition on it; the conditions did not change.
        if was != now and not (same_condition and label == _("Asked only when")):
            yield Difference(label, was, now)


def _facts(question: Question, questions: Sequence[Question]) -> list[tuple[str, str]]:
    """(label, words) of everything there is to a question, always in the same order."""
    return [
        (_("Kind"), str(KIND_WORDS[question.kind])),
        (_("Wording"), question.wording),
        (_("Help"), question.help),
        (_("Must be answered"), _("yes") if question.required else _("no")),
        (_("Answers to choose from"), "; ".join(_choice(one) for one in question.choices)),
        (_("Columns"), "; ".join(_column(one) for one in question.columns)),
        (_("Smallest"), _plain(question.least)),
        (_("Largest"), _plain(question.most)),
        (_("Pattern"), question.pattern),
        (_("When it does not fit the pattern"), question.pattern_message),
        (_("Asked only when"), said(question.shown_if, questions)),
        (_("Begins a new step"), _("yes") if question.new_step else _("no")),
        (_("Translations"), "; ".join(_translated(question))),
    ]


def _choice(choice: Any) -> str:
    return choice.words if choice.words == choice.value else f"{choice.words} = {choice.value}"


def _column(column: Question) -> str:
    """A column with whatever differs from a plain one, so that no change of it goes unseen."""
    facts = [words for label, words in _facts(column, ()) if words and words != _("no") and label != _("Wording")]
    return f"{column.wording} ({', '.join(facts)})"


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _translated(question: Question) -> Iterator[str]:
    for language, words in sorted(question.translations.items()):
        for _name, text in sorted(words.items()):
            yield f"{language}: {text}"
    for choice in question.choices:
        for language, text in sorted(choice.translations.items()):
            yield f"{language}: {choice.words} = {text}"


def summary(changes: Sequence[Change]) -> str:
    """The changes counted: 1 question added, 2 changed."""
    counts = {how: sum(1 for one in changes if one.how == how) for how in ("added", "changed", "moved", "removed")}
    said_of = {
        "added": ngettext("%(num)d question added", "%(num)d questions added", counts["added"]),
        "changed": ngettext("%(num)d question changed", "%(num)d questions changed", counts["changed"]),
        "moved": ngettext("%(num)d question moved", "%(num)d questions moved", counts["moved"]),
        "removed": ngettext("%(num)d question removed", "%(num)d questions removed", counts["removed"]),
    }
    return ", ".join(words for how, words in said_of.items() if counts[how])
