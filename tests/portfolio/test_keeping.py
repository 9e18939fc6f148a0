"""Services, hours and their ends, as those who keep the offer write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.catalogue.models import Category, HoursPlan, RequestForm, Service, ServiceChange
from portal.extensions import db
from portal.measures.clock import due_moment
from portal.people.models import Person
from portal.search.models import Document
from portal.web.moment import now
from tests.builders import a_person, a_request, a_segment, a_service, desk_hours
from tests.visitor import Page, Visitor

Browser = Callable[..., Visitor]

NEW = "/portfolio/services/new"
EDIT = "/portfolio/services/cards/edit"


@pytest.fixture
def manager(app: Flask) -> Person:
    return a_person("Mona", roles=("manager",))


@pytest.fixture
def keeper(visitor: Browser, manager: Person) -> Visitor:
    desk_hours()
    return visitor(manager)


@pytest.fixture
def cards(app: Flask) -> Service:
    return a_service("Printing cards", slug="cards", owner=None)


def written(**more: Any) -> dict[str, Any]:
    return {"name": "Loan of a laptop", "summary": "For a trip.", "description": "A laptop for a week."} | more


def service(slug: str) -> Service:
    db.session.expire_all()
    found = db.session.query(Service).filter_by(slug=slug).one_or_none()
    assert found is not None
    return found


def errors(page: Page) -> str:
    return " ".join("".join(one.itertext()) for one in page.tree.iter("p") if "wrong" in (one.get("class") or ""))


# --- new ---------------------------------------------------------------------------------------------------------


def test_a_new_service_is_a_draft_with_everything_that_was_said(keeper: Visitor, manager: Person) -> None:
    finance = a_segment("Finance")
    made = keeper.submit(
        NEW,
        written(
            new_category="On the road",
            first_answer="2",
            first_answer_unit="hour",
            resolution="3",
            resolution_unit="day",
            audience="some",
            segments=[str(finance.id)],
            cost="Nothing",
            cost_each="12,50",
            ways="Small one: light\nLarge one",
            have_ready="The dates",
            who_does_it="Desk team",
            owner=str(manager.id),
        ),
    )
    assert made.location == "/services/loan-of-a-laptop"
    assert "Only those who keep the offer see it" in keeper.follow(made).html
    found = service("loan-of-a-laptop")
    assert found.state == "draft" and found.version == 1
    assert (found.first_answer_minutes, found.resolution_minutes, found.cost_each_cents) == (120, 1800, 1250)
    assert found.options == [{"label": "Small one", "words": "light"}, {"label": "Large one", "words": ""}]
    assert [one.name for one in found.for_segments] == ["Finance"] and not found.for_everyone
    assert found.category is not None and found.category.name == "On the road" and found.owner == manager
    assert db.session.query(RequestForm).filter_by(service_id=found.id).count() == 1
    assert db.session.query(Document).count() == 0


def test_two_clicks_make_one_service_and_two_services_of_one_name_two_addresses(keeper: Visitor) -> None:
    form = keeper.get(NEW).form_for(NEW)
    for _click in range(2):
        assert keeper.post(NEW, {**form, **written()}).location == "/services/loan-of-a-laptop"
    assert keeper.submit(NEW, written()).location == "/services/loan-of-a-laptop-2"
    assert keeper.submit(NEW, written(name="New")).location == "/services/new-2"
    assert keeper.submit(NEW, written(name="Übergröße!")).location == "/services/ubergrosse"
    assert keeper.submit(NEW, written(name="打印")).location == "/services/service"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": " "}, "Enter the name that people would use."),
        ({"summary": ""}, "Say in one sentence what it is."),
        ({"description": ""}, "Say what people get"),
        ({"name": "x" * 81}, "Use at most 80 characters."),
        ({"audience": "some"}, "Choose at least one group, or everyone."),
        ({"cost_each": "about 5"}, "Enter an amount such as 12.50."),
        ({"first_answer": "0"}, "Enter a whole number above 0"),
        ({"resolution": "9999999"}, "Enter a whole number above 0"),
        ({"hours": "999"}, "Not a valid choice"),
        ({"ways": "\n".join(f"Way {n}" for n in range(9))}, "Name at most 8 ways."),
        (
            {"first_answer": "3", "first_answer_unit": "day", "resolution": "1", "resolution_unit": "hour"},
            "cannot be promised later than the end",
        ),
    ],
)
def test_bad_input_is_refused_and_keeps_what_was_typed(keeper: Visitor, sent: dict[str, Any], words: str) -> None:
    form = keeper.get(NEW).form_for(NEW)
    page = keeper.post(NEW, {**form, **written(have_ready="The dates"), **sent}, expect=422)
    assert words in errors(page) and page.value("have_ready") == "The dates"
    assert page.tree.find(".//title").text.startswith("Error: ")
    assert db.session.query(Service).count() == 0 and db.session.query(Category).count() == 0


# --- change ------------------------------------------------------------------------------------------------------


def test_a_change_is_saved_found_and_told(keeper: Visitor, cards: Service, visitor: Browser) -> None:
    saved = keeper.submit(EDIT, {"name": "Badges", "summary": "Now with a photo.", "note": "Now with a photo."})
    assert saved.location == "/services/cards"
    found = service("cards")
    assert (found.name, found.version, found.slug) == ("Badges", 2, "cards")
    change = db.session.query(ServiceChange).one()
    assert (change.kind, change.note, change.public) == ("changed", "Now with a photo.", True)
    assert db.session.query(Document).filter_by(key="cards").one().title == "Badges"
    browser = visitor(a_person())
    assert "Badges" in browser.get("/services?q=photo").words
    assert "Now with a photo." in browser.get("/").words


def test_a_change_without_a_note_is_written_down_for_keepers_only(keeper: Visitor, cards: Service) -> None:
    keeper.submit(EDIT, {"resolution": "2", "resolution_unit": "day", "cost": "5 a card"})
    change = db.session.query(ServiceChange).one()
    assert not change.public and change.note == "Changed: targets, cost"
    keeper.submit(EDIT, {})
    assert db.session.query(ServiceChange).count() == 1


def test_new_hours_and_targets_leave_old_requests_as_they_were_promised(keeper: Visitor, cards: Service) -> None:
    asked = a_request(a_person(), cards, at=now() - timedelta(hours=1))
    before = (asked.hours_plan_id, asked.due_at, asked.original_due_at, asked.resolution_minutes)
    plan = desk_hours("Asia/Tokyo")
    keeper.submit(EDIT, {"hours": str(plan.id), "resolution": "1", "resolution_unit": "hour"})
    db.session.expire_all()
    assert (asked.hours_plan_id, asked.due_at, asked.original_due_at, asked.resolution_minutes) == before
    found = service("cards")
    later = a_request(a_person(), found, at=now())
    assert later.due_at == due_moment(plan.hours, later.opened_at, timedelta(minutes=60))


def test_who_was_slower_is_told_and_keeps_the_text(keeper: Visitor, cards: Service) -> None:
    form = keeper.get(EDIT).form_for(EDIT)
    keeper.submit(EDIT, {"summary": "From the quicker one."})
    page = keeper.post(EDIT, {**form, "summary": "From the slower one."}, expect=409)
    assert page.value("summary") == "From the slower one." and page.value("version") == "2"
    assert "Now it says: From the quicker one." in page.words
    assert service("cards").summary == "From the quicker one."
    keeper.post(EDIT, page.form_for(EDIT))
    assert service("cards").summary == "From the slower one."


def test_counting_demand_does_not_get_in_a_keepers_way(keeper: Visitor, cards: Service) -> None:
    form = keeper.get(EDIT).form_for(EDIT)
    cards.asked_lately = 99
    db.session.commit()
    keeper.post(EDIT, {**form, "summary": "Fine."})


def test_a_version_that_is_missing_changes_nothing(keeper: Visitor, cards: Service) -> None:
    form = keeper.get(EDIT).form_for(EDIT)
    form.pop("version")
    keeper.post(EDIT, {**form, "summary": "Without."}, expect=409)


def test_taking_a_segment_away_takes_the_service_away_at_once(
    keeper: Visitor, cards: Service, visitor: Browser
) -> None:
    finance = a_segment("Finance")
    customer = visitor(a_person())
    customer.get("/services/cards")
    saved = keeper.submit(EDIT, {"audience": "some", "segments": [str(finance.id)]})
    assert saved.location == "/portfolio/services?state=live", "the keeper may not ask for it either"
    customer.get("/services/cards", expect=404)
    assert "Printing cards" not in customer.get("/search?q=cards").words


# --- offer and retire --------------------------------------------------------------------------------------------


def test_a_draft_is_offered_with_a_note(keeper: Visitor, visitor: Browser) -> None:
    a_service("Soon", slug="soon", state="draft")
    address = "/portfolio/services/soon/publish"
    page = keeper.post(address, {**keeper.get(address).form_for(address), "note": ""}, expect=422)
    assert "Say in a sentence what is new" in errors(page)
    keeper.submit(address, {"note": "You can borrow one now."})
    assert service("soon").is_live and db.session.query(Document).filter_by(key="soon").count() == 1
    words = visitor(a_person()).get("/").words
    assert "You can borrow one now." in words and "new" in words
    keeper.post(address, {"note": "Again", "version": "2"}, expect=422)


def test_a_service_retires_with_a_reason(keeper: Visitor, cards: Service) -> None:
    other = a_service("Printing", slug="printing")
    address = "/portfolio/services/cards/retire"
    page = keeper.post(address, {**keeper.get(address).form_for(address), "why": " "}, expect=422)
    assert "Say in a sentence why it ends" in errors(page)
    done = keeper.submit(address, {"why": "The machine is gone.", "successor": str(other.id)})
    assert "“Printing cards” has retired." in keeper.follow(done).html
    found = service("cards")
    assert (found.state, found.retired_why, found.successor_id) == ("retired", "The machine is gone.", other.id)
    assert db.session.query(ServiceChange).one().kind == "retired"
    keeper.post(address, {"why": "Again", "version": str(found.version)}, expect=422)


def test_retiring_from_an_old_page_is_a_conflict(keeper: Visitor, cards: Service) -> None:
    form = keeper.get("/portfolio/services/cards/retire").form_for("/portfolio/services/cards/retire")
    keeper.submit(EDIT, {"summary": "Changed meanwhile."})
    page = keeper.post("/portfolio/services/cards/retire", {**form, "why": "It ends."}, expect=409)
    assert page.value("why") == "It ends." or "It ends." in page.html
    assert service("cards").is_live


def test_what_retired_can_be_offered_again(keeper: Visitor, cards: Service) -> None:
    keeper.submit("/portfolio/services/cards/retire", {"why": "The machine is gone."})
    assert "The machine is gone." in keeper.get("/portfolio/services/cards/publish").words
    keeper.submit("/portfolio/services/cards/publish", {"note": "It is back."})
    found = service("cards")
    assert found.is_live and found.retired_at is None and found.retired_why is None


# --- hours -------------------------------------------------------------------------------------------------------

HOURS = "/portfolio/hours/new"


def test_hours_are_written_day_by_day(keeper: Visitor) -> None:
    days = {f"day_{n}": "08:00 to 12:00, 13:00 to 17:00" for n in range(5)} | {"day_5": "09:00 to 12:00"}
    keeper.submit(HOURS, {"name": "Long week", "zone": "Europe/Paris", "closed_on": "2026-12-25\n2026-12-24", **days})
    plan = db.session.query(HoursPlan).order_by(HoursPlan.id.desc()).first()
    assert plan is not None and plan.zone == "Europe/Paris" and len(plan.windows) == 11
    assert plan.closed_on == ["2026-12-24", "2026-12-25"]
    assert plan.in_words == "Monday to Friday, 08:00 to 12:00, 13:00 to 17:00; Saturday, 09:00 to 12:00"
    assert "Long week" in keeper.get("/portfolio/hours").words
    assert "Long week" in keeper.get(NEW).words
    assert keeper.get(f"{HOURS}?like={plan.id}").value("day_5") == "09:00 to 12:00"


def test_hours_that_close_on_holidays_say_so(keeper: Visitor) -> None:
    keeper.submit(HOURS, {"name": "Berlin", "zone": "Europe/Berlin", "day_0": "08:00 to 12:00", "country": "DE"})
    plan = db.session.query(HoursPlan).filter_by(name="Berlin").one()
    assert plan.in_words == "Monday, 08:00 to 12:00, except public holidays"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Enter when we are open on at least one day."),
        ({"day_0": "all day"}, "Write it like 08:00 to 12:00"),
        ({"day_0": "08:00 to 12:00", "closed_on": "Christmas"}, "Write each day like 2026-12-24"),
        ({"day_0": "08:00 to 12:00", "name": ""}, "Enter a name"),
        ({"day_0": "08:00 to 12:00", "zone": "Middle/Earth"}, "the time zone is not known"),
    ],
)
def test_hours_that_cannot_be_kept_are_refused(keeper: Visitor, sent: dict[str, str], words: str) -> None:
    form = keeper.get(HOURS).form_for(HOURS)
    page = keeper.post(HOURS, {**form, "name": "Mine", **sent}, expect=422)
    assert words in page.words
    assert db.session.query(HoursPlan).count() == 1


# --- the list ----------------------------------------------------------------------------------------------------


def test_the_list_shows_each_state_a_page_at_a_time(keeper: Visitor, cards: Service) -> None:
    hours, shelf = desk_hours(), Category(slug="many", name="Many")
    for number in range(55):
        a_service(f"Service {number:02}", hours_plan=hours, category=shelf, state="draft")
    a_service("Old", state="retired")
    assert "Printing cards" in keeper.get("/portfolio/services").words
    first = keeper.get("/portfolio/services?state=draft")
    second = keeper.get(next(link for link in first.links() if "page=2" in link))
    assert "Service 49" in first.words and "Service 50" not in first.words and "Service 54" in second.words
    assert "Service 07" in keeper.get("/portfolio/services?state=draft&q=07&category=many").words
    assert "Nothing here" in keeper.get("/portfolio/services?state=retired&q=nothing").words
    keeper.get("/portfolio/services?state=other", expect=404)


# --- who may -----------------------------------------------------------------------------------------------------

READS = ("", "/new", "/cards/edit", "/cards/publish", "/cards/retire")


@pytest.mark.parametrize("role", ["agent", "liaison", "analyst", "board_member", "communicator"])
def test_nobody_else_keeps_the_offer(visitor: Browser, cards: Service, role: str) -> None:
    browser = visitor(a_person(roles=(role,)))
    for end in READS:
        browser.get(f"/portfolio/services{end}", expect=403)
    for end in READS[1:]:
        browser.post(f"/portfolio/services{end}", {}, expect=403)
    browser.post(HOURS, {}, expect=403)


def test_an_administrator_keeps_the_offer_and_sees_the_way_there(visitor: Browser, cards: Service) -> None:
    browser = visitor(a_person(roles=("administrator",)))
    assert "/portfolio/services" in browser.get("/").links()
    browser.submit(EDIT, {"summary": "By the administrator."})
    assert service("cards").summary == "By the administrator."


def test_a_service_that_is_not_there_is_not_found(keeper: Visitor) -> None:
    for end in ("edit", "publish", "retire"):
        keeper.get(f"/portfolio/services/nothing/{end}", expect=404)


def test_looking_is_get_and_doing_is_post(keeper: Visitor, cards: Service) -> None:
    keeper.get("/portfolio/services/cards/decide", expect=405)
    keeper.post("/portfolio/services", {}, expect=405)
