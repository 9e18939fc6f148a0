"""A request as a table and on paper: what was asked and what happened, and never a note."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pikepdf
import pytest

from portal.catalogue.models import RequestForm
from portal.extensions import db
from portal.jobs import run_due
from portal.mail.models import OutboxMessage
from portal.press.running import CannotPrint
from portal.requests import actions, background, papers
from portal.requests.models import RequestEvent, RequestPaper
from portal.web.moment import now
from tests.builders import a_person
from tests.requests.conftest import Case
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]
QUESTIONS = [
    {"key": "asset", "kind": "text", "wording": "Its number?"},
    {"key": "again", "kind": "yes_no", "wording": "Did it happen before?"},
    {
        "key": "items",
        "kind": "rows",
        "wording": "What else?",
        "columns": [{"key": "what", "kind": "text", "wording": "What"}],
    },
]
ANSWERS = {"asset": "=1+1", "again": False, "items": [{"what": "Mouse"}, {"what": "Keys"}]}
SECRET = "zebra-secret-words"


@pytest.fixture
def asked(case: Case) -> Case:
    """The case with answers, with a note, and with newer questions than those it was asked under."""
    request = case.request
    old = RequestForm(service=request.service, number=2, published_at=now(), questions_data=QUESTIONS)
    request.request_form, request.answers = old, ANSWERS
    newer = [{**QUESTIONS[0], "wording": "Reworded"}]
    db.session.add(RequestForm(service=request.service, number=3, published_at=now(), questions_data=newer))
    actions.note(request, words=SECRET, by=case.agent, at=now())
    actions.answer(request, words="We look at it.", by=case.agent, at=now())
    db.session.commit()
    return case


def test_the_table_holds_each_question_in_the_words_of_then_and_no_formula(visitor: Browser, asked: Case) -> None:
    page = visitor(asked.customer).get(f"{asked.page}.csv")
    assert page.headers["Content-Disposition"] == 'attachment; filename="REQ-1001.csv"'
    rows = dict(csv.reader(io.StringIO(page.html.lstrip("\ufeff"))))
    assert rows["Its number?"] == "'=1+1" and rows["Did it happen before?"] == "No"
    assert rows["What else?"] == "1. What: Mouse\n2. What: Keys"
    assert rows["Reference"] == "REQ-1001" and "Reworded" not in page.html and SECRET not in page.html


def test_every_surface_says_the_same_answers(visitor: Browser, asked: Case) -> None:
    mine, desk = visitor(asked.customer).get(asked.page).words, visitor(asked.agent).get(asked.desk).words
    for words in ("Its number? =1+1", "Did it happen before? No", "Mouse", "Keys"):
        question, _mark, answer = words.partition("? ")
        for page in (mine, desk):
            assert question in page and answer in page
        assert "Reworded" not in mine + desk


def test_the_first_letter_lists_what_was_asked(asked: Case) -> None:
    db.session.query(OutboxMessage).delete()
    background.actions.letters.received(asked.request, now())
    [letter] = db.session.query(OutboxMessage)
    for words in ("Its number? =1+1", "Did it happen before? No", "1. What: Mouse", asked.request.details):
        assert words in letter.body


def test_the_pdf_is_made_by_the_worker_and_shows_the_request_as_it_stands(visitor: Browser, asked: Case) -> None:
    browser = visitor(asked.customer)
    assert browser.get(f"{asked.page}.pdf", expect=303).location.endswith("/pdf")
    assert "Make the PDF" in browser.get(f"{asked.page}/pdf").words
    for _click in range(2):
        browser.post(f"{asked.page}/pdf")
    waiting = browser.get(f"{asked.page}/pdf")
    assert "being made" in waiting.words and "every 2s" in waiting.html
    assert run_due() == 1
    assert "Download the PDF" in browser.get(f"{asked.page}/pdf").words
    db.session.expire_all()
    body = papers.body_of(db.session.query(RequestPaper).one())
    with pikepdf.open(io.BytesIO(body)) as pdf:
        assert pdf.docinfo["/Title"] == "REQ-1001, The printer is on fire" and not pdf.attachments
    response = browser._send(f"{asked.page}.pdf")
    assert response.data == body and response.headers["Content-Type"] == "application/pdf"
    actions.answer(asked.request, words="More.", by=asked.agent, at=now())
    db.session.commit()
    assert browser.get(f"{asked.page}.pdf", expect=303).location.endswith("/pdf")


def test_the_page_for_paper_has_what_is_public_and_no_note(asked: Case) -> None:
    html = background.paper.order_for(asked.request, now())["html"]
    for words in ("Its number?", "=1+1", "We look at it.", "Smoke comes out of the back.", "Kyra Lind answered"):
        assert words in html
    assert SECRET not in html and "Reworded" not in html


def test_words_on_paper_are_words(asked: Case) -> None:
    asked.request.summary = asked.request.details = '<img src="file:///etc/passwd">{{ 7 * 7 }}'
    html = background.paper.order_for(asked.request, now())["html"]
    assert "<img" not in html and "{{ 7 * 7 }}" in html


def test_a_pdf_that_cannot_be_made_is_said_and_can_be_asked_for_again(
    visitor: Browser, asked: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_order: object) -> bytes:
        raise CannotPrint("no library")

    monkeypatch.setattr(background, "run_press", broken)
    browser = visitor(asked.customer)
    browser.post(f"{asked.page}/pdf")
    run_due()
    page = browser.get(f"{asked.page}/pdf")
    assert "could not be made" in page.words and "no library" not in page.words
    browser.post(f"{asked.page}/pdf")
    assert "being made" in browser.get(f"{asked.page}/pdf").words


@pytest.mark.parametrize("way", [".csv", ".pdf", "/pdf"])
def test_nobody_else_takes_it_along(visitor: Browser, asked: Case, way: str) -> None:
    for person in (a_person(), asked.agent, a_person(roles=("administrator", "manager"))):
        foreign, missing = (
            visitor(person).get(asked.page + way, expect=404),
            visitor(person).get(f"/requests/REQ-99999{way}", expect=404),
        )
        assert foreign.html == missing.html
    assert "/sign-in" in visitor().get(asked.page + way, expect=303).location


MANY = 1203


def much_happened(asked: Case) -> list[int]:
    """Messages in numbers, a note among each hundred, and the first one put right at the very end."""
    rows = [
        RequestEvent(
            request_id=asked.request.id,
            kind="noted" if number % 100 == 7 else "answered",
            actor=asked.agent,
            at=now() + timedelta(seconds=number // 3),
            body=SECRET if number % 100 == 7 else f"Message {number}.",
            public=number % 100 != 7,
        )
        for number in range(MANY)
    ]
    for row in rows:
        db.session.add(row)
        db.session.flush()
    for words in ("Message one.", "Message zero."):
        actions.happen(
            asked.request,
            "corrected",
            asked.agent,
            now() + timedelta(hours=1),
            body=words,
            data={"event": rows[0].id},
        )
    db.session.commit()
    return [number for number in range(MANY) if number % 100 != 7]


@pytest.mark.both_databases
def test_the_table_holds_everything_however_much_happened(visitor: Browser, asked: Case) -> None:
    public, browser = much_happened(asked), visitor(asked.customer)
    page = browser.get(f"{asked.page}.csv")
    said = [row[1] for row in csv.reader(io.StringIO(page.html)) if "answered" in row[1]]
    told = [line.splitlines()[1] for line in said][1:]
    assert told == ["Message zero.", *(f"Message {number}." for number in public[1:])]
    first = next(one for one in said if "Message zero." in one)
    assert first.splitlines()[2:] == ["As first written: Message 0.", "As first written: Message one."]
    assert "put right" not in page.html and SECRET not in page.html


def test_the_table_is_read_in_parts(visitor: Browser, asked: Case) -> None:
    browser = visitor(asked.customer)
    browser.get(f"{asked.page}.csv")
    with counted_statements() as few:
        browser.get(f"{asked.page}.csv")
    much_happened(asked)
    with counted_statements() as many:
        answer = browser._send(f"{asked.page}.csv")
    parts = list(answer.response)
    answer.close()
    assert len(parts) > 1 and int(answer.headers["Content-Length"]) == len(b"".join(parts))
    assert len(few) < len(many) <= len(few) + 8


def test_on_paper_stands_what_was_asked_and_what_happened_last(asked: Case) -> None:
    public = much_happened(asked)
    html = background.paper.order_for(asked.request, now())["html"]
    assert "Smoke comes out of the back." in html and "Message zero." in html and SECRET not in html
    assert f"Message {public[-1]}." in html and f"Message {public[-400]}." in html
    assert f"Message {public[1]}." not in html and f"Message {public[-600]}." not in html
    left_out = html.index("are left out here")
    assert html.index("Smoke comes out of the back.") < left_out < html.index(f"Message {public[-400]}.")


def test_on_paper_nothing_is_said_to_be_left_out_where_nothing_is(asked: Case) -> None:
    assert "left out" not in background.paper.order_for(asked.request, now())["html"]
