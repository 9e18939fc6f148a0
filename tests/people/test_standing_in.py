"""Line managers, days away, and who stands in: set by oneself and by administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from portal.extensions import db
from portal.people.models import AuditEntry, Person
from tests.builders import a_person
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
PLAN = {"stand_in": "Stan Inn", "away_from_on": "2026-07-01", "away_until_on": "2026-07-14"}


@pytest.fixture
def anna(app: object) -> Person:
    a_person("Stan Inn", email="stan@example.com")
    return a_person("Anna Berg", email="anna@example.com")


def test_everybody_plans_their_own_days_away(anna: Person, visitor: Browser) -> None:
    browser = visitor(anna)
    browser.submit("/me/away", PLAN)
    db.session.expire_all()
    assert (anna.away_from_on, anna.away_until_on) == (date(2026, 7, 1), date(2026, 7, 14))
    assert anna.stand_in and anna.stand_in.name == "Stan Inn"
    assert "Stan Inn stands in for me." in browser.get("/me").words
    assert browser.get("/me/away").form_for("/me/away")["stand_in"] == "stan@example.com"
    assert db.session.query(AuditEntry).filter_by(deed="stand-in", subject_id=anna.id).count() == 1
    browser.submit("/me/away", dict.fromkeys(PLAN, ""))
    db.session.expire_all()
    assert anna.stand_in is None and anna.away_from_on is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"away_from_on": ""}, "Enter the first day away too."),
        ({"away_until_on": "2026-06-30"}, "The last day away cannot be before the first."),
        ({"away_from_on": "soon"}, "Not a valid date value"),
        ({"away_from_on": "0001-01-01"}, "Enter a year between 1970 and 2200."),
        ({"stand_in": "Nobody Known"}, "We cannot tell who that is."),
        ({"stand_in": "gone@example.com"}, "We cannot tell who that is."),
        ({"stand_in": "anna@example.com"}, "Nobody can stand in for themselves."),
        ({"stand_in": "Twin"}, "We cannot tell who that is."),
    ],
)
def test_what_does_not_fit_is_refused_and_kept(
    anna: Person, visitor: Browser, change: dict[str, str], said: str
) -> None:
    a_person("Gone", email="gone@example.com", active=False)
    a_person("Twin")
    a_person("Twin")
    page = visitor(anna).submit("/me/away", PLAN | change, expect=422)
    assert said in page.words and page.value("stand_in") == (PLAN | change)["stand_in"]
    db.session.expire_all()
    assert anna.stand_in is None and anna.away_from_on is None


def test_an_administrator_sets_manager_stand_in_telephone_and_robot(anna: Person, visitor: Browser) -> None:
    admin, address = visitor(a_person(roles=("administrator",))), f"/people/{anna.id}"
    admin.submit(address, PLAN | {"manager": "stan@example.com", "phone": "+49 30 1234", "is_robot": "y"})
    db.session.expire_all()
    assert anna.manager and anna.manager.name == "Stan Inn" and anna.phone == "+49 30 1234" and anna.is_robot
    assert {"line manager", "stand-in", "robot"} <= {one.deed for one in db.session.query(AuditEntry)}
    assert "Stan Inn" in admin.get(address).words


def test_nobody_is_their_own_manager_by_any_way_round(anna: Person, visitor: Browser) -> None:
    stan = db.session.query(Person).filter_by(name="Stan Inn").one()
    stan.manager = anna
    db.session.commit()
    admin, address = visitor(a_person(roles=("administrator",))), f"/people/{anna.id}"
    for words in ("stan@example.com", "anna@example.com"):
        page = admin.submit(address, {"manager": words, "name": "Anna Berg-Ohm"}, expect=422)
        assert "That leads back to" in page.words and page.value("name") == "Anna Berg-Ohm"
    db.session.expire_all()
    assert anna.manager is None and anna.name == "Anna Berg"
    admin.submit(address, {"name": "Anna Berg-Ohm"})


def test_nobody_plans_for_others(anna: Person, visitor: Browser) -> None:
    visitor(a_person()).post(f"/people/{anna.id}", PLAN, expect=403)
