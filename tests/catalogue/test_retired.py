"""Where the address of a service leads in each of its states, and for whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from portal.catalogue import keeping
from portal.catalogue.models import Service
from portal.extensions import db
from portal.people.models import Person, Segment
from portal.refusal import Refusal
from tests.builders import TUESDAY_10, a_person, a_request, a_segment, a_service
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
ADDRESSES = ("/services/cards", "/services/cards/ask")


@pytest.fixture
def manager(app: Flask) -> Person:
    return a_person("Mona", roles=("manager",))


def retire(service: Service, successor: Service | None = None, *, by: Person, why: str = "The machine is gone") -> None:
    keeping.retire(service, why=why, successor=successor, version=service.version, by=by, at=TUESDAY_10)


@pytest.fixture
def cards(app: Flask) -> Service:
    return a_service("Printing cards", slug="cards")


def test_an_old_address_leads_to_the_successor_and_says_why(visitor: Browser, manager: Person, cards: Service) -> None:
    retire(cards, a_service("Printing", slug="printing"), by=manager)
    browser = visitor(a_person())
    for address, new in zip(ADDRESSES, ("/services/printing", "/services/printing/ask"), strict=True):
        moved = browser.get(address, expect=303)
        assert moved.location == new
        words = browser.follow(moved).html
        assert "“Printing cards” has retired: The machine is gone. “Printing” took its place." in words


def test_a_form_that_was_open_when_its_service_retired_leads_there_too(
    visitor: Browser, manager: Person, cards: Service
) -> None:
    browser = visitor(a_person())
    form = browser.get("/services/cards/ask").form_for("/services/cards/ask")
    retire(cards, a_service("Printing", slug="printing"), by=manager)
    moved = browser.post("/services/cards/ask", {**form, "summary": "Please", "step": "send"})
    assert moved.location.startswith("/services/printing/ask?draft="), "and what was typed goes along"


def test_a_chain_of_successors_is_followed_to_its_end(visitor: Browser, manager: Person, cards: Service) -> None:
    middle, last = a_service("Middle", slug="middle"), a_service("Last", slug="last")
    retire(cards, middle, by=manager)
    retire(middle, last, by=manager)
    assert visitor(a_person()).get("/services/cards", expect=303).location == "/services/last"
    retire(last, by=manager)
    assert visitor(a_person()).get("/services/cards", expect=410).heading == "Printing cards has retired"


def test_without_a_successor_it_says_why_and_what_to_do(visitor: Browser, manager: Person, cards: Service) -> None:
    retire(cards, by=manager)
    browser = visitor(a_person())
    for address in ADDRESSES:
        page = browser.get(address, expect=410)
        assert "The machine is gone" in page.words
        assert "/services/something-else/ask" in page.links()


def test_a_retired_service_is_in_no_list(visitor: Browser, manager: Person, cards: Service) -> None:
    browser = visitor(a_person())
    assert "Printing cards" in browser.get("/services").words
    retire(cards, by=manager)
    for address in ("/services", "/services?q=cards", f"/services?category={cards.category.slug}", "/"):  # type: ignore[union-attr]
        assert "Printing cards" not in browser.get(address).words
    assert "Printing cards" not in browser.get("/search?q=cards").words


@pytest.mark.parametrize("state", ["live", "draft", "retired"])
@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("roles", [(), ("agent",), ("manager",)])
def test_a_service_of_a_segment_is_there_for_that_segment_alone(
    visitor: Browser, state: str, mine: bool, roles: tuple[str, ...]
) -> None:
    finance, plant = a_segment("Finance"), a_segment("Plant")
    service = a_service("Printing cards", slug="cards", for_segments=[finance], state=state)
    if state == "live":
        keeping.index_service(service, at=TUESDAY_10)
    browser = visitor(a_person(segment=finance if mine else plant, roles=roles))
    keeper = "manager" in roles
    expected = {"live": 200 if mine else 404, "retired": 410 if mine else 404, "draft": 200 if keeper else 404}[state]
    page = browser.get("/services/cards", expect=expected)
    # Those who work the queue ask for customers of every segment.
    to_ask = {"live": 200 if "agent" in roles else expected, "retired": expected, "draft": 404}[state]
    browser.get("/services/cards/ask", expect=to_ask)
    shown = state == "live" and mine
    for address in ("/services", "/services?q=printing", "/search?q=printing"):
        assert ("Printing cards" in browser.get(address).words) is shown, address
    if expected == 404:
        assert page.html == browser.get("/services/no-such-thing", expect=404).html


def test_a_successor_of_another_segment_is_not_given_away(visitor: Browser, manager: Person, cards: Service) -> None:
    secret = a_service("Secret press", slug="press", for_segments=[a_segment("Finance")])
    retire(cards, secret, by=manager)
    page = visitor(a_person()).get("/services/cards", expect=410)
    assert "Secret press" not in page.html and "press" not in "".join(page.links())


def test_old_requests_stay_readable_and_lead_on(visitor: Browser, manager: Person, cards: Service) -> None:
    customer = a_person()
    asked = a_request(customer, cards)
    retire(cards, a_service("Printing", slug="printing"), by=manager)
    browser = visitor(customer)
    page = browser.get(f"/requests/{asked.reference}")
    assert "Printing cards" in page.words
    assert browser.get("/services/cards", expect=303).location == "/services/printing"


def test_a_draft_is_shown_to_keepers_without_a_way_to_ask(visitor: Browser) -> None:
    a_service("Soon", slug="soon", state="draft")
    page = visitor(a_person(roles=("administrator",))).get("/services/soon")
    assert "This is a draft" in page.words and "/services/soon/ask" not in page.links()


# --- what cannot retire, and into what ---------------------------------------------------------------------------


def test_a_service_cannot_take_its_own_place(manager: Person, cards: Service) -> None:
    with pytest.raises(Refusal, match="its own place"):
        retire(cards, cards, by=manager)


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_a_successor_must_be_offered(manager: Person, cards: Service, state: str) -> None:
    with pytest.raises(Refusal, match="that is offered"):
        retire(cards, a_service("Other", state=state), by=manager)


def test_a_ring_of_successors_is_refused(manager: Person, cards: Service) -> None:
    middle = a_service("Middle")
    middle.successor = cards
    with pytest.raises(Refusal, match="leads back"):
        retire(cards, middle, by=manager)
    assert cards.is_live


def test_what_was_offered_again_leads_nowhere_else(visitor: Browser, manager: Person, cards: Service) -> None:
    printing = a_service("Printing", slug="printing")
    retire(cards, printing, by=manager)
    keeping.go_live(cards, note="It is back.", version=cards.version, by=manager, at=TUESDAY_10)
    assert cards.successor is None and cards.retired_why is None
    retire(printing, cards, by=manager)
    browser = visitor(a_person())
    assert browser.get("/services/printing", expect=303).location == "/services/cards"
    browser.get("/services/cards")


def test_a_ring_that_got_in_from_elsewhere_ends_somewhere(visitor: Browser, cards: Service) -> None:
    other = a_service("Other", slug="other", state="retired", successor=cards)
    cards.state, cards.successor = "retired", other
    db.session.flush()
    visitor(a_person()).get("/services/cards", expect=410)


def test_what_is_for_everything_else_cannot_retire(manager: Person) -> None:
    service = a_service("Something else", slug="something-else")
    with pytest.raises(Refusal, match="cannot retire"):
        retire(service, by=manager)
    finance = a_segment("Finance")
    offer = an_offer(service, for_segments=(finance,))
    with pytest.raises(Refusal, match="for everyone"):
        keeping.edit_service(service, offer, version=1, note="", by=manager, at=TUESDAY_10)


def an_offer(service: Service, *, for_segments: tuple[Segment, ...] = ()) -> keeping.Offer:
    return keeping.Offer("Something else", "What", "Ever", service.hours_plan, for_segments=for_segments)
