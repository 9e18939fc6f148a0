"""What people say, put together from the voices with names, places and days."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from portal.demo.company import Company
from portal.people.models import Person
from portal.web.words import day, local_day


@lru_cache(maxsize=1)
def voices() -> dict[str, list[str]]:
    """The sentences that fit whatever the request is about."""
    return tomllib.loads((Path(__file__).parent / "voices.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Speaker:
    """One customer with one request: fills the gaps that the sentences leave."""

    customer: Person
    company: Company
    dice: Random
    at: datetime

    def __call__(self, text: str) -> str:
        return text.format_map(_Gaps(self))

    def say(self, voice: str) -> str:
        """One of the sentences of this voice."""
        return self(self.dice.choice(voices()[voice]))

    def fill(self, gap: str) -> str:
        """What stands in the gap of this name."""
        if gap == "first":
            return self.customer.first_name
        if gap == "desk":
            return self.customer.place or "the reception"
        if gap == "device":
            return f"HW-{400 + self.customer.id * 7:04}"
        if gap == "person":
            return self.dice.choice([one for one in self.company.customers if one is not self.customer]).name
        return day(local_day(self.at) + timedelta(days=self.dice.randint(4, 18)))


class _Gaps(dict[str, Any]):
    def __init__(self, speaker: Speaker) -> None:
        super().__init__()
        self.speaker = speaker

    def __missing__(self, gap: str) -> str:
        return self.speaker.fill(gap)
