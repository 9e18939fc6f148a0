"""Canned replies: kept, shared, put into the box with what was typed, and filled in without reading names twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.queue import canned
from portal.queue.models import CannedReply
from tests.builders import TUESDAY_10, a_person
from tests.files.uploads import PNG, file_links, many
from tests.requests.conftest import Case
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


def a_reply(case: Case, body: str, **more: bool) -> CannedReply:
    return canned.save_reply(
        None, name="Greeting", body=body, is_shared=more.get("is_shared", False), by=case.agent, at=TUESDAY_10
    )


def test_known_names_are_replaced_and_what_a_customer_typed_is_not_read_as_a_name(case: Case) -> None:
    case.request.summary = "{agent} {{7*7}} {details}"
    words = canned.filled("Hello { first_name }, {reference}: {summary}. {other} {agent}", case.request, case.agent)
    assert words == "Hello Anna, REQ-1001: {agent} {{7*7}} {details}. {other} Kyra Lind"


def test_what_is_promised_is_said_and_no_promise_is_not_invented(case: Case) -> None:
    assert canned.filled("{due}", case.request, case.agent) not in ("{due}", "as soon as we can")
    case.request.due_at = None
    assert canned.filled("{due}", case.request, case.agent) == "as soon as we can"


def test_a_reply_is_written_used_and_removed(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    agent.submit("/queue/replies/new", {"name": "Greeting", "body": "Hello {first_name}"})
    reply = db.session.query(CannedReply).one()
    assert "yours alone" in agent.get("/queue/replies").words
    form = agent.get(case.desk).form_for(f"{case.desk}/write")
    page = agent.post(
        f"{case.desk}/canned",
        {**form, "body": "So far", "canned": reply.id, "deed": "note", "minutes": "5"},
        expect=200,
    )
    again = page.form_for(f"{case.desk}/write")
    assert again["body"] == "So far\n\nHello Anna"
    assert (again["deed"], again["minutes"], again["version"]) == ("note", "5", form["version"])
    assert case.kinds() == ["asked"]
    agent.post(f"{case.desk}/write", again)
    agent.post(f"/queue/replies/{reply.id}/remove")
    assert db.session.query(CannedReply).count() == 0


def test_putting_a_reply_in_keeps_the_files(visitor: Browser, case: Case) -> None:
    reply = a_reply(case, "See below")
    agent = visitor(case.agent)
    page = agent.post(f"{case.desk}/canned", {"canned": reply.id, "body": "", **many(("a.png", PNG))}, expect=200)
    agent.post(f"{case.desk}/write", page.form_for(f"{case.desk}/write"))
    assert len(file_links(agent.get(case.desk))) == 1


def test_only_the_box_comes_back_where_it_was_asked_for(visitor: Browser, case: Case) -> None:
    reply = a_reply(case, "Only this")
    agent = visitor(case.agent)
    headers = {"HX-Request": "true", "HX-Target": "reply"}
    page = agent.post(f"{case.desk}/canned", {"canned": reply.id}, expect=200, headers=headers)
    assert page.html.lstrip().startswith('<div id="reply">') and "<html" not in page.html


@pytest.mark.parametrize("chosen", ["", "77", "x"])
def test_without_a_reply_the_text_is_kept_and_it_is_said(visitor: Browser, case: Case, chosen: str) -> None:
    page = visitor(case.agent).post(f"{case.desk}/canned", {"canned": chosen, "body": "My words"}, expect=422)
    assert "Choose a reply first." in page.words and page.form_for(f"{case.desk}/write")["body"] == "My words"


def test_an_unknown_name_is_refused_and_the_known_ones_are_listed(visitor: Browser, case: Case) -> None:
    values = {"name": "Greeting", "body": "Hello {frist_name}"}
    page = visitor(case.agent).submit("/queue/replies/new", values, expect=422)
    assert "{frist_name} is not known. These are: {name}, {first_name}, {reference}" in page.words
    assert page.form_for("/queue/replies/new")["body"] == "Hello {frist_name}"


def test_others_use_and_mend_what_is_shared_and_never_find_what_is_not(visitor: Browser, case: Case) -> None:
    own, shared = a_reply(case, "Mine"), a_reply(case, "Ours", is_shared=True)
    other = visitor(a_person("Max", roles=("agent",)))
    other.get(f"/queue/replies/{own.id}", expect=404)
    other.post(f"/queue/replies/{own.id}/remove", expect=404)
    other.post(f"{case.desk}/canned", {"canned": own.id}, expect=422)
    other.submit(f"/queue/replies/{shared.id}", {"body": "Ours, better"})
    db.session.expire_all()
    assert (shared.body, shared.is_shared) == ("Ours, better", True)
    refused = other.client.post(f"/queue/replies/{shared.id}/remove", data={"csrf_token": other.token()})
    assert refused.status_code == 422 and "belongs to Kyra Lind" in refused.get_data(as_text=True)
    assert db.session.query(CannedReply).count() == 2


def test_a_second_editor_is_told_and_keeps_his_words(visitor: Browser, case: Case) -> None:
    reply = a_reply(case, "First", is_shared=True)
    address = f"/queue/replies/{reply.id}"
    second = visitor(a_person("Max", roles=("agent",)))
    form = second.get(address).form_for(address)
    visitor(case.agent).submit(address, {"body": "Theirs"})
    page = second.post(address, {**form, "body": "Mine"}, expect=409)
    again = page.form_for(address)
    assert "Theirs" in page.words and again["body"] == "Mine"
    second.post(address, again)
    db.session.expire_all()
    assert reply.body == "Mine"


def test_the_same_new_reply_sent_twice_is_one(visitor: Browser, case: Case) -> None:
    agent = visitor(case.agent)
    form = agent.get("/queue/replies/new").form_for("/queue/replies/new") | {"name": "A", "body": "B"}
    agent.post("/queue/replies/new", form)
    agent.post("/queue/replies/new", form)
    assert db.session.query(CannedReply).count() == 1
