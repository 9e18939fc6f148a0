"""Stored scripts, by every way in: what a person wrote is only ever read, in whosever view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import Department, Person, Team
from portal.requests import actions
from portal.requests.models import ServiceRequest
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service
from tests.files.uploads import PNG, many
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]

SCRIPTS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=pwned()>",
    "<svg/onload=pwned()>",
    '"><iframe srcdoc="<script>pwned()</script>">',
    "' onmouseover='pwned()",
    '" autofocus onfocus="pwned()',
    "</title></textarea></select></script><script>pwned()</script>",
    "<a href=javascript:pwned()>x</a>",
    "javascript:pwned()",
    "<style>@import'//evil.example'</style>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example>",
]
HTMX = [
    '<div hx-get="/sign-out" hx-trigger="load">',
    '<button data-hx-post="/me/sessions/end-others" data-hx-trigger="load">',
    '<div hx-on::load="pwned()">',
    '" hx-get="/x" hx-trigger="load" x="',
    "<form action=//evil.example><input name=csrf_token>",
]
TEMPLATES = [
    "{{ 7*7 }}",
    "{{ config }}",
    "{% for x in (1).__class__.__mro__ %}{{ x }}{% endfor %}",
    "${7*7}",
    "<%= 7*7 %>",
]

LIVE = {"script", "iframe", "object", "embed", "style", "base", "img", "link", "meta"}


@dataclass
class World:
    """One text in every place where a person can write one."""

    text: str
    customer: Person
    agent: Person
    boss: Person
    request: ServiceRequest

    def pages(self, visitor: Browser) -> list[Page]:
        reference = self.request.reference
        customer, agent, boss = visitor(self.customer), visitor(self.agent), visitor(self.boss)
        mine = ["/", "/requests", f"/requests/{reference}", f"/requests/{reference}/withdraw", "/me"]
        work = ["/queue", f"/queue/{reference}"]
        letters = [f"/mail/{letter.id}" for letter in db.session.query(OutboxMessage)]
        keep = ["/people", f"/people/{self.customer.id}", "/mail", *letters[:4]]
        both = [(customer, mine), (agent, work), (boss, keep)]
        return [browser.get(address) for browser, addresses in both for address in addresses]


@pytest.fixture
def world(app: Flask, visitor: Browser) -> Callable[[str], World]:
    def build(text: str) -> World:
        segment, department, team = a_segment(text), Department(name=text), Team(name=text)
        db.session.add_all([department, team])
        customer = a_person(text, segment=segment, department=department, team=team, place=text)
        agent, boss = a_person(text, roles=("agent",), team=team), a_person(roles=("administrator",))
        service = a_service(
            "Printers",
            slug="printers",
            questions=[
                {"key": "a", "kind": "text", "wording": "A?", "required": False},
                {"key": "b", "kind": "long_text", "wording": "B?", "required": False},
            ],
        )
        answers = {"a": text, "b": text}
        request = a_request(customer, service, summary=text, details=text, answers=answers)
        request.request_form_id = 1
        actions.take(request, by=agent, at=TUESDAY_10)
        for deed in (actions.answer, actions.note):
            deed(request, words=text, by=agent, at=TUESDAY_10)
        actions.assign(request, to=agent, team=None, why=text, by=agent, at=TUESDAY_10)
        db.session.commit()
        page = f"/requests/{request.reference}/replies"
        plain = "".join(sign for sign in text if sign not in '"/\\')
        visitor(customer).post(page, {"body": text, **many((f"{plain}.png", PNG))})
        return World(text, customer, agent, boss, request)

    return build


def live_parts(page: Page) -> list[str]:
    """What would run, load or send by itself in the part of the page that people fill."""
    main, head = page.tree.find(".//main"), page.tree.find(".//title")
    found = []
    for element in main.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in LIVE:
            found.append(element.tag)
        for name, value in element.attrib.items():
            if name.startswith("on") or (name in ("href", "src", "action") and "evil" in value):
                found.append(f"{element.tag} {name}={value}")
            if name in ("href", "src", "action") and value.strip().lower().startswith("javascript"):
                found.append(f"{element.tag} {name}={value}")
            if name.startswith("hx-") or (name.startswith("data-hx-") and "sessions" in value):
                found.append(f"{element.tag} {name}={value}")
    return found + [child.tag for child in head]


def visible(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("first", range(0, len(SCRIPTS), 4))
def test_cve_2026_32754_a_stored_script_is_read_and_never_run(
    visitor: Browser, world: Callable[[str], World], first: int
) -> None:
    review_world(visitor, world(" ".join(SCRIPTS[first : first + 4])))


def test_htmx_1495_attributes_in_a_text_send_nothing(visitor: Browser, world: Callable[[str], World]) -> None:
    review_world(visitor, world(" ".join(HTMX)))


def test_cve_2026_26026_a_template_in_a_text_stays_a_text(visitor: Browser, world: Callable[[str], World]) -> None:
    text = " ".join(TEMPLATES)
    review_world(visitor, world(text))
    for letter in db.session.query(OutboxMessage):
        assert text in letter.body or text in letter.to_name


def review_world(visitor: Browser, place: World) -> None:
    shown = 0
    for page in place.pages(visitor):
        assert live_parts(page) == []
        shown += visible(place.text) in page.words
    assert shown >= 10


def test_only_addresses_of_this_portal_become_links(visitor: Browser) -> None:
    customer = a_person()
    text = (
        "http://evil.example/ https://127.0.0.1:8000.evil/x http://127.0.0.1:8000/services http://127.0.0.1:8000@evil/"
    )
    asked = a_request(customer, details=text)
    page = visitor(customer).get(f"/requests/{asked.reference}")
    outside = [link for link in page.links() if link.startswith("http")]
    assert outside == ["http://127.0.0.1:8000/services"]


def test_errors_repeat_nothing_of_a_hostile_address(visitor: Browser) -> None:
    browser = visitor(a_person())
    answer: Any = browser.client.get("/services/%3Cscript%3Epwned()%3C/script%3E?q=%3Cscript%3E")
    assert answer.status_code == 404 and "pwned" not in answer.get_data(as_text=True)
