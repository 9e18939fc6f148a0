"""Each kind of question: asked, read, refused with words that lead to the control, filled again, shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from portal.questions.forms import (
    answers_in,
    filled,
    only_reshaped,
    question_fields,
    take_files,
)
from portal.questions.reading import Unreadable, read_day, read_number
from portal.questions.rules import read_questions
from portal.questions.words import answer_in_words
from portal.refusal import Refusal
from tests.questions.asking import form_of, page_of, typed_on


@pytest.fixture(autouse=True)
def asked(app: Flask) -> Iterator[None]:
    with app.test_request_context(method="POST"):
        yield


def one(kind: str, **more: Any) -> Any:
    return read_questions([{"key": "a", "kind": kind, "wording": "Which?", **more}])


COLUMNS = [
    {"key": "what", "kind": "text", "wording": "What", "required": True},
    {"key": "n", "kind": "number", "wording": "How many", "most": 9},
    {"key": "new", "kind": "yes_no", "wording": "New?"},
]
RED = {"choices": [{"value": "r", "words": "Red"}, {"value": "g & b", "words": "Green & blue"}]}


@pytest.mark.parametrize(
    ("kind", "more", "typed", "answer", "words"),
    [
        ("text", {}, {"q_a": "  PRN-7 "}, "PRN-7", "PRN-7"),
        ("long_text", {}, {"q_a": "one\r\n\r\ntwo\x00"}, "one\n\ntwo", "one\n\ntwo"),
        ("number", {}, {"q_a": "12,5"}, 12.5, "12.5"),
        ("number", {}, {"q_a": "1\u202f200"}, 1200, "1200"),
        ("number", {}, {"q_a": "-0"}, 0, "0"),
        ("date", {}, {"q_a": "14.4.2026"}, "2026-04-14", "Tuesday 14 April 2026"),
        (
            "date_range",
            {},
            {"q_a-from": "2026-04-14", "q_a-to": "15.04.2026"},
            {"from": "2026-04-14", "to": "2026-04-15"},
            "Tuesday 14 April 2026 to Wednesday 15 April 2026",
        ),
        ("yes_no", {}, {"q_a": "no"}, False, "No"),
        ("choice", RED, {"q_a": "g & b"}, "g & b", "Green & blue"),
        ("choices", RED, {"q_a": ["g & b", "r", "r"]}, ["r", "g & b"], "Red, Green & blue"),
        ("dropdown", RED, {"q_a": "r"}, "r", "Red"),
        ("person", {}, {"q_a": "ben"}, {"id": 3, "name": "Ben"}, "Ben"),
        ("person", {}, {"q_a": "maria", "q_a-id": "2"}, {"id": 2, "name": "Maria Bell"}, "Maria Bell"),
        ("person", {}, {"q_a": "bell@example.com", "q_a-id": "1"}, {"id": 2, "name": "Maria Bell"}, "Maria Bell"),
        (
            "rows",
            {"columns": COLUMNS},
            {"q_a-0-what": " ", "q_a-3-what": "A", "q_a-3-n": "2,5", "q_a-7-what": "B", "q_a-7-new": "yes"},
            [{"what": "A", "n": 2.5}, {"what": "B", "new": True}],
            "1. What: A; How many: 2.5\n2. What: B; New? Yes",
        ),
        ("consent", {}, {"q_a": "yes"}, True, "Yes"),
    ],
)
def test_an_answer_is_read_kept_said_and_filled_in_again(
    kind: str, more: dict[str, Any], typed: Any, answer: Any, words: str
) -> None:
    questions = one(kind, **more)
    form = form_of(questions, typed)
    assert form.validate(), form.listed_errors()
    assert answers_in(form, questions) == {"a": answer}
    assert answer_in_words(questions[0], answer) == words
    assert answers_in(form_of(questions, filled(questions, {"a": answer})), questions) == {"a": answer}
    assert answers_in(form_of(questions, filled(questions, answers_in(form, questions))), questions) == {"a": answer}
    page = page_of(form, questions)
    assert answers_in(form_of(questions, typed_on(page)), questions) == {"a": answer}
    shown = "".join(page.tree.find(".//dd").itertext())
    assert kind == "rows" or bare(shown) == bare(words)


def bare(text: str) -> str:
    """Without what only lays it out."""
    return "".join(sign for sign in text if sign.isalnum() or sign in "-.")


@pytest.mark.parametrize(
    ("kind", "more", "typed", "control", "words"),
    [
        ("text", {"required": True}, {"q_a": " \n"}, "q_a", "Which? Write a few words here."),
        ("text", {}, {"q_a": "x" * 201}, "q_a", "Which? Use at most 200 characters."),
        ("text", {"most": 300}, {"q_a": "x" * 201}, "q_a", "Which? Use at most 200 characters."),
        ("text", {"least": 3}, {"q_a": "xy"}, "q_a", "Which? Use at least 3 characters."),
        ("text", {"pattern": "[A-Z]+"}, {"q_a": "ABc"}, "q_a", "Which? Write it in the way that is asked for."),
        ("text", {"pattern": "[A-Z]+", "pattern_message": "Capitals."}, {"q_a": "a"}, "q_a", "Which? Capitals."),
        ("long_text", {}, {"q_a": "x" * 5001}, "q_a", "Which? Use at most 5000 characters."),
        ("number", {"required": True}, {}, "q_a", "Which? Enter a number."),
        ("number", {}, {"q_a": "12 o'clok"}, "q_a", "Which? Enter a number, such as 12 or 12.5."),
        ("number", {}, {"q_a": "9" * 20}, "q_a", "Which? Enter a number, such as 12 or 12.5."),
        (
            "number",
            {},
            {"q_a": "1,200"},
            "q_a",
            "Which? Write the number without a sign for thousands, such as 1200 or 1.2.",
        ),
        ("number", {"least": 0}, {"q_a": "-1"}, "q_a", "Which? Enter 0 or more."),
        ("number", {"most": 9.5}, {"q_a": "9.6"}, "q_a", "Which? Enter 9.5 or less."),
        ("date", {"required": True}, {}, "q_a", "Which? Enter a day, such as 2026-04-14."),
        ("date", {}, {"q_a": "3/4/2026"}, "q_a", "Which? Enter a day, such as 2026-04-14."),
        ("date", {}, {"q_a": "2026-02-30"}, "q_a", "Which? Enter a day, such as 2026-04-14."),
        (
            "date",
            {"least": "2026-04-14"},
            {"q_a": "2026-04-13"},
            "q_a",
            "Which? Choose Tuesday 14 April 2026 or a later day.",
        ),
        (
            "date",
            {"most": "2026-04-14"},
            {"q_a": "2026-04-15"},
            "q_a",
            "Which? Choose Tuesday 14 April 2026 or an earlier day.",
        ),
        ("date_range", {"required": True}, {}, "q_a-from", "Which? Enter the first and the last day."),
        ("date_range", {}, {"q_a-to": "2026-04-14"}, "q_a-from", "Which? Enter the first day, such as 2026-04-14."),
        ("date_range", {}, {"q_a-from": "2026-04-14"}, "q_a-to", "Which? Enter the last day, such as 2026-04-14."),
        (
            "date_range",
            {},
            {"q_a-from": "2026-04-14", "q_a-to": "soon"},
            "q_a-to",
            "Which? Enter a day, such as 2026-04-14.",
        ),
        (
            "date_range",
            {},
            {"q_a-from": "2026-04-14", "q_a-to": "2026-04-13"},
            "q_a-to",
            "Which? The last day comes before the first. Change one of them.",
        ),
        ("yes_no", {"required": True}, {}, "q_a-0", "Which? Say yes or no."),
        ("yes_no", {}, {"q_a": "maybe"}, "q_a-0", "Which? Say yes or no."),
        ("choice", RED | {"required": True}, {}, "q_a-0", "Which? Choose one."),
        ("choice", RED, {"q_a": "R"}, "q_a-0", "Which? Choose one of the answers."),
        ("choices", RED | {"required": True}, {}, "q_a-0", "Which? Choose at least one."),
        ("choices", RED, {"q_a": ["r", "x"]}, "q_a-0", "Which? Choose one of the answers."),
        ("choices", RED | {"least": 2}, {"q_a": ["r"]}, "q_a-0", "Which? Choose at least 2."),
        ("choices", RED | {"most": 1}, {"q_a": ["r", "g & b"]}, "q_a-0", "Which? Choose at most 1."),
        ("dropdown", RED | {"required": True}, {"q_a": ""}, "q_a", "Which? Choose one."),
        ("dropdown", RED, {"q_a": "x"}, "q_a", "Which? Choose one of the answers."),
        ("person", {"required": True}, {"q_a": " "}, "q_a", "Which? Write a name or an e-mail address."),
        ("person", {}, {"q_a": "maria"}, "q_a-id-0", "Which? Choose who you mean."),
        ("person", {}, {"q_a": "maria", "q_a-id": "3"}, "q_a-id-0", "Which? Choose who you mean."),
        (
            "person",
            {},
            {"q_a": "zoe", "q_a-id": "3"},
            "q_a",
            "Which? We found nobody of that name. Write the full name or the e-mail address.",
        ),
        ("file", {"required": True}, {}, "q_a", "Which? Add a picture or a file."),
        ("consent", {"required": True}, {}, "q_a", "Which? Tick the box if you agree."),
        ("rows", {"columns": COLUMNS, "required": True}, {}, "q_a-0-what", "Which? Fill in at least one row."),
        (
            "rows",
            {"columns": COLUMNS},
            {"q_a-0-what": "", "q_a-1-n": "x", "q_a-1-what": "A"},
            "q_a-1-n",
            "Which, row 2, How many: Enter a number, such as 12 or 12.5.",
        ),
        (
            "rows",
            {"columns": COLUMNS},
            {"q_a-0-new": "yes"},
            "q_a-0-what",
            "Which, row 1, What: Write a few words here.",
        ),
        (
            "rows",
            {"columns": COLUMNS},
            {"q_a-0-what": "A", "q_a-0-new": "maybe"},
            "q_a-0-new-0",
            "Which, row 1, New? Say yes or no.",
        ),
        (
            "rows",
            {"columns": COLUMNS, "most": 1},
            {"q_a-0-what": "A", "q_a-1-what": "B"},
            "q_a-0-what",
            "Which? Give at most 1 of them.",
        ),
        (
            "rows",
            {"columns": COLUMNS, "least": 2},
            {"q_a-0-what": "A"},
            "q_a-0-what",
            "Which? Give at least 2 of them.",
        ),
    ],
)
def test_what_is_no_answer_is_refused_with_words_that_lead_to_it(
    kind: str, more: dict[str, Any], typed: Any, control: str, words: str
) -> None:
    questions = one(kind, **more)
    form = form_of(questions, typed)
    assert not form.validate()
    assert form.listed_errors() == [(control, words)]
    page = page_of(form, questions)
    assert page.words.count(words) == 2, "above the form and at the control"
    if "of the answers" in words or typed in ({"q_a": "maybe"}, {"q_a-0-what": "A", "q_a-0-new": "maybe"}):
        return  # No control holds an answer that was never offered.
    again = form_of(questions, typed_on(page))
    assert not again.validate() and again.listed_errors() == [(control, words)], "what was typed is still there"


@pytest.mark.parametrize("kind", ["information", "section"])
def test_what_is_only_read_has_no_control(kind: str) -> None:
    questions = read_questions([{"key": "a", "kind": kind, "wording": "Please note", "help": "See [this](/services)."}])
    form = form_of(questions, {"q_a": "x"})
    assert form.validate() and answers_in(form, questions) == {}
    page = page_of(form, questions)
    assert "Please note" in page.words and "/services" in page.links()
    assert "q_a" not in typed_on(page)


def test_several_rows_are_mended_each_at_its_cell() -> None:
    questions = one("rows", columns=COLUMNS)
    form = form_of(questions, {"q_a-0-n": "10", "q_a-1-what": "B", "q_a-2-n": "x", "q_a-2-new": "yes"})
    assert not form.validate()
    assert [control for control, _words in form.listed_errors()] == [
        "q_a-0-what",
        "q_a-0-n",
        "q_a-2-what",
        "q_a-2-n",
    ]


def test_fifty_rows_are_taken_and_fifty_one_are_not() -> None:
    questions = one("rows", columns=COLUMNS)
    fifty = {f"q_a-{number}-what": "x" for number in range(50)}
    assert form_of(questions, fifty).validate()
    form = form_of(questions, {**fifty, "q_a-50-what": "x"})
    assert not form.validate() and form.listed_errors()[0][1] == "Which? Give at most 50 of them."
    assert len(question_fields(form, questions)[0].rows) == 51


def test_rows_are_added_and_taken_away_by_buttons_that_need_no_script() -> None:
    questions = one("rows", columns=COLUMNS)
    empty = page_of(form_of(questions), questions)
    assert "Row 1" in empty.words and "Take row" not in empty.words
    typed = typed_on(empty) | MultiDict({"q_a-0-what": "A", "row": "add:a"})
    assert only_reshaped(typed)
    more = page_of(form_of(questions, typed), questions)
    assert "Row 2" in more.words and "Take row 2 away" in more.words
    focused = [control.get("name") for control in more.tree.iter() if control.get("data-focus") is not None]
    assert focused == ["q_a-1-what"]
    sent = MultiDict(typed_on(more))
    sent["q_a-1-what"], sent["row"] = "B", "remove:a:0"
    form = form_of(questions, sent)
    assert answers_in(form, questions) == {"a": [{"what": "B"}]}
    assert typed_on(page_of(form, questions))["q_a-0-what"] == "B"


@pytest.mark.parametrize(
    "button", ["add", "add:", "add:b", "remove:a", "remove:a:x", "remove:a:-1", "remove:a:99", ":"]
)
def test_a_button_that_nobody_offered_changes_no_row(button: str) -> None:
    questions = one("rows", columns=COLUMNS)
    form = form_of(questions, {"q_a-0-what": "A", "row": button})
    assert answers_in(form, questions) == {"a": [{"what": "A"}]} and len(question_fields(form, questions)[0].rows) == 1


def test_a_long_list_is_narrowed_by_letters_and_keeps_what_is_chosen() -> None:
    countries = [f"Country {number}" for number in range(30)] + ["Österreich", "Côte d’Ivoire"]
    questions = one("dropdown", choices=countries)
    form = form_of(questions, {"q_a-find": "OSTER", "q_a": "Country 3", "find": "a"})
    words = [option.text for option in page_of(form, questions).tree.iter("option")]
    assert words == ["Choose", "Country 3", "Österreich"]
    none = page_of(form_of(questions, {"q_a-find": "zzz", "find": "a"}), questions)
    assert len(list(none.tree.iter("option"))) == 33 and "Nothing in the list has these words" in none.words
    short = page_of(form_of(one("dropdown", choices=countries[:5])), one("dropdown", choices=countries[:5]))
    assert "Find in the list" not in short.words


TWO = read_questions(
    [
        {"key": "a", "kind": "yes_no", "wording": "Is it broken?"},
        {
            "key": "b",
            "kind": "number",
            "wording": "How much?",
            "required": True,
            "shown_if": {"question": "a", "is": "equals", "value": True},
        },
    ]
)


def test_a_hidden_question_never_blocks_and_its_stale_answer_goes() -> None:
    form = form_of(TWO, {"q_a": "no", "q_b": "many"})
    assert form.validate() and answers_in(form, TWO) == {"a": False}
    assert [field.name for field in question_fields(form, TWO)] == ["q_a"]
    assert list(filled(TWO, answers_in(form, TWO)).items(multi=True)) == [("q_a", "no")]
    form = form_of(TWO, {"q_a": "yes", "q_b": "many"})
    assert not form.validate() and form.listed_errors()[0][0] == "q_b"


def test_what_was_typed_is_kept_sign_for_sign_even_where_it_cannot_be_read() -> None:
    questions = read_questions(
        [
            {"key": "n", "kind": "number", "wording": "N"},
            {"key": "t", "kind": "long_text", "wording": "T"},
            {"key": "cs", "kind": "choices", "wording": "Cs", **RED},
            {"key": "r", "kind": "rows", "wording": "R", "columns": COLUMNS},
            {"key": "w", "kind": "date_range", "wording": "W"},
        ]
    )
    typed = MultiDict({"q_n": "12 o'clok", "q_t": " two\r\nlines ", "q_r-0-n": "x", "q_r-1": "1", "q_w-to": "soon"})
    typed.setlist("q_cs", ["r", "g & b"])
    page = page_of(form_of(questions, typed), questions)
    assert page.value("q_n") == "12 o'clok" and page.value("q_r-0-n") == "x" and page.value("q_w-to") == "soon"
    assert "Row 2" in page.words


def test_a_person_who_is_one_of_several_is_chosen_from_them() -> None:
    questions = one("person")
    page = page_of(form_of(questions, {"q_a": "maria"}), questions)
    assert "Who do you mean?" in page.words and "bell@example.com" in page.words
    found = form_of(questions, typed_on(page) | MultiDict({"q_a-id": "2"}))
    assert found.validate() and typed_on(page_of(found, questions))["q_a"] == "Maria Bell"


class Upload:
    """What a browser sends as a file."""

    def __init__(self, filename: str) -> None:
        self.filename = filename


def store(uploads: list[Any], kept: list[str]) -> list[Any]:
    if any(upload.filename.endswith(".exe") for upload in uploads):
        raise Refusal("Send something else.", field="files")
    names = [(key, f"{key}.png") for key in kept if key.startswith("k")] + [("new", one.filename) for one in uploads]
    return [SimpleNamespace(key=key, name=name) for key, name in names]


PHOTO = read_questions(
    [
        {"key": "f", "kind": "file", "wording": "A photo", "required": True},
        {
            "key": "g",
            "kind": "file",
            "wording": "Another",
            "required": True,
            "shown_if": {"question": "f", "is": "is_empty"},
        },
        {
            "key": "t",
            "kind": "text",
            "wording": "What is on it?",
            "shown_if": {"not": {"question": "f", "is": "is_empty"}},
        },
    ]
)


def test_files_are_kept_under_their_question() -> None:
    form = form_of(
        PHOTO, {"q_f": [Upload("a.png"), Upload("")], "q_f-kept": ["k1", "stranger"], "q_g": Upload("g.png")}
    )
    stored = take_files(form, PHOTO, store)
    assert [one.key for one in stored] == ["k1", "new"], "nothing is stored for a question that is hidden"
    assert form.validate(), form.listed_errors()
    assert answers_in(form, PHOTO) == {"f": [{"key": "k1", "name": "k1.png"}, {"key": "new", "name": "a.png"}]}
    assert list(filled(PHOTO, answers_in(form, PHOTO)).items(multi=True)) == [("q_f-kept", "k1"), ("q_f-kept", "new")]
    page = page_of(form, PHOTO)
    assert page.words.count("a.png") == 2 and typed_on(page).getlist("q_f-kept") == ["k1", "new"]


def test_a_refused_file_is_named_at_its_question_and_the_others_stay() -> None:
    form = form_of(PHOTO, {"q_f": Upload("virus.exe"), "q_f-kept": "k1"})
    take_files(form, PHOTO, store)
    assert not form.validate() and form.listed_errors() == [("q_f", "Send something else.")]
    assert answers_in(form, PHOTO) == {"f": [{"key": "k1", "name": "k1.png"}]}


def test_a_pattern_that_would_take_for_ever_is_given_up() -> None:
    questions = one("text", pattern="(a+)+$") + read_questions(
        [
            {
                "key": "r",
                "kind": "rows",
                "wording": "R",
                "columns": [{"key": "c", "kind": "long_text", "wording": "C", "pattern": "(b+)+$"}],
            }
        ]
    )
    started = time.perf_counter()
    typed = {"q_a": "a" * 150 + "!", **{f"q_r-{number}-c": "b" * 4999 + "!" for number in range(50)}}
    assert not form_of(questions, typed).validate()
    assert time.perf_counter() - started < 2
    started = time.perf_counter()
    assert not form_of(one("long_text", pattern="(c+)+$"), {"q_a": "c" * 4999 + "!"}).validate()
    assert time.perf_counter() - started < 1


def test_a_form_speaks_the_language_of_its_reader(app: Flask) -> None:
    french = {"fr": {"wording": "Lequel ?", "help": "Au dos."}}
    questions = read_questions([{"key": "a", "kind": "text", "wording": "Which?", "translations": french}])
    assert questions[0].in_language("fr").wording == "Lequel ?"
    assert "Which?" in page_of(form_of(questions), questions).words


@pytest.mark.parametrize("text", ["", "1.2.3", "1e5", "0x10", "١٢", "1,2,3", "--1", "NaN", "inf", "1,20,000"])
def test_what_is_no_number_is_not_guessed(text: str) -> None:
    with pytest.raises(Unreadable):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.200,50", 1200.5), ("1,200.5", 1200.5), ("1,000,000", 1000000), ("1'000", 1000), ("−3", -3), (".5", 0.5)],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["13/4/2026", "4/13/2026", "13.04.2026", "13. 4. 2026", "2026-4-13"])
def test_days_are_read_as_people_write_them(text: str) -> None:
    assert read_day(text) == "2026-04-13"
