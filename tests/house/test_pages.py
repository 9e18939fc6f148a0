"""What must hold on every page: one word for one thing, fragments that equal their pages, and a GET that only reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from portal.rooms import ROOMS
from portal.web.moment import now
from portal.web.page import fragments_of
from tests.conftest import ROOT
from tests.house.furniture import House, everything_stored, reading_rules, settled
from tests.house.test_access import look
from tests.visitor import Page, Visitor, review_page

TEMPLATES = ROOT / "portal" / "templates"

# Addresses that people read, type or get by mail begin with the word of what they hold, not of the room that serves it.
OTHER_WORDS = {
    "catalogue": {"services"},
    "asking": {"services", "requests"},
    "people": {"sign-in", "sign-out", "reset", "mail-off", "me"},
    "requests": {"requests", "leave"},
    "surveys": {"answer"},
    "choices": {"choice"},
    "focus_groups": {"invitation"},
    "improvements": {"you-said-we-did"},
    "home": {"", "how-it-works", "accessibility", "your-data"},
    "health": {"healthz", "readyz", "metrics"},
}

WHOLE_DAY = ("customer", "agent", "liaison", "manager", "administrator")
"""These roles together may look at every page."""


def test_one_word_names_room_address_and_templates(app: Flask) -> None:
    wrong = []
    for rule in app.url_map.iter_rules():
        room, first = rule.endpoint.partition(".")[0], rule.rule.strip("/").partition("/")[0]
        if first not in {room.replace("_", "-"), *OTHER_WORDS.get(room, set())}:
            wrong.append(f"{rule} is served by {rule.endpoint}")
    assert not wrong
    assert {bp.name for bp in app.blueprints.values()} == {*ROOMS, "health"}


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "files"])
def test_a_room_keeps_its_templates_under_its_name(room: str) -> None:
    files = [ROOT / "portal" / room / name for name in ("views.py", "pages.py")]
    views = "".join(file.read_text() for file in files if file.exists())
    folders = {folder for folder, _name in re.findall(r'"(\w+)/(\w+)\.html"', views)}
    assert folders == {room}


@pytest.fixture
def visitors(app: Flask, house: House) -> dict[str, Visitor]:
    opened = {"anonymous": Visitor(app)}
    for role in WHOLE_DAY:
        opened[role] = Visitor(app)
        opened[role].sign_in(house.people[role])
    return opened


Seen = tuple[str, str, Page]


def look_at(addresses: list[str], visitors: dict[str, Visitor]) -> list[Seen]:
    """(role, address, page) of each address that this role can look at."""
    seen = []
    for address in addresses:
        for role, visitor in visitors.items():
            page = look(visitor, "GET", address, {})
            if page.status == 200:
                seen.append((role, address, page))
    return seen


def addresses_to_look_at(app: Flask, house: House) -> list[str]:
    elsewhere = ("focus_groups.edit_finding", "asking.amend", "requests.leave", "queue.unmerge", "queue.go_on")
    plain = [house.address(rule) for rule in reading_rules(app) if rule.endpoint not in elsewhere]
    plain += [f"/requests/{house.places['fresh']}/amend", f"/requests/{house.places['merged']}"]
    plain += [f"/queue/{house.places['waiting']}/go-on", f"/requests/{house.places['waiting']}/leave"]
    plain += [f"/queue/{house.places['merged']}/unmerge", f"/queue/{house.places['merged']}"]
    done, held = house.places["done"], f"/focus-groups/{house.places['held']}"
    finding = f"{held}/findings/{house.places['focus_groups.number']}/edit"
    proposed = [f"/notices/{house.places['proposed']}/{page}" for page in ("work", "edit", "release")]
    return [*plain, *proposed, f"/requests/{done}", f"/queue/{done}", held, finding, "/requests?view=ended"]


@pytest.mark.both_databases
def test_every_page_passes_the_review_and_looking_changes_nothing(
    app: Flask, house: House, visitors: dict[str, Visitor]
) -> None:
    before = everything_stored()
    pages = look_at(addresses_to_look_at(app, house), visitors)
    assert everything_stored() == before
    looked_at = {address for _role, address, _page in pages}
    unseen = set(addresses_to_look_at(app, house)) - looked_at
    allowed_unseen = {"/metrics", "/readyz", f"/surveys/about/{house.places['reference']}"}
    assert {one for one in unseen if not one.endswith(".pdf")} <= allowed_unseen
    for role, address, page in pages:
        if page.headers["Content-Type"].startswith("text/html"):
            review_as(role, address, page)


def review_as(role: str, address: str, page: Page) -> None:
    try:
        review_page(page)
        nothing_is_live(page)
    except AssertionError as fault:
        raise AssertionError(f"{address} as {role}: {fault}") from fault


def nothing_is_live(page: Page) -> None:
    """The strict policy forbids it, so it would not work; it must not be there at all."""
    for element in page.tree.iter():
        assert element.tag != "style", "a style element"
        assert element.tag != "script" or (element.get("src") and not (element.text or "").strip()), "inline script"
        for name, value in element.items():
            live = name.startswith(("on", "hx-on", "data-hx-on")) or name == "style"
            assert not live, f"{name} on {element.tag}"
            assert not value.lower().startswith(("javascript:", "js:")), f"{name} on {element.tag}"


def test_a_fragment_is_a_piece_of_its_page(app: Flask, house: House, visitors: dict[str, Visitor]) -> None:
    seen = set()
    in_pieces = [one for one in addresses_to_look_at(app, house) if fragments_at(app, one)]
    # Page and piece say the same minute, also when one would come just before the next.
    with time_machine.travel(now(), tick=False):
        for role, address, page in look_at(in_pieces, visitors):
            for fragment in fragments_at(app, address):
                if id_of(fragment) in page.html:
                    check_piece(visitors[role], address, page, fragment)
                    seen.add(fragment)
    alone = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("_*.html") if id_of(path) in path.read_text()}
    # The first two belong to no room's page, and files are only kept in the answer to a form that was sent.
    assert seen == alone - {"_flash.html", "_masthead.html", "requests/_kept_files.html"}


def check_piece(visitor: Visitor, address: str, page: Page, fragment: str) -> None:
    headers = {"HX-Request": "true", "HX-Target": id_of(fragment)[4:-1]}
    answer = visitor.get(address, review=False, headers=headers)
    piece, _title, _flash = settled(answer.html).partition("<title>")
    assert piece.strip() in settled(page.html), f"{fragment} of {address}"
    assert len(piece) < len(page.html)
    assert {"HX-Request", "HX-Target"} <= {one.strip() for one in answer.headers["Vary"].split(",")}


def id_of(fragment: str | Path) -> str:
    """The attribute that the root of this fragment carries: id="its-file-name"."""
    return f'id="{Path(fragment).stem.removeprefix("_").replace("_", "-")}"'


def fragments_at(app: Flask, address: str) -> list[str]:
    return [fragment for template in templates_behind(app, address) for fragment in sorted(fragments_of(template))]


def templates_behind(app: Flask, address: str) -> list[str]:
    """The templates that the view of an address names."""
    endpoint = app.url_map.bind("localhost").match(address.partition("?")[0])[0]
    room, _dot, name = endpoint.partition(".")
    template = f"{room}/{name}.html"
    return [template] if (TEMPLATES / template).is_file() else []


def test_a_part_without_an_id_is_no_fragment(app: Flask, house: House, visitors: dict[str, Visitor]) -> None:
    headers = {"HX-Request": "true", "HX-Target": "delivery"}
    page = visitors["administrator"].get("/mail", headers=headers)
    assert "<html" in page.html


def test_asking_only_for_the_headers_changes_nothing(app: Flask, house: House, visitors: dict[str, Visitor]) -> None:
    before = everything_stored()
    for address in addresses_to_look_at(app, house):
        response = visitors["administrator"]._send(address, method="HEAD")
        assert response.data == b""
        response.close()
    assert everything_stored() == before
