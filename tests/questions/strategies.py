"""Random lists of questions, random answers to them, and what a person would have typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from portal.questions.reading import Found
from portal.questions.rules import SILENT, Question, read_questions

PEOPLE: list[Found] = [(1, "Maria Ada", "maria@example.com"), (2, "Maria Bell", "bell@example.com"), (3, "Ben", "Desk")]


def find_people(words: str) -> list[Found]:
    wanted = words.casefold()
    return [one for one in PEOPLE if wanted in one[1].casefold() or wanted == one[2].casefold()]


VALUES = ["red", "green & blue", "“third”", "4"]
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp"))
LINES = st.text(LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
TEXTS = st.lists(LINES, min_size=1, max_size=3).map("\n".join)
NUMBERS = st.one_of(st.integers(-(10**9), 10**9), st.decimals(-9999, 9999, places=3).map(float))
DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1)).map(date.isoformat)
IN_ROWS = {
    "text": LINES,
    "long_text": TEXTS,
    "number": NUMBERS,
    "date": DAYS,
    "yes_no": st.booleans(),
    "choice": st.sampled_from(VALUES),
    "dropdown": st.sampled_from(VALUES),
}
COLUMNS = [
    {"key": "what", "kind": "text", "wording": "What"},
    {"key": "n", "kind": "number", "wording": "How many"},
    {"key": "new", "kind": "yes_no", "wording": "New?"},
    {"key": "on", "kind": "date", "wording": "On"},
    {"key": "colour", "kind": "dropdown", "wording": "Colour", "choices": VALUES},
]
ROWS = st.fixed_dictionaries({}, optional={column["key"]: IN_ROWS[str(column["kind"])] for column in COLUMNS})
ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    **IN_ROWS,
    "date_range": st.tuples(DAYS, DAYS).map(lambda two: {"from": min(two), "to": max(two)}),
    "choices": st.sets(st.sampled_from(VALUES), min_size=1).map(lambda some: [v for v in VALUES if v in some]),
    "person": st.sampled_from([{"id": number, "name": name} for number, name, _hint in PEOPLE]),
    "rows": st.lists(ROWS.filter(bool), min_size=1, max_size=3),
    "consent": st.just(True),
}
COMPARED: dict[str, tuple[str, ...]] = {
    "text": ("equals", "one_of", "contains", "is_empty"),
    "number": ("equals", "greater", "less", "is_empty"),
    "date": ("equals", "greater", "less", "is_empty"),
    "yes_no": ("equals", "is_empty"),
    "choice": ("equals", "one_of", "is_empty"),
    "dropdown": ("equals", "one_of"),
    "choices": ("equals", "one_of", "contains", "greater", "less", "is_empty"),
    "rows": ("greater", "is_empty"),
    "consent": ("equals", "is_empty"),
}


@st.composite
def comparisons(draw: st.DrawFn, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    other = draw(st.sampled_from(earlier))
    operator = draw(st.sampled_from(COMPARED.get(other["kind"], ("is_empty",))))
    condition = {"question": other["key"], "is": operator}
    if operator == "is_empty":
        return condition
    counted = operator in ("greater", "less") and other["kind"] in ("choices", "rows")
    value = st.integers(0, 3) if counted else ANSWERS[other["kind"]]
    if operator == "one_of":
        value = st.lists(st.sampled_from(VALUES), min_size=1, max_size=2)
    elif other["kind"] == "choices" and not counted:
        value = st.sampled_from(VALUES)
    return condition | {"value": draw(value)}


def conditions(earlier: list[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Comparisons with earlier answers, joined in any way and to any depth."""

    def joined(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.lists(parts, min_size=1, max_size=3)
        return st.one_of(
            st.fixed_dictionaries({"all": several}),
            st.fixed_dictionaries({"any": several}),
            st.fixed_dictionaries({"not": parts}),
        )

    return st.recursive(comparisons(earlier), joined, max_leaves=4)


@st.composite
def question_lists(draw: st.DrawFn, most: int = 9, required: bool = True) -> list[dict[str, Any]]:
    """A list of questions as plain data, with conditions over earlier ones and with sections."""
    data: list[dict[str, Any]] = []
    answerable: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from([*ANSWERS, "information", "section"]))
        entry: dict[str, Any] = {"key": f"k{number}", "kind": kind, "wording": f"Wording {number}"}
        if kind in ("choice", "choices", "dropdown"):
            entry["choices"] = VALUES
        if kind == "rows":
            entry["columns"] = COLUMNS
        if kind == "section":
            entry["new_step"] = draw(st.booleans())
        elif kind != "information" and required:
            entry["required"] = draw(st.booleans())
        if answerable and draw(st.booleans()):
            entry["shown_if"] = draw(conditions(answerable))
        data.append(entry)
        answerable += [entry] if kind not in SILENT else []
    return data


@st.composite
def asked_and_answered(draw: st.DrawFn) -> tuple[tuple[Question, ...], dict[str, Any]]:
    """Questions, and answers to some of them, whether those are shown or not."""
    questions = read_questions(draw(question_lists()))
    some = {q.key: draw(ANSWERS[q.kind]) for q in questions if q.kind not in SILENT and draw(st.booleans())}
    return questions, some
