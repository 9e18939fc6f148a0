"""How many messages one account may send in a while."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from portal.extensions import db
from portal.requests.models import RequestEvent, RequestWatcher
from portal.web.moment import now
from tests.builders import a_person, a_request
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
MOST = 4


@pytest.fixture(autouse=True)
def few(app: Flask, paced: None) -> None:
    app.config["MESSAGE_LIMIT"] = MOST


def written(kind: str = "replied") -> int:
    return db.session.query(RequestEvent).filter_by(kind=kind).count()


def test_who_writes_too_often_is_told_kindly_and_keeps_the_words(visitor: Browser, case: Case) -> None:
    browser, reply = visitor(case.customer), f"{case.page}/replies"
    form = browser.get(case.page).form_for(reply)
    for number in range(MOST):
        browser.post(reply, form | {"body": f"Message {number}", "once": f"key {number}"})
    for _again in range(2):
        page = browser.post(reply, form | {"body": "One more.", "once": "last"}, expect=429)
        assert "many messages in a short time" in page.words and "call 5555" in page.words
        assert page.value("body").strip() == "One more." and page.value("once") == "last"
    assert written() == MOST
    other = a_person("Wim")
    db.session.add(RequestWatcher(request_id=case.request.id, person_id=other.id, is_open=True, added_at=now()))
    case.request.keeps("watchers")
    db.session.commit()
    visitor(other).submit(reply, {"body": "I read along."}, at=case.page)
    assert written() == MOST + 1


def test_a_watcher_is_counted_over_all_requests_and_files_are_kept(visitor: Browser, case: Case) -> None:
    watcher = a_person("Wim")
    requests = [case.request, a_request()]
    for one in requests:
        db.session.add(RequestWatcher(request_id=one.id, person_id=watcher.id, is_open=True, added_at=now()))
        one.keeps("watchers")
    db.session.commit()
    browser = visitor(watcher)
    for number in range(MOST):
        page = f"/requests/{requests[number % 2].reference}"
        browser.submit(f"{page}/replies", {"body": "Me too."}, at=page)
    file = (BytesIO(b"words"), "log.txt")
    refused = browser.submit(f"{case.page}/replies", {"body": "And this.", "files": file}, at=case.page, expect=429)
    assert "log.txt" in refused.words and refused.value("body").strip() == "And this."


def test_pressing_twice_or_leaving_something_out_counts_once(visitor: Browser, case: Case) -> None:
    browser, reply = visitor(case.customer), f"{case.page}/replies"
    form = browser.get(case.page).form_for(reply) | {"body": "Hello."}
    for _press in range(MOST + 2):
        browser.post(reply, form)
        browser.post(reply, {"body": ""}, expect=422)
    assert written() == 1
