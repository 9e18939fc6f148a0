"""Real form templates of the Government of Canada, from the file to a request that somebody sent."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from portal.catalogue.models import RequestForm
from portal.extensions import db
from portal.imports.template import TemplateError
from portal.imports.template_questions import Form
from portal.questions.checking import problems
from portal.questions.reading import typed_from
from portal.questions.rules import SILENT, Question, visible
from portal.requests.models import ServiceRequest
from tests.builders import a_person
from tests.imports.forms import answers_for, read, run
from tests.visitor import Visitor

FORMS = (
    "accessibilityTestForm",
    "attestationTestForm",
    "cdsIntakeTestForm",
    "dynamicRowsTestForm",
    "requiredAttributesTestForm",
    "showHideGroupsTest",
    "showHideTest",
    "template-equipment-list-2025-11-26",
    "template-get-support-cmeaj61dl0001xf01aja6mnpf",
    "tsbContactTestForm",
    "validFormTemplate",
)
RESPONSES = {
    "response-get-support": "template-get-support-cmeaj61dl0001xf01aja6mnpf",
    "response-repeating-26-11-28610": "template-equipment-list-2025-11-26",
}
OUR_KINDS = {
    "textField": {"text", "long_text", "number", "date"},
    "textArea": {"long_text"},
    "radio": {"choice"},
    "checkbox": {"choices", "consent"},
    "dropdown": {"dropdown"},
    "fileInput": {"file"},
    "dynamicRow": {"rows"},
    "richText": {"information"},
}
WORDS = ("titleEn", "titleFr", "descriptionEn", "placeholderEn", "en", "fr")
"""The keys of what somebody reads. The French of a text that is not kept is named together with its English."""


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "forms" / "gcforms"


@cache
def data_of(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def form_of(folder: Path, name: str) -> Form:
    return read((folder / f"{name}.json").read_bytes())


def test_every_file_is_a_form_or_a_response(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.json")} == {*FORMS, *RESPONSES}


@pytest.mark.parametrize("name", FORMS)
def test_what_is_asked_agrees_with_the_reference_figures(folder: Path, real_data: Path, name: str) -> None:
    facts = json.loads((real_data / "catalogues_and_forms_dev.facts.json").read_text())["gcforms"][f"{name}.json"]
    elements = {f"e{one['id']}": one for one in data_of(folder / f"{name}.json")["elements"]}
    form = form_of(folder, name)
    ours = [one for one in form.questions if one.key in elements]
    assert form.title.en == facts["title_en"]
    assert len(ours) == facts["elements"]
    assert Counter(elements[one.key]["type"] for one in ours) == Counter(facts["types"])
    for one in ours:
        assert one.kind in OUR_KINDS[elements[one.key]["type"]]
    assert sum(one.required for one in ours) == facts["required"]
    assert sum(one.shown_if is not None for one in ours) == facts["conditional"]
    assert {one.key for one in form.questions} - elements.keys() <= {"privacy"} | {
        one.key for one in form.questions if one.kind == "section"
    }


@pytest.mark.parametrize("name", FORMS)
def test_every_word_of_a_template_is_asked_or_named(folder: Path, name: str) -> None:
    form = form_of(folder, name)
    said = " ".join(
        json.dumps(one, default=lambda part: getattr(part, "__dict__", str(part)), ensure_ascii=False)
        for one in [*form.questions, *form.remarks, form.title, form.introduction]
    )
    said = " ".join(said.replace("\\n", " ").replace('\\"', '"').replace("#", " ").split())
    for words in _texts(data_of(folder / f"{name}.json")):
        start = " ".join(words.replace("#", " ").split())[:30]
        assert start in said, words


def _texts(value: Any, key: str = "") -> Any:
    """Every text that somebody would read; a brand and the names of pages that nobody sees are none."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("brand", "groups", "introduction", "dynamicRow"):
                yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str) and value.strip() and key in WORDS:
        yield value


@pytest.mark.parametrize(("response", "template"), RESPONSES.items())
def test_a_response_is_no_template_and_fits_the_form_it_was_given_to(
    app: Flask, folder: Path, response: str, template: str
) -> None:
    path = folder / f"{response}.json"
    refused = run(app, path)
    assert refused.exit_code == 1
    assert "is a response to a form, not a form template" in refused.output
    form = form_of(folder, template)
    answers = dict(_given(form, json.loads(data_of(path)["answers"])))
    assert len(answers) == len(json.loads(data_of(path)["answers"]))
    assert problems(form.questions, answers) == []
    assert answers.keys() <= {one.key for one in visible(form.questions, answers)}


def _given(form: Form, answers: Mapping[str, Any]) -> Any:
    """The answers of a response under our keys: a row's cells are numbered by its sub-elements."""
    known = {one.key: one for one in form.questions}
    for number, answer in answers.items():
        question = known[f"e{number}"]
        if question.kind == "rows":
            yield question.key, [{question.columns[int(at)].key: said for at, said in row.items()} for row in answer]
        else:
            yield question.key, answer


@pytest.mark.parametrize("name", FORMS)
def test_a_customer_reads_it_leaves_it_empty_and_sends_it(
    app: Flask, folder: Path, visitor: Callable[..., Visitor], name: str
) -> None:
    result = run(app, folder / f"{name}.json")
    assert result.exit_code == 0, result.output
    published = db.session.scalars(select(RequestForm).order_by(RequestForm.id.desc())).first()
    assert published is not None
    questions, address = published.questions, f"/services/{published.service.slug}/ask"
    customer = visitor(a_person())
    customer.get(f"/services/{published.service.slug}")
    empty = {**customer.get(address).form_for(address), "shown": "", "summary": "From a test"}
    if any(one.required for one in visible(questions, {})):
        wrong = customer.post(address, {**empty, "step": "send"}, expect=422)
        assert wrong.tree.find(".//*[@role='alert']") is not None
    for seed in range(3):
        answers = answers_for(questions, Random(seed))
        fresh = {**customer.get(address).form_for(address), "shown": "", "summary": f"Try {seed}", "step": "send"}
        sent = customer.post(address, _typed(questions, answers, fresh))
        _read_again(customer, questions, answers, sent.location)


def _typed(questions: tuple[Question, ...], answers: Mapping[str, Any], fresh: Mapping[str, str]) -> Any:
    typed: MultiDict[str, Any] = MultiDict(fresh)
    for one in questions:
        for control, values in typed_from(one, answers.get(one.key)).items():
            typed.setlist(control, values)
        if one.kind == "file":
            typed.add(f"q_{one.key}", (io.BytesIO(PNG), "logo.png"))
    return {name: values if len(values) > 1 else values[0] for name, values in typed.lists()}


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


def _read_again(customer: Visitor, questions: tuple[Question, ...], answers: Mapping[str, Any], location: str) -> None:
    """What was kept is what was answered, and the request's page says it in the words of the form."""
    page = customer.get(location.removesuffix("/sent"))
    asked = db.session.scalars(select(ServiceRequest).order_by(ServiceRequest.id.desc())).first()
    assert asked is not None
    shown = [one for one in visible(questions, answers) if one.kind not in SILENT]
    assert {key: value for key, value in asked.answers.items() if key in answers} == answers
    for one in shown:
        if one.key in answers or one.kind == "file":
            assert " ".join(one.wording.split()) in page.words, one.wording
    for one in shown:
        if one.kind in ("choice", "dropdown") and one.key in answers:
            assert " ".join(one.words_of(answers[one.key]).split()) in page.words


def test_a_form_without_a_title_cannot_be_a_service(folder: Path) -> None:
    data = data_of(folder / "showHideTest.json") | {"titleEn": ""}
    with pytest.raises(TemplateError, match="has no title"):
        read(json.dumps(data).encode())
