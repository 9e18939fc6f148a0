"""What customers read of what became of their words."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.focus_groups import actions as focus_groups
from portal.improvements import queries
from portal.improvements.actions import Measured, Source
from portal.people.models import Person
from tests.builders import a_person
from tests.focus_groups.sessions import now
from tests.improvements.register import WAY, a_keeper, a_quote, an_improvement, closed, moved, published

PAGE = "/you-said-we-did"


@pytest.fixture
def customer(app) -> Person:
    person = a_person("Priya Nair")
    db.session.commit()
    return person


@pytest.fixture
def manager(app) -> Person:
    person = a_person("Karl Manning", roles=("manager",))
    db.session.commit()
    return person


def test_before_anything_was_done_the_page_says_what_will_be_here(visitor, customer):
    page = visitor(customer).get(PAGE)
    assert "Nothing to show yet" in page.words
    assert queries.newest_answer() is None
    assert visitor().get(PAGE, expect=303).location.startswith("/sign-in")


def test_publishing_shows_both_sides_to_every_customer(visitor, customer, manager):
    closed(an_improvement(manager, Source(finding=a_quote())))
    browser = visitor(manager)
    values = {"we_did": "Every visit has a window of two hours."}
    answer = browser.submit("/improvements/IMP-1/publish", values, at="/improvements/IMP-1")
    assert "Everybody can read it now" in browser.follow(answer).html
    page = visitor(customer).get(PAGE)
    for words in ("Nobody told me when he would come.", "Every visit has a window", "Worked", "Focus group FG-1"):
        assert words in page.words
    assert "11 % of 212, autumn" in page.words and "3 % of 248, spring" in page.words
    assert queries.newest_answer().reference == "IMP-1"


def test_nobodys_name_is_on_the_page(visitor, customer, manager):
    published(closed(an_improvement(manager, Source(finding=a_quote()))))
    html = visitor(customer).get(PAGE).tree.find(".//main")
    words = " ".join("".join(html.itertext()).split())
    names = {person.name for person in db.session.query(Person)}
    assert not [name for name in names if name in words]


@pytest.mark.parametrize("field", ["you_said", "we_did"])
def test_words_that_name_a_participant_are_refused(visitor, customer, manager, field):
    finding = a_quote()
    session = finding.session
    session.starts_at = now().replace(year=2030)
    focus_groups.invite(session, [customer], by=manager, at=now())
    closed(an_improvement(manager, Source(finding=finding)))
    values = {"you_said": "He came late", "we_did": "A window", "version": "5", field: "As Priya said"}
    page = visitor(manager).post("/improvements/IMP-1/publish", values, expect=422)
    assert "Leave the name “Priya” out" in page.words and "As Priya said" in page.html
    assert queries.newest_answer() is None


def test_nothing_is_published_before_something_was_done(visitor, manager):
    an_improvement()
    values = {"you_said": "Said", "we_did": "Did", "version": "1"}
    page = visitor(manager).post("/improvements/IMP-1/publish", values, expect=422)
    assert "Nothing is done yet" in page.words and "Did" in page.html


def test_publishing_needs_what_was_done_and_keeps_what_was_typed(visitor, manager):
    closed(an_improvement())
    values = {"you_said": "My long quote", "we_did": " ", "version": "5"}
    page = visitor(manager).post("/improvements/IMP-1/publish", values, expect=422)
    assert "Enter what was done" in page.words and "My long quote" in page.html


def test_a_stale_publisher_gets_a_409_with_their_words(visitor, manager):
    closed(an_improvement())
    values = {"you_said": "Said", "we_did": "My long words", "version": "1"}
    page = visitor(manager).post("/improvements/IMP-1/publish", values, expect=409)
    assert "My long words" in page.html
    assert queries.newest_answer() is None


def test_it_can_be_taken_off_the_page_again(visitor, customer, manager):
    published(closed(an_improvement()))
    browser = visitor(manager)
    answer = browser.submit("/improvements/IMP-1/unpublish", at="/improvements/IMP-1")
    assert "no longer published" in browser.follow(answer).html
    assert "Nothing to show yet" in visitor(customer).get(PAGE).words
    version = queries.find_improvement("IMP-1").version
    browser.post("/improvements/IMP-1/unpublish", {"version": str(version)}, expect=422)


def test_the_views_count_what_worked_what_is_too_early_and_what_did_not(visitor, customer):
    published(closed(an_improvement()), did="Worked deed")
    published(closed(an_improvement(), "unsuccessful", Measured()), did="Failed deed")
    published(closed(an_improvement(), "inconclusive", Measured()), did="Unclear deed")
    published(moved(an_improvement(), *WAY), did="Fresh deed")
    assert queries.public_counts() == {"all": 4, "worked": 1, "too_early": 2, "did_not_work": 1}
    browser = visitor(customer)
    assert "4 changes because of what you told us." in browser.get(PAGE).words
    for view, deeds in {"worked": {"Worked"}, "too_early": {"Unclear", "Fresh"}, "did_not_work": {"Failed"}}.items():
        words = browser.get(f"{PAGE}?view={view}").words
        shown = {deed for deed in ("Worked", "Failed", "Unclear", "Fresh") if f"{deed} deed" in words}
        assert shown == deeds
    assert "Did not work" in browser.get(PAGE).words and "Too early to tell" in browser.get(PAGE).words
    browser.get(f"{PAGE}?view=secret", expect=404)


def test_the_newest_comes_first_and_the_pages_are_bounded(visitor, customer):
    keeper = a_keeper()
    for number in range(12):
        published(moved(an_improvement(keeper), *WAY, by=keeper), did=f"Deed {number:02}")
    browser = visitor(customer)
    first = browser.get(PAGE)
    assert "Deed 11" in first.words and "Deed 02" in first.words and "Deed 01" not in first.words
    assert "1 to 10 of 12" in first.words
    assert "11 to 12 of 12" in browser.get(f"{PAGE}?page=2").words
    assert "11 to 12 of 12" in browser.get(f"{PAGE}?page=99").words
    assert "1 to 10 of 12" in browser.get(f"{PAGE}?page=-1").words


def test_few_are_counted_and_many_are_a_share(visitor, customer):
    measured = Measured("People who explained it twice", "lower", 7, 8, None, 3, 9)
    published(closed(an_improvement(), "inconclusive", measured))
    page = visitor(customer).get(PAGE)
    assert "7 of 8" in page.words and "3 of 9" in page.words and "88 %" not in page.words
