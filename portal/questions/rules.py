"""What a question is and what counts as an answer. Pure: no web, no database.

A published list of questions is kept as plain data and never changes; an answer is kept under the question's stable
key, so a later list with other wording does not touch it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

KINDS = ("text", "long_text", "choice", "yes_no", "date", "file")
LONGEST = {"text": 200, "long_text": 5000}


@dataclass(frozen=True)
class Question:
    """One question. `key` is stable across versions; `choices` are the words of a choice."""

    key: str
    kind: str
    wording: str
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"“{self.kind}” is not a kind of question")
        if not self.key.isidentifier():
            raise ValueError(f"“{self.key}” cannot be the key of a question")
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(f"question “{self.key}”: choices belong to a choice, and a choice needs them")


def read_questions(data: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions from plain data; raises ValueError when two share a key or one makes no sense."""
    questions = tuple(Question(**{**entry, "choices": tuple(entry.get("choices", ()))}) for entry in data)
    keys = [question.key for question in questions]
    if len(set(keys)) != len(keys):
        raise ValueError("two questions share a key")
    return questions


def write_questions(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Plain data that `read_questions` reads back."""
    return [
        {"key": q.key, "kind": q.kind, "wording": q.wording, "help": q.help, "required": q.required}
        | ({"choices": list(q.choices)} if q.choices else {})
        for q in questions
    ]


def plain_answer(question: Question, value: Any) -> Any:
    """The answer as it is kept: text, True or False, an ISO day, or None where nothing was said."""
    if isinstance(value, date):
        return value.isoformat()
    if question.kind == "yes_no":
        return {"yes": True, "no": False}.get(value)
    return (value or "").strip() or None


def answered(questions: Iterable[Question], answers: Mapping[str, Any]) -> list[tuple[Question, Any]]:
    """The questions that have an answer, in their order."""
    return [(q, answers[q.key]) for q in questions if answers.get(q.key) is not None]
