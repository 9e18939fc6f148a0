"""Files survive a form that is sent again, belong to who sent them, and do not stay for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.files.background import tidy_files
from portal.files.models import StoredFile
from portal.requests.models import RequestDraft, RequestFile
from tests.builders import a_person, a_request, a_service
from tests.files.uploads import PNG, ask_with, file_links, file_of, many, reference_in
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]


def kept_keys(page: Page) -> dict[str, str]:
    form = next(form for form in page.forms() if "kept-0" in [control.get("name") for control in form.iter()])
    found = {control.get("name"): control.get("value") for control in form.iter("input")}
    return {name: value for name, value in found.items() if name and name.startswith("kept-")}


def bytes_on_disk(app: Flask) -> list[Path]:
    return [path for path in (app.config["DATA_DIR"] / "files").rglob("*") if path.is_file()]


@pytest.mark.both_databases
def test_a_file_survives_a_refused_form_the_check_page_and_a_second_thought(visitor: Browser) -> None:
    service, browser = a_service(), visitor(a_person())
    address = f"/services/{service.slug}/ask"
    refused = ask_with(browser, service.slug, ("screen.png", PNG), expect=422, summary="", step="check")
    assert "Files that are with it" in refused.words and "screen.png" in refused.words
    form = refused.form_for(address) | {"summary": "It is black", "step": "check"}
    checked = browser.post(address, form, expect=200)
    assert "screen.png" in checked.words
    edited = browser.post(address, checked.form_for(address) | {"step": "edit"}, expect=200)
    assert "screen.png" in edited.words and edited.value("summary") == "It is black"
    made = browser.post(address, edited.form_for(address) | {"step": "send"})
    page = browser.get(f"/requests/{reference_in(made)}")
    response = browser.client.get(file_of(page))
    assert response.data == PNG
    response.close()


def test_a_file_survives_a_refused_reply_and_a_refused_answer(visitor: Browser) -> None:
    customer = a_person()
    asked = a_request(customer)
    places = {
        f"/requests/{asked.reference}/replies": visitor(customer),
        f"/queue/{asked.reference}/write": visitor(a_person(roles=("agent",))),
    }
    for address, browser in places.items():
        refused = browser.post(address, {"body": "", "deed": "answer", **many(("screen.png", PNG))}, expect=422)
        browser.post(address, refused.form_for(address) | {"body": "Here it is."})
    assert len(file_links(visitor(customer).get(f"/requests/{asked.reference}"))) == 2


def test_allowed_files_stay_when_a_later_one_is_refused(visitor: Browser) -> None:
    service, browser = a_service(), visitor(a_person())
    first = ask_with(browser, service.slug, ("screen.png", PNG), expect=200, step="check")
    again = first.form_for(f"/services/{service.slug}/ask") | {"step": "send"}
    page = browser.post(f"/services/{service.slug}/ask", {**again, **many(("bad.exe", b"MZ"))}, expect=422)
    assert "“bad.exe” cannot be sent." in page.words and "screen.png" in page.words


def test_another_person_cannot_claim_a_file_by_its_key(visitor: Browser) -> None:
    service, owner, thief = a_service(), visitor(a_person()), visitor(a_person())
    kept = kept_keys(ask_with(owner, service.slug, ("secret.png", PNG), expect=200, step="check"))
    made = ask_with(thief, service.slug, **kept)
    page = thief.get(f"/requests/{reference_in(made)}")
    assert "secret.png" not in page.words and file_links(page) == []
    thief.get(f"/files/{kept['kept-0']}", expect=404)
    stolen = thief.post(f"/services/{service.slug}/ask", {"summary": "", "step": "check", **kept}, expect=422)
    assert "secret.png" not in stolen.words


def test_a_file_belongs_to_one_request_only(visitor: Browser) -> None:
    service, browser = a_service(), visitor(a_person())
    kept = kept_keys(ask_with(browser, service.slug, ("screen.png", PNG), expect=200, step="check"))
    ask_with(browser, service.slug, **kept)
    second = ask_with(browser, service.slug, **kept)
    assert file_links(browser.get(f"/requests/{reference_in(second)}")) == []
    assert db.session.query(RequestFile).count() == 1


def test_kept_and_new_files_together_are_at_most_five(app: Flask, visitor: Browser) -> None:
    service, browser = a_service(), visitor(a_person())
    address = f"/services/{service.slug}/ask"
    checked = ask_with(browser, service.slug, *[(f"{n}.png", PNG) for n in range(4)], expect=200, step="check")
    form = checked.form_for(address) | {"step": "send"}
    page = browser.post(address, {**form, **many(("5.png", PNG), ("6.png", PNG))}, expect=422)
    assert "at most 5 files" in page.words
    assert len(bytes_on_disk(app)) == 4
    browser.post(address, {**form, **many(("5.png", PNG))})


@pytest.mark.parametrize("name", ["kept-²", "kept-" + "9" * 5000, "kept--1", "kept-", "kept-x", "kept-7", "kept"])
def test_a_kept_field_with_another_name_is_nobodys(visitor: Browser, name: str) -> None:
    service = a_service()
    made = visitor(a_person()).post(f"/services/{service.slug}/ask", {"summary": "Black", name: "x"})
    assert made.location.endswith("/sent")


def test_files_of_a_form_that_was_thrown_away_go_after_two_days(app: Flask, visitor: Browser) -> None:
    service, browser = a_service(), visitor(a_person())
    ask_with(browser, service.slug, ("sent.png", PNG))
    ask_with(browser, service.slug, ("left.png", PNG), expect=200, step="check")
    browser.post(
        f"/services/{service.slug}/draft/away", {"draft": str(db.session.scalars(select(RequestDraft.id)).one())}
    )
    tidy_files()
    assert len(bytes_on_disk(app)) == 2
    for stored in db.session.query(StoredFile):
        stored.stored_at -= timedelta(days=2, minutes=1)
    db.session.commit()
    tidy_files()
    assert [stored.name for stored in db.session.query(StoredFile)] == ["sent.png"]
    assert len(bytes_on_disk(app)) == 1


def test_a_refused_deed_keeps_the_file_for_the_next_try(visitor: Browser) -> None:
    customer, agent = a_person(), a_person(roles=("agent",))
    asked = a_request(customer)
    desk = visitor(agent)
    address = f"/queue/{asked.reference}/write"
    old = desk.get(f"/queue/{asked.reference}").form_for(address)
    desk.post(f"/queue/{asked.reference}/take")
    page = desk.post(address, {**old, "body": "See the file", **many(("screen.png", PNG))}, expect=409)
    desk.post(address, page.form_for(address))
    assert len(file_links(visitor(customer).get(f"/requests/{asked.reference}"))) == 1
