"""Administrators keep people; everybody else keeps only what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest

from portal.extensions import db
from portal.mail.models import OutboxMessage
from portal.people.models import AuditEntry, Department, Person, RoleHeld, Team
from tests.builders import a_person, a_segment
from tests.people.conftest import PASSWORD
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


def again(person: Person) -> Person:
    db.session.expire_all()
    found = db.session.get(Person, person.id)
    assert found
    return found


def test_an_administrator_adds_a_person_who_sets_a_password_by_mail(visitor: Browser, boss: Person) -> None:
    segment = a_segment()
    team, department = Team(name="Desk"), Department(name="Sales")
    db.session.add_all([team, department])
    db.session.flush()
    browser = visitor(boss)
    page = browser.submit(
        "/people/new",
        {
            "name": "Nora New",
            "email": "Nora@Example.com",
            "roles": ["agent", "liaison"],
            "segment_id": segment.id,
            "team_id": team.id,
            "department_id": department.id,
        },
    )
    assert "Nora New is added" in browser.follow(page).words
    nora = db.session.query(Person).filter_by(email="nora@example.com").one()
    assert nora.roles == {"agent", "liaison"}
    assert (nora.segment_id, nora.team_id, nora.department_id) == (segment.id, team.id, department.id)
    letter = db.session.query(OutboxMessage).one()
    assert letter.to_address == "nora@example.com" and "/reset/" in letter.body
    added = db.session.query(AuditEntry).filter_by(subject_id=nora.id).one()
    assert (added.deed, added.actor_id, added.detail) == ("added", boss.id, "agent, liaison")


def test_sending_the_form_twice_adds_one_person(visitor: Browser, boss: Person) -> None:
    browser = visitor(boss)
    form = browser.get("/people/new").form_for("/people/new") | {"name": "Nora", "email": "nora@example.com"}
    first, second = browser.post("/people/new", form), browser.post("/people/new", form)
    assert first.location == second.location
    assert db.session.query(Person).filter_by(name="Nora").count() == 1


def test_an_address_that_somebody_has_is_refused_and_what_was_typed_is_kept(visitor: Browser, boss: Person) -> None:
    a_person("Taken", email="taken@example.com")
    page = visitor(boss).submit(
        "/people/new", {"name": "Nora New", "email": "TAKEN@example.com", "roles": ["agent"]}, expect=422
    )
    assert "Somebody has this e-mail address already." in page.words
    assert page.value("name") == "Nora New"
    assert page.value("email") == "TAKEN@example.com"
    assert page.value("roles") == "agent"
    assert db.session.query(Person).filter_by(name="Nora New").count() == 0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Enter a name."),
        ("name", "   ", "Enter a name."),
        ("name", "x" * 121, "at most 120 characters"),
        ("email", "", "Enter an e-mail address."),
        ("email", "no address", "Enter an address like name@example.com."),
        ("email", "a@example.com\r\nBcc: b@example.com", "Enter an address like name@example.com."),
    ],
)
def test_a_person_needs_a_name_and_an_address(
    visitor: Browser, boss: Person, field: str, value: str, words: str
) -> None:
    values = {"name": "Nora", "email": "nora@example.com", field: value}
    assert words in visitor(boss).submit("/people/new", values, expect=422).words


def test_an_unknown_role_department_or_segment_is_refused(visitor: Browser, boss: Person) -> None:
    values = {"name": "Nora", "email": "nora@example.com"}
    for wrong in ({"roles": ["king"]}, {"department_id": "77"}, {"segment_id": "none"}):
        visitor(boss).submit("/people/new", {**values, **wrong}, expect=422)
    assert db.session.query(Person).filter_by(name="Nora").count() == 0


@pytest.mark.both_databases
def test_changed_roles_hold_from_the_next_request_and_are_written_down(visitor: Browser, boss: Person) -> None:
    person = a_person("Rita Roles", roles=("agent",))
    theirs, admin = visitor(person), visitor(boss)
    theirs.get("/queue")
    form = admin.get(f"/people/{person.id}").form_for(f"/people/{person.id}")
    page = admin.post(f"/people/{person.id}", {**form, "roles": ["liaison"]})
    assert "The changes to Rita Roles are saved." in admin.follow(page).words
    theirs.get("/queue", expect=403)
    entry = db.session.query(AuditEntry).filter_by(subject_id=person.id, deed="roles").one()
    assert (entry.detail, entry.actor_id) == ("agent → liaison", boss.id)
    assert "agent → liaison" in admin.get(f"/people/{person.id}").words


def test_saving_without_a_change_writes_nothing_down(visitor: Browser, boss: Person) -> None:
    person = a_person("Rita Roles", roles=("agent", "board_member"))
    visitor(boss).post(
        f"/people/{person.id}",
        {
            "name": "Rita Roles",
            "roles": ["board_member", "agent"],
            "active": "y",
            "department_id": 0,
            "segment_id": 0,
            "team_id": 0,
        },
    )
    assert db.session.query(AuditEntry).filter_by(subject_id=person.id).count() == 0
    assert again(person).roles == {"agent", "board_member"}


@pytest.mark.parametrize("without", ["roles", "active"])
def test_an_administrator_cannot_shut_himself_out(visitor: Browser, boss: Person, without: str) -> None:
    browser = visitor(boss)
    form = browser.get(f"/people/{boss.id}").form_for(f"/people/{boss.id}") | {"name": "Bo Renamed"}
    form.pop(without)
    page = browser.post(f"/people/{boss.id}", form, expect=422)
    assert "You cannot take your own way in away." in page.words
    assert page.value("name") == "Bo Renamed"
    assert again(boss).active and again(boss).roles == {"administrator"} and again(boss).name == "Bo Admin"


def test_the_address_of_an_account_stays(visitor: Browser, boss: Person) -> None:
    person = a_person("Stays", email="stays@example.com")
    visitor(boss).submit(f"/people/{person.id}", {"email": "other@example.com", "password_hash": "x", "id": "1"})
    assert again(person).email == "stays@example.com" and again(person).password_hash is None


def test_cve_2026_40569_fields_that_a_form_does_not_have_change_nothing(visitor: Browser, anna: Person) -> None:
    extra = {
        "roles": ["administrator"],
        "roles-0": "administrator",
        "active": "",
        "email": "x@example.com",
        "name": "Root",
        "person_id": "1",
        "held": "administrator",
        "segment_id": "1",
    }
    browser = visitor(anna)
    browser.submit("/me/password", {"current": PASSWORD, "new": "another good one", **extra})
    browser.post("/me/sessions/end-others", extra)
    browser.post("/me", extra, expect=405)
    kept = again(anna)
    assert (kept.name, kept.email, kept.active, kept.segment_id) == ("Anna Berg", "anna@example.com", True, None)
    assert db.session.query(RoleHeld).count() == 0


def test_the_directory_is_found_by_name_or_address_a_page_at_a_time(visitor: Browser, boss: Person) -> None:
    for number in range(60):
        a_person(f"Carla {number:02}", email=f"carla{number}@example.org")
    browser = visitor(boss)
    seen: list[str] = []
    address: str | None = "/people?q=carla"
    while address:
        page = browser.get(address)
        seen += [link for link in page.links() if link.startswith("/people/") and link[8:].isdigit()]
        address = next((link for link in page.links() if "after=" in link), None)
    assert len(seen) == len(set(seen)) == 60
    assert browser.get("/people?q=carla7@example.org").words.count("Carla") == 1


@pytest.mark.both_databases
def test_signs_with_a_meaning_for_the_database_are_plain_characters_in_the_search(
    visitor: Browser, boss: Person
) -> None:
    a_person("Fifty % Off"), a_person("Under_score"), a_person("Back\\slash"), a_person("Ärmel Müller")
    browser = visitor(boss)
    for words, name in (
        ("%", "Fifty % Off"),
        ("_", "Under_score"),
        ("\\", "Back\\slash"),
        ("Ärmel", "Ärmel Müller"),
        ("ärmel", "Ärmel Müller"),
        ("MÜLLER", "Ärmel Müller"),
    ):
        page = browser.get(f"/people?q={quote(words)}")
        assert name in page.words and page.words.count("@example.com") == 1, words
    assert "Nobody found" in browser.get("/people?q=nobodyhere").words


def test_a_person_who_is_not_there_is_not_found(visitor: Browser, boss: Person) -> None:
    browser = visitor(boss)
    for number in (999, 2**31, 2**63, 10**40):
        browser.get(f"/people/{number}", expect=404)
