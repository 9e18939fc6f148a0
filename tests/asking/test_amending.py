"""Customers change what they asked, before anybody works on it; the first words stay readable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.catalogue.models import RequestForm
from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.requests import actions
from portal.requests.models import RequestEvent, ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_service
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
QUESTIONS = [
    {"key": "floor", "kind": "number", "wording": "Which floor?", "required": True},
    {
        "key": "moved",
        "kind": "yes_no",
        "wording": "Was it moved?",
        "required": True,
    },
    {
        "key": "whence",
        "kind": "text",
        "wording": "Where did it stand before?",
        "required": True,
        "shown_if": {"question": "moved", "is": "equals", "value": True},
    },
]


@pytest.fixture
def asked(case: Case) -> ServiceRequest:
    """A request with answers."""
    service = a_service("Moves", slug="moves", questions=QUESTIONS)
    form = service_form(service.id)
    request = actions.submit_request(
        service=service,
        form=form,
        summary="Move my printer",
        details="",
        answers={"floor": 3, "moved": False},
        by=case.customer,
        at=TUESDAY_10,
    )
    db.session.commit()
    return request


def service_form(service_id: int) -> RequestForm:
    return db.session.query(RequestForm).filter_by(service_id=service_id).one()


def test_what_was_asked_is_changed_through_the_same_questions_and_the_old_words_stay(
    visitor: Browser, asked: ServiceRequest
) -> None:
    browser, page = visitor(asked.customer), f"/requests/{asked.reference}"
    assert f"{page}/amend" in browser.get(page).links()
    form = browser.get(f"{page}/amend").form_for(f"{page}/amend")
    assert (form["summary"], form["q_floor"], form["q_moved"]) == ("Move my printer", "3", "no")
    due = asked.due_at
    asking = browser.post(f"{page}/amend", form | {"summary": "Move both printers", "q_moved": "yes"}, expect=200)
    assert "one more question" in asking.words and "Where did it stand before?" in asking.words
    assert asking.value("summary") == "Move both printers"
    made = browser.post(f"{page}/amend", asking.form_for(f"{page}/amend") | {"q_whence": "Cellar"})
    shown = browser.follow(made).words
    assert "Your request is changed." in shown and "You changed what was asked" in shown
    assert "Before: Move my printer" in shown and "Cellar" in shown
    db.session.expire_all()
    assert asked.summary == "Move both printers" and asked.due_at == due
    assert asked.answers == {"floor": 3, "moved": True, "whence": "Cellar"}
    event = db.session.query(RequestEvent).filter_by(kind="amended").one()
    assert ["Was it moved?", "No", "Yes"] in [list(one) for one in event.data["changes"]]
    mail = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert mail and "changed" in mail.subject and "before: Move my printer" in mail.body
    assert "you have changed" in mail.body and "Read and answer here" in mail.body
    browser.post(f"{page}/withdraw", {})
    last = db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert last and "Read it here:" in last.body, "what has ended takes no answer"
    assert "both printers" in browser.get("/search?q=both+printers").words
    timeline = browser.get(page).tree.find(".//ol[@class='events']/li")
    assert "Move my printer" in "".join(timeline.itertext()), "what was asked first is told as it was"


def test_the_desk_reads_the_new_words_without_opening_anything(visitor: Browser, asked: ServiceRequest) -> None:
    browser, page = visitor(asked.customer), f"/requests/{asked.reference}"
    browser.submit(f"{page}/amend", {"summary": "Move both printers"})
    agent = visitor(a_person(roles=("agent",)))
    folded = [
        one.get(page).tree.findall(".//details[@open]")
        for one, page in ((agent, f"/queue/{asked.reference}"), (browser, page))
    ]
    assert ["Move both printers" in "".join("".join(one.itertext()) for one in found) for found in folded] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"summary": " "}, "Say in a few words"),
        ({"q_floor": "many"}, "Which floor?"),
        ({"details": "x" * 5001}, "at most 5000"),
        ({}, "You have changed nothing."),
    ],
)
def test_a_change_that_is_not_right_is_refused_and_kept(
    visitor: Browser, asked: ServiceRequest, change: dict[str, str], said: str
) -> None:
    address = f"/requests/{asked.reference}/amend"
    page = visitor(asked.customer).submit(address, change, expect=422)
    assert said in page.words
    for name, value in change.items():
        assert page.value(name).strip("\n") == value
    db.session.expire_all()
    assert asked.summary == "Move my printer" and db.session.query(RequestEvent).filter_by(kind="amended").count() == 0


@pytest.mark.parametrize("state", ["in_progress", "waiting", "held", "resolved", "closed", "withdrawn", "merged"])
def test_nothing_is_changed_once_work_has_begun(visitor: Browser, case: Case, state: str) -> None:
    browser, address = visitor(case.customer), f"{case.page}/amend"
    form = browser.get(address).form_for(address)
    case.bring_to(state)
    page = browser.post(address, form | {"summary": "My words"}, expect=422)
    assert "the request has moved on" in page.words
    assert page.value("summary") == "My words" and case.again().summary == "The printer is on fire"
    assert "Somebody works on it already." in browser.follow(browser.get(address, expect=303)).words


def test_of_two_who_change_it_at_once_the_second_reads_first(visitor: Browser, asked: ServiceRequest) -> None:
    address = f"/requests/{asked.reference}/amend"
    browser = visitor(asked.customer)
    form = browser.get(address).form_for(address)
    browser.submit(address, {"summary": "The first change"})
    page = browser.post(address, form | {"summary": "The second change"}, expect=409)
    assert page.value("summary") == "The second change" and "Somebody changed this" in page.words
    browser.post(address, page.form_for(address))
    db.session.expire_all()
    assert asked.summary == "The second change"


def test_a_row_more_or_another_look_is_no_change(visitor: Browser, asked: ServiceRequest) -> None:
    address = f"/requests/{asked.reference}/amend"
    browser = visitor(asked.customer)
    form = browser.get(address).form_for(address) | {"q_moved": "yes", "step": "look"}
    page = browser.post(address, form, expect=200)
    assert "Where did it stand before?" in page.words and "second look" not in page.words


def test_sending_a_change_twice_changes_once(visitor: Browser, asked: ServiceRequest) -> None:
    address = f"/requests/{asked.reference}/amend"
    browser = visitor(asked.customer)
    form = browser.get(address).form_for(address) | {"summary": "Once", "step": "save"}
    assert browser.post(address, form).location == browser.post(address, form).location
    assert db.session.query(RequestEvent).filter_by(kind="amended").count() == 1
