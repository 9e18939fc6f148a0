"""The people of Halden Works, as `company.toml` describes them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from flask import current_app

from portal.demo.chance import dice_for, password_for
from portal.extensions import db
from portal.people.actions import add_person
from portal.people.models import Department, Person, Segment, Team

DOMAIN = "halden.example.com"
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "ß": "ss", "ı": "i", "’": ""})
ADMINISTRATOR = f"samuel.achterberg@{DOMAIN}"


@dataclass(frozen=True)
class Company:
    """Everybody, and those among them who can sign in, by the name of their part."""

    accounts: dict[str, Person]
    passwords: dict[str, str]
    customers: list[Person]
    workers: dict[str, list[Person]]
    teams: dict[str, Team]
    segments: dict[str, Segment]

    def named(self, name: str) -> Person:
        """The customer with this name."""
        return next(one for one in self.customers if one.name == name)


def settle(dice: Random, *, at: datetime) -> Company:
    """Everybody moves in."""
    plan = tomllib.loads((Path(__file__).parent / "company.toml").read_text(encoding="utf-8"))
    return _Settling(plan, dice, at).company()


class _Settling:
    """Making the rows, from the departments to the people in them."""

    def __init__(self, plan: dict[str, Any], dice: Random, at: datetime) -> None:
        self.plan, self.dice, self.at = plan, dice, at
        self.devices = dice_for(current_app.config["SECRET_KEY"], "devices")
        self.segments = {name: Segment(slug=name.lower(), name=name) for name in plan["segments"]}
        self.teams = {name: Team(name=name) for name in plan["teams"]}
        self.departments = {name: Department(name=name) for name in plan["departments"]}
        db.session.add_all([*self.segments.values(), *self.teams.values(), *self.departments.values()])
        db.session.flush()

    def company(self) -> Company:
        passwords = {part: self._password(row[0]) for part, row in self.plan["accounts"].items()}
        accounts = {part: self._account(row, passwords[part]) for part, row in self.plan["accounts"].items()}
        helpers = [self._helper(row) for row in self.plan["helpers"]]
        others = [self._other(name, department) for department, name in self._names()]
        workers: dict[str, list[Person]] = {name: [] for name in self.teams}
        for one in [*accounts.values(), *helpers]:
            if one.team and one.roles & {"agent", "specialist"}:
                workers[one.team.name].append(one)
        customers = [one for one in [*accounts.values(), *others] if not one.roles & {"agent", "specialist"}]
        return Company(accounts, passwords, customers, workers, self.teams, self.segments)

    def _names(self) -> list[tuple[str, str]]:
        return [(department, name) for department, names in self.plan["people"].items() for name in names]

    def _password(self, name: str) -> str:
        return password_for(current_app.config["SECRET_KEY"], self._email(name), self.plan["words"])

    def _account(self, row: list[Any], password: str) -> Person:
        name, department, place, roles, team = row
        return self._add(name, department, place=place, roles=roles, team=self.teams.get(team), password=password)

    def _helper(self, row: dict[str, str]) -> Person:
        place = f"Ground floor, desk {self.dice.randrange(10, 20)}"
        return self._add(row["name"], "IT services", place=place, roles=[row["role"]], team=self.teams[row["team"]])

    def _other(self, name: str, department: str) -> Person:
        place = f"{self.dice.randint(1, 4)} {self.dice.choice(['East', 'West'])}, desk {self.dice.randint(1, 40)}"
        return self._add(name, department, place="Hall 2" if department.startswith("Warehouse") else place)

    def _add(self, name: str, department: str, **more: Any) -> Person:
        person = add_person(
            name=name,
            email=self._email(name),
            department=self.departments[department],
            segment=self.segments.get(self.plan["departments"][department]),
            by=None,
            at=self.at,
            **more,
        )
        usual, *others = self.plan["devices"][department]
        person.device = usual if self.devices.random() < 0.5 else self.devices.choice(others)
        return person

    def _email(self, name: str) -> str:
        return f"{self.plan['addresses'].get(name) or _plain(name)}@{DOMAIN}"


def _plain(name: str) -> str:
    """thordis.bjork of 'Þórdís Björk': first and last words in the letters of an address."""
    simple = unicodedata.normalize("NFKD", name.lower().translate(LETTERS)).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z-]+", simple)
    return f"{words[0]}.{words[-1]}"
