"""Where somebody is signed in, and how that ends at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from portal.extensions import db
from portal.people import actions
from portal.people.background import tidy_people
from portal.people.models import Person, SignInSession
from portal.web.moment import now
from tests.builders import a_person
from tests.people.conftest import PASSWORD, sign_in
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


def sessions_of(person: Person) -> list[int]:
    return [one.id for one in db.session.query(SignInSession).filter_by(person_id=person.id).order_by("id")]


def test_the_profile_lists_where_i_am_signed_in(visitor: Browser) -> None:
    person = a_person()
    visitor(person)
    page = visitor(person).get("/me")
    assert page.words.count("test browser") == 2 or page.words.count("Sign out there") == 1
    assert "this browser" in page.words


def test_many_browsers_stand_last_and_folded_and_this_one_first(visitor: Browser) -> None:
    person = a_person()
    here = visitor(person)
    for _number in range(6):
        visitor(person)
    page = here.get("/me")
    assert page.words.index("Messages") < page.words.index("While I am away") < page.words.index("Where you are signed")
    shown, folded = page.html.split("<details")
    assert "this browser" in shown and shown.count("Sign out there") == 2 and folded.count("Sign out there") == 4
    assert "Show 4 more" in page.words


def test_i_can_sign_out_my_other_browser(visitor: Browser) -> None:
    person = a_person()
    there, here = visitor(person), visitor(person)
    first, second = sessions_of(person)
    here.post(f"/me/sessions/{first}/end")
    there.get("/me", expect=303)
    assert "That browser is signed out." in here.get("/me").words
    assert sessions_of(person) == [second]


def test_i_can_sign_out_everywhere_else(visitor: Browser) -> None:
    person = a_person()
    others, here = [visitor(person) for _ in range(3)], visitor(person)
    here.post("/me/sessions/end-others")
    for other in others:
        other.get("/me", expect=303)
    here.get("/me")


def test_nobody_ends_the_session_of_somebody_else(visitor: Browser) -> None:
    victim, stranger = a_person(), a_person()
    theirs = visitor(victim)
    visitor(stranger).post(f"/me/sessions/{sessions_of(victim)[0]}/end")
    visitor(stranger).post("/me/sessions/end-others")
    theirs.get("/me")


def test_a_session_number_that_no_database_holds_ends_nothing(visitor: Browser) -> None:
    visitor(a_person()).post(f"/me/sessions/{10**30}/end", expect=404)


def test_signing_out_ends_the_session_on_the_server(visitor: Browser) -> None:
    person = a_person()
    browser = visitor(person)
    kept = browser.client.get_cookie("session")
    assert browser.post("/sign-out").location == "/sign-in"
    assert "You are signed out." in browser.get("/sign-in").words
    thief = visitor()
    assert kept
    thief.client.set_cookie("session", kept.value)
    thief.get("/me", expect=303)


def test_a_new_password_signs_out_the_other_browsers_and_not_this_one(visitor: Browser, anna: Person) -> None:
    there, here = visitor(anna), visitor(anna)
    page = here.submit("/me/password", {"current": PASSWORD, "new": "another good one"})
    assert "Your password is changed." in here.follow(page).words
    there.get("/me", expect=303)
    sign_in(visitor(), "anna@example.com", PASSWORD, expect=422)
    sign_in(visitor(), "anna@example.com", "another good one")


def test_the_current_password_is_needed_for_a_new_one(visitor: Browser, anna: Person) -> None:
    page = visitor(anna).submit("/me/password", {"current": "guess", "new": "another good one"}, expect=422)
    assert "This is not your current password." in page.words
    assert "another good one" not in page.html


def test_a_new_password_is_neither_too_short_nor_too_long(visitor: Browser, anna: Person) -> None:
    browser = visitor(anna)
    page = browser.submit("/me/password", {"current": PASSWORD, "new": "short"}, expect=422)
    assert "at least 10 characters" in page.words
    page = browser.submit("/me/password", {"current": PASSWORD, "new": "ä" * 600}, expect=422)
    assert "Use fewer characters." in page.words


def test_a_disabled_person_is_out_by_the_next_request(visitor: Browser, boss: Person, anna: Person) -> None:
    theirs = visitor(anna)
    theirs.get("/me")
    admin = visitor(boss)
    form = admin.get(f"/people/{anna.id}").form_for(f"/people/{anna.id}")
    form.pop("active")
    admin.post(f"/people/{anna.id}", form)
    theirs.get("/me", expect=303)
    assert sessions_of(anna) == []


def test_a_session_ends_by_itself_after_two_weeks(visitor: Browser) -> None:
    person = a_person()
    browser = visitor(person)
    db.session.query(SignInSession).one().expires_at = now() - timedelta(seconds=1)
    browser.get("/me", expect=303)
    tidy_people()
    assert sessions_of(person) == []


def test_a_session_is_seen_when_it_does_something(visitor: Browser) -> None:
    person = a_person()
    browser = visitor(person)
    long_ago = now() - timedelta(hours=3)
    db.session.query(SignInSession).one().last_seen_at = long_ago
    browser.get("/me")
    db.session.expire_all()
    assert db.session.query(SignInSession).one().last_seen_at == long_ago
    browser.post("/me/sessions/end-others")
    db.session.expire_all()
    assert db.session.query(SignInSession).one().last_seen_at > long_ago


def test_ending_a_session_needs_its_owner_in_the_action_too(visitor: Browser) -> None:
    victim, stranger = a_person(), a_person()
    visitor(victim)
    actions.end_session(stranger, sessions_of(victim)[0])
    assert sessions_of(victim)
