"""Form, check page, request page, mail, table and paper: whatever the rules, all of them ask and say the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.questions.forms import answers_in, filled, question_fields
from portal.questions.rules import SILENT, Question, answered, settled, visible
from portal.questions.words import answer_in_words
from portal.requests import actions
from portal.requests.paper import order_for
from portal.requests.telling import answers_in_words, request_csv
from tests.builders import TUESDAY_10, a_person, a_service
from tests.questions.asking import form_of, page_of, typed_on
from tests.questions.strategies import LINES, asked_and_answered
from tests.visitor import Page, Visitor

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def asked(app: Flask) -> Iterator[None]:
    with app.test_request_context(method="POST"):
        yield


@given(asked_and_answered())
@MANY
def test_the_form_shows_and_keeps_what_the_rules_say(asked: None, both: Any) -> None:
    questions, answers = both
    form = form_of(questions, filled(questions, answers))
    shown = visible(questions, answers)
    assert [field.question for field in question_fields(form, questions)] == list(shown)
    assert answers_in(form, questions) == settled(questions, answers)
    form.validate()
    blamed = {field.question.key for field in question_fields(form, questions) if field.errors}
    needed = {q.key for q in shown if q.required and q.kind not in SILENT}
    assert blamed == needed - set(settled(questions, answers))
    assert not [one for one in form if one.errors and one not in question_fields(form, questions)]


@given(asked_and_answered())
@MANY
def test_the_check_page_carries_the_same_answers_on(asked: None, both: Any) -> None:
    questions, answers = both
    form = form_of(questions, filled(questions, answers))
    carried = filled(questions, answers_in(form, questions))
    sent_on = form_of(questions, carried)
    assert answers_in(sent_on, questions) == settled(questions, answers)
    assert filled(questions, answers_in(sent_on, questions)) == carried


@given(asked_and_answered())
@MANY
def test_the_page_as_it_stands_gives_the_same_answers(asked: None, both: Any) -> None:
    questions, answers = both
    form = form_of(questions, filled(questions, answers))
    page = page_of(form, questions)
    assert answers_in(form_of(questions, typed_on(page)), questions) == settled(questions, answers)
    told = [(q.wording, bare(answer_in_words(q, a))) for q, a in answered(questions, answers) if q.kind != "rows"]
    assert [one for one in said_on(page) if one[0] in dict(told)] == told


@given(asked_and_answered(), st.data())
@MANY
def test_nothing_that_is_typed_is_lost_or_stops_the_form(asked: None, both: Any, data: Any) -> None:
    """Signs of any kind in any control: the form says what to mend, and has it all again."""
    questions, answers = both
    typed = filled(questions, answers)
    for name in data.draw(st.sets(st.sampled_from(list(typed) or ["q_k0"]), max_size=4)):
        typed[name] = data.draw(LINES)
    form = form_of(questions, typed)
    fine = form.validate()
    assert fine == (not form.listed_errors())
    page = page_of(form, questions)
    ids = {element.get("id") for element in page.tree.iter()}
    assert {control for control, _words in form.listed_errors()} <= ids
    if fine:
        found = answers_in(form, questions)
        assert answers_in(form_of(questions, filled(questions, found)), questions) == found


@given(asked_and_answered())
@SOME
def test_request_page_mail_table_and_paper_tell_the_same(visitor: Callable[..., Visitor], both: Any) -> None:
    questions, answers = both
    priya = a_person()
    service = a_service(questions=[])
    form = publish(service, questions)
    request = actions.submit_request(
        service=service,
        form=form,
        summary="It broke",
        details="",
        # Whatever is kept beside, only what is asked is told.
        answers=answers,
        by=priya,
        at=TUESDAY_10,
    )
    db.session.flush()
    told = [(q.wording, answer_in_words(q, a)) for q, a in answered(questions, answers)]
    assert answers_in_words(request) == told
    rows = list(csv.reader(io.StringIO("".join(request_csv(request, [])).removeprefix("\ufeff"))))
    assert [(name, bare(words)) for name, words in rows if name.startswith("Wording")] == [
        (name, bare(words)) for name, words in told
    ]
    mail = db.session.query(OutboxMessage).filter_by(to_address=priya.email).one()
    paper = str(order_for(request, TUESDAY_10)["html"])
    page = visitor(priya).get(f"/requests/{request.reference}")
    for question in questions:
        is_told = question.wording in dict(told)
        assert (f"{question.wording}:" in mail.body) == is_told
        assert (f">{question.wording}<" in paper) == is_told
    assert [name for name, _words in said_on(page) if name.startswith("Wording")] == [name for name, _words in told]
    for _name, words in told:
        assert bare(words) in bare(mail.body)


def publish(service: Any, questions: Any) -> Any:
    from portal.catalogue.models import RequestForm
    from portal.questions.rules import write_questions

    data = write_questions(questions)
    form = RequestForm(service=service, number=2, published_at=TUESDAY_10, questions_data=data)
    db.session.add(form)
    db.session.flush()
    return form


def bare(text: str) -> str:
    """Without what only lays it out, such as commas between what was chosen."""
    return "".join(sign for sign in text if not sign.isspace() and sign not in ",'")


def said_on(page: Page) -> list[tuple[str, str]]:
    """(question, answer) of each answer on a page, in their order."""
    pairs = [
        ("".join(term.itertext()), bare("".join(said.itertext())))
        for group in page.tree.iter("div")
        for term, said in zip(group.findall("dt"), group.findall("dd"), strict=True)
    ]
    return [(" ".join(term.split()), said) for term, said in pairs if term.startswith("Wording")]


@pytest.mark.parametrize(
    ("value", "words"),
    [(123456789012345, "123456789012345"), (123456789.5, "123456789.5"), (1e-7, "0.0000001"), (-0.25, "-0.25")],
)
def test_long_numbers_are_said_digit_by_digit(app: Flask, value: float, words: str) -> None:
    assert answer_in_words(Question("number", "number", "Which number?"), value) == words
