"""Teams: what they know and who belongs to them, kept by administrators."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from portal.extensions import db
from portal.people.models import AuditEntry, Person, Team
from tests.builders import a_person
from tests.visitor import Visitor

Browser = Callable[..., Visitor]


@pytest.fixture
def admin(app: Flask) -> Person:
    return a_person("Ada", roles=("administrator",))


@pytest.fixture
def agent(app: Flask) -> Person:
    return a_person("Kyra Lind", roles=("agent",), email="kyra@example.com")


def test_a_team_is_added_with_its_people_and_what_it_knows(visitor: Browser, admin: Person, agent: Person) -> None:
    browser = visitor(admin)
    assert "No teams yet" in browser.get("/people/teams").words
    form = browser.get("/people/teams/new").form_for("/people/teams/new")
    values = form | {"name": "Network", "competencies": " VPN,switches , VPN,", "members": agent.id}
    page = browser.follow(browser.post("/people/teams/new", values))
    assert "The team “Network” is kept." in page.words and "VPN, switches" in page.words
    browser.post("/people/teams/new", values)
    team = db.session.query(Team).one()
    assert (team.competencies, agent.team_id) == (["VPN", "switches"], team.id)
    assert db.session.query(AuditEntry).filter_by(subject_id=agent.id, deed="joined the team").count() == 1


def test_a_team_is_renamed_and_people_leave_it(visitor: Browser, admin: Person, agent: Person) -> None:
    team = Team(name="Netwrok")
    agent.team = team
    db.session.commit()
    address = f"/people/teams/{team.id}"
    browser = visitor(admin)
    form = browser.get(address).form_for(address)
    assert form["members"] == str(agent.id)
    form.pop("members")
    browser.post(address, form | {"name": "Network", "description": "Cables and air"})
    db.session.expire_all()
    assert (team.name, team.description, agent.team_id) == ("Network", "Cables and air", None)


def test_a_second_administrator_keeps_what_was_typed(visitor: Browser, admin: Person, agent: Person) -> None:
    team = Team(name="Network")
    db.session.add(team)
    db.session.commit()
    address = f"/people/teams/{team.id}"
    first, second = visitor(admin), visitor(a_person("Bo", roles=("administrator",)))
    form = second.get(address).form_for(address)
    first.submit(address, {"members": agent.id})
    page = second.post(address, form | {"name": "Air"}, expect=409)
    assert "Somebody changed this team while you were writing." in page.words and "Kyra Lind" in page.words
    again = page.form_for(address)
    assert again["name"] == "Air"
    second.post(address, again)
    db.session.expire_all()
    assert team.name == "Air"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "network"}, "There is a team of this name already."),
        ({"name": "Air", "competencies": ",".join("abcdefghijklmnopqrstu")}, "at most 20 competencies"),
        ({"name": "Air", "competencies": "x" * 61}, "a few words each"),
        ({"name": "Air", "members": "99999"}, "valid choice"),
    ],
)
def test_what_makes_no_team_is_refused_and_kept(
    visitor: Browser, admin: Person, values: dict[str, str], words: str
) -> None:
    db.session.add(Team(name="Network"))
    page = visitor(admin).submit("/people/teams/new", values, expect=422)
    assert words in page.words and page.form_for("/people/teams/new")["name"] == values["name"]
    assert db.session.query(Team).count() == 1


def test_customers_are_not_offered_and_others_do_not_keep_teams(visitor: Browser, admin: Person, agent: Person) -> None:
    customer = a_person("Cem Özil")
    assert "Cem Özil" not in visitor(admin).get("/people/teams/new").words
    visitor(admin).submit("/people/teams/new", {"name": "Air", "members": customer.id}, expect=422)
    for person in (customer, agent):
        visitor(person).get("/people/teams", expect=403)
        visitor(person).post("/people/teams/new", {"name": "Mine"}, expect=403)
    visitor(admin).get("/people/teams/999999", expect=404)
