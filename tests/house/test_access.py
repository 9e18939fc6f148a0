"""Every address, every role: who comes in is what the access table says, and nothing else."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.extensions import db
from portal.files.models import StoredFile
from portal.web.access import GRANTS, ROLES, access_of, check_marks, rules
from tests.builders import a_person
from tests.conftest import ROOT
from tests.house.furniture import House, reading_rules, session_of, settled, writing_rules
from tests.visitor import Page, Visitor

HTMX = {"HX-Request": "true", "HX-Target": "main"}
MISSING = {
    "reference": "REQ-999999",
    "slug": "no-such-service",
    "key": "no-such-key",
    "token": "no-such-token",
    "number": "999999",
    **dict.fromkeys(("reply_number", "filter_number", "rule_number", "team_number"), "999999"),
    "event": "999999",
    "notice": "N-999999",
    "focus_groups.reference": "FG-999999",
}


@pytest.mark.parametrize("role", ["anonymous", *ROLES])
def test_who_comes_in_is_what_the_table_says(app: Flask, house: House, role: str) -> None:
    visitor = browser_of(app, house, role)
    table = {(row["pattern"], method): row["roles"] for row in rules(app) for method in row["methods"]}
    wrong, signed_out = [], False
    for rule, method in addresses(app):
        for headers in ({}, HTMX):
            if method == "POST" and (rule.endpoint.startswith("people.") or signed_out):
                visitor = browser_of(app, house, role)  # the form before may have signed it out
            signed_out = rule.endpoint == "people.sign_out"
            page = look(visitor, method, house.address(rule), headers)
            expected = role in table[rule.rule, method]
            if not fits(page, method, house.address(rule), expected, role):
                wrong.append(f"{method} {rule} as {role} {headers}: {page.status} {page.location}")
    assert not wrong, "\n".join(wrong)


def addresses(app: Flask) -> list[tuple[Rule, str]]:
    return [(rule, "GET") for rule in reading_rules(app)] + [(rule, "POST") for rule in writing_rules(app)]


def browser_of(app: Flask, house: House, role: str) -> Visitor:
    visitor = Visitor(app)
    person = house.in_front(role)
    if person is not None:
        visitor.sign_in(person)
    return visitor


def look(visitor: Visitor, method: str, address: str, headers: dict[str, str]) -> Page:
    """The answer, whatever it is. Forms bring a real token and nothing else."""
    data = {"csrf_token": visitor.token()} if method == "POST" else None
    response = visitor._send(address, method=method, data=data, headers=headers)
    page = Page(response)
    response.close()
    return page


def fits(page: Page, method: str, address: str, expected: bool, role: str) -> bool:
    if page.status >= 500 and address != "/readyz":
        return False
    sent_to_sign_in = page.status == 303 and page.location.startswith("/sign-in")
    if expected:
        return page.status != 403 and not (sent_to_sign_in and "next=" in page.location)
    if role != "anonymous":
        return page.status == 403
    return sent_to_sign_in and (method == "POST" or page.location == f"/sign-in?next={address}")


@pytest.mark.own_portal
def test_a_page_that_nobody_has_thought_about_stops_the_start(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    with pytest.raises(RuntimeError, match="forgotten"):
        check_marks(app)


@pytest.mark.own_portal
def test_an_unmarked_page_is_closed_even_to_the_administrator(app: Flask, house: House) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    browser_of(app, house, "administrator").get("/forgotten", expect=403)


def test_every_grant_is_used_by_a_page_or_a_way(app: Flask) -> None:
    asked_for = {access_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    source = "".join(path.read_text() for path in (ROOT / "portal").rglob("*.py") if path.name != "access.py")
    unused = [name for name in GRANTS if name not in asked_for and f'"{name}"' not in source]
    assert not unused
    assert all(held <= set(ROLES) for held in GRANTS.values())


def test_a_role_beside_another_takes_nothing_away(app: Flask, house: House) -> None:
    both = a_person(roles=("agent", "manager"))
    visitor = Visitor(app)
    visitor.sign_in(both)
    for address in ("/", "/requests", "/queue", "/improvements"):
        visitor.get(address)
    visitor.get("/people", expect=403)


# --- somebody else's row and no row are the same thing -----------------------------------------------------------

FRAGMENTS = {"requests.show": "status-panel"}


def personal(app: Flask) -> list[tuple[Rule, str]]:
    """The addresses of rows that belong to somebody."""
    return [
        (rule, method)
        for rule, method in addresses(app)
        if rule.arguments
        and access_of(app, rule.endpoint) == "use the portal"
        and rule.endpoint != "people.end_session"
    ]


def test_what_is_somebody_elses_looks_like_what_is_not_there(app: Flask, house: House) -> None:
    visitor = browser_of(app, house, "customer")
    looked_at = 0
    for rule, method in personal(app):
        target = FRAGMENTS.get(rule.endpoint)
        for headers in [{}, HTMX, *([{**HTMX, "HX-Target": target}] if target else [])]:
            theirs = look(visitor, method, house.address(rule, of=house.foreign), headers)
            missing = look(visitor, method, house.address(rule, of=MISSING), headers)
            assert theirs.status == missing.status, f"{method} {rule}"
            assert settled(theirs.html) == settled(missing.html), f"{method} {rule}"
            assert theirs.status == 404 or rule.endpoint == "surveys.about", f"{method} {rule} answers {theirs.status}"
            looked_at += 1
    assert looked_at > 20


def test_my_own_is_there(app: Flask, house: House) -> None:
    visitor = browser_of(app, house, "customer")
    for rule, method in personal(app):
        if method == "GET":
            assert look(visitor, method, house.address(rule), {}).status != 404, str(rule)


def test_a_file_of_a_note_is_not_the_customers(app: Flask, house: House) -> None:

    keys = list(
        db.session.scalars(db.select(StoredFile.key).where(StoredFile.stored_by_id == house.people["agent"].id))
    )
    assert keys
    for key in keys:
        browser_of(app, house, "customer").get(f"/files/{key}", expect=404)
        browser_of(app, house, "agent").get(f"/files/{key}")


def test_another_ones_browser_cannot_be_signed_out(app: Flask, house: House) -> None:
    neighbour = Visitor(app)
    neighbour.sign_in(house.neighbour)
    number = session_of(house.neighbour)
    visitor = browser_of(app, house, "customer")
    assert number
    theirs = visitor.post(f"/me/sessions/{number}/end")
    missing = visitor.post("/me/sessions/999999/end")
    assert (theirs.status, theirs.location) == (missing.status, missing.location)
    neighbour.get("/me")
