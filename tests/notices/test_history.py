"""The days of a service, against counting minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notices.history import FINE, Spell, first_moment, history_of

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 4, 14, 10, 0, tzinfo=UTC)
SPRING, AUTUMN = date(2026, 3, 29), date(2025, 10, 26)

minutes = st.integers(-100 * 24 * 60, 5 * 24 * 60)
spells = st.lists(
    st.builds(
        lambda kind, start, length: Spell(
            kind,
            AT + timedelta(minutes=start),
            None if length is None else AT + timedelta(minutes=start + length),
        ),
        st.sampled_from(["incident", "maintenance"]),
        minutes,
        st.none() | st.integers(0, 4 * 24 * 60),
    ),
    max_size=6,
)
zones = st.sampled_from(["Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])


def worst_on(day: date, given_spells: list[Spell], zone: ZoneInfo) -> str:
    """By the definition: does a spell share a moment of this day that has been already?"""
    begins, ends = first_moment(day, zone), first_moment(day + timedelta(days=1), zone)
    kinds = {one.kind for one in given_spells if one.starts_at <= AT and touches(one, begins, min(ends, AT))}
    return "incident" if "incident" in kinds else "maintenance" if kinds else FINE


def touches(spell: Spell, begins: datetime, ends: datetime) -> bool:
    until = min(spell.ends_at or AT, AT)
    if until == spell.starts_at:
        return begins <= until and (until < ends or until == ends == AT)
    return spell.starts_at < ends and until > begins


@given(spells, zones)
def test_a_day_is_marked_exactly_when_a_spell_shares_a_moment_with_it(given_spells: list[Spell], name: str) -> None:
    zone = ZoneInfo(name)
    history = history_of(given_spells, at=AT, zone=zone)
    assert len(history.days) == 90
    assert history.days[-1].on == AT.astimezone(zone).date()
    assert [day.on for day in history.days] == sorted({day.on for day in history.days})
    assert {day.on: day.kind for day in history.days} == {
        day.on: worst_on(day.on, given_spells, zone) for day in history.days
    }
    assert history.incidents + history.maintenances + history.number_with(FINE) == 90


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_the_days_on_which_the_clocks_change_are_days_like_others(day: date, hours: int) -> None:
    begins, ends = first_moment(day, BERLIN), first_moment(day + timedelta(days=1), BERLIN)
    assert ends - begins == timedelta(hours=hours)
    whole_day = history_of([Spell("incident", begins, ends)], at=ends + timedelta(days=1), zone=BERLIN)
    assert [one.on for one in whole_day.days if one.kind == "incident"] == [day]
    last_hour = Spell("maintenance", ends - timedelta(hours=1), ends)
    marked = history_of([last_hour], at=ends + timedelta(days=1), zone=BERLIN).days
    assert [one.on for one in marked if one.kind != FINE] == [day]


def test_what_ends_at_midnight_does_not_touch_the_day_that_begins() -> None:
    midnight = first_moment(date(2026, 4, 10), BERLIN)
    spell = Spell("incident", midnight - timedelta(hours=2), midnight)
    days = {day.on for day in history_of([spell], at=AT, zone=BERLIN).days if day.kind != FINE}
    assert days == {date(2026, 4, 9)}


def test_what_is_open_reaches_until_today_and_what_is_to_come_is_not_there() -> None:
    open_one = Spell("incident", AT - timedelta(days=2), None)
    to_come = Spell("maintenance", AT + timedelta(hours=1), AT + timedelta(days=2))
    history = history_of([open_one, to_come], at=AT, zone=BERLIN)
    assert (history.incidents, history.maintenances) == (3, 0)


def test_an_incident_outranks_maintenance_and_the_marks_stand_where_their_days_are() -> None:
    both = [Spell("incident", AT - timedelta(hours=3), AT), Spell("maintenance", AT - timedelta(days=1), AT)]
    history = history_of(both, at=AT, zone=BERLIN)
    assert [(x, day.kind) for x, _width, day in history.marks()] == [
        (pytest.approx(88 / 90 * 100, abs=0.01), "maintenance"),
        (pytest.approx(89 / 90 * 100, abs=0.01), "incident"),
    ]
