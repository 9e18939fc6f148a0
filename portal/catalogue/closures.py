"""Days on which nobody works: the public holidays of a place, and one's own. Which days, not who sees to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from flask_babel import get_locale

from portal.catalogue.models import HoursPlan

YEARS_AHEAD = 2
"""Holidays are written down for the running year and so many after it."""
NEXT_DAYS = timedelta(days=92)


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The codes of the countries whose public holidays are known."""
    # Loaded when somebody keeps hours: the portal starts without it, and the list alone needs no country's module.
    from holidays.registry import COUNTRIES

    return frozenset(names[1] for names in COUNTRIES.values())


def named_countries() -> list[tuple[str, str]]:
    """(code, name) in the reader's language, by name."""
    names = get_locale().territories
    return sorted(((code, names.get(code, code)) for code in countries()), key=lambda one: one[1])


def named_regions(country: str) -> list[tuple[str, str]]:
    """(code, words) of the parts of a country that have holidays of their own, by name."""
    if country not in countries():
        return []
    from holidays import country_holidays

    known = country_holidays(country)
    names = known.get_subdivision_aliases()
    regions = [(code, f"{names[code][0]} ({code})" if names.get(code) else code) for code in known.subdivisions]
    return sorted(regions, key=lambda one: one[1])


def place_of(country: str | None, region: str | None) -> str | None:
    """How a plan names a place: 'DE', or 'DE-BE' with a region."""
    return f"{country}-{region}" if country and region else country or None


def parts_of(place: str | None) -> tuple[str, str]:
    """Country and region of a place; '' for what it does not name."""
    country, _dash, region = (place or "").partition("-")
    return country, region


def years_from(year: int) -> range:
    """The years that holidays are written down for."""
    return range(year, year + YEARS_AHEAD + 1)


def holidays_of(place: str | None, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of a place. Raises ValueError for a place that is not known."""
    country, region = parts_of(place)
    if not country:
        return frozenset()
    if country not in countries():
        raise ValueError("no holidays are known of that country")
    from holidays import country_holidays

    try:
        return frozenset(country_holidays(country, subdiv=region or None, years=years))
    except NotImplementedError:
        raise ValueError("no holidays are known of that region") from None


def own_closures(plan: HoursPlan) -> list[str]:
    """The closed days that are no public holidays."""
    days = {date.fromisoformat(day) for day in plan.closed_on}
    if plan.holidays:
        days -= holidays_of(plan.holidays, {day.year for day in days})
    return sorted(day.isoformat() for day in days)


def next_closed(plan: HoursPlan, today: date, *, size: int = 3) -> list[date]:
    """The next days within three months on which we would usually work and do not."""
    working = {window[0] for window in plan.windows}
    days = sorted(date.fromisoformat(day) for day in plan.closed_on)
    soon = [day for day in days if today <= day <= today + NEXT_DAYS and day.weekday() in working]
    return soon[:size]
