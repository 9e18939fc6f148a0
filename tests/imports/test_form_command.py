"""`import form`: a template becomes a service that can be asked for, or the next form of one."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.catalogue.models import RequestForm, Service, ServiceChange
from portal.extensions import db
from portal.imports.models import ImportRun
from portal.imports.template import TemplateError
from portal.questions.rules import SILENT, visible
from portal.questions.trouble import trouble
from tests.builders import a_person, a_service
from tests.imports.forms import a_template, answers_for, choices, element, question, read, run
from tests.visitor import Visitor

LAPTOP = a_template(
    element(1, "richText", descriptionEn="## What you need", descriptionFr="## Ce qu’il vous faut"),
    element(2, "textField", "Your name", "Votre nom", autoComplete="name", validation={"required": True}),
    element(3, "radio", "Which one?", "Lequel ?", choices=choices(("Small", "Petit"), ("Large", "Grand"))),
    element(4, "textArea", "Why so large?", "Pourquoi ?", conditionalRules=[{"choiceId": "3.1"}]),
    element(
        5,
        "dynamicRow",
        "Extras",
        "Accessoires",
        subElements=[
            element(501, "textField", "Name", "Nom", validation={"required": True}),
            element(502, "dropdown", "Urgent?", choices=choices("Yes", "No")),
        ],
    ),
    introduction={"descriptionEn": "Take one home for a week.", "descriptionFr": ""},
)


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    return write(tmp_path, LAPTOP)


def write(folder: Path, data: Any, name: str = "laptop.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data), "utf-8")
    return path


def service(slug: str = "borrow-a-laptop") -> Service:
    db.session.expire_all()
    return db.session.scalars(select(Service).filter_by(slug=slug)).one()


def forms(of: Service) -> list[RequestForm]:
    return list(db.session.scalars(select(RequestForm).filter_by(service=of).order_by(RequestForm.number)))


def test_a_template_becomes_a_service_for_everybody(app: Flask, laptop: Path) -> None:
    result = run(app, laptop)
    assert result.exit_code == 0, result.output
    made = service()
    assert (made.name, made.summary) == ("Borrow a laptop", "Take one home for a week.")
    assert (made.state, made.for_everyone, made.resolution_minutes) == ("live", True, None)
    assert [one.key for one in forms(made)[0].questions] == ["e1", "e2", "e3", "e4", "e5"]
    assert "asks 4 questions: 1 choice, 1 long text, 1 rows, 1 text." in result.output
    assert "Element 2 (textField “Your name”): autoComplete “name” is not kept" in result.output
    assert "/services/borrow-a-laptop (form 1)" in result.output


def test_the_same_file_twice_changes_nothing_and_says_so(app: Flask, laptop: Path) -> None:
    run(app, laptop)
    result = run(app, laptop)
    assert result.exit_code == 0
    assert "asks exactly this already (form 1): nothing changed" in result.output
    assert len(forms(service())) == 1
    assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 1


def test_a_later_edition_is_the_next_form_with_the_same_keys(app: Flask, laptop: Path, tmp_path: Path) -> None:
    run(app, laptop)
    later = deepcopy(LAPTOP)
    later["elements"][1]["properties"]["titleEn"] = "Name on your badge"
    later["layout"] = [1, 3, 2, 4, 5]
    path = write(tmp_path, later, "later.json")
    refused = run(app, path)
    assert refused.exit_code == 1
    assert "Publish it there with --service borrow-a-laptop" in refused.output
    assert "form 2 of" in run(app, path, "--service", "borrow-a-laptop").output
    first, second = forms(service())
    assert {one.key for one in first.questions} == {one.key for one in second.questions}
    assert question(read(LAPTOP), "e2").wording == first.questions[1].wording == "Your name"
    assert second.questions[2].wording == "Name on your badge"


def test_a_form_can_be_published_on_a_service_that_is_there(app: Flask, laptop: Path) -> None:
    ours = a_service("Laptops")
    assert run(app, laptop, "--service", ours.slug).exit_code == 0
    assert forms(service(ours.slug))[-1].questions[1].key == "e2"
    assert "no service with the address “nowhere”" in run(app, laptop, "--service", "nowhere").output


def test_a_retired_service_gets_no_new_form(app: Flask, laptop: Path) -> None:
    ours = a_service("Laptops")
    ours.state = "retired"
    db.session.commit()
    assert "has retired" in run(app, laptop, "--service", ours.slug).output


def test_a_draft_is_seen_by_no_customer(app: Flask, laptop: Path, visitor: Any) -> None:
    run(app, laptop, "--draft", "--name", "Laptops")
    assert service("laptops").state == "draft"
    visitor(a_person()).get("/services/laptops", expect=404)


def test_customers_are_not_told_of_what_nobody_has_looked_at(app: Flask, laptop: Path) -> None:
    run(app, laptop)
    assert [(one.kind, one.public) for one in db.session.scalars(select(ServiceChange))] == [("opened", False)]


def test_a_dry_run_writes_nothing(app: Flask, laptop: Path) -> None:
    before = db.session.scalar(select(func.count()).select_from(Service))
    result = run(app, laptop, "--dry-run")
    assert "A service would be added" in result.output and "Nothing was written" in result.output
    assert db.session.scalar(select(func.count()).select_from(Service)) == before


def test_a_broken_file_is_refused_in_one_sentence(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(b'{"elements": [')
    result = run(app, path)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "Error: broken.json: The file is not JSON: expecting value in line 1, column 15."
    ]
    assert db.session.scalar(select(func.count()).select_from(Service)) == 0


def test_a_title_that_is_too_long_needs_a_name(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, {**LAPTOP, "titleEn": "x" * 300})
    assert "give one with --name" in run(app, path).output
    assert run(app, path, "--name", "Laptops").exit_code == 0


def test_an_option_for_a_new_service_does_not_go_with_one_that_is_there(app: Flask, laptop: Path) -> None:
    assert run(app, laptop, "--service", "x", "--draft").exit_code == 2


def test_a_customer_reads_and_sends_the_form(app: Flask, laptop: Path, visitor: Any) -> None:
    run(app, laptop)
    customer: Visitor = visitor(a_person())
    page = customer.get("/services/borrow-a-laptop/ask")
    assert "What you need" in page.words and "Which one?" in page.words
    asked = {"summary": "A laptop", "q_e2": "Ada", "q_e3": "Large", "q_e4": "Maps", "q_e5-0-e501": "Mouse"}
    values = {**page.form_for("/services/borrow-a-laptop/ask"), "shown": "", "step": "send"}
    sent = customer.post("/services/borrow-a-laptop/ask", {**values, **asked})
    shown = customer.get(sent.location.removesuffix("/sent"))
    for words in ("Why so large?", "Maps", "Extras", "Mouse"):
        assert words in shown.words


def nodes(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where everything in a template stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, one in inner for found in nodes(one, (*place, key)))]


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(["1", "1.0", "3.9", "start", "dynamicRow", "radio", "custom", "(a+)+$", "\ud800", 10**400]),
    st.lists(st.integers(0, 6), max_size=3),
    st.just({}),
    st.just([{}]),
)


@given(data=st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_changed_in_a_file_it_is_read_or_refused_with_a_reason(app_for_words: Flask, data: Any) -> None:
    ways = [{"groupId": "more", "choiceId": "3.0"}, {"groupId": "review", "choiceId": "3.catch-all"}]
    groups = {
        "start": {"name": "Start", "elements": ["1", "2", "3"], "nextAction": ways},
        "more": {"name": "More", "titleEn": "More", "elements": ["4", "5"], "nextAction": "review"},
    }
    mutant: Any = {**deepcopy(LAPTOP), "groups": groups}
    for _change in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(nodes(mutant)[1:] or [()]))
        if not place:
            break
        holder = mutant
        for key in place[:-1]:
            holder = holder[key]
        if data.draw(st.booleans()):
            del holder[place[-1]]
        else:
            holder[place[-1]] = deepcopy(data.draw(ODD))
    try:
        form = read(json.dumps(mutant).encode())
    except TemplateError as refused:
        assert str(refused)
        return
    assert form.title.en
    answers = answers_for(form.questions, data.draw(st.randoms(use_true_random=False)))
    assert {one.key for one in visible(form.questions, answers) if one.kind not in SILENT | {"file"}} >= set(answers)
    with app_for_words.test_request_context():
        from portal.questions.rules import write_questions

        assert trouble(write_questions(form.questions)) == []


@pytest.fixture(scope="module")
def app_for_words(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application for its words only; it has no tables."""
    from portal import create_app

    folder = tmp_path_factory.mktemp("words")
    return create_app({"DATA_DIR": folder, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'portal.db'}"}, {})


@pytest.mark.own_portal
def test_a_portal_that_speaks_french_asks_in_french(app: Flask, laptop: Path, visitor: Any) -> None:
    run(app, laptop)
    app.extensions["babel"].default_locale = "fr"
    asked = visitor(a_person()).get("/services/borrow-a-laptop/ask").words
    for words in ("Ce qu’il vous faut", "Votre nom", "Lequel ?", "Petit", "Accessoires"):
        assert words in asked
