"""What people answer when a form asks them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portal.demo.offer import Kind
from portal.people.models import Person
from portal.questions.rules import Question, settled
from portal.web.words import local_day

PAST = frozenset({"since", "right_on"})
"""Questions about a day that has been."""

Fill = Callable[[str], str]


def answers_to(kind: Kind, dice: Random, *, at: datetime, fill: Fill, colleagues: list[Person]) -> dict[str, Any]:
    """The answers to what the form asks; `fill` puts names and numbers into the usual ones."""
    answering = _Answering(dice, at, fill, colleagues)
    said = {one.key: answering.to(one, kind.samples.get(one.key, [""])) for one in kind.questions}
    return settled(kind.questions, said)


class _Answering:
    """One customer at one form."""

    def __init__(self, dice: Random, at: datetime, fill: Fill, colleagues: list[Person]) -> None:
        self.dice, self.at, self.fill, self.colleagues = dice, at, fill, colleagues

    def to(self, question: Question, samples: list[Any]) -> Any:
        """The plain answer; of what may be left out, a third is."""
        if not question.required and self.dice.random() < 0.3:
            return None
        own: Callable[[Question, list[Any]], Any] | None = getattr(self, f"_{question.kind}", None)
        return own(question, samples) if own else None

    def _text(self, _question: Question, samples: list[Any]) -> str | None:
        return self.fill(self.dice.choice(samples)) or None

    _long_text = _text

    def _choice(self, question: Question, _samples: list[Any]) -> str:
        return self.dice.choice(question.choices).value

    _dropdown = _choice

    def _choices(self, question: Question, _samples: list[Any]) -> list[str]:
        most = min(2, len(question.choices))
        chosen = {one.value for one in self.dice.sample(question.choices, self.dice.randint(1, most))}
        return [one.value for one in question.choices if one.value in chosen]

    def _number(self, _question: Question, samples: list[Any]) -> Any:
        return self.dice.choice(samples)

    def _yes_no(self, _question: Question, _samples: list[Any]) -> bool:
        return self.dice.random() < 0.4

    def _consent(self, _question: Question, _samples: list[Any]) -> bool:
        return True

    def _date(self, question: Question, _samples: list[Any]) -> str:
        days = -self.dice.randint(0, 5) if question.key in PAST else self.dice.randint(3, 20)
        return self._day(days)

    def _date_range(self, _question: Question, _samples: list[Any]) -> dict[str, str]:
        begins = self.dice.randint(3, 20)
        return {"from": self._day(begins), "to": self._day(begins + self.dice.randint(2, 8))}

    def _day(self, days: int) -> str:
        return (local_day(self.at) + timedelta(days=days)).isoformat()

    def _person(self, _question: Question, _samples: list[Any]) -> dict[str, Any]:
        person = self.dice.choice(self.colleagues)
        return {"id": person.id, "name": person.name}

    def _rows(self, _question: Question, samples: list[Any]) -> list[dict[str, Any]]:
        rows = self.dice.sample(samples, self.dice.randint(1, min(3, len(samples))))
        return [
            {key: self.fill(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows
        ]
