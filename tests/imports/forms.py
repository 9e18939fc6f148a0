"""Form templates for tests, and answers that fit them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from click.testing import Result
from flask import Flask

from portal.imports.template import read_template
from portal.imports.template_questions import EMAIL, PHONE, Form, read_form
from portal.questions.rules import SILENT, Question, visible

Data = dict[str, Any]


def element(number: int, kind: str, title: str = "", french: str = "", **properties: Any) -> Data:
    return {"id": number, "type": kind, "properties": {"titleEn": title, "titleFr": french, **properties}}


def choices(*pairs: tuple[str, str] | str) -> list[Data]:
    return [{"en": one, "fr": ""} if isinstance(one, str) else {"en": one[0], "fr": one[1]} for one in pairs]


def a_template(*elements: Data, **more: Any) -> Data:
    """A template as the other system writes one."""
    return {
        "titleEn": "Borrow a laptop",
        "titleFr": "Emprunter un portable",
        "privacyPolicy": {"descriptionEn": "", "descriptionFr": ""},
        "confirmation": {"descriptionEn": "", "descriptionFr": ""},
        "layout": [one["id"] for one in elements],
        "elements": list(elements),
        **more,
    }


def read(data: Data | bytes) -> Form:
    return read_form(read_template(data if isinstance(data, bytes) else json.dumps(data).encode()))


def question(form: Form, key: str) -> Question:
    return next(one for one in form.questions if one.key == key)


def run(app: Flask, path: Path, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["import", "form", str(path), *options], catch_exceptions=False)


def answers_for(questions: Sequence[Question], random: Random, *, every: bool = True) -> Data:
    """Answers to what is shown, chosen as they come; what is hidden by them is not answered."""
    answers: Data = {}
    for one in questions:
        if one.kind in SILENT or one not in visible(questions, answers):
            continue
        if every or one.required:
            answers[one.key] = _answer(one, random)
    return {key: value for key, value in answers.items() if value is not None}


def _answer(one: Question, random: Random) -> Any:
    if one.kind in ("choice", "dropdown"):
        return random.choice(one.choices).value
    if one.kind == "choices":
        least = int(one.least or 1)
        chosen = set(random.sample(range(len(one.choices)), random.randint(least, len(one.choices))))
        return [choice.value for number, choice in enumerate(one.choices) if number in chosen]
    if one.kind == "rows":
        columns = [column for column in one.columns if column.kind not in SILENT]
        return [{column.key: _answer(column, random) for column in columns} for _ in range(random.randint(1, 3))]
    if one.kind in ("text", "long_text"):
        return TEXTS.get(one.pattern, f"Words {random.randint(1, 99)}")[: int(one.most or 200)]
    return PLAIN[one.kind]


TEXTS: Mapping[str, str] = {EMAIL: "ada@example.com", PHONE: "111-222-3333"}
PLAIN: Mapping[str, Any] = {"number": 7, "date": "2026-04-14", "yes_no": True, "consent": True, "file": None}
