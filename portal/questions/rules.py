"""What a question is, when it is asked, and what counts as an answer. Pure: no web, no database.

A published list of questions is plain data and never changes; an answer is kept under the question's stable key, so a
later list with other wording does not touch it. Every surface (form, check page, request page, mail, PDF, CSV) asks
`visible` and `settled` here, so none can disagree with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from portal.questions.conditions import Condition, holds, is_empty, read_condition, write_condition
from portal.questions.patterns import compiled

KINDS = (
    "text",
    "long_text",
    "number",
    "date",
    "date_range",
    "yes_no",
    "choice",
    "choices",
    "dropdown",
    "person",
    "file",
    "rows",
    "consent",
    "information",
    "section",
)
SILENT = frozenset({"information", "section"})
"""Kinds that are read and not answered."""
WITH_CHOICES = frozenset({"choice", "choices", "dropdown"})
IN_ROWS = frozenset({"text", "long_text", "number", "date", "yes_no", "choice", "dropdown", "information"})
"""Kinds that may be a column of repeating rows."""
WITH_BOUNDS = frozenset({"text", "long_text", "number", "date", "date_range", "choices", "rows"})
WITH_DAYS = frozenset({"date", "date_range"})
WITH_PATTERN = frozenset({"text", "long_text"})
LONGEST = {"text": 200, "long_text": 5000}
MOST_ROWS = 50


@dataclass(frozen=True)
class Choice:
    """One possible answer: `value` is kept and stays, `words` are read. Older lists hold words alone."""

    value: str
    words: str
    translations: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.value.strip() and self.words.strip()):
            raise ValueError("a choice needs words")


@dataclass(frozen=True)
class Question:
    """One question, or a part of the form that is only read.

    `key` is stable across versions. `shown_if` speaks of earlier questions. `least` and `most` bound a number, the
    length of a text, the days of a date (ISO), how many are chosen, or how many rows there are. `pattern` is a regular
    expression for a text and `pattern_message` what is said when it does not fit. `columns` are the questions of each
    repeating row. A section begins a group that lasts until the next section; with `new_step` it begins a new step.
    `translations` maps a language to the words of the question in it: wording, help, pattern_message.
    """

    key: str
    kind: str
    wording: str
    help: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    shown_if: Condition | None = None
    least: int | float | str | None = None
    most: int | float | str | None = None
    pattern: str = ""
    pattern_message: str = ""
    columns: tuple[Question, ...] = ()
    new_step: bool = False
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"“{self.kind}” is not a kind of question")
        if not self.key.isidentifier():
            raise ValueError(f"“{self.key}” cannot be the key of a question")
        for wrong, reason in self._faults():
            if wrong:
                raise ValueError(f"question “{self.key}”: {reason}")
        if self.pattern:
            compiled(self.pattern)

    def _faults(self) -> Iterator[tuple[Any, str]]:
        """(whether it is so, what is wrong then)"""
        yield (self.kind in WITH_CHOICES) != bool(self.choices), "choices belong to a choice, and a choice needs them"
        values = {choice.value for choice in self.choices}
        yield len(values) != len(self.choices), "two choices are the same"
        yield (self.kind == "rows") != bool(self.columns), "columns belong to repeating rows, and rows need them"
        wrong = [column for column in self.columns if column.kind not in IN_ROWS or column.shown_if]
        yield wrong, "a row cannot ask that"
        yield self.required and self.kind in SILENT, "what is only read cannot be required"
        yield self.pattern and self.kind not in WITH_PATTERN, "a pattern belongs to a text"
        bounds = [bound for bound in (self.least, self.most) if bound is not None]
        yield bounds and self.kind not in WITH_BOUNDS, "this kind of question has no bounds"
        yield any(not self._is_bound(bound) for bound in bounds), "its bounds are of another kind"
        yield len(bounds) == 2 and self._is_upside_down(), "its least is more than its most"

    def _is_bound(self, bound: Any) -> bool:
        if self.kind in WITH_DAYS:
            return isinstance(bound, str) and is_day(bound)
        return not isinstance(bound, bool) and isinstance(bound, (int, float) if self.kind == "number" else int)

    def _is_upside_down(self) -> bool:
        least, most = self.least, self.most
        return least > most if type(least) is type(most) else float(least or 0) > float(most or 0)  # type: ignore[operator]

    def in_language(self, language: str) -> Question:
        """The same question in the words of a language, where it has them."""
        words = self.translations.get(language)
        if not words and not self.choices and not self.columns:
            return self
        words = words or {}
        return replace(
            self,
            wording=words.get("wording") or self.wording,
            help=words.get("help") or self.help,
            pattern_message=words.get("pattern_message") or self.pattern_message,
            choices=tuple(replace(one, words=one.translations.get(language) or one.words) for one in self.choices),
            columns=tuple(column.in_language(language) for column in self.columns),
        )

    def words_of(self, value: Any) -> str:
        """The words of a chosen value; a value that is no choice any more stands for itself."""
        return next((one.words for one in self.choices if one.value == value), str(value))


def is_day(text: str) -> bool:
    """A day of the calendar, written 2026-04-14."""
    try:
        return len(text) == 10 and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def read_questions(data: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions from plain data; raises ValueError when one makes no sense or speaks of what is not asked before it."""
    questions = tuple(_read(entry) for entry in data)
    known: set[str] = set()
    for question in questions:
        if question.key in known:
            raise ValueError(f"two questions share the key “{question.key}”")
        if question.shown_if:
            for other in question.shown_if.asks():
                if other not in known:
                    raise ValueError(f"question “{question.key}” depends on “{other}”, which is not asked before it")
        known.add(question.key)
    return questions


TEXTS = ("key", "kind", "wording", "help", "pattern", "pattern_message")


def _read(entry: Any) -> Question:
    if not isinstance(entry, Mapping) or not all(isinstance(entry.get(name, ""), str) for name in TEXTS):
        raise ValueError("that is no question")
    try:
        plain: dict[str, Any] = {**entry}
        plain["choices"] = tuple(_read_choice(one) for one in entry.get("choices") or ())
        plain["columns"] = read_questions(entry.get("columns") or ())
        plain["shown_if"] = read_condition(entry["shown_if"]) if entry.get("shown_if") else None
        return Question(**plain)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"question “{entry.get('key', '?')}”: {error}") from None


def _read_choice(one: Any) -> Choice:
    if isinstance(one, str):
        return Choice(one, one)
    value = one.get("value")
    return Choice(value, one.get("words") or value, dict(one.get("translations") or {}))


def write_questions(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Plain data that `read_questions` reads back."""
    return [_write(question) for question in questions]


def _write(q: Question) -> dict[str, Any]:
    data: dict[str, Any] = {"key": q.key, "kind": q.kind, "wording": q.wording, "help": q.help, "required": q.required}
    more: dict[str, Any] = {
        "choices": [_write_choice(one) for one in q.choices],
        "shown_if": write_condition(q.shown_if) if q.shown_if else None,
        "pattern": q.pattern,
        "pattern_message": q.pattern_message,
        "columns": write_questions(q.columns),
        "new_step": q.new_step,
        "translations": {language: dict(words) for language, words in q.translations.items()},
    }
    bounds = {name: value for name, value in (("least", q.least), ("most", q.most)) if value is not None}
    return data | {name: value for name, value in more.items() if value} | bounds


def _write_choice(one: Choice) -> Any:
    if one.words == one.value and not one.translations:
        return one.value
    return {"value": one.value, "words": one.words} | (
        {"translations": dict(one.translations)} if one.translations else {}
    )


def visible(questions: Sequence[Question], answers: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions that are asked when these are the answers so far, in order.

    An answer to a question that is itself hidden counts as none, so what depends on it is hidden too. A hidden section
    hides all of its questions.
    """
    return tuple(_walk(questions, answers))


def _walk(questions: Sequence[Question], answers: Mapping[str, Any]) -> Iterator[Question]:
    heard: dict[str, Any] = {}
    section_shown = True
    for question in questions:
        shown = question.shown_if is None or holds(question.shown_if, heard)
        if question.kind == "section":
            section_shown = shown
        if shown and section_shown:
            if question.kind not in SILENT and not is_empty(answers.get(question.key)):
                heard[question.key] = answers[question.key]
            yield question


def settled(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to what is asked; a stale answer to a question that is hidden now is gone."""
    shown = visible(questions, answers)
    return {q.key: answers[q.key] for q in shown if q.kind not in SILENT and not is_empty(answers.get(q.key))}


def answered(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[tuple[Question, Any]]:
    """The asked questions that have an answer, in their order; the same on every surface."""
    kept = settled(questions, answers)
    return [(q, kept[q.key]) for q in questions if q.key in kept]


def steps(questions: Sequence[Question]) -> list[tuple[Question, ...]]:
    """The questions cut into steps at each section that begins one; at least one step, which may be empty."""
    cut: list[list[Question]] = [[]]
    for question in questions:
        if question.kind == "section" and question.new_step and cut[-1]:
            cut.append([])
        cut[-1].append(question)
    return [tuple(step) for step in cut]
