"""The status page, the days of a service, and what the first page says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from portal.extensions import db
from portal.jobs import run_due
from portal.notices import actions
from portal.notices.models import Notice
from portal.people.models import Person
from portal.search.queries import about
from portal.web.moment import now
from tests.builders import a_person, a_segment, a_service
from tests.notices.board import a_writer, planned, released
from tests.visitor import Visitor, counted_statements

Browser = Callable[..., Visitor]


def solved(notice: Notice) -> Notice:
    actions.solve(notice, words="It works.", by=a_writer(), at=now())
    db.session.commit()
    return notice


def test_an_empty_status_page_says_that_all_is_well(visitor: Browser, customer: Person) -> None:
    words = visitor(customer).get("/notices").words
    assert "Nothing is known that could disturb your work now." in words and "No maintenance is planned." in words


def test_the_status_page_says_what_is_now_and_what_is_planned(visitor: Browser, customer: Person) -> None:
    mail, phones = a_service("Mail"), a_service("Phones")
    a_service("Printers")
    released(services=[mail], at=now() - timedelta(hours=1))
    running = now() - timedelta(hours=1)
    planned(title="Phones move", services=[phones], starts_at=running, ends_at=running + timedelta(hours=3))
    planned(title="Soon")
    planned(title="Far away", starts_at=now() + timedelta(days=20), ends_at=now() + timedelta(days=21))
    released(kind="announcement", title="New offices")
    page = visitor(customer).get("/notices")
    assert "2 things are not as usual now." in page.words
    assert "Soon" in page.words and "New offices" in page.words and "Far away" not in page.words
    rows = [" ".join("".join(row.itertext()).split()) for row in page.tree.iter("tr")][1:]
    assert rows == [
        "Mail Known incident 1 day with an incident in 90 days",
        "Phones Maintenance now 1 day with maintenance in 90 days",
        "Printers Works Nothing in 90 days",
    ]


def test_the_services_come_a_page_at_a_time_and_cost_the_same(app: Flask, visitor: Browser, customer: Person) -> None:
    services = [a_service(f"Service {number:02}") for number in range(30)]
    released(services=services[:1])
    browser = visitor(customer)
    browser.get("/notices")
    with counted_statements() as few:
        browser.get("/notices")
    for service in services:
        released(services=[service])
        planned(services=[service])
    with counted_statements() as many:
        first = browser.get("/notices")
    assert len(few) == len(many) <= 6
    assert "Service 24" in first.words and len(first.html) < 60_000
    last = browser.get("/notices?page=2")
    assert "Service 29" in last.words and "Next" not in last.words
    assert "No more services" in browser.get("/notices?page=99").words


def test_the_page_of_a_service_tells_its_days_and_what_was_behind_them(visitor: Browser, customer: Person) -> None:
    mail = a_service("Mail")
    solved(released(title="Old trouble", services=[mail], at=now() - timedelta(days=2)))
    solved(released(title="Ancient", services=[mail], at=now() - timedelta(days=200)))
    withdrawn = released(title="Never was", services=[mail])
    actions.cancel(withdrawn, words="Not so.", by=a_writer(), at=now())
    ancient = db.session.scalars(db.select(Notice).where(Notice.title == "Ancient")).one()
    ancient.ended_at = now() - timedelta(days=199)
    db.session.commit()
    page = visitor(customer).get(f"/notices/services/{mail.slug}")
    assert "3 days with an incident in 90 days" in page.words
    assert "Old trouble" in page.words and "Ancient" not in page.words and "Never was" not in page.words


def test_the_first_page_says_what_concerns_me_in_a_line(visitor: Browser) -> None:
    mine, other = a_person(device="Dell OptiPlex 7070"), a_person(device="HP 800")
    service = a_service("Desktops")
    notice = released(title="A virus on some desktops", services=[service], devices=["OptiPlex"])
    planned(title="In a week", starts_at=now() + timedelta(days=7), ends_at=now() + timedelta(days=8))
    page = visitor(mine).get("/")
    assert "Known incident A virus on some desktops since" in page.words and "In a week" not in page.words
    assert f"/notices/{notice.reference}/me-too" in {form.get("action") for form in page.forms()}
    assert "A virus" not in visitor(other).get("/").words
    # Whoever's device we do not know still finds it where they ask.
    assert [one.key for one in about(other, service.slug, kinds=["incident"], at=now())] == [notice.reference]


def test_the_first_page_shows_the_most_urgent_three(visitor: Browser, customer: Person) -> None:
    for number in range(3):
        released(title=f"Incident {number}")
    released(kind="announcement", title="New offices")
    planned(title="The server moves")
    page = visitor(customer).get("/")
    assert all(f"Incident {number}" in page.words for number in range(3))
    assert "The server moves" not in page.words and "2 more" in page.words


def test_the_first_page_knows_at_once_what_i_said(app: Flask, visitor: Browser, customer: Person) -> None:
    app.config["REMEMBER_SECONDS"] = 3600
    notice = released()
    browser = visitor(customer)
    assert "You said “me too”" not in browser.get("/").words
    browser.post(f"/notices/{notice.reference}/me-too")
    assert "You said “me too”" in browser.get("/").words
    browser.post(f"/notices/{notice.reference}/not-me")
    assert "You said “me too”" not in browser.get("/").words


def test_the_first_page_asks_nothing_more_for_its_notices(app: Flask, visitor: Browser) -> None:
    app.config["REMEMBER_SECONDS"] = 3600
    person = a_person(segment=a_segment(), device="Dell OptiPlex 7070")
    browser = visitor(person)
    browser.get("/")
    with counted_statements() as without:
        browser.get("/")
    released(devices=["OptiPlex"])
    released(people=[person])
    app.extensions["remembered"].clear()
    page = browser.get("/")
    with counted_statements() as with_notices:
        browser.get("/")
    assert page.words.count("Known incident") == 2
    assert len(with_notices) == len(without)


def test_what_a_notice_says_is_never_live(visitor: Browser, customer: Person) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    notice = released(title=evil[:100], body=evil)
    actions.post_update(notice, words=evil, by=a_writer(), at=now())
    db.session.commit()
    run_due()
    for address in ("/", "/notices", f"/notices/{notice.reference}"):
        page = visitor(customer).get(address)
        assert "<script>alert" not in page.html and "onerror" not in {
            name for one in page.tree.iter() for name in one.attrib
        }
        assert not [link for link in page.links() if link.startswith("javascript")]


def test_what_follows_from_notices_can_be_left_from_the_profile(visitor: Browser, customer: Person) -> None:
    browser = visitor(customer)
    assert "/notices/subscriptions" in browser.get("/me").links()
    notice = released(people=[customer])
    run_due()
    browser.submit(f"/notices/{notice.reference}/leave", at="/notices/subscriptions")
    assert "None at the moment." in browser.get("/notices/subscriptions").words
