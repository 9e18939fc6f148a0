"""Public holidays among the closed days: of a place, for some years ahead, longer each new year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import holidays
import pytest
from flask import Flask

from portal.catalogue import closures, keeping
from portal.catalogue.extending import extend_holidays
from portal.catalogue.models import HoursPlan, Service, ServiceChange
from portal.extensions import db
from portal.refusal import Refusal
from tests.builders import a_person, a_request, a_service, desk_hours
from tests.visitor import Visitor

Browser = Callable[..., Visitor]
NEW_YEAR = datetime(2027, 1, 2, 8, 0, tzinfo=UTC)
WEEK = [(day, 480, 1080) for day in range(5)]


def berlin(year: int = 2026) -> HoursPlan:
    return keeping.add_hours(
        name="Berlin",
        zone="Europe/Berlin",
        windows=WEEK,
        closed_on=["2026-12-24"],
        in_words="Monday to Friday",
        holidays="DE-BE",
        year=year,
    )


def test_hours_are_closed_on_the_holidays_of_their_place_and_on_ones_own_days(app: Flask) -> None:
    plan = berlin()
    assert {"2026-03-08", "2026-12-24", "2026-12-25", "2028-12-25"} <= set(plan.closed_on)
    assert "2029-01-01" not in plan.closed_on and plan.closed_on == sorted(set(plan.closed_on))
    assert (plan.holidays, plan.holidays_until) == ("DE-BE", 2028)
    assert closures.own_closures(plan) == ["2026-12-24"]
    assert date(2026, 12, 25) in plan.hours.closed_on


def test_a_place_that_nobody_knows_is_refused(app: Flask) -> None:
    for place in ("XX", "DE-XX", "de"):
        with pytest.raises(ValueError, match="no holidays are known"):
            closures.holidays_of(place, [2026])
        with pytest.raises(Refusal):
            keeping.add_hours(name="N", zone="UTC", windows=WEEK, closed_on=[], in_words="", holidays=place, year=2026)
    assert closures.holidays_of(None, [2026]) == frozenset()


def test_every_country_of_the_library_can_be_chosen(app: Flask) -> None:
    assert closures.countries() == set(holidays.list_supported_countries(include_aliases=False))
    with app.test_request_context():
        named = dict(closures.named_countries())
        assert named["DE"] == "Germany" and all(named.values())
        assert ("BE", "Berlin (BE)") in closures.named_regions("DE")
        assert closures.named_regions("XX") == closures.named_regions("") == []


@pytest.mark.both_databases
def test_each_new_year_longer_hours_take_the_place_of_the_old_ones(app: Flask) -> None:
    plan, other = berlin(), desk_hours()
    service, same, retired = (a_service(hours_plan=plan) for _ in range(3))
    retired.state = "retired"
    untouched = a_service(hours_plan=other)
    request = a_request(service=service)
    due, version, days = request.due_at, service.version, list(plan.closed_on)
    db.session.commit()
    assert extend_holidays(at=datetime(2026, 12, 30, tzinfo=UTC)) == 0
    assert extend_holidays(at=NEW_YEAR) == 2
    db.session.commit()
    longer = service.hours_plan
    assert longer.id != plan.id and same.hours_plan is longer and longer.holidays_until == 2029
    assert set(days) < set(longer.closed_on) and "2029-12-25" in longer.closed_on
    assert (longer.zone, longer.windows, longer.in_words) == (plan.zone, plan.windows, plan.in_words)
    assert plan.closed_on == days and retired.hours_plan is plan and untouched.hours_plan is other
    assert (request.hours_plan, request.due_at) == (plan, due) and service.version == version + 1
    assert db.session.query(ServiceChange).filter_by(kind="changed", public=False).count() == 2
    assert extend_holidays(at=NEW_YEAR) == 0


def test_ones_own_days_stay_when_hours_grow(app: Flask) -> None:
    service = a_service(hours_plan=berlin())
    extend_holidays(at=NEW_YEAR)
    assert "2026-12-24" in service.hours_plan.closed_on


def test_a_place_that_the_library_has_given_up_changes_nothing(app: Flask) -> None:
    plan = desk_hours()
    plan.holidays, plan.holidays_until = "DE-XX", 2026
    service = a_service(hours_plan=plan)
    assert extend_holidays(at=NEW_YEAR) == 0 and service.hours_plan is plan


def test_the_next_closed_days_are_those_on_which_one_would_work(app: Flask) -> None:
    plan = berlin()
    found = closures.next_closed(plan, date(2026, 12, 1))
    assert found == [date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)]
    assert closures.next_closed(plan, date(2026, 6, 1)) == []


def test_a_service_says_when_it_is_closed_next(visitor: Browser, app: Flask) -> None:
    plan = desk_hours()
    today = datetime.now(UTC).date()
    ahead = [date.fromordinal(today.toordinal() + n) for n in range(1, 9)]
    plan.closed_on = [day.isoformat() for day in ahead if day.weekday() < 5][:1]
    a_service("Printing cards", slug="cards", hours_plan=plan)
    a_service("Other", slug="other")
    db.session.commit()
    browser = visitor(a_person())
    assert "Next closed:" in browser.get("/services/cards").words
    assert "Next closed:" not in browser.get("/services/other").words


def test_keepers_choose_a_country_then_a_region(visitor: Browser, app: Flask) -> None:
    keeper = visitor(a_person(roles=("manager",)))
    typed = {
        "name": "Berlin",
        "zone": "Europe/Berlin",
        "country": "DE",
        "day_0": "08:00 to 12:00",
        "in_words": "Mondays",
    }
    form = keeper.get("/portfolio/hours/new").form_for("/portfolio/hours/new") | typed
    assert "Berlin (BE)" not in keeper.get("/portfolio/hours/new").html
    shown = keeper.post("/portfolio/hours/new", {**form, "regions": "y"}, expect=200)
    assert "Berlin (BE)" in shown.words and db.session.query(HoursPlan).count() == 0
    again = shown.form_for("/portfolio/hours/new")
    assert again["name"] == "Berlin" and again["country"] == "DE"
    keeper.post("/portfolio/hours/new", {**again, "region": "BE", "closed_on": "2199-05-02"})
    plan = db.session.query(HoursPlan).one()
    assert plan.holidays == "DE-BE" and "2199-05-02" in plan.closed_on and len(plan.closed_on) > 20
    assert "DE-BE, until" in keeper.get("/portfolio/hours").words
    like = keeper.get(f"/portfolio/hours/new?like={plan.id}").form_for("/portfolio/hours/new")
    assert (like["country"], like["region"], like["closed_on"].strip()) == ("DE", "BE", "2199-05-02")


@pytest.mark.parametrize(
    "wrong", [{"country": "XX"}, {"country": "DE", "region": "XX"}, {"country": "", "region": "BE"}]
)
def test_other_places_cannot_be_sent(visitor: Browser, app: Flask, wrong: dict[str, str]) -> None:
    keeper = visitor(a_person(roles=("manager",)))
    typed = {"name": "N", "zone": "Europe/Berlin", "day_0": "08:00 to 12:00", "in_words": "Mondays"}
    form = keeper.get("/portfolio/hours/new").form_for("/portfolio/hours/new") | typed
    page = keeper.post("/portfolio/hours/new", {**form, **wrong}, expect=422)
    assert page.form_for("/portfolio/hours/new")["name"] == "N"
    assert db.session.query(HoursPlan).count() == 0


def test_services_keep_hours_that_were_chosen_for_them(app: Flask) -> None:
    assert db.session.query(Service).count() == 0 and extend_holidays(at=NEW_YEAR) == 0
