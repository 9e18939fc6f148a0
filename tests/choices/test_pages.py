"""Pages of offers: the desk writes one, the customer compares and picks, in the portal or from a mailed link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.choices import actions, queries
from portal.choices.models import Offer
from portal.extensions import db
from portal.people.models import Person
from portal.requests import actions as requests
from portal.requests.models import RequestEvent, RequestWatcher, ServiceRequest
from portal.web.moment import now
from tests.builders import a_person, a_request, a_service, resolve
from tests.choices.offers import LOAN, REPAIR, SWAP, a_way, an_offer, links_to
from tests.visitor import Page, Visitor, counted_statements

Browser = Callable[..., Visitor]

FILLED = {
    "words": "It is a virus.",
    "label_1": "Repair it now",
    "minutes_1": "30",
    "when_words_1": "today",
    "gives_up_1": "The new laptop comes next week",
    "label_2": "New laptop today",
    "minutes_2": "120",
    "when_at_2": f"{now() + timedelta(days=2):%Y-%m-%dT%H:%M}",
}


@pytest.fixture
def asked(app: Flask) -> ServiceRequest:
    options = [{"label": "At your desk", "words": "Somebody comes."}, {"label": "Bring it", "words": "Ground floor."}]
    made = a_request(a_person("Ana Ruiz"), a_service(options=options), at=now() - timedelta(hours=1))
    db.session.commit()
    return made


@pytest.fixture
def agent(app: Flask) -> Person:
    person = a_person("Jo Okafor", roles=("agent",))
    db.session.commit()
    return person


def newest(request: ServiceRequest) -> Offer:
    db.session.expire_all()
    found = queries.newest_offer(request)
    assert found is not None
    return found


def pick_form(page: Page, action: str, number: int) -> dict[str, str]:
    """What the button of this option would send."""
    for form in page.forms():
        values = {
            one.get("name"): one.get("value", "") for one in form.iter("input") if one.get("name") != "csrf_token"
        }
        if form.get("action") == action and values.get("option") == str(number):
            return values
    raise AssertionError(f"no button for option {number} at {action}")


def watch(request: ServiceRequest) -> Person:
    person = a_person("Wim")
    db.session.add(RequestWatcher(request_id=request.id, person_id=person.id, is_open=True, added_at=now()))
    request.keeps("watchers")
    db.session.commit()
    return person


# --- the desk -----------------------------------------------------------------------------------------------------


def test_the_desk_offers_and_the_customer_picks_with_one_press(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    desk, customer = visitor(agent), visitor(asked.customer)
    assert f"/choices/{asked.reference}/new" in desk.get(f"/queue/{asked.reference}").links()
    sent = desk.submit(f"/choices/{asked.reference}/new", {**FILLED, "label_3": "", "words_3": ""})
    assert sent.location == f"/queue/{asked.reference}"
    assert "We wait for the choice" not in customer.get(f"/requests/{asked.reference}").words
    assert "Offered; we wait for the choice" in desk.follow(sent).words
    page = customer.get(f"/requests/{asked.reference}")
    assert "How should we do it? You choose" in page.words and "The new laptop comes next week" in page.words
    picked = customer.post(f"/choices/{asked.reference}/pick", pick_form(page, f"/choices/{asked.reference}/pick", 1))
    after = customer.follow(picked)
    assert "You chose: Repair it now, 30 minutes" in after.words
    assert (newest(asked).state, asked.state) == ("picked", "in_progress")


def test_the_form_begins_with_the_ways_that_the_service_names(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    page = visitor(agent).get(f"/choices/{asked.reference}/new")
    assert (page.value("label_1"), page.value("words_2")) == ("At your desk", "Ground floor.")


def test_what_is_missing_is_said_where_it_is_and_the_words_are_kept(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    desk = visitor(agent)
    page = desk.submit(f"/choices/{asked.reference}/new", {**FILLED, "minutes_2": ""}, expect=422)
    assert "Enter the minutes of option 2" in page.words
    assert page.value("gives_up_1") == "The new laptop comes next week"
    page = desk.submit(f"/choices/{asked.reference}/new", {**FILLED, "label_3": "Half"}, expect=422)
    assert "option 3" in page.words
    page = desk.submit(f"/choices/{asked.reference}/new", {**FILLED, "minutes_2": "soon"}, expect=422)
    assert page.value("minutes_2") == "soon"


def test_an_offer_begun_before_the_customer_wrote_is_kept_and_not_sent(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    desk, customer = visitor(agent), visitor(asked.customer)
    form = desk.get(f"/choices/{asked.reference}/new").form_for(f"/choices/{asked.reference}/new") | FILLED
    customer.submit(
        f"/requests/{asked.reference}/replies", {"body": "It works again."}, at=f"/requests/{asked.reference}"
    )
    page = desk.post(f"/choices/{asked.reference}/new", form, expect=409)
    assert page.value("label_1") == "Repair it now" and "Somebody changed this request" in page.words
    assert queries.newest_offer(asked) is None
    desk.post(f"/choices/{asked.reference}/new", page.form_for(f"/choices/{asked.reference}/new"))
    assert newest(asked).is_open


def test_sending_the_form_twice_makes_one_offer(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    desk = visitor(agent)
    form = desk.get(f"/choices/{asked.reference}/new").form_for(f"/choices/{asked.reference}/new") | FILLED
    assert desk.post(f"/choices/{asked.reference}/new", form).location == f"/queue/{asked.reference}"
    assert desk.post(f"/choices/{asked.reference}/new", form).location == f"/queue/{asked.reference}"
    assert db.session.query(Offer).count() == 1


def test_an_open_offer_is_the_beginning_of_the_next(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    an_offer(asked, by=agent, ways=(REPAIR, a_way(label="Later", when_at=now() + timedelta(days=1))), at=now())
    desk = visitor(agent)
    page = desk.get(f"/choices/{asked.reference}/new")
    assert "are still open" in page.words and page.value("label_1") == "Repair it now"
    desk.submit(f"/choices/{asked.reference}/new", {"label_1": "Repair it tonight"})
    assert [one.label for one in newest(asked).options] == ["Repair it tonight", "Later"]
    assert [one.state for one in db.session.query(Offer).order_by(Offer.id)] == ["withdrawn", "open"]


def test_taking_back_what_was_picked_meanwhile_keeps_the_words(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    an_offer(asked, by=agent, at=now())
    desk, customer = visitor(agent), visitor(asked.customer)
    address = f"/choices/{asked.reference}/withdraw"
    form = desk.get(address).form_for(address) | {"words": "No part."}
    page = customer.get(f"/choices/{asked.reference}")
    customer.post(f"/choices/{asked.reference}/pick", pick_form(page, f"/choices/{asked.reference}/pick", 2))
    refused = desk.post(address, form, expect=409)
    assert "No part." in refused.words
    desk.post(address, refused.form_for(address), expect=409)
    assert newest(asked).picked_number == 2


def test_the_desk_takes_an_offer_back(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    an_offer(asked, by=agent, at=now())
    desk, customer = visitor(agent), visitor(asked.customer)
    old = customer.get(f"/requests/{asked.reference}")
    desk.submit(f"/choices/{asked.reference}/withdraw", {"words": "The part is not there."})
    assert "The part is not there." in customer.get(f"/requests/{asked.reference}").words
    form = pick_form(old, f"/choices/{asked.reference}/pick", 1)
    page = customer.post(f"/choices/{asked.reference}/pick", form, expect=409)
    assert "were taken back" in page.words


def test_nothing_can_be_offered_about_what_has_ended(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    resolve(asked, by=agent, at=now())
    page = visitor(agent).get(f"/choices/{asked.reference}/new")
    assert "nothing can be offered now" in page.words and not page.tree.findall(".//textarea")


def test_the_desk_picks_for_a_customer_who_rang(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    an_offer(asked, by=agent, at=now())
    desk, customer, place = visitor(agent), visitor(asked.customer), f"/choices/{asked.reference}/pick-for"
    assert place in desk.get(f"/queue/{asked.reference}").links()
    for missing in ({"words": "She rang."}, {"option": "1"}, {"option": "1", "words": "  "}):
        page = desk.submit(place, missing, expect=422)
        assert page.value("words").strip() == missing.get("words", "").strip()
    assert newest(asked).is_open
    form = desk.get(place).form_for(place) | {"option": "1", "words": "She rang from the train."}
    assert desk.post(place, form).location == f"/queue/{asked.reference}"
    assert desk.post(place, form).location == f"/queue/{asked.reference}"
    assert (newest(asked).state, newest(asked).picked_number) == ("picked", 1)
    assert db.session.query(RequestEvent).filter_by(kind="option_picked").count() == 1
    marked = "Ana Ruiz chose: Repair it now, 30 minutes (told us by phone, noted by Jo Okafor)"
    for page in (desk.get(f"/queue/{asked.reference}"), customer.get(f"/requests/{asked.reference}")):
        assert marked in page.words and "She rang from the train." in page.words
        assert "Told us by phone, noted by Jo Okafor." in page.words


def test_picking_for_somebody_is_the_desks_and_of_what_it_saw(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    place = f"/choices/{asked.reference}/pick-for"
    desk = visitor(agent)
    desk.get(place, expect=404)
    an_offer(asked, by=agent, at=now())
    for somebody in (visitor(asked.customer), visitor(a_person())):
        somebody.get(place, expect=403)
        somebody.post(place, {"option": "1", "words": "x"}, expect=403)
    old = desk.get(place).form_for(place) | {"option": "2", "words": "She rang."}
    an_offer(asked, by=agent, ways=(LOAN, SWAP), at=now())
    refused = desk.post(place, old, expect=409)
    assert refused.value("words") == "She rang." and "A loan machine" in refused.words
    assert newest(asked).is_open
    for option in ("3", "0", "x"):
        desk.submit(place, {"option": option, "words": "She rang."}, expect=422)
    stale = desk.get(place).form_for(place) | {"option": "2", "words": "She rang."}
    customer = visitor(asked.customer)
    page = customer.get(f"/choices/{asked.reference}")
    customer.post(f"/choices/{asked.reference}/pick", pick_form(page, f"/choices/{asked.reference}/pick", 1))
    late = desk.post(place, stale, expect=409)
    assert "She rang." in late.words and "chose “A loan machine”" in late.words
    assert newest(asked).picked_number == 1


# --- the customer -------------------------------------------------------------------------------------------------


def test_whoever_only_reads_along_sees_and_does_not_pick(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    watcher = visitor(watch(asked))
    offer = an_offer(asked, by=agent, at=now())
    for address in (f"/requests/{asked.reference}", f"/choices/{asked.reference}"):
        page = watcher.get(address)
        assert "Ana Ruiz chooses" in page.words and "Repair it now" in page.words
        assert "/choices/" not in " ".join(form.get("action") for form in page.forms())
    data = {"offer": str(offer.id), "option": "1"}
    watcher.post(f"/choices/{asked.reference}/pick", data, expect=404)
    watcher.post(f"/choices/{asked.reference}/none", {**data, "body": "No."}, expect=404)
    assert newest(asked).is_open


def test_a_stranger_finds_no_offer_and_the_desk_does_not_choose(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    offer = an_offer(asked, by=agent, at=now())
    data = {"offer": str(offer.id), "option": "1"}
    for somebody in (visitor(a_person()), visitor(agent)):
        somebody.get(f"/choices/{asked.reference}", expect=404)
        somebody.post(f"/choices/{asked.reference}/pick", data, expect=404)
    visitor(asked.customer).get(f"/choices/{asked.reference}/new", expect=403)
    visitor(asked.customer).post(f"/choices/{asked.reference}/withdraw", {}, expect=403)
    visitor(asked.customer).get(f"/choices/{asked.reference}/pick", expect=405)
    assert newest(asked).is_open


def test_nobody_picks_an_option_of_another_offer(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    customer = visitor(asked.customer)
    an_offer(asked, by=agent, at=now())
    old = pick_form(customer.get(f"/requests/{asked.reference}"), f"/choices/{asked.reference}/pick", 2)
    an_offer(asked, by=agent, ways=(LOAN, SWAP), at=now())
    page = customer.post(f"/choices/{asked.reference}/pick", old, expect=409)
    assert "Nothing was chosen" in page.words and "A loan machine" in page.words
    for number in ("3", "0", "-1", "x", ""):
        data = {"offer": str(newest(asked).id), "option": number}
        customer.post(f"/choices/{asked.reference}/pick", data, expect=422)
    assert newest(asked).is_open


def test_two_people_at_once_make_one_choice(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    an_offer(asked, by=agent, at=now())
    one, other = visitor(asked.customer), visitor(asked.customer)
    forms = [pick_form(one.get(f"/choices/{asked.reference}"), f"/choices/{asked.reference}/pick", n) for n in (1, 2)]
    one.post(f"/choices/{asked.reference}/pick", forms[0])
    one.post(f"/choices/{asked.reference}/pick", forms[0])
    page = other.post(f"/choices/{asked.reference}/pick", forms[1], expect=409)
    assert "You chose “Repair it now”." in page.words
    assert db.session.query(RequestEvent).filter_by(kind="option_picked").count() == 1


def test_answer_us_leads_to_the_choice_while_there_is_one(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    watcher, customer, place = visitor(watch(asked)), visitor(asked.customer), f"/requests/{asked.reference}"
    requests.ask_customer(asked, words="Which floor?", by=agent, at=now())
    db.session.commit()
    for leads_to in ("h3", "section", "h3"):
        page = customer.get(place)
        assert "#reply" in page.links()
        [there] = page.tree.findall(".//*[@id='reply']")
        assert there.tag == leads_to
        assert ("Choose this" in "".join(there.itertext())) == (leads_to == "section")
        [below] = page.tree.findall(".//*[@id='write']")
        assert below.findall(".//textarea[@name='body']")
        assert watcher.get(place).tree.find(".//h3[@id='reply']") is not None
        if leads_to == "h3":
            an_offer(asked, by=agent, at=now())
        else:
            requests.reply(asked, words="The second.", by=asked.customer, at=now())
            actions.withdraw(newest(asked), words="", by=agent, at=now())
            requests.ask_customer(asked, words="Which floor then?", by=agent, at=now())
            db.session.commit()


def test_none_of_these_suits_me(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    an_offer(asked, by=agent, at=now())
    customer = visitor(asked.customer)
    place = f"/choices/{asked.reference}"
    page = customer.submit(f"{place}/none", {"body": " "}, at=place, expect=422)
    assert "Say what would suit you" in page.words
    sent = customer.submit(f"{place}/none", {"body": "I leave at noon."}, at=place)
    assert "I leave at noon." in customer.follow(sent).words
    assert newest(asked).state == "declined"
    again = {"offer": str(newest(asked).id), "body": "Really."}
    assert "Really." in customer.post(f"{place}/none", again, expect=409).words


def test_a_page_with_an_offer_asks_one_question_more(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    customer = visitor(asked.customer)
    customer.get(f"/requests/{asked.reference}")
    with counted_statements() as before:
        customer.get(f"/requests/{asked.reference}")
    an_offer(asked, by=agent, ways=(REPAIR, SWAP, LOAN), at=now())
    with counted_statements() as after:
        customer.get(f"/requests/{asked.reference}")
    # A request that somebody works on has no more to ask than one that nobody has.
    assert len(after) == len(before) + 1


# --- from a mailed link -------------------------------------------------------------------------------------------


def test_the_link_asks_for_one_press_and_opening_it_chooses_nothing(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    an_offer(asked, by=agent, at=now())
    links = links_to(asked.customer)
    anybody = visitor()
    for link in links:
        page = anybody.get(link)
        assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
    assert newest(asked).is_open
    path = links[1].partition("?")[0]
    page = anybody.get(links[1])
    assert "Nothing is chosen until you press the button." in page.words
    first_button = next(form for form in page.forms() if form.get("action") == path)
    values = {
        one.get("name"): one.get("value", "") for one in first_button.iter("input") if one.get("name") != "csrf_token"
    }
    assert values["option"] == "2"
    sent = anybody.post(path, values)
    assert sent.headers["Referrer-Policy"] == "no-referrer"
    assert "You chose “New laptop today”." in anybody.follow(sent).words
    assert newest(asked).settled_by is asked.customer


def test_a_scanner_that_follows_and_posts_everything_chooses_nothing(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    an_offer(asked, by=agent, at=now())
    scanner = visitor()
    for link in links_to(asked.customer):
        scanner.get(link)
        scanner._send(link, method="HEAD").close()
        scanner.post(link, {"csrf_token": ""}, expect=400)
    assert newest(asked).is_open


def test_none_of_these_from_the_link(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    an_offer(asked, by=agent, at=now())
    path = links_to(asked.customer)[0].partition("?")[0]
    anybody = visitor()
    anybody.submit(f"{path}/none", {"body": ""}, at=path, expect=422)
    anybody.submit(f"{path}/none", {"body": "Neither."}, at=path)
    assert "None of these suited" in anybody.get(path).words
    assert newest(asked).state == "declined"


def test_a_link_that_leads_nowhere_says_so(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    an_offer(asked, by=agent, at=now())
    path = links_to(asked.customer)[0].partition("?")[0]
    anybody = visitor()
    nowhere = [anybody.get("/choice/no-such-token", expect=404), anybody.post("/choice/no-such-token", {}, expect=404)]
    assert all("does not lead anywhere" in page.words for page in nowhere)
    asked.customer.active = False
    anybody.get(path, expect=404)
    anybody.post(path, {"offer": str(newest(asked).id), "option": "1"}, expect=404)
    asked.customer.active = True
    resolve(asked, by=agent, at=now())
    assert "not open any more" in anybody.get(path).words


def test_a_link_to_an_older_offer_does_not_choose_of_the_newer(
    asked: ServiceRequest, agent: Person, visitor: Browser
) -> None:
    an_offer(asked, by=agent, at=now())
    path = links_to(asked.customer)[0].partition("?")[0]
    newer = an_offer(asked, by=agent, ways=(LOAN, SWAP), at=now())
    anybody = visitor()
    assert "were taken back" in anybody.get(path).words
    anybody.post(path, {"offer": str(newer.id), "option": "1"}, expect=409)
    assert newest(asked).is_open


def test_words_of_people_stay_words(asked: ServiceRequest, agent: Person, visitor: Browser) -> None:
    nasty = "<script>alert(1)</script>{{ 7*7 }}"
    way = a_way(label=nasty, words=nasty, when_words=nasty, gives_up=nasty)
    an_offer(asked, by=agent, ways=(way, SWAP), words=nasty, at=now())
    for page in (
        visitor(asked.customer).get(f"/requests/{asked.reference}"),
        visitor(agent).get(f"/queue/{asked.reference}"),
        visitor().get(links_to(asked.customer)[0]),
    ):
        assert nasty in page.words and "<script>alert" not in page.html
