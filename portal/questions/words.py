"""Answers and problems in words: the same on every page, in mail, on paper and in a table."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import get_decimal_symbol
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.questions.checking import Problem, is_shaped
from portal.questions.conditions import is_empty
from portal.questions.rules import SILENT, WITH_DAYS, Question
from portal.web.markdown import marked_up

LONGEST_NAME = 90


def init_app(app: Flask) -> None:
    """Templates say answers in these words, and show what is only read as it was marked up."""
    app.jinja_env.filters["marked_up"] = marked_up
    app.jinja_env.filters["in_answer_words"] = lambda answer, question: answer_in_words(question, answer)


def spoken(questions: Sequence[Question]) -> tuple[Question, ...]:
    """The questions in the reader's language, where they have its words."""
    locale = get_locale()
    return tuple(question.in_language(locale.language if locale else "") for question in questions)


def answer_in_words(question: Question, answer: Any) -> str:
    """The answer as one text; rows are one line each. An answer of another shape stands as it is."""
    if is_empty(answer):
        return ""
    if not is_shaped(question, answer):
        return str(answer)
    return _SAYERS[question.kind](question, answer)


def _yes_no(_question: Question, answer: bool) -> str:
    return _("Yes") if answer else _("No")


def _chosen(question: Question, answer: Any) -> str:
    values = answer if isinstance(answer, list) else [answer]
    return ", ".join(question.words_of(value) for value in values)


def day_in_words(day: str) -> str:
    """'Tuesday 14 April 2026': with its year, since an answer is read in later years too."""
    return format_date(date.fromisoformat(day), "EEEE d MMMM y", locale=get_locale())


def number_in_words(value: int | float) -> str:
    """With the reader's decimal sign and no other: it may be the number of a device."""
    return format(Decimal(repr(value)), "f").replace(".", get_decimal_symbol(get_locale()))


def _range(_question: Question, answer: Mapping[str, str]) -> str:
    ends = {end: day_in_words(day) for end, day in answer.items()}
    if len(ends) == 2:
        return _("%(start)s to %(end)s", start=ends["from"], end=ends["to"])
    return _("from %(day)s", day=ends["from"]) if "from" in ends else _("until %(day)s", day=ends["to"])


def _rows(question: Question, rows: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(f"{number}. {_row(question, row)}" for number, row in enumerate(rows, start=1))


def _row(question: Question, row: Mapping[str, Any]) -> str:
    cells = [(column, row.get(column.key)) for column in question.columns if column.kind not in SILENT]
    return "; ".join(labelled(one.wording, answer_in_words(one, cell)) for one, cell in cells if not is_empty(cell))


def labelled(wording: str, words: str) -> str:
    """'Serial number: 12', 'Which one? The first'."""
    return f"{wording} {words}" if wording[-1:] in ("?", "!", ":", ".", "…") else f"{wording}: {words}"


def _plain(_question: Question, answer: Any) -> str:
    return str(answer)


_SAYERS: dict[str, Any] = {
    "text": _plain,
    "long_text": _plain,
    "number": lambda _question, answer: number_in_words(answer),
    "date": lambda _question, answer: day_in_words(answer),
    "date_range": _range,
    "yes_no": _yes_no,
    "consent": _yes_no,
    "choice": _chosen,
    "choices": _chosen,
    "dropdown": _chosen,
    "person": lambda _question, answer: str(answer["name"]),
    "file": lambda _question, answer: ", ".join(one["name"] for one in answer),
    "rows": _rows,
}

PROBLEMS = {
    "no_text": _l("Write a few words here."),
    "no_long_text": _l("Write a few words here."),
    "no_number": _l("Enter a number."),
    "no_date": _l("Enter a day, such as 2026-04-14."),
    "no_date_range": _l("Enter the first and the last day."),
    "no_from": _l("Enter the first day, such as 2026-04-14."),
    "no_to": _l("Enter the last day, such as 2026-04-14."),
    "no_yes_no": _l("Say yes or no."),
    "no_choice": _l("Choose one."),
    "no_dropdown": _l("Choose one."),
    "no_choices": _l("Choose at least one."),
    "no_person": _l("Write a name or an e-mail address."),
    "no_file": _l("Add a picture or a file."),
    "no_rows": _l("Fill in at least one row."),
    "no_consent": _l("Tick the box if you agree."),
    "number": _l("Enter a number, such as 12 or 12.5."),
    "number_unclear": _l("Write the number without a sign for thousands, such as 1200 or 1.2."),
    "date": _l("Enter a day, such as 2026-04-14."),
    "yes_no": _l("Say yes or no."),
    "choice": _l("Choose one of the answers."),
    "which_person": _l("Choose who you mean."),
    "unknown_person": _l("We found nobody of that name. Write the full name or the e-mail address."),
    "shape": _l("Answer this again."),
    "too_small": _l("Enter %(least)s or more."),
    "too_large": _l("Enter %(most)s or less."),
    "too_early": _l("Choose %(least)s or a later day."),
    "too_late": _l("Choose %(most)s or an earlier day."),
    "too_long": _l("Use at most %(most)s characters."),
    "too_short": _l("Use at least %(least)s characters."),
    "pattern": _l("Write it in the way that is asked for."),
    "too_few": _l("Choose at least %(least)s."),
    "too_many": _l("Choose at most %(most)s."),
    "range": _l("The last day comes before the first. Change one of them."),
    "too_few_rows": _l("Give at least %(least)s of them."),
    "too_many_rows": _l("Give at most %(most)s of them."),
}


def problem_in_words(question: Question, problem: Problem) -> str:
    """What to do, after the name of the question: the list above a form is read far from the question."""
    asked, name = question, _short(question.wording)
    if problem.row is not None:
        asked = next(column for column in question.columns if column.key == problem.column)
        name, column = name.rstrip(" ?:."), _short(asked.wording)
        name = _("%(question)s, row %(n)s, %(column)s", question=name, n=problem.row + 1, column=column)
    if problem.code == "pattern" and asked.pattern_message:
        return labelled(name, asked.pattern_message)
    facts = {fact: _fact(asked, value) for fact, value in problem.facts.items()}
    return labelled(name, str(PROBLEMS[problem.code]) % facts)


def _short(wording: str) -> str:
    return textwrap.shorten(wording, LONGEST_NAME, placeholder=" …")


def _fact(question: Question, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    return day_in_words(value) if question.kind in WITH_DAYS else number_in_words(value)
